/**
 * How a download ends: with the file, with the range that is wanted of it, or with the proof that nothing is missing.
 *
 *     end of the data, 2yz ──► count = SIZE? ──► written meanwhile? ──► whole
 *     end of the range ──► the session is left ──► written meanwhile? ──► whole
 *     all bytes, but no final reply ──► another session: SIZE the same? ──► written meanwhile? ──► whole
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import type { CommandError, FtpIntegrityError } from "../../base/FtpError.ts"
import * as Features from "../../protocol/Features.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import type * as AttemptScope from "../attemptScope.ts"
import * as Demand from "../demand.ts"
import * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import type { TransferError } from "../options.ts"
import * as Retrieval from "./retrieval.ts"

/** A download that has to end. */
export interface Ending extends Retrieval.Retrieval {
  /** Millis of the clock, before the first question. */
  readonly begun: number
  /** The offset after the last byte of a range; infinite if it is open, `undefined` if all of the file is wanted. */
  readonly until: number | undefined
  isWhole: boolean
  attempt: AttemptScope.Opened<Retrieval.Attempt> | undefined
}

export const isComplete = ({ identity, offset }: Ending): boolean =>
  offset > 0 && Option.contains(identity.size, offset)

/** All bytes of a range are here, and there may be more of the file. */
export const isEnough = ({ offset, until }: Ending): boolean => until !== undefined && offset >= until

/** A range begins at the end of the file, or after it. */
export const isAtEnd = ({ identity, offset, until }: Ending): boolean =>
  until !== undefined && offset > 0 && Option.exists(identity.size, (size) => offset >= size)

/** If all bytes are here and only the final reply is missing, the file need not be asked for again. */
export const confirm = (transfer: Ending): Effect.Effect<void, TransferError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const session = yield* transfer.pool.borrow()
      transfer.server = Endpoint.toLabel(session.endpoint)
      if (isComplete(transfer)) {
        const size = yield* session.size(transfer.path)
        yield* Retrieval.recognise(transfer, { ...Identity.UNKNOWN, size: Option.some(size) })
      }
      yield* expectUnwritten(transfer, session)
      transfer.isWhole = true
    })
  )

/**
 * A range that begins after the last byte is an error, whatever the server makes of it. At the last byte there is nothing to read,
 * which some servers refuse.
 */
export const expectInside = <E>(
  transfer: Ending,
  otherwise: Effect.Effect<void, E>
): Effect.Effect<void, E | FtpIntegrityError> =>
  Effect.suspend((): Effect.Effect<void, E | FtpIntegrityError> => {
    const { identity, offset, until } = transfer
    if (until === undefined || offset === 0 || Option.isNone(identity.size) || offset < identity.size.value) {
      return otherwise
    }
    if (offset > identity.size.value) {
      return Integrity.make(Retrieval.subjectOf(transfer), "Size", `more than ${offset} bytes`, identity.size.value)
    }
    if (transfer.attempt !== undefined) {
      // Bytes that come nevertheless are not those that were asked for.
      return leave(transfer)
    }
    transfer.isWhole = true
    return Effect.void
  })

/** The range is here. The session is given back before any question, as it may be lost by leaving. */
export const leave = (transfer: Ending): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { attempt, begun, counts, identity } = transfer
    transfer.attempt = undefined
    yield* attempt?.close ?? Effect.void
    transfer.isWhole = counts === "Nothing" || Option.isNone(identity.modified) || !(yield* tookLong(begun))
  })

/** The end of the data has come. */
export const end = (transfer: Ending): Effect.Effect<Option.Option<Uint8Array>, TransferError> =>
  Effect.gen(function* () {
    const { attempt, offset, path } = transfer
    const session = attempt?.value.session
    if (
      session !== undefined &&
      Demand.countsSize(transfer) &&
      Option.isNone(transfer.identity.size) &&
      Features.has(session.features, "SIZE")
    ) {
      transfer.identity = { ...transfer.identity, size: yield* Refusal.sizeBy(Refusal.unlessRefused, session, path) }
    }
    const { size } = transfer.identity
    if (Option.isSome(size) && size.value !== offset) {
      return yield* Integrity.make(Retrieval.subjectOf(transfer), "Size", size.value, offset)
    }
    if (session !== undefined) {
      if (Option.isSome(size) && attempt?.value.isRestarted === true) {
        session.learnObeysRestart(true)
      }
      yield* expectUnwritten(transfer, session)
    }
    transfer.isWhole = true
    return Option.none()
  })

/** A server that does not report the time now proves nothing, either way. */
const expectUnwritten = (
  transfer: Ending,
  session: FtpSession
): Effect.Effect<void, CommandError | FtpIntegrityError> =>
  Effect.gen(function* () {
    const { begun, counts, identity, path } = transfer
    if (counts !== "Nothing" && Option.isSome(identity.modified) && (yield* tookLong(begun))) {
      const modified = yield* Refusal.timeBy(Refusal.ifKnown, session, path)
      yield* Retrieval.recognise(transfer, { ...Identity.UNKNOWN, modified })
    }
  })

/** Whether the file can have got another time meanwhile. */
const tookLong = (begun: number): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => now - begun >= Identity.TIME_PRECISION)
