/**
 * Jobs whose files get a second turn:
 *
 *     all jobs, done ──► files whose failure may pass, once more ──► files that another run has, once it has ended
 *                                                             └──► what failed again
 *
 * What failed because the server was busy, or a line broke, often works a moment later; and at the end no other file waits
 * for it. A file that another run downloads to the same name comes last: it is waited for.
 */
import * as Effect from "effect/Effect"
import { isFtpError } from "../base/FtpError.ts"
import { FtpLocalFile, type FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import * as Reconnecting from "../pool/reconnecting.ts"
import { endsAll } from "./endsAll.ts"
import * as Jobs from "./jobs.ts"
import * as OtherDownload from "./otherDownload.ts"

/** Whether a file that failed with this is worth another attempt when all others are done. */
export const mayPass = (error: unknown): boolean =>
  isFtpError(error) ? error.isRetryable && !endsAll(error) : OtherDownload.isInUse(error)

/**
 * As `Jobs.run`, with a second turn at the end for each file of whose failure `tryAgain` is true. One that another run has by
 * then has one more.
 */
export const run = <E, R, E2, R2>(
  jobs: ReadonlyArray<Jobs.Job<E, R>>,
  workers: number,
  onFailure: (error: E, job: Jobs.Job<E, R>) => Effect.Effect<void, E2, R2>,
  tryAgain: (error: E, job: Jobs.Job<E, R>) => boolean = mayPass
): Effect.Effect<void, E2, R | R2 | FtpLocalFile | FtpPool> =>
  Effect.suspend(() => {
    const again: Array<Jobs.Job<E, R>> = []
    const inUse = new Map<Jobs.Job<E, R>, FtpLocalFileError>()
    const handler = (isFirst: boolean) => (error: E, job: Jobs.Job<E, R>) => {
      const isInUse = OtherDownload.isInUse(error)
      if (job.kind !== "File" || !(isFirst || isInUse) || !tryAgain(error, job)) {
        return onFailure(error, job)
      }
      if (isInUse) {
        inUse.set(job, error)
      } else {
        again.push(job)
      }
      return Effect.void
    }
    const second = Effect.suspend(() => (again.length === 0 ? Effect.void : Jobs.run(again, workers, handler(false))))
    const last = Effect.suspend(() => (inUse.size === 0 ? Effect.void : afterOthers(inUse, workers, onFailure)))
    return Reconnecting.inRun(
      Jobs.run(jobs, workers, handler(true)).pipe(Effect.zipRight(second), Effect.zipRight(last))
    )
  })

/** No worker has a session while it is waited for other runs. */
const afterOthers = <E, R, E2, R2>(
  inUse: ReadonlyMap<Jobs.Job<E, R>, FtpLocalFileError>,
  workers: number,
  onFailure: (error: E, job: Jobs.Job<E, R>) => Effect.Effect<void, E2, R2>
) =>
  Effect.flatMap(FtpLocalFile, (files) =>
    Effect.zipRight(
      Effect.forEach(inUse.values(), (error) => OtherDownload.ended(files, error), { discard: true }),
      Jobs.run([...inUse.keys()], workers, onFailure)
    )
  )
