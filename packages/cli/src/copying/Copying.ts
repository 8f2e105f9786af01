/**
 * Copies of many files in one direction: when one fails, the others continue; a summary and one exit code end them.
 * `Download` and `Upload` move the files; the library's `FtpTreeCopy` reads the trees and does the work.
 */
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import * as Progress from "../output/Progress.ts"
import type { Screen } from "../output/Screen.ts"

/** Which way. */
export type Direction = "Download" | "Upload"

/** One file on its way. */
export interface File {
  readonly remote: string
  readonly local: string
  readonly size: Option.Option<number>
}

/** What came of it. */
export interface Summary {
  readonly files: number
  readonly bytes: number
  readonly skipped: number
  readonly failed: number
  readonly seconds: number
}

/** A job of a copy. */
export type Job<R> = FtpTreeCopy.Job<ExitCode.Failure, R>

/** The copies of one command. */
export interface Copying {
  /** A job that moves one file. Its size counts from now on. */
  readonly file: <E extends ExitCode.Failure, R>(file: File, move: (on: Moving) => Effect.Effect<Moved, E, R>) => Job<R>
  /** Something that is left out, and why, in words that follow a colon. */
  readonly skip: (path: string, why: string) => Effect.Effect<void, ExitCode.Failure>
  /** A partial file that stays for a later run. */
  readonly keepPartial: (file: PartialFile) => void
  /** A failure that is no job's. */
  readonly fail: (error: ExitCode.Failure, subject: string) => Effect.Effect<void>
  /** Does the jobs and reports the summary. Fails with `Incomplete` if something failed. */
  readonly run: <R>(
    jobs: ReadonlyArray<Job<R>>,
    workers: number
  ) => Effect.Effect<Summary, ExitCode.Failure, R | FtpPool>
}

/** A partial file that a failed or interrupted copy leaves; `what` names it in a message. */
export interface PartialFile {
  readonly what: string
  readonly rerun: Rerun
}

/** What the same command does with a partial file: resume it, or begin again. */
export type Rerun = "Resumes" | "Restarts"

/** Where a move reports. */
export interface Moving {
  /** Bytes that an earlier run transferred: they count as done, but not for the rate. */
  readonly resumedFrom: (bytes: number) => void
  readonly onProgress: (progress: FtpTransfer.Progress) => void
}

/** `None`: left out after all. */
export type Moved = Option.Option<FtpTransfer.Result>

/** Copies in one direction; the display ends with the scope. */
export const make = (direction: Direction): Effect.Effect<Copying, never, Output | Screen | Scope.Scope> =>
  Effect.gen(function* () {
    const output = yield* Output
    const progress = yield* Progress.make(!output.style.json && !output.style.quiet)
    const began = yield* Clock.currentTimeMillis
    const tally: Copies["tally"] = {
      files: 0,
      bytes: 0,
      resumedBytes: 0,
      skipped: 0,
      failures: [],
      partialFiles: []
    }
    const copies: Copies = { direction, output, progress, began, tally }
    return {
      file: (file, move) => {
        progress.found(file.size)
        const subject = direction === "Download" ? file.remote : file.local
        return { kind: "File", subject, run: Effect.as(moveFile(copies, file, subject, move), []) }
      },
      skip: (path, why) =>
        Effect.suspend(() => {
          copies.tally.skipped++
          return output.notice({ kind: "skipped", path, why }, `skipped ${path}: ${why}`)
        }),
      keepPartial: (file) => void copies.tally.partialFiles.push(file),
      fail: (error, subject) => fail(copies, error, subject),
      run: (jobs, workers) => run(copies, jobs, workers)
    }
  })

/** The copies of one command, and what became of them so far. */
interface Copies {
  readonly direction: Direction
  readonly output: Output
  readonly progress: Progress.Progress
  /** Millis of the clock. */
  readonly began: number
  readonly tally: {
    files: number
    bytes: number
    resumedBytes: number
    skipped: number
    /** Exit codes. */
    readonly failures: Array<number>
    readonly partialFiles: Array<PartialFile>
  }
}

const fail = ({ output, tally }: Copies, error: ExitCode.Failure, subject: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    tally.failures.push(ExitCode.of(error))
    return output.failure(error, subject)
  })

const moveFile = <E extends ExitCode.Failure, R>(
  { direction, output, progress, tally }: Copies,
  file: File,
  subject: string,
  move: (on: Moving) => Effect.Effect<Moved, E, R>
) =>
  Effect.gen(function* () {
    const reporter = yield* progress.start(subject, file.size)
    const started = yield* Clock.currentTimeMillis
    const moved = yield* Effect.onError(
      move({
        resumedFrom: (bytes) => {
          tally.resumedBytes += bytes
          reporter.resumedFrom(bytes)
        },
        onProgress: ({ bytes, total }) => reporter.at(bytes, total)
      }),
      () => Effect.sync(reporter.failed)
    )
    if (Option.isNone(moved)) {
      reporter.failed()
      return
    }
    reporter.done()
    const { bytes, evidence } = moved.value
    tally.files++
    tally.bytes += bytes
    if (output.style.json) {
      const seconds = ((yield* Clock.currentTimeMillis) - started) / MILLIS_PER_SECOND
      const { local, remote } = file
      const hash = evidence._tag === "Hash" ? { algorithm: evidence.algorithm, value: evidence.value } : null
      yield* output.result(
        { kind: "transfer", direction, remote, local, bytes, evidence: evidence._tag, hash, seconds },
        ""
      )
    }
  })

const run = <R>(copies: Copies, jobs: ReadonlyArray<Job<R>>, workers: number) =>
  Effect.gen(function* () {
    const { direction, output, progress, tally } = copies
    const searching = { left: jobs.filter(({ kind }) => kind === "Directory").length }
    progress.state.searching = searching.left > 0
    const remark = Effect.suspend(() =>
      tally.partialFiles.length === 0 ? Effect.void : output.remark(describePartialFiles(direction, tally.partialFiles))
    )
    yield* FtpTreeCopy.run(
      jobs.map((job) => counted(job, searching, progress.state)),
      workers,
      // An error that the next file would hit too ends everything.
      (error, job) => (ExitCode.isFatal(error) ? Effect.fail(error) : fail(copies, error, job.subject))
    ).pipe(
      Effect.onInterrupt(() => Effect.zipRight(Effect.ignore(report(copies, "interrupted: ")), remark)),
      Effect.tapError(() => Effect.zipRight(report(copies, "stopped: "), remark))
    )
    const summary = yield* report(copies, "")
    yield* remark
    if (tally.failures.length > 0) {
      return yield* new Incomplete({ code: ExitCode.ofAll(tally.failures, tally.files) })
    }
    return summary
  })

const report = ({ began, direction, output, tally }: Copies, prefix: string) =>
  Effect.gen(function* () {
    const { bytes, failures, files, resumedBytes, skipped } = tally
    const seconds = ((yield* Clock.currentTimeMillis) - began) / MILLIS_PER_SECOND
    const summary: Summary = { files, bytes, skipped, failed: failures.length, seconds }
    // If one file was requested, its error is enough.
    if (output.style.json || files + skipped > 0 || failures.length > 1) {
      yield* output.notice(
        { kind: "summary", direction, ...summary },
        prefix + describeSummary(direction, summary, bytes - resumedBytes)
      )
    }
    return summary
  })

const MILLIS_PER_SECOND = 1000

/** The total is unknown while directories wait to be listed. */
const counted = <R>(job: Job<R>, searching: { left: number }, state: Progress.State): Job<R> =>
  job.kind === "File"
    ? job
    : {
        ...job,
        run: job.run.pipe(
          Effect.map((children) => {
            searching.left += children.filter(({ kind }) => kind === "Directory").length
            return children.map((child) => counted(child, searching, state))
          }),
          Effect.ensuring(
            Effect.sync(() => {
              searching.left--
              state.searching = searching.left > 0
            })
          )
        )
      }

/** A rate over less is chance. */
const RATED_SECONDS = 0.5

const ON_RERUN: { readonly [R in Rerun]: string } = {
  Resumes: ": the same command resumes it",
  Restarts: ", but the file on the server has changed: the same command starts anew"
}

/** Which partial files are kept, and how to resume them. */
const describePartialFiles = (direction: Direction, partialFiles: ReadonlyArray<PartialFile>): string => {
  const [first, ...others] = partialFiles
  const resumes = partialFiles.every(({ rerun }) => rerun === "Resumes")
  const where = direction === "Download" ? `as NAME${FtpTransfer.PARTIAL_FILE_SUFFIX}` : "on the server"
  return first !== undefined && others.length === 0
    ? `${first.what} is kept${ON_RERUN[first.rerun]}`
    : `${partialFiles.length} partial files are kept, ${where}${
        resumes ? ": the same command resumes them; add --no-clobber to leave out those that are complete" : ""
      }`
}

/** `moved` excludes what earlier runs transferred. */
const describeSummary = (
  direction: Direction,
  { bytes, failed, files, seconds, skipped }: Summary,
  moved: number
): string =>
  [
    `${direction === "Download" ? "downloaded" : "uploaded"} ${Measure.count(files, "file")}`,
    `${Measure.bytes(bytes)} in ${Measure.duration(seconds)}`,
    ...(seconds >= RATED_SECONDS ? [Measure.rate(moved, seconds)] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failed > 0 ? [`${failed} failed`] : [])
  ].join(", ")

/** The size that a listing reports for a file. */
export const sizeOf = (entry: Option.Option<FtpEntry>): Option.Option<number> =>
  Option.flatMap(entry, ({ size, type }) => (type === "File" ? size : Option.none()))
