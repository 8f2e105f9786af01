/**
 * Jobs whose files get a second turn:
 *
 *     all jobs, done ──► files whose failure may pass, once more ──► what failed again
 *
 * What failed because the server was busy, a line broke, or another run downloads the file, often works a moment later;
 * and at the end no other file waits for it.
 */
import * as Effect from "effect/Effect"
import { isFtpError } from "../base/FtpError.ts"
import { FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import * as Reconnecting from "../pool/reconnecting.ts"
import { endsAll } from "./endsAll.ts"
import * as Jobs from "./jobs.ts"

/** Whether a file that failed with this is worth another attempt when all others are done. */
export const mayPass = (error: unknown): boolean =>
  isFtpError(error) ? error.isRetryable && !endsAll(error) : isInUse(error)

/** Another run downloads it now. */
const isInUse = (error: unknown): boolean => error instanceof FtpLocalFileError && error.reason === "InUse"

/** As `Jobs.run`, with a second turn at the end for each file of whose failure `tryAgain` is true. */
export const run = <E, R, E2, R2>(
  jobs: ReadonlyArray<Jobs.Job<E, R>>,
  workers: number,
  onFailure: (error: E, job: Jobs.Job<E, R>) => Effect.Effect<void, E2, R2>,
  tryAgain: (error: E, job: Jobs.Job<E, R>) => boolean = mayPass
): Effect.Effect<void, E2, R | R2 | FtpPool> =>
  Effect.suspend(() => {
    const again: Array<Jobs.Job<E, R>> = []
    const first = Jobs.run(jobs, workers, (error, job) => {
      if (job.kind === "File" && tryAgain(error, job)) {
        again.push(job)
        return Effect.void
      }
      return onFailure(error, job)
    })
    return Reconnecting.inRun(
      Effect.zipRight(
        first,
        Effect.suspend(() => (again.length === 0 ? Effect.void : Jobs.run(again, workers, onFailure)))
      )
    )
  })
