/**
 * What an earlier run, of any process, left of a download; the names are those of `partialName`.
 *
 *     partial file and journal ──► both private? ──► the journal is of this very file, and of this source? ──► resumed
 *                                   └── no ──────────┴── no ──► both removed: the partial file is created anew
 *
 * What another user can have put there or written is not believed. A small partial file has no journal: fetching it
 * again costs less than writing one.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type FileId, FtpLocalFile, type FtpLocalFileError, type OwnInfo } from "../../platform/FtpLocalFile.ts"
import * as Interruption from "../interruption.ts"
import * as Journal from "./journal.ts"
import * as PartialName from "./partialName.ts"
import { Ranges } from "./ranges.ts"

export interface EarlierRun {
  /** The partial file. */
  readonly id: Option.Option<FileId>
  readonly journal: Journal.Journal
  readonly ranges: Ranges
}

/**
 * What an earlier run left of this source, if it can be resumed. Otherwise nothing has the partial file's name now. If
 * sizes don't count, what was found by one does not either.
 */
export const earlierRun = (
  source: Journal.Source,
  partialFile: string,
  countsSize: boolean
): Effect.Effect<Option.Option<EarlierRun>, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const info = yield* files.ownInfo(partialFile)
    if (Option.isNone(info)) {
      return Option.none()
    }
    const found = yield* find(partialFile, info.value)
    if (
      Option.isNone(found) ||
      !Journal.isSameSource(found.value.journal.source, source) ||
      (!countsSize && Option.isSome(found.value.journal.identity.size))
    ) {
      yield* discard(partialFile)
      return Option.none()
    }
    const { counting, journal } = found.value
    return Option.some({
      id: info.value.id,
      journal,
      ranges: new Ranges(counting, Option.getOrUndefined(journal.identity.size))
    })
  })

/** How many bytes an earlier run left of a file, if the server still has that very file. */
export const keptBytes = (localPath: string): Effect.Effect<number, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const partialFile = PartialName.nameOf(localPath)
    const info = yield* (yield* FtpLocalFile).ownInfo(partialFile)
    const found = Option.isNone(info) ? Option.none() : yield* find(partialFile, info.value)
    return Option.isNone(found) ? 0 : found.value.counting.reduce((sum, [from, at]) => sum + at - from, 0)
  })

/**
 * Removes what a killed download left beside a file that is complete by now, unless another download has it. If it is not
 * known whether something was found, the disk is asked for the lock.
 */
export const discardAbandoned = (
  localPath: string,
  isFound: boolean | undefined
): Effect.Effect<void, FtpLocalFileError, FtpLocalFile> => {
  const partialFile = PartialName.nameOf(localPath)
  return Effect.flatMap(FtpLocalFile, (files) =>
    Effect.flatMap(
      isFound === undefined
        ? Effect.map(files.ownInfo(PartialName.lockOf(partialFile)), Option.isSome)
        : Effect.succeed(isFound),
      (isFound) =>
        isFound
          ? Effect.scoped(Effect.zipRight(files.claim(partialFile), discard(partialFile))).pipe(
              Effect.catchIf(
                ({ reason }) => reason === "InUse",
                () => Effect.void
              )
            )
          : Effect.void
    )
  )
}

/** Removes the partial file and its journal. */
export const discard = (partialFile: string): Effect.Effect<void, FtpLocalFileError, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => Effect.zipRight(Journal.remove(partialFile), files.remove(partialFile)))

interface Found {
  readonly journal: Journal.Journal
  readonly counting: Journal.Here
}

const find = (
  partialFile: string,
  { id, isPrivate, size }: OwnInfo
): Effect.Effect<Option.Option<Found>, never, FtpLocalFile> =>
  Effect.gen(function* () {
    if (!isPrivate || size < Interruption.WORTH_KEEPING) {
      return Option.none()
    }
    const journal = yield* Journal.read(partialFile)
    const boot = yield* (yield* FtpLocalFile).boot
    return Option.flatMap(journal, (journal) => {
      const isSameBoot = Option.isSome(boot) && Option.contains(journal.boot, boot.value)
      return isOf(journal.file, id, isSameBoot)
        ? Option.some({ journal, counting: trusted(journal, size, isSameBoot) })
        : Option.none()
    })
  })

/** Device numbers may change at a boot. */
const isOf = (written: Option.Option<FileId>, found: Option.Option<FileId>, isSameBoot: boolean): boolean =>
  Option.isSome(written) && Option.isSome(found)
    ? written.value.inode === found.value.inode && (!isSameBoot || written.value.device === found.value.device)
    : Option.isNone(written) && Option.isNone(found)

/**
 * The bytes that count, as `Ranges` takes them: after a reboot only what was synced. The partial file may be shorter
 * than its journal says, after a power cut, or longer than the file.
 */
const trusted = ({ here, identity, safe }: Journal.Journal, size: number, isSameBoot: boolean): Journal.Here => {
  const length = Option.match(identity.size, { onNone: () => size, onSome: (total) => Math.min(total, size) })
  const counting = isSameBoot ? Option.getOrElse(here, (): Journal.Here => [[0, length]]) : safe
  return counting.filter(([from]) => from < length).map(([from, at]) => [from, Math.min(at, length)])
}
