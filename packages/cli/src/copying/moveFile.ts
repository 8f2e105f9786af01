/**
 * One file of a copy: moved, and counted by what became of it.
 *
 *     started ──► moved ──► counted, and with --json printed
 *        ├──► left out after all
 *        └──► failed ──may pass, first attempt──► postponed to the end
 *                └──► the failure is the caller's
 */
import type { FtpTransferInterrupted } from "@ftp-effect/core/FtpError"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Hint from "../errors/hint.ts"
import type { Output } from "../output/Output.ts"
import type * as Progress from "../output/Progress.ts"
import type { Direction, PartialFile } from "./CopyingText.ts"
import * as Resuming from "./Resuming.ts"

/** One file on its way. */
export interface File {
  readonly remote: string
  readonly local: string
  readonly size: Option.Option<number>
  /** Whether its name is of a listing of the server. */
  readonly isListed?: boolean
}

/** Where a move reports. */
export interface Moving {
  /** Bytes that an earlier run transferred: they count as done, but not for the rate. */
  readonly resumedFrom: (bytes: number) => void
  readonly onProgress: (progress: FtpTransfer.Progress) => void
  readonly onRetry: (interrupted: FtpTransferInterrupted) => void
  /** Reports what stays of a file that fails with this, once it is clear that it is not tried again. */
  readonly onLeft: <R>(
    cause: Cause.Cause<ExitCode.Failure>,
    report: Effect.Effect<void, never, R>
  ) => Effect.Effect<void, never, R>
}

/** A file that is moved by other means. */
export interface Followed {
  /** It begins again. */
  readonly startedAgain: () => void
  readonly at: (bytes: number) => void
  /** All of it is there. */
  readonly ended: () => void
  /** `willRetry`: it begins again later. */
  readonly failed: (willRetry: boolean) => void
  /** Counts it, once it is known that it stays. */
  readonly moved: (result: FtpTransfer.Result) => Effect.Effect<void, ExitCode.Failure>
}

/** `None`: left out after all. */
export type Moved = Option.Option<FtpTransfer.Result>

/** The copies of one command, and what became of them so far. */
export interface Copies {
  readonly clock: Clock.Clock
  readonly direction: Direction
  readonly output: Output
  readonly isWatched: boolean
  readonly progress: Progress.Progress
  /** Millis of the clock. */
  readonly began: number
  /** Files that failed and have another attempt at the end. */
  readonly postponed: Map<File, Postponed>
  /** What is known of a failure besides the error itself. */
  readonly hints: WeakMap<ExitCode.Failure, string>
  /** Whether a file that failed with this for the first time has another attempt. */
  tryAgain: (error: ExitCode.Failure) => boolean
  readonly tally: {
    files: number
    bytes: number
    /** Files that were found, and are neither moved, left out nor failed. */
    waiting: number
    resumedBytes: number
    skipped: number
    /** Links that were made as links. */
    linked: number
    /** Of `failures`, those of directories. */
    failedDirectories: number
    /** Exit codes. */
    readonly failures: Array<number>
    readonly partialFiles: Array<PartialFile>
  }
}

interface Postponed {
  readonly subject: string
  readonly error: ExitCode.Failure
  /** Reports what stays of it. */
  report: Effect.Effect<void>
}

/** Counts and reports a failure. */
export const fail = (copies: Copies, error: ExitCode.Failure, subject: string, hint?: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { output, tally } = copies
    tally.failures.push(ExitCode.of(error))
    return output.failure(error, subject, hint ?? copies.hints.get(error))
  })

/** One attempt to move a file. */
export interface Attempt {
  readonly file: File
  readonly subject: string
  readonly isAgain: boolean
}

/**
 * In few steps, as a small file takes hardly more; it begins at the call. What is interrupted needs no report: the display
 * ends too. Gives no further jobs.
 */
export const moveFile = <E extends ExitCode.Failure, R>(
  copies: Copies,
  { file, isAgain, subject }: Attempt,
  move: (on: Moving) => Effect.Effect<Moved, E, R>
): Effect.Effect<ReadonlyArray<never>, ExitCode.Failure, R> => {
  const { clock, output, postponed, progress, tally } = copies
  const reporter = progress.start(subject, file.size)
  const started = clock.unsafeCurrentTimeMillis()
  const before = postponed.get(file)?.error
  postponed.delete(file)
  /** The failure, if the file is tried again: one that another run has by now is waited for, once. */
  const passing = (cause: Cause.Cause<ExitCode.Failure>) =>
    Option.filter(
      Cause.failureOption(cause),
      (error) => (before === undefined || (isInUse(error) && !isInUse(before))) && copies.tryAgain(error)
    )
  let report: Effect.Effect<void> = Effect.void
  const moving: Moving = {
    resumedFrom: (bytes) => {
      // What this run transferred itself counts for its rate.
      tally.resumedBytes += isAgain ? 0 : bytes
      reporter.resumedFrom(bytes)
    },
    onProgress: ({ bytes, total }) => reporter.at(bytes, total),
    onRetry: (interrupted) => reporter.again(Resuming.whyOf(interrupted)),
    onLeft: (cause, left) =>
      Option.isNone(passing(cause))
        ? left
        : Effect.contextWith((context) => {
            report = Effect.provide(left, context)
          })
  }
  return Effect.matchCauseEffect(move(moving), {
    onFailure: (cause) => {
      if (file.isListed === true) {
        noteListed(copies, cause)
      }
      return Option.match(passing(cause), {
        onNone: () => {
          reporter.failed()
          tally.waiting--
          return Effect.failCause(cause)
        },
        onSome: (error) => {
          reporter.postponed()
          postponed.set(file, { subject, error, report })
          const failed = Effect.failCause(cause)
          return copies.isWatched
            ? Effect.zipRight(output.remark(`${subject} is tried again at the end: ${error.message}`), failed)
            : failed
        }
      })
    },
    onSuccess: (moved) => {
      tally.waiting--
      if (Option.isNone(moved)) {
        reporter.failed()
        return NO_JOBS
      }
      reporter.done()
      tally.files++
      tally.bytes += moved.value.bytes
      return output.style.json
        ? Effect.zipRight(print(copies, file, moved.value, clock.unsafeCurrentTimeMillis() - started), NO_JOBS)
        : NO_JOBS
    }
  })
}

/** Another download has the file's name. */
export const isInUse = (error: ExitCode.Failure): boolean =>
  error._tag === "FtpLocalFileError" && error.reason === "InUse"

const NO_JOBS = Effect.succeed<ReadonlyArray<never>>([])

/** Shows and counts a file that another engine moves, from its first byte to its last. */
export const follow = (copies: Copies, file: File, subject: string): Followed => {
  const { clock, output, progress, tally } = copies
  progress.found(file.size)
  const start = () => ({ reporter: progress.start(subject, file.size), at: clock.unsafeCurrentTimeMillis() })
  let attempt = start()
  let ended = attempt.at
  return {
    startedAgain: () => {
      attempt = start()
    },
    at: (bytes) => attempt.reporter.at(bytes, file.size),
    ended: () => {
      ended = clock.unsafeCurrentTimeMillis()
      attempt.reporter.done()
    },
    failed: (willRetry) => (willRetry ? attempt.reporter.postponed() : attempt.reporter.failed()),
    moved: (result) =>
      Effect.suspend(() => {
        tally.files++
        tally.bytes += result.bytes
        return output.style.json ? print(copies, file, result, ended - attempt.at) : Effect.void
      })
  }
}

const noteListed = ({ hints }: Copies, cause: Cause.Cause<ExitCode.Failure>): void => {
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  const hint = error === undefined ? undefined : Hint.ofListed(error)
  if (error !== undefined && hint !== undefined) {
    hints.set(error, hint)
  }
}

const print = (
  { direction, output }: Copies,
  { local, remote }: File,
  { bytes, evidence }: FtpTransfer.Result,
  millis: number
): Effect.Effect<void, ExitCode.Failure> => {
  const seconds = millis / MILLIS_PER_SECOND
  const hash = evidence._tag === "Hash" ? { algorithm: evidence.algorithm, value: evidence.value } : null
  return output.result(
    { kind: "transfer", direction, remote, local, bytes, evidence: evidence._tag, hash, seconds },
    ""
  )
}

const MILLIS_PER_SECOND = 1000
