/**
 * A small file, whose size is known from a listing, to a local file: held in memory, and written when it is whole.
 *
 *     MDTM, EPSV, RETR ──all bytes, 2yz──► written under another name, renamed        `session/express`
 *        └──anything else: the long way, with its questions, partial file, retries    `download/file`
 *
 * What the long way proves by SIZE is proven here by the size in the listing.
 *
 * Many of them can be one effect together: see `Flow` of uploads, `upload/small`. The next file is fetched when the one before
 * has its name.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpConnectionLost, FtpRejected, OpenError } from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import type { Masked } from "../../base/masked.ts"
import type { FtpLocalFile, FtpLocalFileError, LocalInfo, WholeFile } from "../../platform/FtpLocalFile.ts"
import type { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpTime } from "../../protocol/FtpEntry.ts"
import type { RetrieveFile, RetrieveOptions, Small } from "../../session/expressRetrieve.ts"
import * as Refusal from "../../session/refusal.ts"
import * as Identity from "../identity.ts"
import * as LocalPlace from "../localPlace.ts"
import type { Result, ToFileOptions } from "../options.ts"
import * as Rate from "../rate.ts"
import type { Services } from "../services.ts"
import { isSmall } from "../smallFile.ts"
import * as PartialName from "./partialName.ts"

/** What is to be fetched. */
export interface SmallSource {
  readonly path: string
  /** From a listing. */
  readonly size: number
  readonly options: ToFileOptions
}

export interface SmallFile extends SmallSource {
  readonly localPath: string
  readonly replaced: Option.Option<LocalInfo>
  readonly onBytes: OnBytes | undefined
}

/** Who has many small files to fetch. */
export interface Flow {
  /** Another file, once the one before is done: what comes of the effect is about this one from then on. */
  readonly next: (result: Result) => SmallFile | undefined
}

/** Called with all bytes that are about to be written. They are lent for the call. */
export type OnBytes = (bytes: Uint8Array) => void

/** Whether it is such a file, and nothing is demanded that takes the long way. */
export const isSimple = (options: ToFileOptions): options is ToFileOptions & { readonly expectedSize: number } => {
  const { expectedSize, ignoreSize = false, maxBytes, segments = 1, verify } = options
  return (
    isSmall(expectedSize) &&
    (maxBytes === undefined || expectedSize <= maxBytes) &&
    segments !== "auto" &&
    !ignoreSize &&
    (verify === undefined || verify === "Reply" || verify === "Size" || verify === "SizeAndTime")
  )
}

export type FetchError = OpenError | FtpRejected | FtpConnectionLost

type SmallError = FetchError | FtpLocalFileError

/** `undefined` if the long way is to be taken. */
export const toFile = (
  masked: Masked,
  services: Services,
  file: SmallFile,
  flow?: Flow
): Effect.Effect<Result | undefined, SmallError> => {
  const { writeWhole } = services.files
  const turn = Rate.atOnce(file.size, file.options.rate, services.pool.rate)
  return writeWhole === undefined || turn === "InSlices"
    ? LONG
    : turn === undefined
      ? fetchAll(masked, services, writeWhole, file, flow)
      : Effect.flatMap(masked.restore(turn), () => fetchAll(masked, services, writeWhole, file))
}

/** All bytes of the file, if it may be sent on at once; `undefined` if the long way is to be taken. */
export const toMemory = (
  masked: Masked,
  pool: FtpPool,
  source: SmallSource
): Effect.Effect<Uint8Array | undefined, FetchError> => {
  const turn = Rate.atOnce(source.size, source.options.rate, pool.rate)
  if (turn === "InSlices") {
    return LONG
  }
  const fetching = fetchingOf(pool, source)
  const fetched = () =>
    pool.lendMasked(
      masked,
      (session) => session.retrieveSmall(fetching.asked, { masked }),
      (fetched) =>
        fetched === "Long" || (!("_tag" in fetched) && (!isEnough(fetching, fetched) || isDoubtful(fetching, fetched)))
          ? LONG
          : "_tag" in fetched
            ? Effect.fail(fetched)
            : Effect.succeed(fetched.bytes)
    )
  return turn === undefined ? fetched() : Effect.flatMap(masked.restore(turn), fetched)
}

type WriteWhole = NonNullable<FtpLocalFile["writeWhole"]>

const fetchAll = (
  masked: Masked,
  { files, pool }: Services,
  writeWhole: WriteWhole,
  first: SmallFile,
  flow?: Flow
): Effect.Effect<Result | undefined, SmallError> => {
  const { writeAtOnce } = files
  let now = fetchingOf(pool, first)
  /** Of one that is written already. */
  let written: Written | undefined
  const next =
    (write: NonNullable<FtpLocalFile["writeAtOnce"]>, { next }: Flow, isFree: () => boolean): RetrieveOptions["next"] =>
    (small, go) => {
      if (!isEnough(now, small) || isDoubtful(now, small) || !isFree()) {
        go(() => undefined)
        return
      }
      const { file } = now
      file.onBytes?.(small.bytes)
      write(wholeOf(now, small), (error, refused) =>
        go(() => {
          if (error !== undefined) {
            return undefined
          }
          written = { result: finished(now), refused }
          const following = refused.length === 0 && isFree() ? next(written.result) : undefined
          if (following === undefined) {
            return undefined
          }
          now = fetchingOf(pool, following)
          written = undefined
          return now.asked
        })
      )
    }
  return pool.lendMasked(
    masked,
    (session, isFree) =>
      session.retrieveSmall(now.asked, {
        masked,
        next: writeAtOnce && flow && next(writeAtOnce, flow, isFree)
      }),
    (fetched): Effect.Effect<Result | undefined, SmallError> => {
      if (written !== undefined) {
        return told(now.file, written)
      }
      if (fetched === "Long") {
        return LONG
      }
      if ("_tag" in fetched) {
        return Effect.fail(fetched)
      }
      const { file } = now
      if (!isEnough(now, fetched)) {
        return LONG
      }
      const put = () => {
        file.onBytes?.(fetched.bytes)
        return write(files, writeWhole, wholeOf(now, fetched), now)
      }
      return isDoubtful(now, fetched)
        ? Effect.flatMap(
            masked.restore(isUnwritten(pool, file.path, fetched, modifiedOf(now, fetched))),
            (isUnwritten) => (isUnwritten ? put() : LONG)
          )
        : put()
    }
  )
}

const LONG = Effect.succeed(undefined)

/** A file that is fetched. */
interface Fetching<F extends SmallSource = SmallFile> {
  readonly file: F
  readonly asked: RetrieveFile
  /** Its time, if the listing has told it exactly. */
  readonly known: Option.Option<FtpTime> | undefined
}

const fetchingOf = <F extends SmallSource>({ endpoints }: FtpPool, file: F): Fetching<F> => {
  const { options, path, size } = file
  const { expectedModified, onProgress } = options
  // Of several hosts, the listing may have been another one's, and what this one has an older version.
  const isItsOwn = endpoints.length === 1
  const known =
    isItsOwn && expectedModified !== undefined && isExact(expectedModified) ? Option.some(expectedModified) : undefined
  const onMoved = onProgress && ((bytes: number) => onProgress({ bytes, total: Option.some(size) }))
  return {
    file,
    known,
    asked: { path, size, wantsTime: known === undefined, wantsLater: options.verify === "SizeAndTime", onMoved }
  }
}

const modifiedOf = ({ known }: Fetching<SmallSource>, { modified }: Small): Option.Option<FtpTime> => known ?? modified

/** Whether its time was the same before and after, if that is demanded. */
const isEnough = (fetching: Fetching<SmallSource>, small: Small): boolean =>
  !fetching.asked.wantsLater ||
  (small.later !== undefined && Identity.isSameTime(modifiedOf(fetching, small), small.later))

/** Whether it took so long that it may have been written meanwhile, as far as its time can show that. */
const isDoubtful = (fetching: Fetching<SmallSource>, small: Small): boolean =>
  small.took >= Identity.TIME_PRECISION && Option.isSome(modifiedOf(fetching, small))

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
  writeWhole: WriteWhole,
  whole: WholeFile,
  fetching: Fetching
): Effect.Effect<Result, FtpLocalFileError> =>
  Effect.matchEffect(writeWhole(whole), {
    onFailure: (error) =>
      Effect.flatMap(LocalPlace.inNewFolder(files, whole.path, error, writeWhole(whole)), (refused) =>
        told(fetching.file, { result: finished(fetching), refused })
      ),
    onSuccess: (refused) => told(fetching.file, { result: finished(fetching), refused })
  })

/** `refused` is what could not be kept. */
interface Written {
  readonly result: Result
  readonly refused: ReadonlyArray<FtpLocalFileError>
}

const finished = ({ asked, file: { options, size } }: Fetching): Result => {
  options.onProgress?.({ bytes: size, total: Option.some(size) })
  return { bytes: size, evidence: asked.wantsLater === true ? Evidence.sizeAndTime : Evidence.size }
}

const told = ({ localPath }: SmallFile, { refused, result }: Written): Effect.Effect<Result> =>
  refused.length === 0
    ? Effect.succeed(result)
    : Effect.as(
        Effect.forEach(refused, (error) => LocalPlace.warn(localPath, error), { discard: true }),
        result
      )

const isExact = ({ precision, zone }: FtpTime): boolean =>
  zone === "Utc" && (precision === "Second" || precision === "Millisecond")

const wholeOf = (fetching: Fetching, small: Small): WholeFile => {
  const { localPath, options, replaced } = fetching.file
  const { durability = "Synced", existing = "Replace", expectedModified, times = "IfPossible" } = options
  const modified = modifiedOf(fetching, small)
  const time = Option.isSome(modified) ? modified.value : expectedModified
  return {
    path: localPath,
    partialFile: PartialName.nameOf(localPath),
    bytes: small.bytes,
    modified: times === "IfPossible" && time !== undefined ? Option.some(time.at) : Option.none(),
    mode: Option.isSome(replaced) ? replaced.value.mode : Option.none(),
    existing,
    durability
  }
}
