/**
 * A small local file, sent from memory:
 *
 *     read whole, unchanged? ──► EPSV, STOR ──2yz──► SIZE = count? ──► done
 *        └──anything else: the long way, with its questions and retries                  `upload/send`
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Bytes from "../../base/bytes.ts"
import type { OpenError } from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import { FtpLocalFile, type FtpLocalFileError, type LocalInfo } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FromFileOptions, Result } from "../options.ts"
import { isSmall } from "../smallFile.ts"
import * as Attempt from "./attempt.ts"

/** Whether it is such a file, and nothing is demanded that takes the long way. */
export const isSimple = (
  { size, type }: LocalInfo,
  { atomic = false, ignoreSize = false, rate, times = "Server", verify = "Size" }: FromFileOptions
): boolean =>
  // The files of /proc report 0 bytes and have more.
  type === "File" &&
  size > 0 &&
  isSmall(size) &&
  rate === undefined &&
  !atomic &&
  !ignoreSize &&
  times === "Server" &&
  (verify === "Size" || verify === "SizeAndTime")

/** `undefined` if the long way is to be taken. */
export const send = (
  localPath: string,
  path: string,
  info: LocalInfo,
  { onProgress, verify }: FromFileOptions
): Effect.Effect<Result | undefined, OpenError | FtpLocalFileError, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const bytes = pool.rate === undefined ? yield* readWhole(localPath, info) : undefined
    if (bytes === undefined) {
      return undefined
    }
    const stored = Effect.flatMap(pool.borrow(), (session) =>
      Effect.flatMap(session.storeSmall(path, bytes), (outcome) =>
        outcome === "Long"
          ? Effect.succeedNone
          : Effect.option(Attempt.storedSize(session, path, { least: verify ?? "Reply" }))
      )
    )
    const found = yield* Effect.scoped(stored)
    if (Option.isNone(found) || Option.exists(found.value, (size) => size !== bytes.byteLength)) {
      return undefined
    }
    const evidence = Attempt.evidenceOf(found.value, Option.isSome(info.modified))
    if (!Evidence.isAtLeast(evidence, verify ?? "Reply")) {
      return undefined
    }
    onProgress?.({ bytes: bytes.byteLength, total: Option.some(bytes.byteLength) })
    return { bytes: bytes.byteLength, evidence }
  })

/** `undefined` if it is written meanwhile. */
const readWhole = (
  localPath: string,
  { modified, size }: LocalInfo
): Effect.Effect<Uint8Array | undefined, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const bytes = yield* Effect.scoped(
      Effect.flatMap(files.openReader(localPath, 0), ({ read }) => Bytes.readUpTo(read, size + 1))
    )
    const now = yield* files.info(localPath)
    const isSame = Option.exists(now, (now) => now.size === size && sameTime(now.modified, modified))
    return isSame && bytes.byteLength === size ? bytes : undefined
  })

const sameTime = Option.getEquivalence(DateTime.Equivalence)
