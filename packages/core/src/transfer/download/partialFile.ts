/**
 * The partial file of a download: its name, and what an earlier run, of any process, left in it.
 *
 *     NAME.ftp-effect.part         the bytes
 *     NAME.ftp-effect.part.json    of which file, and which of them count: see `journal`
 *
 * A small partial file has no journal: fetching it again costs less than writing one.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpLocalFile, type FtpLocalFileError, type LocalInfo } from "../../platform/FtpLocalFile.ts"
import * as Interruption from "../interruption.ts"
import * as Journal from "./journal.ts"
import { Ranges } from "./ranges.ts"

/**
 * Beside the file, so that the rename stays on one disk. No tree has such a name, while `a.part` may be a file of its
 * own that is fetched together with `a`.
 */
export const SUFFIX = ".ftp-effect.part"

export const nameOf = (localPath: string): string => `${localPath}${SUFFIX}`

export interface EarlierRun {
  readonly journal: Journal.Journal
  readonly ranges: Ranges
}

/** What an earlier run left of this remote file, if it can be resumed. */
export const earlierRun = (
  path: string,
  partialFile: string
): Effect.Effect<Option.Option<EarlierRun>, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const info = yield* files.info(partialFile)
    if (Option.isNone(info) || info.value.type !== "File" || info.value.size < Interruption.WORTH_KEEPING) {
      return Option.none()
    }
    const journal = yield* Journal.read(partialFile)
    if (Option.isNone(journal) || journal.value.path !== path) {
      return Option.none()
    }
    const here = trusted(journal.value, info.value, yield* files.boot)
    const ranges = new Ranges(here, Option.getOrUndefined(journal.value.identity.size))
    return Option.some({ journal: journal.value, ranges })
  })

/** How many bytes an earlier run left of a file, if the server still has that very file. */
export const keptBytes = (localPath: string): Effect.Effect<number, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const partialFile = nameOf(localPath)
    const info = yield* files.info(partialFile)
    const journal = Option.isNone(info) ? Option.none() : yield* Journal.read(partialFile)
    return Option.isNone(info) || Option.isNone(journal)
      ? 0
      : trusted(journal.value, info.value, yield* files.boot).reduce((sum, [from, at]) => sum + at - from, 0)
  })

/** Removes the partial file and its journal. */
export const discard = (partialFile: string): Effect.Effect<void, FtpLocalFileError, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => Effect.zipRight(files.remove(partialFile), Journal.remove(partialFile)))

/**
 * The bytes that count, as `Ranges` takes them: after a reboot only what was synced. The partial file may be shorter
 * than its journal says, after a power cut, or longer than the file.
 */
const trusted = (
  { boot, here, identity, safe }: Journal.Journal,
  { size }: LocalInfo,
  currentBoot: Option.Option<string>
): Journal.Here => {
  const length = Option.match(identity.size, { onNone: () => size, onSome: (total) => Math.min(total, size) })
  const isSameBoot = Option.isSome(currentBoot) && Option.contains(boot, currentBoot.value)
  const counting = isSameBoot ? Option.getOrElse(here, (): Journal.Here => [[0, length]]) : safe
  return counting.filter(([from]) => from < length).map(([from, at]) => [from, Math.min(at, length)])
}
