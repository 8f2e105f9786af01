/**
 * The bytes of a download or a listing, up to both signals of a good end:
 *
 *        bytes ... end of data          our FIN next: ProFTPD, and vsftpd over TLS, wait for it
 *     S: 226                            in any order with the end of the data
 *
 *     S: 226 at once                    everything was sent already, or the data connection is never used: an empty
 *        silence                        file, but no listing
 *
 *     S: 226                            confirmed, but the data connection stays open: see leftOpen. A listing of whole
 *        bytes ... silence              lines is taken; a file is not known to be whole
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DataError } from "../base/FtpError.ts"
import type * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import * as DataFailure from "./dataFailure.ts"
import { conclude, open, type Transfer, type TransferOptions } from "./dataTransfer.ts"

/**
 * Bytes that arrive, with the replies around them. The transfer ends with the scope of `receive`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Incoming {
  /** The server's first reply, if it gave one before the data; some report the size in it. */
  readonly first: Option.Option<Reply.Reply>
  /** The replies to `beside`, in order. */
  readonly beside: ReadonlyArray<Reply.Reply>
  /** The next bytes, lent until the next read. `None` means that the server confirmed the transfer with a 2yz. */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, DataError>
}

export const receive = (
  context: SessionContext,
  command: Command.Command,
  options: TransferOptions = {}
): Effect.Effect<Incoming, DataError, Scope.Scope> =>
  Effect.map(open(context, command, options, { grace: GRACE, direction: "Receive" }), (transfer) => ({
    first: transfer.exchange.first,
    beside: transfer.beside,
    read: reader(context, transfer, makeProgress(), () => false)
  }))

/** Long enough for what is in the kernel's buffers, and on a slow line. */
const GRACE = Duration.seconds(1)

/**
 * A listing: gives all its bytes to `take`, lent for the time of the call. Returns the final reply; `"Refused"` as soon
 * as `take` returns false; `"NoListing"` if the server says that it is done and has sent nothing. `taken` is run after
 * each call, and may wait for a consumer, which does not count for the limit of the listing.
 */
export const receiveAll = (
  context: SessionContext,
  command: Command.Command,
  path: string,
  take: (bytes: Uint8Array) => boolean,
  taken?: Effect.Effect<void>
): Effect.Effect<Option.Option<Reply.Reply> | "Refused" | NoListing, DataError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const pauses = makePauses(yield* Effect.clock)
      const whole = { limit: context.timeouts.listing, what: "no end of the listing", paused: pauses.sum }
      const transfer = yield* open(context, command, { path }, { grace: GRACE, whole, direction: "Receive" })
      const { first } = transfer.exchange
      if (Option.isSome(first) && first.value.code === SUPERFLUOUS) {
        return noListing(first.value)
      }
      const progress = makeProgress()
      let isWholeLine = true
      const read = reader(context, transfer, progress, () => isWholeLine)
      while (true) {
        const bytes = yield* read
        if (Option.isNone(bytes)) {
          return progress.isUnused && Option.isSome(first) ? noListing(first.value) : yield* transfer.exchange.peek
        }
        isWholeLine = bytes.value[bytes.value.byteLength - 1] === LF
        if (!take(bytes.value)) {
          return "Refused"
        }
        if (taken !== undefined) {
          yield* pauses.during(taken)
        }
      }
    })
  )

/** How long others were waited for, in millis. */
const makePauses = (clock: Clock.Clock) => {
  let past = 0
  let since: number | undefined
  const present = () => (since === undefined ? 0 : clock.unsafeCurrentTimeMillis() - since)
  return {
    sum: () => past + present(),
    during: (wait: Effect.Effect<void>): Effect.Effect<void> =>
      Effect.suspend(() => {
        since = clock.unsafeCurrentTimeMillis()
        return Effect.map(wait, () => {
          past += present()
          since = undefined
        })
      })
  }
}

/** The reply to a listing that was not sent. */
export interface NoListing {
  readonly _tag: "NoListing"
  readonly reply: Reply.Reply
}

const noListing = (reply: Reply.Reply): NoListing => ({ _tag: "NoListing", reply })

/** RFC 959 §4.2.1: the command is not implemented, and not needed here. */
const SUPERFLUOUS = 202

const LF = 0x0a

interface Progress {
  ended: boolean
  received: boolean
  /** The server said 2yz at once, and nothing came. */
  isUnused: boolean
}

const makeProgress = (): Progress => ({ ended: false, received: false, isUnused: false })

/** How long a data connection may stay silent when the server has said 2yz before its first byte. */
const UNUSED_LIMIT = Duration.seconds(5)

/** `mayEndOpen`: whether what was read is all, if the server confirms it and leaves the data connection open. */
const reader = (
  context: SessionContext,
  transfer: Transfer,
  progress: Progress,
  mayEndOpen: () => boolean
): Effect.Effect<Option.Option<Uint8Array>, DataError> => {
  const { connection, leftOpen, stall } = transfer
  leftOpen.watched = { connection, stall }
  const unused = Effect.timeoutTo(Effect.interruptible(connection.read), {
    duration: UNUSED_LIMIT,
    onTimeout: () => {
      progress.isUnused = true
      return Option.none<Uint8Array>()
    },
    onSuccess: (bytes) => bytes
  })
  const more = stall.within("no data")(connection.read)
  const next = Effect.suspend(() => (transfer.isOver && !progress.received ? unused : more))
  const close = Effect.ignore(stall.within("no end", "End")(connection.endOutput))
  const concluded = Effect.as(conclude(context, transfer, 0), Option.none<Uint8Array>())
  const end = Effect.zipRight(close, concluded)
  return Effect.suspend(() =>
    progress.ended
      ? Effect.succeedNone
      : Effect.matchEffect(next, {
          onFailure: (error) => {
            if (leftOpen.wasReset && mayEndOpen()) {
              progress.ended = true
              return Effect.tap(concluded, () => Effect.sync(() => DataAfterReset.opened(context)))
            }
            return DataFailure.broken(context, transfer, error)
          },
          onSuccess: (bytes) => {
            if (Option.isSome(bytes)) {
              progress.received = true
              stall.moved(bytes.value.byteLength)
              return Effect.succeed(bytes)
            }
            progress.ended = true
            leftOpen.ended()
            return end
          }
        })
  )
}
