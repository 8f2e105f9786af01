/**
 * A download into a local file, over as many attempts and runs as it takes.
 *
 *     NAME.ftp-effect.part and its journal are there? ──yes──► go on with what is missing, if the server still has that file
 *        │ no                                          │ it has another one: from the beginning
 *        ▼                                             ▼
 *     NAME.ftp-effect.part ◄──bytes── internal/transfer/segments ──whole──► closed ──► time ──► rename to NAME, journal removed
 *        └── it stops: part and journal are kept for the next run, or removed if the caller says so
 *
 * A part that is small has no journal: fetching it again costs less than writing one. It does NOT decide what counts as
 * whole, or over how many sessions: `segments` does.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { TransferInterrupted } from "../../FtpError.ts"
import type { FtpEvidence } from "../../FtpEvidence.ts"
import { FtpLocalFile, type LocalFileError } from "../../FtpLocalFile.ts"
import type { FtpPool } from "../../FtpPool.ts"
import type * as Download from "./download.ts"
import * as Identity from "./identity.ts"
import * as Interruption from "./interruption.ts"
import * as Journal from "./journal.ts"
import { Ranges } from "./ranges.ts"
import type { Limit } from "./rate.ts"
import * as Segments from "./segments.ts"
import * as Verify from "./verify.ts"

export interface Choices {
  readonly times: "Keep" | "Now"
  readonly partial: "Keep" | "Remove"
  readonly rename: "Written" | "OnDisk"
  /** What to do if the file on the server is replaced in mid-transfer. */
  readonly changed: "Fail" | "StartOver"
  readonly segments: number | "auto"
  readonly expectedSize: number | undefined
  readonly demand: Verify.Demand
  readonly limit: Limit
  readonly schedule: Schedule.Schedule<unknown, TransferInterrupted>
  readonly onProgress: (bytes: number, total: Option.Option<number>) => void
}

export interface Done {
  readonly bytes: number
  readonly identity: Identity.Identity
}

interface Fetched extends Done {
  /** Whether there may be one, of this run or of an earlier one, whose file may have been another. */
  readonly hasJournal: boolean
}

export interface Proven extends Done {
  readonly evidence: FtpEvidence
}

/**
 * Beside the file, so that the rename stays on one disk; and a name that no tree has, as `a.part` may be a file of its
 * own that is fetched together with `a`.
 */
const PART_SUFFIX = ".ftp-effect.part"

export const toFile = (
  path: string,
  localPath: string,
  choices: Choices
): Effect.Effect<Proven, Download.DownloadError | LocalFileError, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const part = `${localPath}${PART_SUFFIX}`
    yield* Verify.foresee(choices.demand, path)
    const once = Effect.flatMap(Effect.scoped(fetch(path, part, choices)), (done) => prove(path, part, done, choices))
    const done = yield* choices.changed === "StartOver"
      ? Effect.catchTag(once, "IntegrityError", (error) =>
          error.reason === "Size" || error.reason === "Unproven"
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
          Effect.zipRight(files.rename(part, localPath), done.hasJournal ? Journal.remove(part) : Effect.void)
        )
      }),
      (exit) => (Exit.isFailure(exit) ? Effect.ignore(discard(part)) : Effect.void)
    )
    return done
  })

/** No session is held by now. What is proven to be wrong is of no use to a later run. */
const prove = (
  path: string,
  part: string,
  done: Fetched,
  { demand, partial, schedule }: Choices
): Effect.Effect<Proven & Fetched, Download.DownloadError | LocalFileError, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const local = (running: Verify.Running) =>
      Effect.scoped(Effect.flatMap(files.openReader(part, 0), ({ read }) => Verify.drain(read, running)))
    const evidence = yield* Effect.onExit(Verify.received(demand, { path, ...done, schedule }, { local }), (exit) =>
      Exit.isSuccess(exit) ||
      (partial === "Keep" && done.bytes >= Interruption.WORTH_KEEPING && !Verify.isSpoilt(exit.cause))
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
): Effect.Effect<Fetched, Download.DownloadError | LocalFileError, FtpPool | FtpLocalFile | Scope.Scope> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const isFresh = Option.isNone(yield* files.info(part))
    const left = isFresh ? Option.none<Leftover>() : yield* leftover(path, part)
    const ranges = Option.match(left, { onNone: () => new Ranges(), onSome: ({ ranges }) => ranges })
    let journal = Option.getOrUndefined(left)?.journal
    // What the system could not write may be any part of what it took.
    let isLost = false
    yield* Effect.addFinalizer((exit) =>
      Exit.isFailure(exit) &&
      !(choices.partial === "Keep" && journal !== undefined && ranges.done >= Interruption.WORTH_KEEPING && !isLost)
        ? Effect.ignore(Effect.provideService(discard(part), FtpLocalFile, files))
        : Effect.void
    )

    const onDisk = Effect.tapError(
      Effect.scoped(Effect.flatMap(files.openWriter(part, "Continue"), ({ sync }) => sync)),
      () =>
        Effect.sync(() => {
          isLost = true
        })
    )
    const behind = choices.rename === "OnDisk" ? yield* writeBehind(onDisk) : undefined

    const note: Segments.Job["note"] = (identity, streams) => {
      const isSeveral = streams === "Several"
      if (!isSeveral) {
        // Of one stream the part says the rest itself.
        const isNoted =
          journal !== undefined && Option.isNone(journal.here) && Identity.isSame(journal.identity, identity)
        if (isNoted || ranges.done < Interruption.WORTH_KEEPING || !Journal.isWorthIt(identity)) {
          return Effect.void
        }
      }
      const next: Journal.Journal = { path, identity, here: isSeveral ? Option.some(ranges.here()) : Option.none() }
      return Effect.zipRight(
        isSeveral && choices.rename === "OnDisk" ? onDisk : Effect.void,
        Effect.map(Journal.write(part, next), () => {
          journal = next
        })
      )
    }

    const identity = yield* Segments.fetch({
      path,
      part,
      ranges,
      identity: Option.map(left, ({ journal }) => journal.identity),
      segments: choices.segments,
      expectedSize: choices.expectedSize,
      schedule: choices.schedule,
      limit: choices.limit,
      onProgress: (bytes, total) => {
        behind?.at(bytes)
        choices.onProgress(bytes, total)
      },
      note
    })
    if (behind !== undefined) {
      yield* behind.rest
    }
    return { bytes: ranges.done, identity, hasJournal: !isFresh || journal !== undefined }
  })

/** So much is left to be synced at the end, at most, where the disk is as fast as the line. */
const BEHIND_BYTES = 64 * 1024 * 1024

/**
 * Has what was written synced while the rest comes, one sync at a time. What the system could not write it says once, so
 * the first failure is kept for the end.
 */
const writeBehind = (
  onDisk: Effect.Effect<void, LocalFileError>
): Effect.Effect<
  { readonly at: (bytes: number) => void; readonly rest: Effect.Effect<void, LocalFileError> },
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const asked = yield* Queue.dropping<void>(1)
    const syncing = yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Queue.take(asked), onDisk)))
    let last = 0
    return {
      at: (bytes) => {
        if (bytes - last >= BEHIND_BYTES) {
          last = bytes
          Queue.unsafeOffer(asked, undefined)
        }
      },
      rest: Effect.gen(function* () {
        const exit = yield* Fiber.interrupt(syncing)
        if (Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)) {
          return yield* Effect.failCause(exit.cause)
        }
        yield* onDisk
      })
    }
  })

interface Leftover {
  readonly journal: Journal.Journal
  readonly ranges: Ranges
}

const leftover = (path: string, part: string): Effect.Effect<Option.Option<Leftover>, LocalFileError, FtpLocalFile> =>
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
    const { here, identity } = journal.value
    // The part may be shorter than its journal says, after a power cut, or longer than the file.
    const length = Option.match(identity.size, {
      onNone: () => info.value.size,
      onSome: (size) => Math.min(size, info.value.size)
    })
    const ranges = Option.match(here, {
      onNone: (): ReadonlyArray<readonly [number, number]> => [[0, length]],
      onSome: (here) =>
        here.filter(([from]) => from < length).map(([from, at]) => [from, Math.min(at, length)] as const)
    })
    return Option.some({ journal: journal.value, ranges: new Ranges(ranges, Option.getOrUndefined(identity.size)) })
  })

/** How many bytes an earlier run left of a file, if the server still has that very one. */
export const keptBytes = (localPath: string): Effect.Effect<number, LocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const part = `${localPath}${PART_SUFFIX}`
    const info = yield* files.info(part)
    const journal = Option.isNone(info) ? Option.none() : yield* Journal.read(part)
    return Option.isNone(info) || Option.isNone(journal)
      ? 0
      : Option.match(journal.value.here, {
          onNone: () => info.value.size,
          onSome: (here) => here.reduce((sum, [from, at]) => sum + at - from, 0)
        })
  })

const discard = (part: string): Effect.Effect<void, LocalFileError, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => Effect.zipRight(files.remove(part), Journal.remove(part)))
