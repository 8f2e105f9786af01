/**
 * One file into one part over as many sessions as it is worth: the first worker alone, then others beside it.
 *
 *     first worker ──size is told, and it is large──► others are started while the pool has sessions to spare
 *        each:  take a range ──► worker ──► met the next range, done ──► take another
 *                                    └──► failed: the range is left to the rest; the last one's failure is the download's
 *     in turns:  journal · more workers (`growth`) · a range that stands still begins again · others' turn
 *
 *     alone ◄──the size is not told · it is small · no session to spare · REST refused or ignored
 *
 * All that is decided is decided in one fiber, by what the workers report and by a clock beside them. A worker holds one session
 * and waits for none meanwhile; only the first, or the last that is left, queues for one. It does NOT move bytes (`worker`) or
 * keep parts (`toFile`).
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Schedule from "effect/Schedule"
import * as Endpoint from "../../FtpEndpoint.ts"
import type { TransferInterrupted } from "../../FtpError.ts"
import { FtpLocalFile, type LocalFileError } from "../../FtpLocalFile.ts"
import { FtpPool } from "../../FtpPool.ts"
import * as Download from "./download.ts"
import * as Growth from "./growth.ts"
import * as Identity from "./identity.ts"
import * as Interruption from "./interruption.ts"
import { MIN_SEGMENT, type Range, type Ranges } from "./ranges.ts"
import type { Limit } from "./rate.ts"
import * as Worker from "./worker.ts"

export interface Job {
  readonly path: string
  readonly part: string
  /** What an earlier run left, of which file; or nothing. */
  readonly ranges: Ranges
  readonly identity: Option.Option<Identity.Identity>
  readonly segments: number | "auto"
  /** The size in bytes, where somebody thinks to know it. */
  readonly expectedSize: number | undefined
  readonly schedule: Schedule.Schedule<unknown, TransferInterrupted>
  /** Shared by all sessions. */
  readonly limit: Limit
  readonly onProgress: (bytes: number, total: Option.Option<number>) => void
  /** Called with one stream when bytes have landed; with several at their beginning, now and then, and after a failure. */
  readonly note: (
    identity: Identity.Identity,
    streams: "One" | "Several"
  ) => Effect.Effect<void, LocalFileError, FtpLocalFile>
}

type Event =
  | { readonly _tag: "Opened" }
  | { readonly _tag: "Ended"; readonly range: Range; readonly exit: Exit.Exit<void, Worker.WorkError> }
  | { readonly _tag: "Tick" }

/** "auto" stops here: more than most servers grant to one address. */
const MOST = 8
/** How often the workers are looked after. */
const TICK = Duration.millis(250)
/** Millis between two journals: what a killed run has to fetch again. */
const NOTE_EVERY = 3000
/** Millis without a byte, while others move, after which a range begins again on another connection. */
const STANDS_STILL = 5000
/** Millis after which a worker that is not the only one gives its session back when the pool has none left: below its `acquireTimeout`. */
const TURN = 60_000

/** The sockets gather bytes meanwhile. Shorter than a round trip, and longer than the timers' own noise. */
const breath = Effect.sleep(Duration.millis(10))

/** The file is whole when this completes. */
export const fetch = (job: Job): Effect.Effect<Identity.Identity, Worker.WorkError, FtpPool | FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { part, path, ranges, schedule } = job
      const pool = yield* FtpPool
      const files = yield* FtpLocalFile
      const clock = yield* Clock.clockWith(Effect.succeed)
      const scope = yield* Effect.scope
      const now = () => clock.unsafeCurrentTimeMillis()
      const events = yield* Queue.unbounded<Event>()
      const workers = new Map<Range, Fiber.RuntimeFiber<void, Worker.WorkError>>()
      const most = Math.min(job.segments === "auto" ? MOST : job.segments, pool.size)
      let identity = Option.getOrElse(job.identity, () => NOBODY)
      let grow: ReturnType<typeof Growth.make> | undefined
      let wanted = 1
      let streams = 0
      let warming = 0
      let isSegmented = false
      let notedAt = now()

      const stop = (range: Range) => Effect.suspend(() => Fiber.interrupt(workers.get(range) ?? Fiber.void))

      const stopAll = (kept?: Range) =>
        Effect.suspend(() =>
          Fiber.interruptAll([...workers].flatMap(([range, fiber]) => (range === kept ? [] : [fiber])))
        )

      const distrust = Effect.suspend(() => {
        wanted = 1
        grow = undefined
        return Effect.zipRight(
          stopAll(ranges.trunk),
          Effect.sync(() => ranges.keepTrunk())
        )
      })

      const note = Effect.suspend(() => {
        notedAt = now()
        return job.note(identity, "Several")
      })

      const site: Worker.Site = {
        path,
        part,
        server: pool.endpoints.map(Endpoint.toLabel).join(", "),
        ranges,
        heads: new Map(),
        now,
        stop,
        distrust,
        breathe: Effect.suspend(() => (workers.size > 1 ? breath : Effect.void)),
        landed: Effect.suspend(() => {
          job.onProgress(ranges.done, identity.size)
          return isSegmented ? Effect.void : job.note(identity, "One")
        })
      }

      const open = (range: Range) =>
        Effect.flatMap(Worker.bytesBefore(part, range), (tail) =>
          Effect.map(Download.open(path, schedule, { offset: range.at, tail, identity }), (source) => ({
            ...source,
            read: job.limit(source.read)
          }))
        )

      /** Goes on with what is left of an earlier run, unless the server has another file by now. */
      const openFirst = Effect.catchTag(open(ranges.trunk), "IntegrityError", (error) =>
        Effect.suspend(() => {
          if (Option.isNone(job.identity)) {
            return error
          }
          ranges.reset()
          identity = NOBODY
          return open(ranges.trunk)
        })
      )

      const fork = <A, E>(
        effect: Effect.Effect<A, E, FtpPool | FtpLocalFile>,
        onEnd: (exit: Exit.Exit<A, E>) => void
      ) =>
        Effect.map(Effect.forkIn(effect, scope), (fiber) => {
          fiber.addObserver(onEnd)
          return fiber
        })

      const start = (range: Range, work: Effect.Effect<void, Worker.WorkError, FtpPool | FtpLocalFile>) =>
        Effect.map(
          fork(work, (exit) => events.unsafeOffer({ _tag: "Ended", range, exit })),
          (fiber) => {
            streams++
            workers.set(range, fiber)
          }
        )

      /** Sessions that nobody waits for, those that are being warmed up for us included. */
      const spare = Effect.map(pool.status, (hosts) => {
        const limit = hosts.reduce((sum, host) => sum + host.limit, 0)
        const inUse = hosts.reduce((sum, host) => sum + host.inUse, 0)
        return Math.min(limit - inUse + warming, limit - workers.size)
      })

      const fill = Effect.gen(function* () {
        if (workers.size >= wanted) {
          return
        }
        let left = yield* spare
        while (workers.size < wanted && (workers.size === 0 || left > 0)) {
          const range = ranges.take(now())
          if (range === undefined) {
            return
          }
          left--
          yield* start(range, Worker.work(site, range, open(range)))
        }
      })

      /** Whoever names a number waits for no size: the sessions log in while the first one opens its transfer. */
      const warmUp = Effect.gen(function* () {
        const left = yield* spare
        for (; warming < Math.min(most - 1, left); warming++) {
          yield* fork(Effect.exit(Effect.scoped(pool.borrow())), () => warming--)
        }
      })

      const opened = (source: Download.Download) => {
        identity = source.identity()
        if (Option.isSome(identity.size)) {
          ranges.endAt(identity.size.value)
          isSegmented = ranges.count > 1 || (most > 1 && ranges.missing >= 2 * MIN_SEGMENT)
        }
        events.unsafeOffer({ _tag: "Opened" })
      }

      const plan = Effect.gen(function* () {
        if (!isSegmented) {
          return
        }
        if (job.segments === "auto") {
          grow = Growth.make(most)
        } else {
          wanted = most
          ranges.spread(Math.min(wanted, 1 + (yield* spare)))
        }
        yield* Effect.forkIn(Effect.forever(Effect.zipRight(Effect.sleep(TICK), events.offer({ _tag: "Tick" }))), scope)
        yield* note
      })

      const judge = (range: Range, exit: Exit.Exit<void, Worker.WorkError>): Effect.Effect<void, Worker.WorkError> => {
        const isOurs = ranges.has(range)
        const isTrunk = range.from === 0
        workers.delete(range)
        ranges.give(range)
        if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) {
          return Effect.void
        }
        const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
        if (error === undefined || error._tag === "LocalFileError") {
          return exit
        }
        if (!isOurs) {
          return Effect.void
        }
        if (!isTrunk && isAboutOffset(error)) {
          return distrust
        }
        if (error._tag === "IntegrityError" || workers.size === 0) {
          return exit
        }
        wanted = Math.min(wanted, workers.size)
        return Effect.void
      }

      const look = Effect.gen(function* () {
        const time = now()
        if (time - notedAt >= NOTE_EVERY) {
          yield* note
        }
        const { taken } = ranges
        if (grow !== undefined) {
          const since = taken.map((range) => range.movingSince ?? Number.POSITIVE_INFINITY)
          const latest = taken.length === wanted ? Math.max(...since) : Number.POSITIVE_INFINITY
          wanted = grow({ now: time, bytes: ranges.done, movingSince: Number.isFinite(latest) ? latest : undefined })
        }
        const isAlive = taken.some(({ movedAt }) => time - movedAt < STANDS_STILL)
        const still = taken.find(({ movedAt }) => time - movedAt >= STANDS_STILL)
        if (still !== undefined && isAlive && workers.size < wanted) {
          yield* stop(still)
        }
        const longest = taken.find(({ from, takenAt }) => from > 0 && time - takenAt >= TURN)
        if (longest !== undefined && (yield* spare) <= 0) {
          yield* stop(longest)
        }
      })

      const handle = (event: Event): Effect.Effect<void, Worker.WorkError, FtpLocalFile> => {
        switch (event._tag) {
          case "Opened":
            return plan
          case "Ended":
            return judge(event.range, event.exit)
          case "Tick":
            return look
        }
      }

      const all = Effect.gen(function* () {
        ranges.take(now())
        const prepare: Parameters<typeof Worker.work>[3] = (writer, source) =>
          Effect.map(writer.truncate(ranges.extent), () => opened(source))
        yield* start(ranges.trunk, Worker.work(site, ranges.trunk, openFirst, prepare))
        if (job.segments !== "auto" && (job.expectedSize ?? Number.POSITIVE_INFINITY) >= 2 * MIN_SEGMENT) {
          yield* warmUp
        }
        while (workers.size > 0) {
          yield* handle(yield* Queue.take(events))
          yield* fill
        }
        if (streams > 1) {
          yield* confirm(job, site.server, identity)
        }
      })
      yield* Effect.onExit(all, (exit) =>
        Effect.zipRight(
          stopAll(),
          Exit.isFailure(exit) && isSegmented
            ? Effect.ignore(Effect.provideService(note, FtpLocalFile, files))
            : Effect.void
        )
      )
      return identity
    })
  )

const NOBODY: Identity.Identity = { size: Option.none(), modified: Option.none() }

/** Whether a session can't begin within the file: the rest of it goes over the first one. */
const isAboutOffset = (error: Worker.WorkError): boolean =>
  (error._tag === "IntegrityError" && error.reason === "IgnoredOffset") ||
  (error._tag === "Rejected" && error.command.startsWith("REST"))

/** The sessions saw one file when they began; it must be the same now that the last one has ended. */
const confirm = (job: Job, server: string, identity: Identity.Identity) =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const patience = yield* Interruption.makePatience(job.schedule)
    const { path } = job
    const ask = Effect.scoped(
      Effect.flatMap(pool.borrow(), (session) =>
        Option.isSome(identity.modified)
          ? Effect.map(session.modified(path), (at) => ({ ...NOBODY, modified: Option.some(at) }))
          : Effect.map(session.size(path), (bytes) => ({ ...NOBODY, size: Option.some(bytes) }))
      )
    )
    const found: Effect.Effect<Identity.Identity, Download.DownloadError> = Effect.catchIf(
      ask,
      Interruption.isCause,
      (cause) =>
        Effect.zipRight(
          patience(
            Interruption.make(
              path,
              "Download",
              Option.getOrElse(identity.size, () => 0),
              0,
              cause
            )
          ),
          Effect.suspend(() => found)
        )
    )
    const after = yield* found
    if (!Identity.isSame(identity, after)) {
      return yield* Interruption.integrity(
        "Changed",
        "Download",
        path,
        server,
        Identity.describe(identity),
        Identity.describe(after)
      )
    }
  })
