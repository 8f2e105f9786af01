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
import type { Masked } from "../../base/masked.ts"
import type { FtpLocalFile, FtpLocalFileError, LocalInfo, WholeFile } from "../../platform/FtpLocalFile.ts"
import type { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpTime } from "../../protocol/FtpEntry.ts"
import type { Small } from "../../session/expressRetrieve.ts"
import * as Refusal from "../../session/refusal.ts"
import * as Identity from "../identity.ts"
import * as LocalPlace from "../localPlace.ts"
import type { Result, ToFileOptions } from "../options.ts"
import type { Services } from "../services.ts"
import { isSmall } from "../smallFile.ts"
import * as PartialName from "./partialName.ts"

export interface SmallFile {
  readonly path: string
  readonly localPath: string
  /** From a listing. */
  readonly size: number
  readonly replaced: Option.Option<LocalInfo>
}

/** Called with all bytes that are about to be written. They are lent for the call. */
export type OnBytes = (bytes: Uint8Array) => void

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

type SmallError = OpenError | FtpRejected | FtpConnectionLost | FtpLocalFileError

/** `undefined` if the long way is to be taken. */
export const toFile = (
  masked: Masked,
  { files, pool }: Services,
  file: SmallFile,
  options: ToFileOptions,
  onBytes?: OnBytes
): Effect.Effect<Result | undefined, SmallError> => {
  const { writeWhole } = files
  if (writeWhole === undefined || pool.rate !== undefined) {
    return LONG
  }
  const { path, size } = file
  const { expectedModified, onProgress } = options
  // Of several hosts, the listing may have been another one's, and what this one has an older version.
  const isItsOwn = pool.endpoints.length === 1
  const known =
    isItsOwn && expectedModified !== undefined && isExact(expectedModified) ? Option.some(expectedModified) : undefined
  const onMoved = onProgress && ((bytes: number) => onProgress({ bytes, total: Option.some(size) }))
  return pool.lendMasked(
    masked,
    (session) => session.retrieveSmall(path, size, known === undefined, onMoved, masked),
    (fetched): Effect.Effect<Result | undefined, SmallError> => {
      if (fetched === "Long") {
        return LONG
      }
      if ("_tag" in fetched) {
        return Effect.fail(fetched)
      }
      const modified = known ?? fetched.modified
      const put = () => {
        onBytes?.(fetched.bytes)
        return write(files, writeWhole, toWhole(file, options, fetched.bytes, modified), file, options)
      }
      return fetched.took < Identity.TIME_PRECISION || Option.isNone(modified)
        ? put()
        : Effect.flatMap(masked.restore(isUnwritten(pool, path, fetched, modified)), (isUnwritten) =>
            isUnwritten ? put() : LONG
          )
    }
  )
}

const LONG = Effect.succeed(undefined)

/**
 * Whether it still has the same time, as far as the server says: one that was written in place may be a mixture. Without
 * an answer, as when the connection is lost, nothing is known, and the long way has to find out.
 */
const isUnwritten = (
  pool: FtpPool,
  path: string,
  { endpoint, later }: Small,
  modified: Option.Option<FtpTime>
): Effect.Effect<boolean> =>
  Effect.match(
    later === undefined
      ? Effect.scoped(
          Effect.flatMap(pool.borrow({ host: endpoint }), (session) => Refusal.ifKnown(session.modified(path)))
        )
      : Effect.succeed(later),
    {
      onFailure: () => false,
      onSuccess: (now) => Identity.isSame({ ...Identity.UNKNOWN, modified }, { ...Identity.UNKNOWN, modified: now })
    }
  )

/** Only its folder can be missing: then it is written once more. */
const write = (
  files: FtpLocalFile,
  writeWhole: NonNullable<FtpLocalFile["writeWhole"]>,
  whole: WholeFile,
  file: SmallFile,
  options: ToFileOptions
): Effect.Effect<Result, FtpLocalFileError> =>
  Effect.matchEffect(writeWhole(whole), {
    onFailure: (error) =>
      Effect.flatMap(LocalPlace.inNewFolder(files, whole.path, error, writeWhole(whole)), (refused) =>
        written(file, options, refused)
      ),
    onSuccess: (refused) => written(file, options, refused)
  })

const written = (
  { localPath, size }: SmallFile,
  { onProgress }: ToFileOptions,
  refused: ReadonlyArray<FtpLocalFileError>
): Effect.Effect<Result> => {
  onProgress?.({ bytes: size, total: Option.some(size) })
  const result = { bytes: size, evidence: Evidence.size }
  return refused.length === 0
    ? Effect.succeed(result)
    : Effect.as(
        Effect.forEach(refused, (error) => LocalPlace.warn(localPath, error), { discard: true }),
        result
      )
}

const isExact = ({ precision, zone }: FtpTime): boolean =>
  zone === "Utc" && (precision === "Second" || precision === "Millisecond")

const toWhole = (
  { localPath, replaced }: SmallFile,
  { durability = "Synced", existing = "Replace", expectedModified, times = "IfPossible" }: ToFileOptions,
  bytes: Uint8Array,
  modified: Option.Option<FtpTime>
): WholeFile => {
  const time = Option.isSome(modified) ? modified.value : expectedModified
  return {
    path: localPath,
    partialFile: PartialName.nameOf(localPath),
    bytes,
    modified: times === "IfPossible" && time !== undefined ? Option.some(time.at) : Option.none(),
    mode: Option.isSome(replaced) ? replaced.value.mode : Option.none(),
    existing,
    durability
  }
}
