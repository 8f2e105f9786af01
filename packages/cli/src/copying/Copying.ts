/**
 * Copies of many files in one direction: when one fails, the others continue; a summary and one exit code end them. A file
 * whose failure may pass is tried once more at the end, if there was anything else to do meanwhile; one that another command
 * downloads to the same name is waited for. `Download` and `Upload` move the files; the library's `FtpTreeCopy` reads the trees
 * and does the work.
 */
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import type { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import { Output } from "../output/Output.ts"
import * as Progress from "../output/Progress.ts"
import type { Screen } from "../output/Screen.ts"
import { type Direction, describePartialFiles, describeSummary, type PartialFile, type Summary } from "./CopyingText.ts"
import { type Copies, type File, type Followed, fail, follow, type Moved, type Moving, moveFile } from "./moveFile.ts"
import * as Resuming from "./Resuming.ts"

export type { Direction, PartialFile, Rerun, Summary } from "./CopyingText.ts"
export type { File, Followed, Moved, Moving } from "./moveFile.ts"

/** A job of a copy. */
export type Job<R> = FtpTreeCopy.Job<ExitCode.Failure, R>

/** The copies of one command. */
export interface Copying {
  /** A job that moves one file. Its size counts from now on. */
  readonly file: <E extends ExitCode.Failure, R>(file: File, move: (on: Moving) => Effect.Effect<Moved, E, R>) => Job<R>
  /** A file that is moved otherwise, from now on. */
  readonly follow: (file: File) => Followed
  /** Something that is left out, and why, in words that follow a colon. */
  readonly skip: (path: string, why: string) => Effect.Effect<void, ExitCode.Failure>
  /** A link that was made, by its path, and the path that it leads to. */
  readonly linked: (path: string, to: string) => Effect.Effect<void, ExitCode.Failure>
  /** Something besides the files that is to be done yet; a negative number if it is done, or has failed. */
  readonly wait: (count: number) => void
  /** What is done when all files are copied. */
  readonly after: (work: Effect.Effect<void, ExitCode.Failure>) => void
  /** A partial file that stays for a later run. */
  readonly keepPartial: (file: PartialFile) => void
  /** A failure that is no job's. */
  readonly fail: (error: ExitCode.Failure, subject: string, hint?: string) => Effect.Effect<void>
  /** One of a directory, with all that is in it. */
  readonly failDirectory: (error: ExitCode.Failure, subject: string, hint?: string) => Effect.Effect<void>
  /** Does the jobs and reports the summary. Fails with `Incomplete` if something failed. */
  readonly run: <R>(
    jobs: ReadonlyArray<Job<R>>,
    workers: number
  ) => Effect.Effect<Summary, ExitCode.Failure, R | FtpLocalFile | FtpPool>
}

/** Copies in one direction; the display ends with the scope. `secondTurn`: whether files are tried again at the end. */
export const make = (
  direction: Direction,
  secondTurn = true
): Effect.Effect<Copying, never, Output | Screen | Scope.Scope> =>
  Effect.gen(function* () {
    const output = yield* Output
    const progress = yield* Progress.make(!output.style.json && !output.style.quiet)
    const clock = yield* Effect.clock
    const began = clock.unsafeCurrentTimeMillis()
    const tally: Copies["tally"] = {
      files: 0,
      bytes: 0,
      waiting: 0,
      resumedBytes: 0,
      skipped: 0,
      linked: 0,
      failedDirectories: 0,
      failures: [],
      partialFiles: []
    }
    const isWatched = yield* Resuming.isWatched
    const later: Array<Effect.Effect<void, ExitCode.Failure>> = []
    const copies: Copies = {
      clock,
      direction,
      output,
      isWatched,
      progress,
      began,
      tally,
      postponed: new Map(),
      hints: new WeakMap(),
      tryAgain: secondTurn ? mayPass : () => false
    }
    return {
      file: (file, move) => {
        progress.found(file.size)
        tally.waiting++
        const subject = direction === "Download" ? file.remote : file.local
        let attempts = 0
        const run = Effect.suspend(() => moveFile(copies, { file, subject, isAgain: attempts++ > 0 }, move))
        return { kind: "File", subject, run }
      },
      follow: (file) => follow(copies, file, direction === "Download" ? file.remote : file.local),
      skip: (path, why) =>
        Effect.suspend(() => {
          copies.tally.skipped++
          return output.notice({ kind: "skipped", path, why }, `skipped ${path}: ${why}`)
        }),
      linked: (path, to) =>
        Effect.suspend(() => {
          copies.tally.linked++
          return output.style.json ? output.result({ kind: "link", direction, path, to }, "") : Effect.void
        }),
      wait: (count) => {
        tally.waiting += count
      },
      after: (work) => void later.push(work),
      keepPartial: (file) => void copies.tally.partialFiles.push(file),
      fail: (error, subject, hint) => fail(copies, error, subject, hint),
      failDirectory: (error, subject, hint) => failDirectory(copies, error, subject, hint),
      run: (jobs, workers) => run(copies, jobs, workers, later)
    }
  })

const failDirectory: typeof fail = (copies, ...failure) =>
  Effect.suspend(() => {
    copies.tally.failedDirectories++
    return fail(copies, ...failure)
  })

const mayPass = (error: ExitCode.Failure): boolean => FtpTreeCopy.mayPass(error) && !ExitCode.isFatal(error)

const run = <R>(
  copies: Copies,
  jobs: ReadonlyArray<Job<R>>,
  workers: number,
  later: ReadonlyArray<Effect.Effect<void, ExitCode.Failure>>
) =>
  Effect.gen(function* () {
    const { direction, output, progress, tally } = copies
    const searching = { left: jobs.filter(({ kind }) => kind === "Directory").length }
    progress.state.searching = searching.left > 0
    const remark = Effect.suspend(() =>
      tally.partialFiles.length === 0 ? Effect.void : output.remark(describePartialFiles(direction, tally.partialFiles))
    )
    if (jobs.length === 1 && searching.left === 0) {
      // Nothing would happen before its second turn.
      copies.tryAgain = () => false
    }
    yield* FtpTreeCopy.run(
      jobs.map((job) => counted(job, searching, progress.state)),
      workers,
      (error, { kind, subject }) =>
        ExitCode.isFatal(error)
          ? endAll(copies, error, subject)
          : (kind === "Directory" ? failDirectory : fail)(copies, error, subject),
      copies.tryAgain
    ).pipe(
      Effect.zipRight(Effect.suspend(() => Effect.all(later, { discard: true }))),
      Effect.onError(() => failPostponed(copies)),
      Effect.onInterrupt(() => Effect.zipRight(Effect.ignore(report(copies, "Interrupted")), remark)),
      Effect.tapError(() => Effect.zipRight(report(copies, "Error"), remark))
    )
    const summary = yield* report(copies, undefined)
    yield* remark
    if (tally.failures.length > 0) {
      return yield* new Incomplete({ code: ExitCode.ofAll(tally.failures, tally.files) })
    }
    return summary
  })

/**
 * An error that the next file would hit too ends everything. One about the file is reported as that file's; one about the
 * server is reported by the command.
 */
const endAll = (copies: Copies, error: ExitCode.Failure, subject: string): Effect.Effect<never, ExitCode.Failure> =>
  "path" in error && error.path !== undefined
    ? Effect.zipRight(fail(copies, error, subject), new Incomplete({ code: ExitCode.of(error) }))
    : Effect.zipRight(
        Effect.sync(() => void copies.tally.failures.push(ExitCode.of(error))),
        Effect.fail(error)
      )

/** They failed, and have no other attempt any more. */
const failPostponed = (copies: Copies): Effect.Effect<void> =>
  Effect.forEach(
    copies.postponed.values(),
    ({ error, report, subject }) => Effect.zipRight(report, fail(copies, error, subject)),
    { discard: true }
  )

/** `stopped`: what ended it too early, if anything did. */
const report = ({ began, direction, output, tally }: Copies, stopped: Summary["stopped"]) =>
  Effect.gen(function* () {
    const { bytes, failedDirectories, failures, files, linked, resumedBytes, skipped, waiting } = tally
    const seconds = ((yield* Clock.currentTimeMillis) - began) / MILLIS_PER_SECOND
    const failed = failures.length
    const summary: Summary = {
      ...{ files, bytes, skipped, failed, seconds },
      ...(failedDirectories > 0 && { failedDirectories }),
      ...(linked > 0 && { linked }),
      ...(stopped !== undefined && { stopped, notDone: waiting })
    }
    // If one file was requested, its error is enough.
    const isMore = stopped === "Error" && failed + waiting > 1
    if (output.style.json || files + skipped + linked > 0 || failed > 1 || isMore) {
      yield* output.notice(
        { kind: "summary", direction, ...summary },
        describeSummary(direction, summary, bytes - resumedBytes)
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

/** The size that a listing reports for a file. */
export const sizeOf = (entry: Option.Option<FtpEntry>): Option.Option<number> =>
  Option.flatMap(entry, ({ size, type }) => (type === "File" ? size : Option.none()))
