/**
 * An `FtpTransport` whose connections, control and data alike, go through a proxy.
 *
 *     dial the proxy ──► handshake ──► tunnel ──► TLS with the server, where it is asked for
 *      └─────── within `timeout` ───────┘  └─ first the bytes that came after the proxy's answer, then the connection's
 *
 * `Connection.remote` is what the proxy was asked for, not the proxy: the data connections of a session are dialled
 * there again, and by name where the control connection was.
 */

import type { ProxyProblem } from "@ftp-effect/core/FtpError"
import {
  type Address,
  type Connection,
  type ConnectOptions,
  FtpTransport,
  FtpTransportError
} from "@ftp-effect/core/FtpTransport"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { inWords } from "../sockets/address.ts"
import * as Intake from "./intake.ts"
import * as Target from "./target.ts"

/**
 * A user of the proxy.
 *
 * @since 0.1.0
 * @category models
 */
export interface Login {
  readonly user: string
  readonly password: Redacted.Redacted<string>
}

/**
 * How a kind of proxy is asked for a tunnel to `target`. It fails with what the proxy said, in words.
 * @category models
 */
export type Handshake = (
  connection: Connection,
  intake: Intake.Intake,
  target: Address
) => Effect.Effect<void, FtpTransportError>

/**
 * A proxy, and how it is asked.
 * @category models
 */
export interface Proxy {
  readonly host: string
  readonly port: number
  readonly handshake: Handshake
}

/**
 * Connections through the proxy, which itself is dialled by `transport`.
 * @category constructors
 */
export const through = (proxy: Proxy, transport: FtpTransport): FtpTransport =>
  FtpTransport.of({
    connect: (options) => connect(proxy, transport, options),
    idle: transport.idle,
    listen: () =>
      new FtpTransportError({
        reason: "Refused",
        detail: "no server can connect to us through a proxy: active mode needs a direct line, passive mode does not"
      })
  })

/** What failed is closed at once: the caller may try something else in the same scope. */
const connect = (
  proxy: Proxy,
  transport: FtpTransport,
  options: ConnectOptions
): Effect.Effect<Connection, FtpTransportError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const target = yield* Target.make(options.host, options.port)
      const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
      return yield* restore(open(proxy, transport, options, target)).pipe(
        Scope.extend(scope),
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Scope.close(scope, exit)))
      )
    })
  )

const open = (
  proxy: Proxy,
  transport: FtpTransport,
  { family, role, timeout, tls }: ConnectOptions,
  target: Address
): Effect.Effect<Connection, FtpTransportError, Scope.Scope> =>
  Effect.gen(function* () {
    const about = `through the proxy ${inWords(proxy.host, proxy.port)}`
    const begun = yield* Clock.currentTimeMillis
    const { host, port } = proxy
    const connection = yield* Effect.mapError(
      transport.connect({ host, port, family, timeout, role }),
      withSubject(about, "NotReached")
    )
    const intake = Intake.make(connection)
    const spent = (yield* Clock.currentTimeMillis) - begun
    yield* proxy.handshake(connection, intake, target).pipe(
      Effect.interruptible,
      Effect.timeoutFail({
        duration: Duration.millis(Math.max(0, Duration.toMillis(timeout) - spent)),
        onTimeout: () =>
          new FtpTransportError({
            reason: "TimedOut",
            proxy: "NotAProxy",
            detail: `no tunnel within ${Duration.format(timeout)}`
          })
      }),
      Effect.mapError(withSubject(about, "Refused")),
      Effect.onError(() => connection.reset)
    )
    const tunnel = tunnelled(connection, intake.rest(), target, withSubject(about))
    return tls === undefined ? tunnel : yield* tunnel.startTls(tls)
  })

/** `otherwise` is what the proxy did wrong, if the error does not say. */
const withSubject =
  (about: string, otherwise?: ProxyProblem) =>
  ({ cause, detail, proxy = otherwise, reason, stage }: FtpTransportError): FtpTransportError =>
    new FtpTransportError({ reason, stage, proxy, detail: `${about}: ${detail}`, cause })

const NOTHING = new Uint8Array(0)

/** `first` is lent until the connection is read: it is given out before that. */
const tunnelled = (
  inner: Connection,
  first: Uint8Array,
  remote: Address,
  named: (error: FtpTransportError) => FtpTransportError
): Connection => {
  let rest = first
  // Not `mapError`: its step behind a success is one where an interruption could lose the bytes.
  const read = Effect.catchAllCause(inner.read, (cause) => Effect.failCause(Cause.map(cause, named)))
  const takeRest = Effect.sync(() => {
    const taken = rest
    rest = NOTHING
    return Option.some(taken)
  })
  return {
    local: inner.local,
    remote,
    read: Effect.suspend(() => (rest.byteLength === 0 ? read : takeRest)),
    write: (bytes) => Effect.mapError(inner.write(bytes), named),
    endOutput: Effect.mapError(inner.endOutput, named),
    reset: Effect.zipRight(
      Effect.sync(() => {
        rest = NOTHING
      }),
      inner.reset
    ),
    tls: Effect.mapError(inner.tls, named),
    ticket: inner.ticket,
    startTls: (options) =>
      Effect.suspend(() =>
        rest.byteLength === 0
          ? Effect.mapBoth(inner.startTls(options), {
              onFailure: named,
              onSuccess: (secured) => tunnelled(secured, rest, remote, named)
            })
          : named(new FtpTransportError({ reason: "Tls", detail: "unencrypted bytes came before the TLS handshake" }))
      )
  }
}
