/**
 * A small local file, sent from memory:
 *
 *     read whole, unchanged? ──► EPSV, STOR ──2yz──► time, SIZE = count? ──► RNFR, RNTO ──► done   `session/expressStore`
 *        │                                                    │                  └──else: `publish`
 *        └──anything else: the long way, with its questions and retries                           `upload/send`
 *
 * The long way goes on with the temporary name, so that nothing is left under it if the server can't be asked to remove it.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Bytes from "../../base/bytes.ts"
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
import type { FtpLocalFile, FtpLocalFileError, LocalInfo } from "../../platform/FtpLocalFile.ts"
import * as NativePath from "../../protocol/NativePath.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as ReplyMeaning from "../../protocol/ReplyMeaning.ts"
import type { Judged, Stored } from "../../session/expressFinish.ts"
import type { StoreOptions } from "../../session/expressStore.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import { schedulesOf } from "../choices.ts"
import type { FromFileOptions, Result } from "../options.ts"
import { provideServices, type Services } from "../services.ts"
import { isSmall } from "../smallFile.ts"
import * as Attempt from "./attempt.ts"
import * as Publication from "./publication.ts"
import { publish } from "./publish.ts"
import * as TemporaryName from "./temporaryName.ts"

/** Whether it is such a file, and nothing is demanded that takes the long way. */
export const isSimple = (
  { size, type }: LocalInfo,
  { ignoreSize = false, rate, verify = "Size" }: FromFileOptions
): boolean =>
  // The files of /proc report 0 bytes and have more.
  type === "File" &&
  size > 0 &&
  isSmall(size) &&
  rate === undefined &&
  !ignoreSize &&
  (verify === "Size" || verify === "SizeAndTime")

/** What is to be sent. */
export interface SmallFile {
  readonly localPath: string
  readonly path: string
  readonly info: LocalInfo
  readonly options: FromFileOptions
  /** Where an atomic upload puts what the long way is to go on with, or the caller to clean up if this fails. */
  readonly left: Publication.Left
  readonly content: ContentReader | undefined
}

/** Who wants the content that is sent, beside the server. */
export interface ContentReader {
  /** Gets all that was sent from memory. */
  readonly whole: (bytes: Uint8Array) => Effect.Effect<void>
  /** Reads the file by itself, before it is sent the long way: that fails if the file was written meanwhile. */
  readonly long: Effect.Effect<void, FtpLocalFileError>
}

/** `undefined` if the long way is to be taken, which then goes on with what is `left`; so does the clean-up. */
export const send = (
  masked: Masked,
  services: Services,
  file: SmallFile
): Effect.Effect<Result | undefined, SmallError> =>
  services.pool.rate !== undefined
    ? LONG
    : Effect.flatMap(readWhole(masked, services.files, file), (read): Effect.Effect<Result | undefined, SmallError> => {
        if (Option.isNone(read)) {
          return LONG
        }
        const bytes = read.value
        const stored = afterProof(masked, file, () => store(masked, services, file, bytes))
        return file.content === undefined ? stored : given(masked, file.content, bytes, stored)
      })

const LONG = Effect.succeed(undefined)

/** Who wants the content gets it once all else is done. */
const given = <E>(
  { restore }: Masked,
  content: ContentReader,
  bytes: Uint8Array,
  stored: Effect.Effect<Result | undefined, E>
) =>
  Effect.flatMap(stored, (result) => (result === undefined ? LONG : Effect.as(restore(content.whole(bytes)), result)))

/** What the caller has found by its id was proven then. */
const afterProof = <A, E>(
  { restore }: Masked,
  { info, options: { found, onOpen } }: SmallFile,
  store: () => Effect.Effect<A, E>
): Effect.Effect<A, E | FtpLocalFileError> =>
  onOpen === undefined || (found?.id !== undefined && found.id === info.id)
    ? store()
    : Effect.flatMap(restore(onOpen(info)), store)

type SmallError = FtpLocalFileError | OpenError | DataError | FtpTransferInterrupted | FtpIntegrityError

const store = (
  masked: Masked,
  services: Services,
  file: SmallFile,
  bytes: Uint8Array
): Effect.Effect<Result | undefined, SmallError> => {
  const { options, path } = file
  if (options.atomic === true) {
    // What is beside such a path only a session can say.
    return NativePath.isUnclear(path) ? LONG : storeAtomically(masked, services, file, bytes)
  }
  return services.pool.lendMasked(
    masked,
    (session) => storeAt(session, masked, file, bytes, { at: path, onCommand: options.onStore, newName: undefined }),
    (stored) => ended(file, stored === "Long" ? undefined : evidenceOf(file, path, stored))
  )
}

/** Without evidence the long way is to be taken. */
const ended = (
  { info, options: { onProgress } }: SmallFile,
  evidence: Evidence.FtpEvidence | undefined
): Effect.Effect<Result | undefined> => {
  if (evidence === undefined) {
    return LONG
  }
  onProgress?.({ bytes: info.size, total: Option.some(info.size) })
  return Effect.succeed({ bytes: info.size, evidence })
}

/** Under a temporary name, which it has until it is verified. */
const storeAtomically = (
  masked: Masked,
  services: Services,
  file: SmallFile,
  bytes: Uint8Array
): Effect.Effect<Result | undefined, SmallError> => {
  const { left, options, path } = file
  const { at, backup } = TemporaryName.makeBoth(path)
  /** Once it is enough, which it is before the rename. */
  let evidence: Evidence.FtpEvidence | undefined
  const judge = (stored: Judged) => {
    evidence ??= evidenceOf(file, at, stored)
    return evidence
  }
  return services.pool.lendMasked(
    masked,
    (session) =>
      storeAt(session, masked, file, bytes, {
        at,
        onCommand: (state) => {
          left.publication ??= Publication.make({ path, at, backup, host: session.endpoint })
          options.onStore?.(state)
        },
        newName: { path, isDeserved: (stored) => judge(stored) !== undefined }
      }),
    (stored): Effect.Effect<Result | undefined, SmallError> => {
      const { publication } = left
      const enough = stored === "Long" || stored.rename === "None" ? undefined : judge(stored)
      if (stored === "Long" || stored.rename === "None" || enough === undefined || publication === undefined) {
        return LONG
      }
      if (stored.rename === "Done") {
        publication.stage = "Done"
        return ended(file, enough)
      }
      const named = masked.restore(publishSlowly(publication, file, enough, stored.rename))
      const cleaned = Effect.zipRight(named, Publication.cleanUp(publication, Exit.void))
      return Effect.flatMap(provideServices(services, cleaned), () => ended(file, enough))
    }
  )
}

/** The rename was refused, as the old file may be in its way, or its reply is lost. */
const publishSlowly = (
  publication: Publication.Publication,
  { info, options }: SmallFile,
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

const wantedTime = ({ modified }: LocalInfo, { times = "Now" }: FromFileOptions): Option.Option<DateTime.Utc> =>
  times === "Now" ? Option.none() : modified

interface Place {
  readonly at: string
  readonly onCommand: StoreOptions["onCommand"]
  readonly newName: StoreOptions["newName"]
}

/** `"Long"` if only the long way finds out how to set its time, too. */
const storeAt = (
  session: FtpSession,
  masked: Masked,
  file: SmallFile,
  bytes: Uint8Array,
  { at, newName, onCommand }: Place
): Effect.Effect<Stored | "Long"> => {
  const { info, options } = file
  const modified = wantedTime(info, options)
  const command = Option.isNone(modified) ? undefined : session.timeCommand(at, modified.value)
  if (command === "Unknown" || (command === "Unsupported" && options.times !== "IfPossible")) {
    return Effect.succeed("Long")
  }
  const setTime = command === "Unsupported" ? undefined : command
  return session.storeSmall(at, bytes, { setTime, newName, onMoved: onMoved(file), onCommand, masked })
}

const onMoved = ({ info, options: { onProgress } }: SmallFile) =>
  onProgress && ((bytes: number) => onProgress({ bytes, total: Option.some(info.size) }))

/** `undefined` if what the server said is not enough, and this is for the long way to judge. */
const evidenceOf = (
  { info, options }: SmallFile,
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

/** `None` if it is written meanwhile. */
const readWhole = (
  { restore }: Masked,
  files: FtpLocalFile,
  { info, localPath }: SmallFile
): Effect.Effect<Option.Option<Uint8Array>> =>
  files.readWhole === undefined
    ? restore(Effect.orElseSucceed(readByParts(files, localPath, info), Option.none))
    : files.readWhole(localPath, info)

const readByParts = (files: FtpLocalFile, localPath: string, { modified, size }: LocalInfo) =>
  Effect.gen(function* () {
    const bytes = yield* Effect.scoped(
      Effect.flatMap(files.openReader(localPath, 0), ({ read }) => Bytes.readUpTo(read, size + 1))
    )
    const now = yield* files.info(localPath)
    const isSame = Option.exists(now, (now) => now.size === size && sameTime(now.modified, modified))
    return isSame && bytes.byteLength === size ? Option.some(bytes) : Option.none()
  })

const sameTime = Option.getEquivalence(DateTime.Equivalence)
