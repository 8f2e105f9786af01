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
import * as Masked from "../../base/masked.ts"
import type { FtpLocalFile, FtpLocalFileError, LocalInfo, WholeFile } from "../../platform/FtpLocalFile.ts"
import type { FtpPool } from "../../pool/FtpPool.ts"
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
  { writeWhole }: FtpLocalFile,
  pool: FtpPool,
  file: SmallFile,
  options: ToFileOptions
): Effect.Effect<Result | undefined, OpenError | FtpRejected | FtpConnectionLost | FtpLocalFileError> =>
  writeWhole === undefined || pool.rate !== undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(fetch(pool, file, options), (fetched) =>
        fetched === "Long"
          ? Effect.succeed(undefined)
          : Effect.flatMap(writeWhole(toWhole(file, options, fetched)), (refused) =>
              refused.length === 0
                ? Effect.succeed(done(file, options))
                : Effect.map(warn(file.localPath, refused), () => done(file, options))
            )
      )

const fetch = (pool: FtpPool, { path, size }: SmallFile, { expectedModified, onProgress }: ToFileOptions) => {
  // Of several hosts, the listing may have been another one's, and what this one has an older version.
  const isItsOwn = pool.endpoints.length === 1
  const known =
    isItsOwn && expectedModified !== undefined && isExact(expectedModified) ? Option.some(expectedModified) : undefined
  const onMoved = onProgress && ((bytes: number) => onProgress({ bytes, total: Option.some(size) }))
  return Masked.run((masked) =>
    pool.lendMasked(
      masked,
      (session) =>
        Effect.flatMap(session.retrieveSmall(path, size, known === undefined, onMoved, masked), (fetched) => {
          if (fetched === "Long") {
            return Effect.succeed(fetched)
          }
          const small = known === undefined ? fetched : { ...fetched, modified: known }
          return small.took < Identity.TIME_PRECISION
            ? Effect.succeed(small)
            : Effect.map(masked.restore(isUnwritten(session, path, small)), (isUnwritten) =>
                isUnwritten ? small : ("Long" as const)
              )
        }),
      Effect.succeed
    )
  )
}

/**
 * Whether it still has the same time, as far as the server says: one that was written in place may be a mixture. Without
 * an answer, as when the connection is lost, nothing is known, and the long way has to find out.
 */
const isUnwritten = (session: FtpSession, path: string, { later, modified }: Small): Effect.Effect<boolean> =>
  Option.isNone(modified)
    ? Effect.succeed(true)
    : Effect.match(later === undefined ? Refusal.ifKnown(session.modified(path)) : Effect.succeed(later), {
        onFailure: () => false,
        onSuccess: (now) => Identity.isSame({ ...Identity.UNKNOWN, modified }, { ...Identity.UNKNOWN, modified: now })
      })

const isExact = ({ precision, zone }: FtpTime): boolean =>
  zone === "Utc" && (precision === "Second" || precision === "Millisecond")

const toWhole = (
  { localPath, replaced }: SmallFile,
  { durability = "Synced", existing = "Replace", expectedModified, times = "IfPossible" }: ToFileOptions,
  { bytes, modified }: Small
): WholeFile => ({
  path: localPath,
  partialFile: PartialName.nameOf(localPath),
  bytes,
  modified:
    times === "IfPossible"
      ? Option.map(
          Option.orElse(modified, () => Option.fromNullable(expectedModified)),
          ({ at }) => at
        )
      : Option.none(),
  mode: Option.flatMap(replaced, ({ mode }) => mode),
  existing,
  durability
})

const done = ({ size }: SmallFile, { onProgress }: ToFileOptions): Result => {
  onProgress?.({ bytes: size, total: Option.some(size) })
  return { bytes: size, evidence: Evidence.size }
}

const warn = (localPath: string, refused: ReadonlyArray<FtpLocalFileError>): Effect.Effect<void> =>
  Effect.forEach(refused, (error) => Effect.logWarning(`${localPath} is complete, but ${error.message}`), {
    discard: true
  })
