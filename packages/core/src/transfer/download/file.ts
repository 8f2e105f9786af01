/**
 * A download into a local file, over as many attempts and runs as it takes.
 *
 *     NAME.ftp-effect.part and its journal are there? ──yes──► go on with what is missing, if the server still has that file
 *        │ no                                          │ it has another one: from the beginning
 *        ▼                                             ▼
 *     NAME.ftp-effect.part ◄──bytes── segments ──whole──► on the disk ──► time ──► rename to NAME, journal removed
 *        └── it stops: part and journal are kept for the next run, or removed if the caller says so
 *
 * One download at a time has the part. A part that is small has no journal: fetching it again costs less than writing one.
 * It does NOT decide what counts as whole, or over how many sessions: `segments` does.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { FtpTransferInterrupted } from "../../base/FtpError.ts"
import type { FtpEvidence } from "../../base/FtpEvidence.ts"
import { FtpLocalFile, type FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import type { FtpPool } from "../../pool/FtpPool.ts"
import type { Demand } from "../demand.ts"
import type * as Identity from "../identity.ts"
import * as Interruption from "../interruption.ts"
import * as LocalHash from "../localHash.ts"
import type { Limit } from "../rate.ts"
import * as Checkpoint from "./checkpoint.ts"
import * as Journal from "./journal.ts"
import { Ranges } from "./ranges.ts"
import * as Segments from "./segments.ts"
import type * as DownloadStream from "./stream.ts"
import * as Verification from "./verification.ts"

export interface Choices {
  readonly times: "Keep" | "Now"
  readonly partialFile: "Keep" | "Remove"
  readonly durability: "Written" | "Synced"
  readonly existing: "Replace" | "Fail"
  /** What to do if the file on the server is replaced in mid-transfer. */
  readonly changed: "Fail" | "StartOver"
  readonly segments: number | "auto"
  readonly expectedSize: number | undefined
  readonly demand: Demand
  readonly limit: Limit
  readonly schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>
  readonly onProgress: (bytes: number, total: Option.Option<number>) => void
  readonly onResume: (bytes: number) => void
}

export interface Done {
  readonly bytes: number
  readonly identity: Identity.Identity
}

interface Fetched extends Done {
  /** Whether there may be one, of this run or of an earlier one, whose file may have been another. */
  readonly hasJournal: boolean
  /** Whether a later run could go on with it. */
  readonly isResumable: boolean
}

export interface Proven extends Done {
  readonly evidence: FtpEvidence
}

/**
 * Beside the file, so that the rename stays on one disk; and a name that no tree has, as `a.part` may be a file of its
 * own that is fetched together with `a`.
 */
export const PART_SUFFIX = ".ftp-effect.part"

export const toFile = (
  path: string,
  localPath: string,
  choices: Choices
): Effect.Effect<Proven, DownloadStream.DownloadError | FtpLocalFileError, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const part = `${localPath}${PART_SUFFIX}`
    yield* Verification.begin(choices.demand, path)
    // Two that write to one part would mix their files.
    yield* files.claim(part)
    const once = Effect.flatMap(Effect.scoped(fetch(path, part, choices)), (done) => prove(path, part, done, choices))
    const done = yield* choices.changed === "StartOver"
      ? Effect.catchTag(once, "FtpIntegrityError", (error) =>
          error.reason === "Size" || error.reason === "Unverified"
            ? Effect.fail(error)
            : Effect.zipRight(discard(part), once)
        )
      : once
    yield* Effect.onExit(
      Effect.gen(function* () {
        if (choices.times === "Keep" && Option.isSome(done.identity.modified)) {
          yield* files.setModified(part, done.identity.modified.value.at)
        }
        // Not one without the other: a journal without its part would be left for ever.
        yield* Effect.uninterruptible(
          Effect.zipRight(
            files.rename(part, localPath, choices.existing),
            done.hasJournal ? Journal.remove(part) : Effect.void
          )
        )
      }),
      (exit) =>
        Exit.isSuccess(exit) || (choices.partialFile === "Keep" && done.isResumable)
          ? Effect.void
          : Effect.ignore(discard(part))
    )
    return done
  }).pipe(Effect.scoped)

/** No session is held by now. What is proven to be wrong is of no use to a later run. */
const prove = (
  path: string,
  part: string,
  done: Fetched,
  { demand, partialFile, schedule }: Choices
): Effect.Effect<Proven & Fetched, DownloadStream.DownloadError | FtpLocalFileError, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const feed = (hash: LocalHash.LocalHash) =>
      Effect.scoped(Effect.flatMap(files.openReader(part, 0), ({ read }) => LocalHash.drain(read, hash)))
    const evidence = yield* Effect.onExit(
      Verification.verify(
        demand,
        { path, ...done, schedule },
        { start: (session) => LocalHash.start(demand, session, { direction: "Download", path }), feed }
      ),
      (exit) =>
        Exit.isSuccess(exit) ||
        (partialFile === "Keep" && done.bytes >= Interruption.WORTH_KEEPING && !Verification.isDamaged(exit.cause))
          ? Effect.void
          : Effect.ignore(discard(part))
    )
    return { ...done, evidence }
  })

/** The part is whole when this completes, and closed. */
const fetch = (
  path: string,
  part: string,
  choices: Choices
): Effect.Effect<Fetched, DownloadStream.DownloadError | FtpLocalFileError, FtpPool | FtpLocalFile | Scope.Scope> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const isFresh = Option.isNone(yield* files.info(part))
    const left = isFresh ? Option.none<Leftover>() : yield* leftover(path, part)
    const ranges = Option.match(left, { onNone: () => new Ranges(), onSome: ({ ranges }) => ranges })
    const keeper = yield* Checkpoint.make({
      path,
      part,
      ranges,
      durability: choices.durability,
      journal: Option.map(left, ({ journal }) => journal)
    })
    yield* Effect.addFinalizer((exit) =>
      Exit.isFailure(exit) && !(choices.partialFile === "Keep" && keeper.isResumable())
        ? Effect.ignore(Effect.provideService(discard(part), FtpLocalFile, files))
        : Effect.void
    )
    const identity = yield* Segments.fetch({
      path,
      part,
      ranges,
      identity: Option.map(left, ({ journal }) => journal.identity),
      segments: choices.segments,
      expectedSize: choices.expectedSize,
      schedule: choices.schedule,
      onResume: choices.onResume,
      limit: choices.limit,
      onProgress: (bytes, total) => {
        keeper.landed(bytes)
        choices.onProgress(bytes, total)
      },
      note: keeper.note
    })
    yield* keeper.rest
    return {
      bytes: ranges.done,
      identity,
      hasJournal: !isFresh || keeper.hasJournal(),
      isResumable: keeper.isResumable()
    }
  })

interface Leftover {
  readonly journal: Journal.Journal
  readonly ranges: Ranges
}

const leftover = (
  path: string,
  part: string
): Effect.Effect<Option.Option<Leftover>, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const info = yield* files.info(part)
    if (Option.isNone(info) || info.value.type !== "File" || info.value.size < Interruption.WORTH_KEEPING) {
      return Option.none()
    }
    const journal = yield* Journal.read(part)
    if (Option.isNone(journal) || journal.value.path !== path) {
      return Option.none()
    }
    const here = Checkpoint.counts(journal.value, info.value, yield* files.boot)
    const ranges = new Ranges(here, Option.getOrUndefined(journal.value.identity.size))
    return Option.some({ journal: journal.value, ranges })
  })

/** How many bytes an earlier run left of a file, if the server still has that very one. */
export const keptBytes = (localPath: string): Effect.Effect<number, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const part = `${localPath}${PART_SUFFIX}`
    const info = yield* files.info(part)
    const journal = Option.isNone(info) ? Option.none() : yield* Journal.read(part)
    return Option.isNone(info) || Option.isNone(journal)
      ? 0
      : Checkpoint.counts(journal.value, info.value, yield* files.boot).reduce((sum, [from, at]) => sum + at - from, 0)
  })

const discard = (part: string): Effect.Effect<void, FtpLocalFileError, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => Effect.zipRight(files.remove(part), Journal.remove(part)))
