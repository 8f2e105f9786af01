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
import type { FtpLocalFile, FtpLocalFileError, LocalInfo } from "../../platform/FtpLocalFile.ts"
import type * as Command from "../../protocol/Command.ts"
import * as NativePath from "../../protocol/NativePath.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as ReplyMeaning from "../../protocol/ReplyMeaning.ts"
import type { Stored } from "../../session/expressFinish.ts"
import type { FtpSession, Restore } from "../../session/FtpSession.ts"
import { sizeOf } from "../../session/file.ts"
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
  /** Where an atomic upload puts what the long way is to go on with. */
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

/** `undefined` if the long way is to be taken. */
export const send = (services: Services, file: SmallFile): Effect.Effect<Result | undefined, SmallError> => {
  const { content, info, localPath, options } = file
  return services.pool.rate !== undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(readWhole(services.files, localPath, info), (bytes) =>
        Option.isNone(bytes)
          ? Effect.succeed(undefined)
          : Effect.flatMap(afterProof(file, store(services, file, bytes.value)), (evidence) => {
              if (evidence === undefined) {
                return Effect.succeed(undefined)
              }
              options.onProgress?.({ bytes: info.size, total: Option.some(info.size) })
              const result = { bytes: info.size, evidence }
              return content === undefined ? Effect.succeed(result) : Effect.as(content.whole(bytes.value), result)
            })
      )
}

/** What the caller has found by its id was proven then. */
const afterProof = <A, E>(
  { info, options: { found, onOpen } }: SmallFile,
  stored: Effect.Effect<A, E>
): Effect.Effect<A, E | FtpLocalFileError> =>
  onOpen === undefined || (found?.id !== undefined && found.id === info.id)
    ? stored
    : Effect.zipRight(onOpen(info), stored)

type SmallError = FtpLocalFileError | OpenError | DataError | FtpTransferInterrupted | FtpIntegrityError

/** The evidence, if it is enough. */
const store = (
  services: Services,
  file: SmallFile,
  bytes: Uint8Array
): Effect.Effect<Evidence.FtpEvidence | undefined, SmallError> =>
  file.options.atomic === true
    ? // What is beside such a path only a session can say.
      NativePath.isUnclear(file.path)
      ? Effect.succeed(undefined)
      : Effect.flatMap(TemporaryName.makeBoth(file.path), (names) =>
          Effect.uninterruptibleMask((restore) => storeAtomically(services, file, bytes, names, restore))
        )
    : Effect.uninterruptibleMask((restore) =>
        services.pool.lendMasked(restore, (session) => {
          const setTime = timeCommand(session, file, file.path)
          return setTime === "Unknown"
            ? Effect.succeed(undefined)
            : Effect.map(
                session.storeSmall(file.path, bytes, {
                  setTime,
                  onMoved: onMoved(file),
                  onCommand: file.options.onStore,
                  restore
                }),
                (stored) => (stored === "Long" ? undefined : evidenceOf(file, file.path, stored))
              )
        })
      )

/** Under a temporary name, which it has until it is verified. One mask for all of it. */
const storeAtomically = (
  services: Services,
  file: SmallFile,
  bytes: Uint8Array,
  { at, backup }: Pick<Publication.Publication, "at" | "backup">,
  restore: Restore
): Effect.Effect<Evidence.FtpEvidence | undefined, SmallError> => {
  const { path } = file
  let publication: Publication.Publication | undefined
  const sent = services.pool.lendMasked(restore, (session) => {
    const setTime = timeCommand(session, file, at)
    if (setTime === "Unknown") {
      return Effect.succeed("Long" as const)
    }
    return session.storeSmall(at, bytes, {
      setTime,
      newName: { path, isDeserved: (stored) => evidenceOf(file, at, stored) !== undefined },
      onMoved: onMoved(file),
      onCommand: (state) => {
        publication ??= Publication.make({ path, at, backup, host: session.endpoint })
        file.options.onStore?.(state)
      },
      restore
    })
  })
  const cleanUp = (exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
    publication === undefined || publication.stage === "Done"
      ? Effect.void
      : provideServices(services, Publication.cleanUp(publication, exit))
  return Effect.matchCauseEffect(sent, {
    onFailure: (cause) => Effect.zipRight(cleanUp(Exit.failCause(cause)), Effect.failCause(cause)),
    onSuccess: (stored): Effect.Effect<Evidence.FtpEvidence | undefined, SmallError> => {
      const evidence = stored === "Long" ? undefined : evidenceOf(file, at, stored)
      if (stored === "Long" || publication === undefined || evidence === undefined || stored.rename === "None") {
        file.left.publication = publication
        return Effect.succeed(undefined)
      }
      if (stored.rename === "Done") {
        publication.stage = "Done"
        return Effect.succeed(evidence)
      }
      const named = provideServices(services, publishSlowly(publication, file, evidence, stored.rename))
      return Effect.as(Effect.onExit(restore(named), cleanUp), evidence)
    }
  })
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

/** `undefined` if its time is not to be set; `"Unknown"` if only the long way finds out how to. */
const timeCommand = (
  session: FtpSession,
  { info, options }: SmallFile,
  at: string
): Command.Command | "Unknown" | undefined => {
  const modified = wantedTime(info, options)
  if (Option.isNone(modified)) {
    return undefined
  }
  const command = session.timeCommand(at, modified.value)
  return command !== "Unsupported" ? command : options.times === "IfPossible" ? undefined : "Unknown"
}

const onMoved = ({ info, options: { onProgress } }: SmallFile) => {
  const total = Option.some(info.size)
  return onProgress && ((bytes: number) => onProgress({ bytes, total }))
}

/** `undefined` if what the server said is not enough, and this is for the long way to judge. */
const evidenceOf = (
  { info, options }: SmallFile,
  at: string,
  { size, time }: Pick<Stored, "size" | "time">
): Evidence.FtpEvidence | undefined => {
  const least = options.verify ?? "Reply"
  const isTimed = time === undefined || options.times === "IfPossible" || Reply.isCompletion(time)
  const known = isTimed ? sizeIn(size, at, least) : undefined
  const evidence = known && Attempt.evidenceOf(known, Option.isSome(info.modified))
  if (evidence === undefined || !Evidence.isAtLeast(evidence, least)) {
    return undefined
  }
  if (time !== undefined && Reply.isCompletion(time)) {
    Option.map(info.modified, (at) => options.onTimeSet?.(at))
  }
  return evidence
}

/** `undefined` if the server doesn't report it, and this is for the long way to judge. */
const sizeIn = (size: Stored["size"], path: string, least: Evidence.Strength): Option.Option<number> | undefined =>
  size === undefined || !Reply.isNegative(size)
    ? Option.flatMap(Option.fromNullable(size), sizeOf)
    : Attempt.meansNoSize(path, { least }, size.code, ReplyMeaning.reasonOf("SIZE", size))
      ? Option.none()
      : undefined

/** `None` if it is written meanwhile. */
const readWhole = (
  files: FtpLocalFile,
  localPath: string,
  info: LocalInfo
): Effect.Effect<Option.Option<Uint8Array>> =>
  files.readWhole === undefined
    ? Effect.orElseSucceed(readByParts(files, localPath, info), Option.none)
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
