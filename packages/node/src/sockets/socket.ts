/**
 * A `Connection` over a socket of Node, dialled or accepted.
 *
 *     open ──'end'──► ended (reads give None, writes go on)
 *      ├──'error'───► failed (what was received can be read, then it fails)
 *      ├──reset─────► gone, RST
 *      ├──startTls──► handed over to another, protected one, which a reset of this one still ends
 *      └──scope─────► settle: flush, FIN, gone; RST when the peer does not take the rest in time
 *
 * On a protected one everything waits for the handshake, and each FIN comes behind a close_notify. `owned.ts` listens
 * to the socket's events; `dial.ts` and `NodeFtpTransport` dial and accept.
 */

import { type Address, type Connection, FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { makeGathering } from "../buffers/gathering.ts"
import type { Inbox } from "../buffers/inbox.ts"
import { abandon } from "./abandon.ts"
import * as DirectConnection from "./directConnection.ts"
import * as Handshake from "./handshake.ts"
import { type Owned, own } from "./owned.ts"
import { fromNode, fromProtected } from "./reasons.ts"
import type * as TlsOptions from "./tlsOptions.ts"
import * as TlsSocket from "./tlsSocket.ts"

/** How long a closing scope lets the peer take what was written: a write is only left behind by an interruption. */
const SETTLE_LIMIT = Duration.seconds(2)

/** The connection on an open socket; the scope closes it. */
export const connection = (
  owned: Owned,
  local: Address,
  remote: Address
): Effect.Effect<Connection, never, Scope.Scope> => {
  const { handshake } = owned
  const whenProtected =
    handshake === undefined
      ? Effect.void
      : Effect.suspend(() => (owned.gone ? gone() : handshake.isOver() ? Effect.void : handshake.found))
  const gated = <A>(self: Effect.Effect<A, FtpTransportError>): Effect.Effect<A, FtpTransportError> =>
    handshake === undefined ? self : Effect.zipRight(whenProtected, self)
  const direct = DirectConnection.make(owned, failed)
  return Effect.as(
    Effect.addFinalizer(() => settle(owned)),
    {
      local,
      remote,
      read: gated(read(owned)),
      write: (bytes) => gated(write(owned, bytes)),
      endOutput: gated(endOutput(owned)),
      reset: Effect.sync(() => reset(owned)),
      tls: handshake === undefined ? Effect.succeedNone : Effect.asSome(handshake.found),
      ticket: handshake === undefined ? Effect.succeedNone : Effect.sync(handshake.ticket),
      startTls: (options) => protect(owned, local, remote, options),
      get direct() {
        return handshake === undefined || handshake.isProtected() ? direct : undefined
      }
    }
  )
}

/**
 * Hands the socket over to TLS. Its own bytes end here: what a client has not read by now came unencrypted, and what a
 * server has not read is the beginning of the client's handshake.
 */
export const protect = (
  owned: Owned,
  local: Address,
  remote: Address,
  options: TlsOptions.Options
): Effect.Effect<Connection, FtpTransportError, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.suspend(() => {
      const { inbox, socket } = owned
      const refuse = (detail: string) => new FtpTransportError({ reason: "Tls", detail })
      if (owned.handshake !== undefined) {
        return refuse("the connection is protected already")
      }
      const failure = failed(owned)
      if (failure !== undefined) {
        return failure
      }
      if (owned.outputEnded || socket.readableEnded) {
        return refuse("the connection has ended before the TLS handshake")
      }
      if (options.role === "Client" && !inbox.isEmpty()) {
        return refuse("unencrypted bytes came before the TLS handshake")
      }
      return Effect.flatMap(TlsSocket.wrap(socket, options, rest(inbox)), (secured) => {
        const heir = own(secured, makeGathering(secured, inbox.eager), Handshake.follow(secured, options))
        owned.heir = heir
        return connection(heir, local, remote)
      })
    })
  )

const rest = (inbox: Inbox): ReadonlyArray<Uint8Array> => {
  const parts: Array<Uint8Array> = []
  inbox.release()
  while (!inbox.isEmpty()) {
    const bytes = inbox.take()
    if (Option.isSome(bytes)) {
      parts.push(bytes.value.slice())
    }
    inbox.release()
  }
  return parts
}

const reset = (owned: Owned): void => {
  if (owned.heir !== undefined) {
    reset(owned.heir)
  } else if (!owned.gone) {
    owned.gone = true
    abandon(owned.socket)
    owned.inbox.end()
  }
}

const gone = () => new FtpTransportError({ reason: "Closed", detail: "the connection was closed here" })

const failed = (owned: Owned): FtpTransportError | undefined => {
  if (owned.gone || owned.heir !== undefined) {
    return gone()
  }
  return owned.failure === undefined
    ? undefined
    : owned.handshake?.isProtected() === true
      ? fromProtected(owned.failure)
      : fromNode(owned.failure)
}

const read = (owned: Owned): Connection["read"] => {
  const { inbox } = owned
  // The last step is a `sync`, which goes on to the caller's next step without a point where it can be interrupted.
  const take = Effect.sync(inbox.take)
  const hasBytesOrEnd: Effect.Effect<void, FtpTransportError> = Effect.suspend(() => {
    if (owned.gone || owned.heir !== undefined) {
      return gone()
    }
    if (!inbox.ready()) {
      return Effect.zipRight(ready, hasBytesOrEnd)
    }
    return owned.failure !== undefined && inbox.isEmpty() ? (failed(owned) ?? Effect.void) : Effect.void
  })
  const ready = Effect.async<void>((resume) => {
    const giveUp = inbox.wait(() => resume(Effect.void))
    return Effect.sync(giveUp)
  })
  return Effect.zipRight(
    Effect.suspend(() => {
      inbox.release()
      return hasBytesOrEnd
    }),
    take
  )
}

const write = (owned: Owned, bytes: Uint8Array): Effect.Effect<void, FtpTransportError> =>
  Effect.async((resume) => {
    const failure = failed(owned)
    if (failure !== undefined) {
      resume(failure)
    } else if (owned.outputEnded) {
      resume(new FtpTransportError({ reason: "Closed", detail: "the output of the connection was ended" }))
    } else {
      owned.socket.write(bytes, (error) => resume(error ? broken(owned, error) : Effect.void))
    }
  })

const endOutput = (owned: Owned): Effect.Effect<void, FtpTransportError> =>
  Effect.async((resume) => {
    const failure = failed(owned)
    if (owned.outputEnded && !owned.gone) {
      resume(Effect.void)
    } else if (failure !== undefined) {
      resume(failure)
    } else {
      owned.outputEnded = true
      owned.socket.end((error?: Error | null) => resume(error ? broken(owned, error) : Effect.void))
    }
  })

/** A failed write says less (EPIPE, "destroyed") than what broke the connection before it. */
const broken = (owned: Owned, error: Error): FtpTransportError => failed(owned) ?? fromNode(error)

const settle = (owned: Owned): Effect.Effect<void> => {
  const { socket } = owned
  const closed = Effect.async<void>((resume) => {
    if (socket.closed) {
      resume(Effect.void)
      return
    }
    const onClose = () => resume(Effect.void)
    socket.once("close", onClose)
    return Effect.sync(() => socket.off("close", onClose))
  })
  return Effect.suspend(() => {
    owned.gone = true
    owned.inbox.end()
    if (owned.handshake === undefined || socket.destroyed) {
      socket.destroySoon()
    } else {
      socket.end()
      owned.handshake.whenQuiet(() => socket.destroySoon())
    }
    // What was written is out, or given up: nothing is left to wait for.
    return socket.destroyed
      ? Effect.void
      : Effect.interruptible(closed).pipe(
          Effect.timeoutOption(SETTLE_LIMIT),
          Effect.ensuring(Effect.sync(() => abandon(socket))),
          // An interruption that comes only now ends the wait (effect 3.22: it reaches what is raced), without failure.
          Effect.exit,
          Effect.asVoid
        )
  })
}
