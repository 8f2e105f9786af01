/**
 * A small file, whose size is known from a listing, to a local file: held in memory, and written when it is whole.
 *
 *     MDTM, EPSV, RETR ──all bytes, 2yz──► written under another name, renamed        `session/express`
 *        └──anything else: the long way, with its questions, partial file, retries    `download/file`
 *
 * What the long way proves by SIZE is proven here by the size in the listing.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpConnectionLost, FtpRejected, OpenError } from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import type { FtpLocalFileError, LocalInfo, WholeFile } from "../../platform/FtpLocalFile.ts"
import { FtpLocalFile } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpTime } from "../../protocol/FtpEntry.ts"
import type { Small } from "../../session/expressRetrieve.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import * as Identity from "../identity.ts"
import type { Result, ToFileOptions } from "../options.ts"
import { isSmall } from "../smallFile.ts"
import * as PartialName from "./partialName.ts"

export interface SmallFile {
  readonly path: string
  readonly localPath: string
  /** From a listing. */
  readonly size: number
  readonly replaced: Option.Option<LocalInfo>
}

/** Whether it is such a file, and nothing is demanded that takes the long way. */
export const isSimple = (options: ToFileOptions): options is ToFileOptions & { readonly expectedSize: number } => {
  const { expectedSize, ignoreSize = false, maxBytes, rate, segments = 1, verify = "Size" } = options
  return (
    isSmall(expectedSize) &&
    (maxBytes === undefined || expectedSize <= maxBytes) &&
    rate === undefined &&
    segments !== "auto" &&
    !ignoreSize &&
    verify === "Size"
  )
}

/** `undefined` if the long way is to be taken. */
export const toFile = (
  file: SmallFile,
  options: ToFileOptions
): Effect.Effect<
  Result | undefined,
  OpenError | FtpRejected | FtpConnectionLost | FtpLocalFileError,
  FtpPool | FtpLocalFile
> =>
  Effect.flatMap(FtpLocalFile, ({ writeWhole }) =>
    writeWhole === undefined
      ? Effect.succeed(undefined)
      : Effect.flatMap(fetch(file, options), (fetched) => {
          if (fetched === "Long") {
            return Effect.succeed(undefined)
          }
          const written = writeWhole(toWhole(file, options, fetched))
          return Effect.flatMap(written, (refused) => Effect.as(warn(file.localPath, refused), done(file, options)))
        })
  )

const fetch = ({ path, size }: SmallFile, { expectedModified, onProgress }: ToFileOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const pool = yield* FtpPool
      if (pool.rate !== undefined) {
        return "Long" as const
      }
      const session = yield* pool.borrow()
      const clock = yield* Effect.clock
      const begun = clock.unsafeCurrentTimeMillis()
      const known = expectedModified !== undefined && isExact(expectedModified) ? expectedModified : undefined
      const fetched = yield* session.retrieveSmall(
        path,
        size,
        known === undefined,
        onProgress && ((bytes) => onProgress({ bytes, total: Option.some(size) }))
      )
      if (fetched === "Long") {
        return fetched
      }
      const small = known === undefined ? fetched : { ...fetched, modified: Option.some(known) }
      return clock.unsafeCurrentTimeMillis() - begun < Identity.TIME_PRECISION ||
        (yield* isUnwritten(session, path, small))
        ? small
        : "Long"
    })
  )

/**
 * Whether it still has the same time, as far as the server says: one that was written in place may be a mixture. Without
 * an answer, as when the connection is lost, nothing is known, and the long way has to find out.
 */
const isUnwritten = (session: FtpSession, path: string, { modified }: Small): Effect.Effect<boolean> =>
  Option.isNone(modified)
    ? Effect.succeed(true)
    : Effect.match(Refusal.ifKnown(session.modified(path)), {
        onFailure: () => false,
        onSuccess: (now) => Identity.isSame({ ...Identity.UNKNOWN, modified }, { ...Identity.UNKNOWN, modified: now })
      })

const isExact = ({ precision, zone }: FtpTime): boolean =>
  zone === "Utc" && (precision === "Second" || precision === "Millisecond")

const toWhole = (
  { localPath, replaced }: SmallFile,
  { durability = "Synced", existing = "Replace", times = "IfPossible" }: ToFileOptions,
  { bytes, modified }: Small
): WholeFile => ({
  path: localPath,
  partialFile: PartialName.nameOf(localPath),
  bytes,
  modified: times === "IfPossible" ? Option.map(modified, ({ at }) => at) : Option.none(),
  mode: Option.flatMap(replaced, ({ mode }) => mode),
  existing,
  durability
})

const done = ({ size }: SmallFile, { onProgress }: ToFileOptions): Result => {
  onProgress?.({ bytes: size, total: Option.some(size) })
  return { bytes: size, evidence: Evidence.size }
}

const warn = (localPath: string, refused: ReadonlyArray<FtpLocalFileError>): Effect.Effect<void> =>
  refused.length === 0
    ? Effect.void
    : Effect.forEach(refused, (error) => Effect.logWarning(`${localPath} is complete, but ${error.message}`), {
        discard: true
      })
