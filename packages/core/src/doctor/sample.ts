/**
 * The file that is asked about and read: the one that was named, else the largest here, or in the first directories if
 * none here is large enough. A LIST without sizes (OpenVMS: blocks) leaves them to be asked for:
 *
 *     C: SIZE a · SIZE b · …     of a few files
 *
 * If that is refused too (z/OS), it is the first file, of an unknown size.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as NativePath from "../protocol/NativePath.ts"
import type * as FtpSession from "../session/FtpSession.ts"

/** How many directories are looked into for a file with content. */
const MAX_DIRECTORIES = 5

/** How many files of a directory are asked for their size. */
const MAX_SIZES = 5

/** Of a larger file the throughput can be measured. */
export const ENOUGH_BYTES = 256 * 1024

/** A file, and the directory that lists it. */
export interface Sample {
  readonly entry: FtpEntry
  readonly directory: string
  /** Whether the size is that of the listing, not of SIZE, nor unknown. */
  readonly isListed: boolean
}

/** `named` is a path that a person has named, and leads to what `split` says. */
export interface Named extends NativePath.Split {
  readonly syntax: NativePath.Syntax
}

export const find = (
  session: FtpSession.FtpSession,
  directory: string,
  entries: ReadonlyArray<FtpEntry>,
  named: Named | undefined
): Effect.Effect<Sample | undefined, CommandError> =>
  Effect.gen(function* () {
    const asked =
      named === undefined ? [] : entries.filter(({ name }) => NativePath.isNamed(named.syntax, name, named.name))
    let best: Sample | undefined =
      (yield* largest(session, directory, asked)) ?? (yield* largest(session, directory, entries))
    if (named !== undefined && best !== undefined) {
      return best
    }
    for (const { path } of entries.filter(({ type }) => type === "Directory").slice(0, MAX_DIRECTORIES)) {
      if (best !== undefined && sizeOf(best.entry) >= ENOUGH_BYTES) {
        break
      }
      const below = yield* Effect.option(session.list(path))
      const found = Option.isNone(below) ? undefined : yield* largest(session, path, below.value.entries)
      best = best !== undefined && (found === undefined || sizeOf(best.entry) >= sizeOf(found.entry)) ? best : found
    }
    return best
  })

/** Of the files whose size is listed, else of a few that are asked for it; else one that has none. */
const largest = (session: FtpSession.FtpSession, directory: string, entries: ReadonlyArray<FtpEntry>) =>
  Effect.gen(function* () {
    const files = entries.filter(({ type }) => type === "File")
    const isListed = files.some(({ size }) => Option.isSome(size))
    const sized = isListed
      ? files
      : yield* Effect.forEach(files.slice(0, MAX_SIZES), (file) =>
          Effect.map(refusedAsNone(session.size(file.path)), (size): FtpEntry => ({ ...file, size }))
        )
    const entry = largestOf(sized) ?? (isListed ? undefined : sized.find(({ size }) => Option.isNone(size)))
    return entry === undefined ? undefined : { entry, directory, isListed }
  })

const refusedAsNone = <A>(effect: Effect.Effect<A, CommandError>) =>
  Effect.catchIf(
    Effect.map(effect, Option.some),
    ({ _tag }) => _tag === "FtpRejected",
    () => Effect.succeedNone
  )

const sizeOf = ({ size }: FtpEntry): number => Option.getOrElse(size, () => 0)

/** None without content. */
const largestOf = (entries: ReadonlyArray<FtpEntry>): FtpEntry | undefined => {
  let best: FtpEntry | undefined
  for (const entry of entries) {
    if (sizeOf(entry) > (best === undefined ? 0 : sizeOf(best))) {
      best = entry
    }
  }
  return best
}
