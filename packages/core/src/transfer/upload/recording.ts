/**
 * Keeps the record of one upload while it runs, for a later run that finds a part of it on the server.
 *
 *     nothing ──1 MiB is about to be exceeded──► recorded: "at most 65 MiB" ──65 MiB is …──► "at most 129 MiB" ──►
 *                                                   │ ended early             │ done        │ not ours any more
 *                                                   ▼                         ▼             ▼
 *                                                "at most what was sent"    removed       removed, and none written again
 *
 * An upload that is cleaned up removes its own record alone: that of an earlier run whose partial upload it has not taken
 * over is still true.
 *
 * The record is ahead of what is sent, as a process that is killed says nothing more. Below 1 MiB there is none: no run
 * resumes so little, and whatever the place had before is smaller by then. So an upload whose source can't be recognised
 * again removes the record of an earlier one at that point.
 *
 * A record that another run wrote meanwhile means that both write one remote file, which may be a mixture.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { FtpEndpoint } from "../../base/FtpEndpoint.ts"
import type { FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import { FtpUploadRecords } from "../../platform/FtpUploadRecords.ts"
import * as Interruption from "../interruption.ts"
import * as Record from "./record.ts"

export interface Recording {
  /** So many bytes can be sent without `extend`. */
  readonly limit: () => number
  /** To be called before the byte that makes `bytes` of them is sent. */
  readonly extend: (endpoint: FtpEndpoint, at: string, bytes: number) => Effect.Effect<void>
  /** What an earlier run recorded, if it sent this very source to this very place. */
  readonly earlier: (endpoint: FtpEndpoint) => Effect.Effect<Option.Option<Record.UploadRecord>>
  /** To be called before a partial upload of an earlier run gets another name. */
  readonly rename: (endpoint: FtpEndpoint, from: string, to: string, bytes: number) => Effect.Effect<void>
  /** To be called when the upload ends early and its file stays on the server: at most `bytes` bytes were sent. */
  readonly stop: (bytes: number) => Effect.Effect<void>
  /** To be called when nothing is left to be resumed. */
  readonly forget: Effect.Effect<void>
  /** To be called when nothing is left of what this run has sent or taken over. */
  readonly discard: Effect.Effect<void>
}

/** So few bytes that a record beyond the size of the source is rare, and so many that its cost does not show. */
const AHEAD = 64 * 1024 * 1024

const RUN_DIGITS = 12

/** `source` is `FtpLocalFile.version`; left out, or `None`, for a source that can't be recognised again. */
export const make = (
  path: string,
  size: Option.Option<number>,
  source: Effect.Effect<Option.Option<string>> = Effect.succeedNone
): Effect.Effect<Recording> =>
  Effect.gen(function* () {
    const records = yield* Effect.serviceOption(FtpUploadRecords)
    // A size of 0 may be that of a file of /proc, which has content.
    const isSmall = Option.exists(size, (bytes) => bytes > 0 && bytes <= Interruption.WORTH_KEEPING)
    if (Option.isNone(records) || isSmall) {
      return off
    }
    const run = (yield* Random.nextIntBetween(0, 16 ** RUN_DIGITS)).toString(16).padStart(RUN_DIGITS, "0")
    return recording({
      records: records.value,
      path,
      source: Option.getOrUndefined(yield* source),
      run,
      limit: Interruption.WORTH_KEEPING,
      claimed: 0,
      written: undefined,
      runs: new Set()
    })
  })

const off: Recording = {
  limit: () => Number.POSITIVE_INFINITY,
  extend: () => Effect.void,
  earlier: () => Effect.succeedNone,
  rename: () => Effect.void,
  stop: () => Effect.void,
  forget: Effect.void,
  discard: Effect.void
}

interface State {
  readonly records: FtpUploadRecords
  readonly path: string
  readonly source: string | undefined
  readonly run: string
  limit: number
  /** So many bytes an earlier run has sent of what this one takes over. */
  claimed: number
  /** As it was written last. */
  written: Record.UploadRecord | undefined
  /** The runs whose record this upload may replace or remove: its own, and the one that it resumes. */
  readonly runs: Set<string>
  /** Where the record of those is. */
  place?: Record.Place
}

const recording = (state: State): Recording => ({
  limit: () => state.limit,
  extend: (endpoint, at, bytes) => {
    const place = Record.placeOf(endpoint, state.path)
    return state.source === undefined ? drop(state, place, [at]) : write(state, place, [at], bytes + AHEAD)
  },
  earlier: (endpoint) => {
    const place = Record.placeOf(endpoint, state.path)
    return Effect.map(Record.read(state.records, place), (found) => {
      const record = Option.filter(found, ({ source }) => source === state.source)
      if (Option.isSome(record)) {
        state.place = place
        state.runs.add(record.value.run)
      }
      return record
    })
  },
  rename: (endpoint, from, to, bytes) =>
    Effect.suspend(() => {
      state.claimed = bytes
      return write(state, Record.placeOf(endpoint, state.path), [from, to], bytes)
    }),
  stop: (bytes) =>
    Effect.suspend(() =>
      state.written === undefined
        ? Effect.void
        : write(state, state.written, state.written.names, Math.max(bytes, state.claimed))
    ),
  forget: Effect.suspend(() => (state.place === undefined ? Effect.void : drop(state, state.place, []))),
  discard: Effect.suspend(() => (state.written === undefined ? Effect.void : drop(state, state.written, [])))
})

const write = (state: State, place: Record.Place, names: ReadonlyArray<string>, sent: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { records, run, source = "", written } = state
    if (written !== undefined && !Option.exists(yield* Record.read(records, place), ({ run }) => state.runs.has(run))) {
      return yield* drop(state, place, names)
    }
    const { path, server } = place
    const record = { server, path, names, source, sent, run }
    yield* Record.write(records, record)
    state.written = record
    state.place = place
    state.runs.add(run)
    state.limit = sent
  }).pipe(Effect.catchAll((error) => Effect.zipRight(warn(state, error), drop(state, place, names))))

/** Writes no more records, and removes the one that is ours, or of one of these names: it is not true any more. */
const drop = (state: State, place: Record.Place, names: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { records, runs, written } = state
    state.limit = Number.POSITIVE_INFINITY
    state.written = undefined
    const used = new Set([...names, ...(written?.names ?? [])])
    const found = yield* Record.read(records, place)
    if (Option.exists(found, (record) => runs.has(record.run) || record.names.some((name) => used.has(name)))) {
      yield* Record.remove(records, place)
    }
  }).pipe(Effect.catchAll((error) => warn(state, error)))

/** Those that can't be written: what is wrong with them is reported once. */
const unwritable = new WeakSet<FtpUploadRecords>()

const warn = ({ records }: State, error: FtpLocalFileError): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (unwritable.has(records)) {
      return Effect.void
    }
    unwritable.add(records)
    return Effect.logWarning(`no record of uploads is kept, so they may not be resumed later: ${error.message}`)
  })
