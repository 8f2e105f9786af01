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
import * as Endpoint from "../../base/FtpEndpoint.ts"
import type { FtpTransferInterrupted } from "../../base/FtpError.ts"
import { FtpLocalFile, type FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type * as Identity from "../identity.ts"
import type { Limit } from "../rate.ts"
import * as AutoScale from "./autoScale.ts"
import { MIN_SEGMENT, type Range, type Ranges } from "./ranges.ts"
import * as SameFile from "./sameFile.ts"
import * as DownloadStream from "./stream.ts"
import * as Worker from "./worker.ts"
import * as Workers from "./workers.ts"

export interface Job {
  readonly path: string
  readonly part: string
  /** What an earlier run left, of which file; or nothing. */
  readonly ranges: Ranges
  readonly identity: Option.Option<Identity.Identity>
  readonly segments: number | "auto"
  /** The size in bytes, where somebody thinks to know it. */
  readonly expectedSize: number | undefined
  readonly schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>
  /** Shared by all sessions. */
  readonly limit: Limit
  readonly onProgress: (bytes: number, total: Option.Option<number>) => void
  /** Called with one stream when bytes have landed; with several at their beginning, now and then, and after a failure. */
  readonly note: (
    identity: Identity.Identity,
    streams: "One" | "Several"
  ) => Effect.Effect<void, FtpLocalFileError, FtpLocalFile>
}

type Event =
  | { readonly _tag: "Told" }
  | { readonly _tag: "Landed" }
  | { readonly _tag: "Ended"; readonly range: Range; readonly exit: Exit.Exit<void, Worker.WorkError> }
  | { readonly _tag: "Tick" | "Warmed" }
  | { readonly _tag: "Noted"; readonly exit: Exit.Exit<void, FtpLocalFileError> }

/** "auto" stops here: more than most servers grant to one address. */
const MOST = 8
/** How often the workers are looked after. */
const TICK = Duration.millis(250)
/** Millis between two journals: what a killed run has to fetch again. */
const NOTE_EVERY = 3000
/** Millis without a byte, of which others moved some, after which a range begins again on another connection. */
const STANDS_STILL = 5000
/** Millis after which a worker that is not the only one gives its session back when the pool has none left: below its `acquireTimeout`. */
const TURN = 60_000

/** The sockets gather bytes meanwhile. Shorter than a round trip, and longer than the timers' own noise. */
const shortPause = Effect.sleep(Duration.millis(10))

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
      const crew = yield* Workers.make<Worker.WorkError>((range, exit) =>
        events.unsafeOffer({ _tag: "Ended", range, exit })
      )
      const most = Math.min(job.segments === "auto" ? MOST : job.segments, pool.size)
      let identity = Option.getOrElse(job.identity, () => SameFile.NOBODY)
      let grow: ReturnType<typeof AutoScale.make> | undefined
      let wanted = 1
      let share = Number.POSITIVE_INFINITY
      let warming = 0
      let isSegmented = false
      let notedAt = now()
      let isNoting = false
      let landedAt = now()
      let confirming: Fiber.RuntimeFiber<void, DownloadStream.DownloadError> | undefined

      const fallBackToSingle = Effect.suspend(() => {
        wanted = 1
        grow = undefined
        confirming = undefined
        return Effect.zipRight(
          crew.stopAll(ranges.first),
          Effect.sync(() => ranges.keepFirst())
        )
      })

      const note = Effect.suspend(() => {
        notedAt = now()
        return job.note(identity, "Several")
      })
      /** The first journal. Beside it connections are opened, but a part with gaps is no older journal's. */
      let noted: Effect.Effect<void, FtpLocalFileError> = Effect.void

      const site: Worker.WorkerContext = {
        path,
        part,
        openWriter: Effect.suspend(() => Effect.zipRight(noted, openWriter)),
        opened: (found) => tell(found),
        server: pool.endpoints.map(Endpoint.toLabel).join(", "),
        ranges,
        heads: new Map(),
        now,
        stop: crew.stop,
        fallBackToSingle,
        pause: Effect.suspend(() => (crew.size() > 1 ? shortPause : Effect.void)),
        landed: Effect.suspend(() => {
          const { done } = ranges
          landedAt = now()
          job.onProgress(done, identity.size)
          if (isSegmented && Option.contains(identity.size, done)) {
            events.unsafeOffer({ _tag: "Landed" })
          }
          return isSegmented ? Effect.void : job.note(identity, "One")
        })
      }

      const open = (range: Range) =>
        Effect.gen(function* () {
          const tail = yield* Worker.bytesBefore(part, range)
          const source = yield* DownloadStream.open(path, schedule, { offset: range.at, tail, identity })
          yield* SameFile.same(path, site.server, identity, source.identity())
          return { ...source, read: job.limit(source.read) }
        })

      /** Goes on with what is left of an earlier run, unless the server has another file by now, or no REST. */
      const openFirst = Effect.catchIf(
        open(ranges.first),
        (error) => Option.isSome(job.identity) && (error._tag === "FtpIntegrityError" || isAboutOffset(error)),
        () =>
          Effect.suspend(() => {
            ranges.reset()
            identity = SameFile.NOBODY
            return open(ranges.first)
          })
      )

      const tell = (told: Identity.Identity) => {
        identity = {
          size: Option.orElse(identity.size, () => told.size),
          modified: Option.orElse(identity.modified, () => told.modified)
        }
        if (Option.isSome(identity.size) && !isSegmented) {
          ranges.endAt(identity.size.value)
          isSegmented = ranges.count > 1 || (most > 1 && ranges.missing >= 2 * MIN_SEGMENT)
          if (isSegmented) {
            events.unsafeOffer({ _tag: "Told" })
          }
        }
      }

      /** What an older run left behind the bytes that count is cut off by the first, before anybody writes. */
      let isCut = false
      const cut = Effect.suspend(() => {
        const { extent } = ranges
        return extent === 0
          ? files.openWriter(part, "Truncate")
          : Effect.tap(files.openWriter(part, "Existing"), (writer) => writer.truncate(extent))
      })
      const openWriter = Effect.suspend(() =>
        isCut
          ? files.openWriter(part, "Existing")
          : Effect.map(cut, (writer) => {
              isCut = true
              return writer
            })
      ).pipe((yield* Effect.makeSemaphore(1)).withPermits(1))

      const hosts = Effect.map(pool.status, (hosts) => ({
        limit: hosts.reduce((sum, host) => sum + host.limit, 0),
        inUse: hosts.reduce((sum, host) => sum + host.inUse, 0),
        live: hosts.reduce((sum, host) => sum + host.live, 0)
      }))

      /** Sessions that nobody waits for, those that are being warmed up for us included. */
      const spare = Effect.map(hosts, ({ inUse, limit }) => Math.min(limit - inUse + warming, limit - crew.size()))

      /** Of those, the ones that are there: while others are warmed up, none is dialled beside them. */
      const ready = Effect.flatMap(hosts, ({ live }) =>
        Effect.map(spare, (left) => (warming > 0 ? Math.min(left, live - warming - crew.size()) : left))
      )

      const fill = Effect.gen(function* () {
        if (crew.size() >= wanted) {
          return
        }
        let left = yield* ready
        while (crew.size() < wanted && (crew.size() === 0 || left > 0)) {
          const range = ranges.take(now(), share)
          if (range === undefined) {
            return
          }
          left--
          yield* crew.start(range, Worker.work(site, range, open(range)))
        }
      })

      /** Whoever names a number need not wait: more sessions log in beside the first one, and ask for the size themselves. */
      const scout = Effect.gen(function* () {
        const left = yield* spare
        const ask = Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.size(path)))
        const told = Effect.map(ask, (size) => {
          if (Option.isNone(job.identity) && Option.isNone(identity.size)) {
            tell({ ...SameFile.NOBODY, size: Option.some(size) })
          }
        })
        for (; warming < Math.min(most - 1, left); warming++) {
          const warm = Effect.ensuring(
            Effect.ignore(told),
            Effect.sync(() => {
              warming--
              events.unsafeOffer({ _tag: "Warmed" })
            })
          )
          yield* Effect.forkIn(warm, scope)
        }
      })

      const plan = Effect.gen(function* () {
        if (job.segments === "auto") {
          grow = AutoScale.make(most)
        } else {
          wanted = most
          ranges.spread(Math.min(wanted, 1 + (yield* spare)))
        }
        yield* Effect.forkIn(Effect.forever(Effect.zipRight(Effect.sleep(TICK), events.offer({ _tag: "Tick" }))), scope)
        noted = Fiber.join(yield* Effect.forkIn(note, scope))
      })

      const judge = (range: Range, exit: Exit.Exit<void, Worker.WorkError>): Effect.Effect<void, Worker.WorkError> => {
        const isOurs = ranges.has(range)
        const isTrunk = range.from === 0
        crew.forget(range)
        ranges.give(range)
        if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) {
          return Effect.void
        }
        const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
        if (error === undefined || error._tag === "FtpLocalFileError") {
          return exit
        }
        if (!isOurs) {
          return Effect.void
        }
        if (!isTrunk && isAboutOffset(error)) {
          return fallBackToSingle
        }
        if (error._tag === "FtpIntegrityError" || crew.size() === 0) {
          return exit
        }
        wanted = Math.min(wanted, crew.size())
        grow = undefined
        return Effect.void
      }

      const look = Effect.gen(function* () {
        const time = now()
        // A slow disk may take its time for it.
        if (!isNoting && time - notedAt >= NOTE_EVERY) {
          isNoting = true
          yield* Effect.forkIn(
            Effect.onExit(note, (exit) => events.offer({ _tag: "Noted", exit })),
            scope
          )
        }
        const { taken } = ranges
        if (grow !== undefined) {
          const since = taken.map((range) => range.movingSince ?? Number.POSITIVE_INFINITY)
          const latest = taken.length === wanted ? Math.max(...since) : Number.POSITIVE_INFINITY
          const advice = grow({
            now: time,
            bytes: ranges.done,
            movingSince: Number.isFinite(latest) ? latest : undefined
          })
          wanted = advice.wanted
          share = advice.share
        }
        const still = taken.find(({ movedAt }) => time - movedAt >= STANDS_STILL && movedAt < landedAt)
        if (still !== undefined && crew.size() < wanted) {
          yield* crew.stop(still)
        }
        const longest = taken.find(({ from, takenAt }) => from > 0 && time - takenAt >= TURN)
        if (longest !== undefined && (yield* spare) <= 0) {
          yield* crew.stop(longest)
        }
      })

      /** When all is here, while the workers still wait for last words. */
      const check = Effect.suspend(() =>
        crew.begun() > 1 && confirming === undefined
          ? Effect.map(Effect.forkIn(SameFile.unchanged(job, site.server, identity), scope), (fiber) => {
              confirming = fiber
            })
          : Effect.void
      )

      const handle = (event: Event): Effect.Effect<void, Worker.WorkError, FtpPool | FtpLocalFile> => {
        switch (event._tag) {
          case "Told":
            return plan
          case "Landed":
            return check
          case "Ended":
            return judge(event.range, event.exit)
          case "Tick":
            return look
          case "Warmed":
            return Effect.void
          case "Noted":
            isNoting = false
            return event.exit
        }
      }

      const all = Effect.gen(function* () {
        ranges.takeFirst(now())
        yield* crew.start(ranges.first, Worker.work(site, ranges.first, openFirst))
        if (job.segments !== "auto" && (job.expectedSize ?? Number.POSITIVE_INFINITY) >= 2 * MIN_SEGMENT) {
          yield* scout
        }
        while (crew.size() > 0) {
          yield* handle(yield* Queue.take(events))
          yield* fill
        }
        yield* check
        if (confirming !== undefined) {
          yield* Effect.flatten(Fiber.await(confirming))
        }
      })
      yield* Effect.onExit(all, (exit) =>
        Effect.zipRight(
          crew.stopAll(),
          Exit.isFailure(exit) && isSegmented
            ? Effect.ignore(Effect.provideService(note, FtpLocalFile, files))
            : Effect.void
        )
      )
      return identity
    })
  )

/**
 * Whether a session can't begin within the file, so that the rest goes over the first one: it was told so, or sent other
 * bytes than those that were asked for, or more of them.
 */
const isAboutOffset = (error: Worker.WorkError): boolean =>
  (error._tag === "FtpIntegrityError" && (error.reason === "IgnoredOffset" || error.reason === "Size")) ||
  (error._tag === "FtpRejected" && error.verb === "REST")
