/**
 * A small local file, sent from memory:
 *
 *     read whole, unchanged? ──► EPSV, STOR ──2yz──► SIZE = count? ──► done              `session/expressStore`
 *        └──anything else: the long way, with its questions and retries                  `upload/send`
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Bytes from "../../base/bytes.ts"
import type { OpenError } from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import { FtpLocalFile, type LocalInfo } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as ReplyMeaning from "../../protocol/ReplyMeaning.ts"
import type { Stored } from "../../session/expressStore.ts"
import { sizeOf } from "../../session/file.ts"
import type { FromFileOptions, Result } from "../options.ts"
import { isSmall } from "../smallFile.ts"
import * as Attempt from "./attempt.ts"

/** Whether it is such a file, and nothing is demanded that takes the long way. */
export const isSimple = (
  { size, type }: LocalInfo,
  { atomic = false, ignoreSize = false, rate, times = "Now", verify = "Size" }: FromFileOptions
): boolean =>
  // The files of /proc report 0 bytes and have more.
  type === "File" &&
  size > 0 &&
  isSmall(size) &&
  rate === undefined &&
  !atomic &&
  !ignoreSize &&
  times === "Now" &&
  (verify === "Size" || verify === "SizeAndTime")

/** `undefined` if the long way is to be taken. */
export const send = (
  localPath: string,
  path: string,
  info: LocalInfo,
  { onProgress, verify }: FromFileOptions
): Effect.Effect<Result | undefined, OpenError, FtpPool | FtpLocalFile> =>
  Effect.flatMap(FtpPool, (pool) =>
    pool.rate !== undefined
      ? Effect.succeed(undefined)
      : Effect.flatMap(readWhole(localPath, info), (bytes) =>
          Option.isNone(bytes)
            ? Effect.succeed(undefined)
            : Effect.map(store(pool, path, bytes.value, onProgress), (stored) => {
                const least = verify ?? "Reply"
                const size = stored === "Long" ? undefined : sizeIn(stored, path, least)
                const evidence = size && Attempt.evidenceOf(size, Option.isSome(info.modified))
                if (evidence === undefined || !Evidence.isAtLeast(evidence, least)) {
                  return undefined
                }
                onProgress?.({ bytes: info.size, total: Option.some(info.size) })
                return { bytes: info.size, evidence }
              })
        )
  )

const store = (pool: FtpPool, path: string, bytes: Uint8Array, onProgress: FromFileOptions["onProgress"]) => {
  const total = Option.some(bytes.byteLength)
  return pool.lend((session) =>
    session.storeSmall(path, bytes, onProgress && ((bytes) => onProgress({ bytes, total })))
  )
}

/** `undefined` if the server doesn't report it, and this is for the long way to judge. */
const sizeIn = ({ size }: Stored, path: string, least: Evidence.Strength): Option.Option<number> | undefined =>
  size === undefined || !Reply.isNegative(size)
    ? Option.flatMap(Option.fromNullable(size), sizeOf)
    : Attempt.meansNoSize(path, { least }, size.code, ReplyMeaning.reasonOf("SIZE", size))
      ? Option.none()
      : undefined

/** `None` if it is written meanwhile. */
const readWhole = (localPath: string, info: LocalInfo): Effect.Effect<Option.Option<Uint8Array>, never, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) =>
    files.readWhole === undefined
      ? Effect.orElseSucceed(readByParts(files, localPath, info), Option.none)
      : files.readWhole(localPath, info)
  )

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
