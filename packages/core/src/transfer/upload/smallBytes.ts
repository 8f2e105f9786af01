/**
 * What is small and in memory, sent in one effect where all goes well:
 *
 *     EPSV, STOR ──2yz──► time, SIZE = count? ──► RNFR, RNTO ──► done      `session/expressStore`
 *                            │                       └──else: `publish`
 *                            └──anything else: the long way, with its questions and retries
 *
 * The long way goes on with the temporary name, so that nothing is left under it if the server can't be asked to remove it.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type {
  DataError,
  FtpConnectionLost,
  FtpIntegrityError,
  FtpRejected,
  FtpTransferInterrupted,
  OpenError
} from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import type { Masked } from "../../base/masked.ts"
import type { FtpLocalFileError, LocalInfo } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as NativePath from "../../protocol/NativePath.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as ReplyMeaning from "../../protocol/ReplyMeaning.ts"
import type { Judged, Stored } from "../../session/expressFinish.ts"
import type { StoreFile } from "../../session/expressStore.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import { schedulesOf } from "../choices.ts"
import type { FromFileOptions, Result } from "../options.ts"
import * as Rate from "../rate.ts"
import { isSmall } from "../smallFile.ts"
import * as Attempt from "./attempt.ts"
import * as Publication from "./publication.ts"
import { publish } from "./publish.ts"
import * as TemporaryName from "./temporaryName.ts"

/** Whether it is such a file, and nothing is demanded that takes the long way. */
export const isSimple = (
  { size, type }: SmallContent["info"],
  { ignoreSize = false, verify }: FromFileOptions
): boolean =>
  // The files of /proc report 0 bytes and have more.
  type === "File" &&
  size > 0 &&
  isSmall(size) &&
  !ignoreSize &&
  (verify === undefined || verify === "Reply" || verify === "Size" || verify === "SizeAndTime")

/** What is to be sent. */
export interface SmallContent {
  readonly path: string
  readonly info: Pick<LocalInfo, "type" | "size" | "modified">
  readonly options: FromFileOptions
  /** Where an atomic upload puts what the long way is to go on with, or the caller to clean up if this fails. */
  readonly left: Publication.Left
  readonly content: ContentReader | undefined
}

/** Who wants the content that is sent, beside the server. */
export interface ContentReader {
  /** Gets all that was sent from memory. */
  readonly whole: (bytes: Uint8Array) => Effect.Effect<void>
  /** The same by a plain call, if that is possible. */
  readonly wholeAtOnce: ((bytes: Uint8Array) => void) | undefined
  /** Reads the file by itself, before it is sent the long way: that fails if the file was written meanwhile. */
  readonly long: Effect.Effect<void, FtpLocalFileError>
}

/** `undefined` if the long way is to be taken, which then goes on with what is `left`; so does the clean-up. */
export const send = (
  masked: Masked,
  pool: FtpPool,
  file: SmallContent,
  bytes: Uint8Array
): Effect.Effect<Result | undefined, SmallError> =>
  inTurn(masked, pool, file, () => store(masked, pool, file, bytes, undefined))

/** Once the limits of its rate let it move all at once; others may follow it at once if there are none. */
export const inTurn = <E>(
  { restore }: Masked,
  pool: FtpPool,
  file: SmallContent,
  sent: (mayBeFollowed: boolean) => Effect.Effect<Result | undefined, E>
): Effect.Effect<Result | undefined, E> => {
  const turn = turnOf(pool, file)
  return turn === undefined ? sent(true) : turn === "InSlices" ? LONG : Effect.flatMap(restore(turn), () => sent(false))
}

export const turnOf = (pool: FtpPool, { info, options }: SmallContent) =>
  Rate.atOnce(info.size, options.rate, pool.rate)

export const LONG = Effect.succeed(undefined)

export type SmallError = OpenError | DataError | FtpTransferInterrupted | FtpIntegrityError

/** A file that is sent. */
interface Sending {
  readonly file: SmallContent
  readonly bytes: Uint8Array
  /** Where the bytes go. */
  readonly at: string
  /** Of an atomic upload, whose bytes go to a temporary name until they are verified. */
  readonly backup: string | undefined
  /** Once it is enough, which it is before the rename. */
  evidence: Evidence.FtpEvidence | undefined
  /** Once it is done. */
  result: Result | undefined
}

/** `undefined` if the long way is to be taken. */
const begin = (file: SmallContent, bytes: Uint8Array): Sending | undefined => {
  const { options, path } = file
  if (options.atomic !== true) {
    return { file, bytes, at: path, backup: undefined, evidence: undefined, result: undefined }
  }
  // What is beside such a path only a session can say.
  if (NativePath.isUnclear(path)) {
    return undefined
  }
  const { at, backup } = TemporaryName.makeBoth(path)
  return { file, bytes, at, backup, evidence: undefined, result: undefined }
}

/** Who has more to send. */
export interface More {
  /** Another one, once the one before is done; `"Apart"` if that can't be begun by plain calls. */
  readonly next: (result: Result) => { readonly file: SmallContent; readonly bytes: Uint8Array } | "Apart" | undefined
  /** That one was not begun: it is to be sent by an effect of its own. */
  readonly putBack: () => void
}

/** The same once it is its turn. It begins at the call. */
export const store = (
  masked: Masked,
  pool: FtpPool,
  file: SmallContent,
  bytes: Uint8Array,
  more: More | undefined
): Effect.Effect<Result | undefined, SmallError> => {
  const first = begin(file, bytes)
  if (first === undefined) {
    return LONG
  }
  let sending = first
  let isPutBack = false
  const next =
    ({ next, putBack }: More, session: FtpSession, isFree: () => boolean) =>
    (stored: Stored) => {
      const isNext = sending.file.content === undefined || sending.file.content.wholeAtOnce !== undefined
      const result = isNext && isFree() ? finished(sending, stored) : undefined
      const found = result && next(result)
      if (found === undefined) {
        return undefined
      }
      const following = found === "Apart" ? undefined : begin(found.file, found.bytes)
      const asked = following && ask(session, following)
      if (following === undefined || asked === undefined) {
        isPutBack = true
        putBack()
        return undefined
      }
      sending = following
      return asked
    }
  return pool.lendMasked(
    masked,
    (session, isFree): Effect.Effect<Stored | "Long"> => {
      const asked = ask(session, first)
      return asked === undefined
        ? Effect.succeed("Long")
        : session.storeSmall(asked, { masked, next: more && next(more, session, isFree) })
    },
    (stored) => (isPutBack || stored === "Long" ? LONG : end(masked, pool, sending, stored))
  )
}

const judge = (sending: Sending, stored: Judged): Evidence.FtpEvidence | undefined => {
  sending.evidence ??= evidenceOf(sending.file, sending.at, stored)
  return sending.evidence
}

/** `undefined` if only the long way finds out how to set its time, too. */
const ask = (session: FtpSession, sending: Sending): StoreFile | undefined => {
  const { at, backup, bytes, file } = sending
  const { info, left, options, path } = file
  const modified = wantedTime(info, options)
  const command = Option.isNone(modified) ? undefined : session.timeCommand(at, modified.value)
  if (command === "Unknown" || (command === "Unsupported" && options.times !== "IfPossible")) {
    return undefined
  }
  return {
    path: at,
    bytes,
    ignoresSize: options.verify === "Reply",
    setTime: command === "Unsupported" ? undefined : command,
    onMoved: onMoved(file),
    onCommand:
      backup === undefined
        ? options.onStore
        : (state) => {
            left.publication ??= Publication.make({ path, at, backup, host: session.endpoint })
            options.onStore?.(state)
          },
    newName: backup === undefined ? undefined : { path, isDeserved: (stored) => judge(sending, stored) !== undefined }
  }
}

/** What it is if nothing is left to do for it. */
const finished = (sending: Sending, stored: Stored): Result | undefined => {
  const { backup, file } = sending
  const isNamed = stored.rename === (backup === undefined ? "None" : "Done")
  const evidence = isNamed && sending.result === undefined ? judge(sending, stored) : undefined
  if (evidence !== undefined) {
    if (file.left.publication !== undefined) {
      file.left.publication.stage = "Done"
    }
    sending.result = conclude(sending, evidence)
  }
  return sending.result
}

const conclude = ({ bytes, file: { content, info, options } }: Sending, evidence: Evidence.FtpEvidence): Result => {
  options.onProgress?.({ bytes: info.size, total: Option.some(info.size) })
  content?.wholeAtOnce?.(bytes)
  return { bytes: info.size, evidence }
}

/** Who wants the content gets it once all else is done. */
const given = ({ restore }: Masked, { bytes, file: { content } }: Sending, result: Result): Effect.Effect<Result> =>
  content === undefined || content.wholeAtOnce !== undefined
    ? Effect.succeed(result)
    : Effect.as(restore(content.whole(bytes)), result)

const end = (
  masked: Masked,
  pool: FtpPool,
  sending: Sending,
  stored: Stored
): Effect.Effect<Result | undefined, SmallError> => {
  const { file } = sending
  const result = finished(sending, stored)
  if (result !== undefined) {
    return given(masked, sending, result)
  }
  const { rename } = stored
  const { publication } = file.left
  const enough = typeof rename === "string" ? undefined : judge(sending, stored)
  if (typeof rename === "string" || enough === undefined || publication === undefined) {
    return LONG
  }
  const named = masked.restore(publishSlowly(publication, file, enough, rename))
  const cleaned = Effect.zipRight(named, Publication.cleanUp(publication, Exit.void))
  return Effect.flatMap(Effect.provideService(cleaned, FtpPool, pool), () =>
    given(masked, sending, conclude(sending, enough))
  )
}

/** The rename was refused, as the old file may be in its way, or its reply is lost. */
const publishSlowly = (
  publication: Publication.Publication,
  { info, options }: SmallContent,
  evidence: Evidence.FtpEvidence,
  why: FtpRejected | FtpConnectionLost
) =>
  Effect.flatMap(schedulesOf(options), (schedules) => {
    if (why._tag === "FtpConnectionLost") {
      publication.lost = why
    }
    const modified = wantedTime(info, options)
    const { onPublish = Effect.void } = options
    return publish(publication, { bytes: info.size, evidence }, { modified, schedules, onPublish })
  })

const wantedTime = (
  { modified }: SmallContent["info"],
  { times = "Now" }: FromFileOptions
): Option.Option<DateTime.Utc> => (times === "Now" ? Option.none() : modified)

const onMoved = ({ info, options: { onProgress } }: SmallContent) =>
  onProgress && ((bytes: number) => onProgress({ bytes, total: Option.some(info.size) }))

/** `undefined` if what the server said is not enough, and this is for the long way to judge. */
const evidenceOf = (
  { info, options }: SmallContent,
  at: string,
  { isCounted, size, time }: Judged
): Evidence.FtpEvidence | undefined => {
  const { onTimeSet, times, verify: least = "Reply" } = options
  const isTimed = time !== undefined && Reply.isCompletion(time)
  if ((time !== undefined && !isTimed && times !== "IfPossible") || (!isCounted && !mayBeUncounted(size, at, least))) {
    return undefined
  }
  const evidence = !isCounted ? Evidence.reply : Option.isSome(info.modified) ? Evidence.sizeAndTime : Evidence.size
  if (!Evidence.isAtLeast(evidence, least)) {
    return undefined
  }
  if (isTimed && onTimeSet !== undefined && Option.isSome(info.modified)) {
    onTimeSet(info.modified.value)
  }
  return evidence
}

/** Whether the server reports no sizes, by what it said; if not, it is for the long way to judge. */
const mayBeUncounted = (size: Stored["size"], path: string, least: Evidence.Strength): boolean =>
  size === undefined ||
  !Reply.isNegative(size) ||
  Attempt.meansNoSize(path, { least }, size.code, ReplyMeaning.reasonOf("SIZE", size))
