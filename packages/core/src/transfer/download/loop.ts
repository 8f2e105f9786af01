/**
 * What the loop of a segmented download, its actions and its workers share.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import { FtpLocalFile, type FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type * as Demand from "../demand.ts"
import * as Identity from "../identity.ts"
import type * as Integrity from "../integrity.ts"
import type { Schedules } from "../patience.ts"
import type { Limit } from "../rate.ts"
import type * as Checkpoint from "./checkpoint.ts"
import type * as PartialFile from "./partialFile.ts"
import type { Range, Ranges } from "./ranges.ts"
import * as Schedule from "./schedule.ts"
import type * as DownloadStream from "./stream.ts"
import type * as Worker from "./worker.ts"
import * as Workers from "./workers.ts"

export interface Job {
  readonly path: string
  /** The path of the partial file. */
  readonly partialFile: string
  /** The partial file of an earlier run that is resumed; `None` if the partial file does not exist yet. */
  readonly earlier: Option.Option<PartialFile.EarlierRun>
  /** What an earlier run left, of which file; or nothing. */
  readonly ranges: Ranges
  readonly identity: Option.Option<Identity.Identity>
  readonly segments: number | "auto"
  /** The size in bytes, if the caller thinks to know it. */
  readonly expectedSize: number | undefined
  readonly schedules: Schedules
  /** The most bytes that the file may have. */
  readonly maxBytes: number
  /** What the server reports of the file, and can show that the download is wrong. */
  readonly counts: Demand.Counts
  /** Shared by all sessions. */
  readonly limit: Limit
  readonly onProgress: (bytes: number, total: Option.Option<number>) => void
  /** Called once with the bytes of an earlier run, if they are resumed. */
  readonly onResume: (bytes: number) => void
  readonly onReread: DownloadStream.Options["onReread"]
  /** Writes the journal. */
  readonly record: Checkpoint.Record
}

export type Event =
  | Exclude<Schedule.Event, { readonly _tag: "Ended" }>
  | { readonly _tag: "Ended"; readonly range: Range; readonly exit: Exit.Exit<void, Worker.WorkError> }
  | { readonly _tag: "Recorded"; readonly exit: Exit.Exit<void, FtpLocalFileError> }

/** What the loop, its actions and the workers share. */
export interface Loop {
  readonly job: Job
  readonly pool: FtpPool
  readonly files: FtpLocalFile
  readonly scope: Scope.Scope
  readonly events: Queue.Queue<Event>
  readonly workers: Workers.Workers<Worker.WorkError>
  readonly now: () => number
  /** For errors. */
  readonly subject: Integrity.Subject
  state: Schedule.State
  landedAt: number
  /** Over how many sessions bytes come now, and came at most so far. */
  open: number
  mostOpen: number
  /** The first journal. Beside it connections are opened, but a partial file with gaps is no older journal's. */
  journalled: Effect.Effect<void, FtpLocalFileError>
  confirming: Fiber.RuntimeFiber<void, DownloadStream.DownloadError> | undefined
}

export const make = (job: Job): Effect.Effect<Loop, never, FtpPool | FtpLocalFile | Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const clock = yield* Clock.clockWith(Effect.succeed)
    const events = yield* Queue.unbounded<Event>()
    const now = () => clock.unsafeCurrentTimeMillis()
    return {
      job,
      pool,
      files: yield* FtpLocalFile,
      scope: yield* Effect.scope,
      events,
      workers: yield* Workers.make<Worker.WorkError>((range, exit) =>
        events.unsafeOffer({ _tag: "Ended", range, exit })
      ),
      now,
      subject: {
        direction: "Download",
        path: job.path,
        server: pool.endpoints.map(Endpoint.toLabel).join(", ")
      },
      state: Schedule.make({
        // Of a server that can't begin at an offset there are no ranges.
        segments: (yield* pool.status).some(({ restart }) => restart === "Fails") ? 1 : job.segments,
        poolSize: pool.size,
        ranges: job.ranges,
        identity: Option.getOrElse(job.identity, () => Identity.UNKNOWN),
        now: now()
      }),
      landedAt: now(),
      open: 0,
      mostOpen: 0,
      journalled: Effect.void,
      confirming: undefined
    }
  })

/** What a session reported of the file. */
export const report = (loop: Loop, reported: Identity.Identity): void => {
  const { isSegmented } = loop.state
  loop.state = Schedule.report(loop.state, reported)
  if (loop.state.isSegmented && !isSegmented) {
    loop.events.unsafeOffer({ _tag: "Segmented" })
  }
}
