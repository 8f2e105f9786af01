/**
 * Copies of many files in one direction: they go on when one fails, and end with a summary and one exit code.
 *
 * It does NOT know how a file is moved or a tree is walked: `Download` and `Upload` do.
 */
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
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
import * as Jobs from "./Jobs.ts"

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
export type Job<R> = Jobs.Job<ExitCode.Failure, R>

/** The copies of one command. */
export interface Copying {
  /** A job that moves one file. Its size counts from now on. */
  readonly file: <E extends ExitCode.Failure, R>(file: File, move: (on: Moving) => Effect.Effect<Moved, E, R>) => Job<R>
  /** Something that is left out, and why, in words that follow a colon. */
  readonly skip: (path: string, why: string) => Effect.Effect<void, ExitCode.Failure>
  /** An unfinished file that is kept for a later run. */
  readonly kept: (file: Kept) => void
  /** A failure that is no job's. */
  readonly fail: (error: ExitCode.Failure, subject: string) => Effect.Effect<void>
  /** Does the jobs and tells the summary. Fails with `Incomplete` where something failed. */
  readonly run: <R>(jobs: ReadonlyArray<Job<R>>, workers: number) => Effect.Effect<Summary, ExitCode.Failure, R>
}

/** `what` in words. */
export interface Kept {
  readonly what: string
  /** What the same command does, called again: `"Elsewhere"` does not find it, `"Anew"` finds that it is of no use. */
  readonly again: "GoesOn" | "Anew" | "Elsewhere"
}

/** Where a move reports. */
export interface Moving {
  /** So many bytes were here before: they count as done, and not for the rate. */
  readonly had: (bytes: number) => void
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
    const failures: Array<number> = []
    let files = 0
    let bytes = 0
    let had = 0
    let skipped = 0
    const kept: Array<Kept> = []
    const remark = Effect.suspend(() => (kept.length === 0 ? Effect.void : output.remark(leftInWords(direction, kept))))

    const fail = (error: ExitCode.Failure, subject: string) =>
      Effect.suspend(() => {
        failures.push(ExitCode.of(error))
        return output.failure(error, subject)
      })

    const summary = (now: number): Summary => ({
      files,
      bytes,
      skipped,
      failed: failures.length,
      seconds: (now - began) / MILLIS_PER_SECOND
    })

    return {
      file: (file, move) => {
        progress.found(file.size)
        const subject = direction === "Download" ? file.remote : file.local
        return {
          kind: "File",
          subject,
          run: Effect.gen(function* () {
            const reporter = yield* progress.start(subject, file.size)
            const started = yield* Clock.currentTimeMillis
            const moved = yield* Effect.onError(
              move({
                had: (bytes) => {
                  had += bytes
                  reporter.had(bytes)
                },
                onProgress: ({ bytes, total }) => reporter.at(bytes, total)
              }),
              () => Effect.sync(reporter.failed)
            )
            if (Option.isNone(moved)) {
              reporter.failed()
              return []
            }
            reporter.done()
            files++
            bytes += moved.value.bytes
            if (output.style.json) {
              const seconds = ((yield* Clock.currentTimeMillis) - started) / MILLIS_PER_SECOND
              const { remote, local } = file
              const { bytes, evidence } = moved.value
              yield* output.result(
                {
                  kind: "transfer",
                  direction,
                  remote,
                  local,
                  bytes,
                  evidence: evidence._tag,
                  hash: evidence._tag === "Hash" ? { algorithm: evidence.algorithm, value: evidence.value } : null,
                  seconds
                },
                ""
              )
            }
            return []
          })
        }
      },
      skip: (path, why) =>
        Effect.suspend(() => {
          skipped++
          return output.notice({ kind: "skipped", path, why }, `skipped ${path}: ${why}`)
        }),
      kept: (file) => void kept.push(file),
      fail,
      run: (jobs, workers) =>
        Effect.gen(function* () {
          const searching = { left: jobs.filter(({ kind }) => kind === "Directory").length }
          progress.state.searching = searching.left > 0
          const tell = (before: string) =>
            Effect.gen(function* () {
              const result = summary(yield* Clock.currentTimeMillis)
              // The error alone says it all where one thing was asked for.
              if (output.style.json || files + skipped > 0 || failures.length > 1) {
                yield* output.notice(
                  { kind: "summary", direction, ...result },
                  before + inWords(direction, result, bytes - had)
                )
              }
              return result
            })
          yield* Jobs.run(
            jobs.map((job) => counted(job, searching, progress.state)),
            workers,
            // What the next file would meet too ends everything.
            (error, job) => (ExitCode.isFatal(error) ? Effect.fail(error) : fail(error, job.subject))
          ).pipe(
            Effect.onInterrupt(() => Effect.zipRight(Effect.ignore(tell("interrupted: ")), remark)),
            Effect.tapError(() => Effect.zipRight(tell("stopped: "), remark))
          )
          const result = yield* tell("")
          yield* remark
          if (failures.length > 0) {
            return yield* new Incomplete({ code: ExitCode.ofAll(failures, files) })
          }
          return result
        })
    }
  })

const MILLIS_PER_SECOND = 1000

/** While a directory waits to be listed, nobody knows how much there is to do. */
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

const AGAIN: { readonly [Again in Kept["again"]]: string } = {
  GoesOn: ": the same command resumes it",
  Anew: ", but the file on the server has changed: the same command starts anew",
  Elsewhere: ""
}

/** What is left to go on with, and how. */
const leftInWords = (direction: Direction, kept: ReadonlyArray<Kept>): string => {
  const again = kept.every((file) => file.again === "GoesOn")
  const where = direction === "Download" ? `as NAME${FtpTransfer.PARTIAL_FILE_SUFFIX}` : "on the server"
  return kept.length === 1
    ? `${kept[0]?.what} is kept${AGAIN[kept[0]?.again ?? "Elsewhere"]}`
    : `${kept.length} unfinished files are kept, ${where}${
        again ? ": the same command resumes them; add --no-clobber to leave out those that are complete" : ""
      }`
}

/** `moved` is without what was here before. */
const inWords = (direction: Direction, { bytes, failed, files, seconds, skipped }: Summary, moved: number): string =>
  [
    `${direction === "Download" ? "downloaded" : "uploaded"} ${Measure.count(files, "file")}`,
    `${Measure.bytes(bytes)} in ${Measure.duration(seconds)}`,
    ...(seconds >= RATED_SECONDS ? [Measure.rate(moved, seconds)] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failed > 0 ? [`${failed} failed`] : [])
  ].join(", ")

/** Deeper than any tree that people make: a loop that a server shows as directories ends here. */
export const MAX_DEPTH = 256

/** The size that a listing tells of a file. */
export const sizeOf = (entry: Option.Option<FtpEntry>): Option.Option<number> =>
  Option.flatMap(entry, ({ size, type }) => (type === "File" ? size : Option.none()))
