/**
 * What a download leaves if it is killed, or the machine loses its power: a journal that is kept up to date, and how
 * much of the partial file is on the disk.
 *
 *     64 MiB landed since ──► fsync ──► journal: these are on the disk
 *     the server reports which file it is, or the ranges change ──► journal
 *
 * A system that keeps running has what was written to it. One that was rebooted has what was synced, and a file of the
 * right length with holes for the rest.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { FtpLocalFile, type FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import * as Identity from "../identity.ts"
import * as Interruption from "../interruption.ts"
import * as Journal from "./journal.ts"
import type { Ranges } from "./ranges.ts"

export interface Checkpoint {
  readonly record: Record
  /** To be called when so many bytes are in the partial file. */
  readonly landed: (bytes: number) => void
  /** Ends the syncs; fails if one of them failed. */
  readonly finish: Effect.Effect<void, FtpLocalFileError>
  /** Whether a journal was written or found. */
  readonly hasJournal: () => boolean
  /** Whether a later run can resume the partial file as it is now. */
  readonly isResumable: () => boolean
}

/**
 * Writes the journal. To be called with one stream when bytes have landed; with several now and then, and on failure.
 */
export type Record = (identity: Identity.Identity, streams: Streams) => Effect.Effect<void, FtpLocalFileError>

type Streams = "One" | "Several"

export interface Options {
  readonly source: Journal.Source
  readonly partialFile: string
  readonly ranges: Ranges
  readonly durability: "Written" | "Synced"
  /** What an earlier run left. */
  readonly journal: Option.Option<Journal.Journal>
}

interface State {
  readonly options: Options
  readonly files: FtpLocalFile
  readonly boot: Option.Option<string>
  readonly writing: Effect.Semaphore
  journal: Journal.Journal | undefined
  /** The epoch of the ranges that the journal is of. */
  journalEpoch: number
  /** Whether writing the journal failed: it is not tried again. */
  isUnwritable: boolean
  /** What is on the disk, and of which epoch of the ranges. */
  safe: { readonly epoch: number; readonly here: Journal.Here }
  /** What could not be synced may be any part of what was written, and the system reports it once. */
  lost: FtpLocalFileError | undefined
}

/**
 * At most so much is left to sync at the end, or is fetched again after a power cut, if the disk is as fast as the
 * line.
 */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024

export const make = (options: Options): Effect.Effect<Checkpoint, never, FtpLocalFile | Scope.Scope> =>
  Effect.gen(function* () {
    const { durability, ranges } = options
    const files = yield* FtpLocalFile
    const journal = Option.getOrUndefined(options.journal)
    const state: State = {
      options,
      files,
      boot: yield* files.boot,
      writing: yield* Effect.makeSemaphore(1),
      journal,
      journalEpoch: ranges.epoch,
      isUnwritable: false,
      safe: { epoch: ranges.epoch, here: journal?.safe ?? [] },
      lost: undefined
    }
    const requests = yield* Queue.dropping<void>(1)
    const syncing =
      durability === "Synced"
        ? // The scope ends it, also that of a caller who can't be interrupted.
          yield* Effect.forever(Effect.zipRight(Queue.take(requests), syncAndWrite(state))).pipe(
            Effect.interruptible,
            Effect.forkScoped
          )
        : undefined
    let requestedAt = ranges.done

    return {
      record: (identity, streams) => record(state, identity, streams),
      landed: (bytes) => {
        if (bytes - requestedAt >= SYNC_EVERY_BYTES) {
          requestedAt = bytes
          Queue.unsafeOffer(requests, undefined)
        }
      },
      finish: Effect.gen(function* () {
        if (syncing !== undefined) {
          const exit = yield* Fiber.interrupt(syncing)
          yield* Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause) ? exit : (state.lost ?? Effect.void)
        }
      }),
      hasJournal: () => state.journal !== undefined,
      isResumable: () =>
        state.journal !== undefined && ranges.done >= Interruption.WORTH_KEEPING && state.lost === undefined
    }
  })

const record = (state: State, identity: Identity.Identity, streams: Streams) => {
  const { journal, options } = state
  if (streams === "Several") {
    return Effect.zipRight(options.durability === "Synced" ? sync(state) : Effect.void, write(state, identity, streams))
  }
  // With one stream the length of the partial file shows the rest.
  const isRecorded = journal !== undefined && Option.isNone(journal.here) && Identity.isSame(journal.identity, identity)
  const isHopeless = state.isUnwritable && journal === undefined
  return isRecorded || isHopeless || options.ranges.done < Interruption.WORTH_KEEPING || !Journal.isWorthIt(identity)
    ? Effect.void
    : write(state, identity, streams)
}

const write = (state: State, identity: Identity.Identity, streams: Streams) =>
  Effect.gen(function* () {
    const { boot, files, options, safe } = state
    const { partialFile, ranges, source } = options
    if (state.isUnwritable) {
      return yield* dropIfUntrue(state, identity, streams)
    }
    const { epoch } = ranges
    const here = streams === "Several" ? Option.some(ranges.here()) : Option.none()
    const known = { source, identity, here, boot, safe: safe.epoch === epoch ? safe.here : [] }
    yield* Effect.flatMap(files.ownInfo(partialFile), (info) => {
      const written = { ...known, file: Option.flatMap(info, ({ id }) => id) }
      return Effect.map(Journal.write(partialFile, written), () => {
        state.journal = written
        state.journalEpoch = epoch
      })
    }).pipe(
      Effect.catchAll((error) => {
        state.isUnwritable = true
        const warning = `${partialFile} has no journal, so no later run resumes this download: ${error.message}`
        return Effect.zipRight(Effect.logWarning(warning), dropIfUntrue(state, identity, streams))
      })
    )
  }).pipe(state.writing.withPermits(1), Effect.provideService(FtpLocalFile, state.files))

/**
 * An older journal may stay if it is only behind. If it is of another file, or knows nothing of the gaps, a later run
 * must not find it.
 */
const dropIfUntrue = (state: State, identity: Identity.Identity, streams: Streams) => {
  const { journal, journalEpoch, options } = state
  const isTrue =
    journal === undefined ||
    (journalEpoch === options.ranges.epoch &&
      Identity.isSame(journal.identity, identity) &&
      (streams === "One" || Option.isSome(journal.here)))
  return isTrue
    ? Effect.void
    : Effect.map(Journal.remove(options.partialFile), () => {
        state.journal = undefined
      })
}

const sync = (state: State): Effect.Effect<void, FtpLocalFileError> =>
  Effect.suspend(() => {
    const { files, options } = state
    const { partialFile, ranges } = options
    const now = { epoch: ranges.epoch, here: ranges.here() }
    if (ranges.done === 0) {
      // The partial file may not have been opened yet.
      state.safe = now
      return Effect.void
    }
    // An interrupted sync goes on in the system, which reports its failure once.
    return Effect.uninterruptible(
      Effect.matchEffect(
        Effect.scoped(Effect.flatMap(files.openWriter(partialFile, "Existing"), (writer) => writer.sync)),
        {
          onFailure: (error) => {
            state.lost ??= error
            return Effect.fail(error)
          },
          onSuccess: () => {
            state.safe = now
            return Effect.void
          }
        }
      )
    )
  })

const syncAndWrite = (state: State) =>
  Effect.zipRight(
    sync(state),
    Effect.suspend(() =>
      state.journal === undefined
        ? Effect.void
        : write(state, state.journal.identity, Option.isSome(state.journal.here) ? "Several" : "One")
    )
  )
