/**
 * Bytes sent to the end of a file, once:
 *
 *     C: SIZE a       how many are there, while the data connection is dialled
 *     C: APPE a
 *     ──► bytes, FIN ──► 2yz ──► C: SIZE a = before + sent?
 *
 * A second attempt could send the same bytes again, so there is one only if the first sent nothing: the session was dead,
 * no data connection could be opened, or the server refused APPE for now. Otherwise what became of it is for the caller
 * to find out, by the size.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import { type FtpError, FtpTransferInterrupted } from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import type { FtpSource } from "../../base/FtpSource.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Command from "../../protocol/Command.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as ReplyMeaning from "../../protocol/ReplyMeaning.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import { sizeOf } from "../../session/file.ts"
import * as Demand from "../demand.ts"
import * as Integrity from "../integrity.ts"
import * as Interruption from "../interruption.ts"
import type { Result, TransferError } from "../options.ts"
import * as Patience from "../patience.ts"
import type { Limit } from "../rate.ts"
import { withUnknownOutcome } from "./afterFailure.ts"
import { storedSize } from "./attempt.ts"
import * as UploadSource from "./source.ts"

export interface Choices {
  readonly onProgress: (bytes: number) => void
  readonly limit: Limit
  readonly demand: Demand.Demand
  /** Only what the server refuses for now is waited out. */
  readonly schedules: Patience.Schedules
}

/** What an attempt has done so far. */
interface Moved {
  sent: number
  /** Whether the server has confirmed all bytes. */
  isStored: boolean
}

export const append = <E, R>(
  path: string,
  source: FtpSource<E, R>,
  choices: Choices
): Effect.Effect<Result, TransferError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  UploadSource.using(source, (opened) =>
    Effect.gen(function* () {
      const patience = yield* Patience.make(choices.schedules)
      let failures = 0
      while (true) {
        const moved: Moved = { sent: 0, isStored: false }
        const result = yield* Effect.either(Effect.scoped(once(path, opened, choices, moved)))
        if (result._tag === "Right") {
          return result.right
        }
        const error = result.left
        if (error._tag === "SourceFailed") {
          return yield* Effect.fail(error)
        }
        const isUnsent = !isApplied(moved) && opened.canReopen()
        if (isUnsent && Interruption.isRefusedForNow(error)) {
          const interrupted = Interruption.make({ path, direction: "Upload", offset: 0, transferred: 0, cause: error })
          yield* Effect.mapError(patience(interrupted), () => error)
        } else if (!isUnsent || !mayRepeat(error, failures++)) {
          return yield* Effect.fail(final(path, error, moved))
        }
      }
    })
  )

/**
 * Nothing of it can have reached the file, and another session or port may do. APPE is sent when the questions before it
 * are answered: a session that was lost at one of these never had it.
 */
const mayRepeat = (error: TransferError, failures: number): boolean =>
  failures < Interruption.OTHER_PORTS &&
  (Interruption.isDeadPort(error) ||
    (error._tag === "FtpConnectionLost" &&
      Interruption.isDeadSession(error) &&
      (error.outcome === "NotApplied" || (error.verb !== undefined && error.verb !== "APPE"))))

const isApplied = ({ isStored, sent }: Moved): boolean => isStored || sent > 0

/** Once bytes are on their way, no answer says how many of them are in the file. */
const final = (path: string, error: TransferError, moved: Moved): TransferError => {
  if (!isApplied(moved)) {
    return error
  }
  return isCause(error)
    ? new FtpTransferInterrupted({
        path,
        direction: "Upload",
        offset: moved.sent,
        transferred: moved.sent,
        cause: error,
        outcome: "Unknown"
      })
    : withUnknownOutcome(error)
}

const isCause = (error: FtpError): error is Interruption.Cause => Interruption.isCause(error)

const once = <E, R>(
  path: string,
  source: UploadSource.UploadSource<E, R>,
  { demand, limit, onProgress, schedules }: Choices,
  moved: Moved
) =>
  Effect.gen(function* () {
    const session = yield* (yield* FtpPool).borrow()
    const subject = { direction: "Upload", path, server: Endpoint.toLabel(session.endpoint) } as const
    yield* source.expectUnchanged(subject)
    const countsSize = Demand.countsSize(demand)
    let before = Option.none<number>()
    const bytes = UploadSource.count(limit(yield* source.open(0)), {
      size: source.size,
      offset: 0,
      subject,
      onBytes: (bytes) => {
        moved.sent += bytes
        onProgress(moved.sent)
      },
      before: () => Effect.void
    })
    const sent = yield* session.transmit(Command.appe(path), bytes, {
      path,
      ...(countsSize && {
        beside: [Command.size(path)],
        onBeside: ([reply]) => {
          before = reply === undefined ? Option.none() : sizeBefore(reply)
        }
      })
    })
    moved.isStored = true
    yield* source.expectUnchanged(subject)
    return { bytes: sent, evidence: yield* verify(session, demand, { before, sent, schedules }, subject) }
  })

/** A file that is not there yet has no bytes, if the server says so in words that are known. */
const sizeBefore = (reply: Reply.Reply): Option.Option<number> =>
  Reply.isNegative(reply) && ReplyMeaning.reasonOf("SIZE", reply) === "NotFound" ? Option.some(0) : sizeOf(reply)

interface Appended extends Pick<Choices, "schedules"> {
  /** The size of the file before, in bytes. */
  readonly before: Option.Option<number>
  readonly sent: number
}

const verify = (
  session: FtpSession,
  demand: Demand.Demand,
  { before, schedules, sent }: Appended,
  subject: Integrity.Subject
) =>
  Effect.gen(function* () {
    const { path } = subject
    const after = Demand.countsSize(demand)
      ? yield* storedSize(session, Command.appe(path), path, demand, { ...subject, bytes: sent, schedules })
      : Option.none<number>()
    if (Option.isSome(before) && Option.isSome(after) && after.value !== before.value + sent) {
      return yield* Integrity.make(subject, "Size", before.value + sent, after.value)
    }
    const evidence = Option.isSome(before) && Option.isSome(after) ? Evidence.size : Evidence.reply
    return yield* Demand.expectEnough(demand, evidence, subject)
  })
