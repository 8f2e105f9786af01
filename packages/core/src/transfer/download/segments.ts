/**
 * One file into one partial file over as many sessions as it is worth. `schedule` decides, `worker` moves the bytes of one
 * range; this is the loop between them:
 *
 *     events (a worker ended, a tick, …) ──step──► actions (start, stop, journal, …) ──► until no worker is left
 *
 * A worker holds one session and waits for none meanwhile; only the first, or the last that is left, queues for one.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import { FtpLocalFile, type FtpLocalFileError, type Writer } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Identity from "../identity.ts"
import type * as Integrity from "../integrity.ts"
import * as Patience from "../patience.ts"
import type { Limit } from "../rate.ts"
import type * as Checkpoint from "./checkpoint.ts"
import type { Range, Ranges } from "./ranges.ts"
import * as Schedule from "./schedule.ts"
import * as DownloadStream from "./stream.ts"
import * as Worker from "./worker.ts"
import * as Workers from "./workers.ts"

export interface Job {
  readonly path: string
  /** The path of the partial file. */
  readonly partialFile: string
  /** What an earlier run left, of which file; or nothing. */
  readonly ranges: Ranges
  readonly identity: Option.Option<Identity.Identity>
  readonly segments: number | "auto"
  /** The size in bytes, if the caller thinks to know it. */
  readonly expectedSize: number | undefined
  readonly schedule: Patience.ResumeSchedule
  /** Shared by all sessions. */
  readonly limit: Limit
  readonly onProgress: (bytes: number, total: Option.Option<number>) => void
  /** Called once with the bytes of an earlier run, if they are resumed. */
  readonly onResume: (bytes: number) => void
  /** Writes the journal. */
  readonly record: Checkpoint.Record
}

type Event =
  | Exclude<Schedule.Event, { readonly _tag: "Ended" }>
  | { readonly _tag: "Ended"; readonly range: Range; readonly exit: Exit.Exit<void, Worker.WorkError> }
  | { readonly _tag: "Recorded"; readonly exit: Exit.Exit<void, FtpLocalFileError> }

/** How often the workers are looked after. */
const TICK = Duration.millis(250)

/** The sockets gather bytes meanwhile. Shorter than a round trip, and longer than the timers' own noise. */
const shortPause = Effect.sleep(Duration.millis(10))

/** What the loop, its actions and the workers share. */
interface Loop {
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
  /** The first journal. Beside it connections are opened, but a partial file with gaps is no older journal's. */
  journalled: Effect.Effect<void, FtpLocalFileError>
  confirming: Fiber.RuntimeFiber<void, DownloadStream.DownloadError> | undefined
}

type Performed = Effect.Effect<void, Worker.WorkError, FtpPool | FtpLocalFile>

/** The file is whole when this completes. */
export const fetch = (job: Job): Effect.Effect<Identity.Identity, Worker.WorkError, FtpPool | FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const loop = yield* makeLoop(job)
      const context = yield* contextOf(loop)
      yield* Effect.onExit(run(loop, context), (exit) =>
        Effect.zipRight(
          loop.workers.stopAll(),
          Exit.isFailure(exit) && loop.state.isSegmented ? Effect.ignore(record(loop)) : Effect.void
        )
      )
      return loop.state.identity
    })
  )

const makeLoop = (job: Job): Effect.Effect<Loop, never, FtpPool | FtpLocalFile | Scope.Scope> =>
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
        segments: job.segments,
        poolSize: pool.size,
        ranges: job.ranges,
        identity: Option.getOrElse(job.identity, () => Identity.UNKNOWN),
        now: now()
      }),
      landedAt: now(),
      journalled: Effect.void,
      confirming: undefined
    }
  })

const run = (loop: Loop, context: Worker.WorkerContext): Performed =>
  Effect.gen(function* () {
    yield* dispatch(loop, context, { _tag: "Begun", expectedSize: loop.job.expectedSize })
    while (loop.state.working.size > 0) {
      yield* take(loop, context, yield* Queue.take(loop.events))
    }
    yield* dispatch(loop, context, { _tag: "AllHere" })
    if (loop.confirming !== undefined) {
      yield* Effect.flatten(Fiber.await(loop.confirming))
    }
  })

const take = (loop: Loop, context: Worker.WorkerContext, event: Event): Performed => {
  switch (event._tag) {
    case "Ended": {
      loop.workers.forget(event.range)
      return dispatch(loop, context, { _tag: "Ended", range: event.range, ending: endingOf(event.exit) }, event.exit)
    }
    case "Recorded":
      return Effect.zipRight(event.exit, dispatch(loop, context, { _tag: "JournalWritten" }))
    default:
      return dispatch(loop, context, event)
  }
}

/** One step, and its actions in order. `exit` is that of the worker that ended. */
const dispatch = (
  loop: Loop,
  context: Worker.WorkerContext,
  event: Schedule.Event,
  exit: Exit.Exit<void, Worker.WorkError> = Exit.void
): Performed =>
  Effect.flatMap(sessionsOf(loop), (sessions) => {
    const [state, actions] = Schedule.step(loop.state, event, { now: loop.now(), landedAt: loop.landedAt, sessions })
    loop.state = state
    return Effect.forEach(actions, (action) => (action._tag === "Fail" ? exit : perform(loop, context, action)), {
      discard: true
    })
  })

const sessionsOf = ({ pool }: Loop): Effect.Effect<Schedule.Sessions> =>
  Effect.map(pool.status, (hosts) => ({
    limit: hosts.reduce((sum, host) => sum + host.limit, 0),
    inUse: hosts.reduce((sum, host) => sum + host.inUse, 0),
    live: hosts.reduce((sum, host) => sum + host.live, 0)
  }))

const perform = (
  loop: Loop,
  context: Worker.WorkerContext,
  action: Exclude<Schedule.Action, { readonly _tag: "Fail" }>
): Performed => {
  const { events, job, scope, workers } = loop
  switch (action._tag) {
    case "Start":
      return workers.start(action.range, Worker.work(context, action.range, openRange(loop, action.range)))
    case "Stop":
      return workers.stop(action.range)
    case "KeepFirst":
      return Effect.suspend(() => {
        loop.confirming = undefined
        return Effect.zipRight(
          workers.stopAll(job.ranges.first),
          Effect.suspend(() => {
            job.ranges.keepFirst()
            return dispatch(loop, context, { _tag: "KeptFirst" })
          })
        )
      })
    case "WarmUp":
      return Effect.forEach(Array.from({ length: action.sessions }), () => Effect.forkIn(warmUp(loop), scope), {
        discard: true
      })
    case "StartTicking":
      return Effect.asVoid(
        Effect.forkIn(Effect.forever(Effect.zipRight(Effect.sleep(TICK), events.offer({ _tag: "Tick" }))), scope)
      )
    case "WriteFirstJournal":
      return Effect.map(Effect.forkIn(record(loop), scope), (fiber) => {
        loop.journalled = Fiber.join(fiber)
      })
    case "WriteJournal":
      return Effect.asVoid(
        Effect.forkIn(
          Effect.onExit(record(loop), (exit) => events.offer({ _tag: "Recorded", exit })),
          scope
        )
      )
    case "Confirm":
      return Effect.map(Effect.forkIn(confirmUnchanged(loop), scope), (fiber) => {
        loop.confirming = fiber
      })
  }
}

/** All sessions saw one file when they began: it must be the same now that the last byte is here. */
const confirmUnchanged = ({ job, pool, state, subject }: Loop): Effect.Effect<void, DownloadStream.DownloadError> => {
  const { direction, path } = subject
  const { identity } = state
  const ask = Effect.scoped(
    Effect.flatMap(pool.borrow(), (session) =>
      Option.isSome(identity.modified)
        ? Effect.map(session.modified(path), (at) => ({ ...Identity.UNKNOWN, modified: Option.some(at) }))
        : Effect.map(session.size(path), (bytes) => ({ ...Identity.UNKNOWN, size: Option.some(bytes) }))
    )
  )
  const bytes = Option.getOrElse(identity.size, () => 0)
  return Effect.flatMap(Patience.persist(ask, { direction, path, bytes, schedule: job.schedule }), (now) =>
    Identity.expectSame(subject, identity, now)
  )
}

const record = (loop: Loop) => Effect.suspend(() => loop.job.record(loop.state.identity, "Several"))

/** A session logs in, and asks for the size meanwhile. */
const warmUp = (loop: Loop) => {
  const ask = Effect.scoped(Effect.flatMap(loop.pool.borrow(), (session) => session.size(loop.job.path)))
  const reported = Effect.map(ask, (size) => {
    if (Option.isNone(loop.job.identity) && Option.isNone(loop.state.identity.size)) {
      report(loop, { ...Identity.UNKNOWN, size: Option.some(size) })
    }
  })
  return Effect.ensuring(
    Effect.ignore(reported),
    Effect.sync(() => loop.events.unsafeOffer({ _tag: "Warmed" }))
  )
}

const report = (loop: Loop, reported: Identity.Identity): void => {
  const { isSegmented } = loop.state
  loop.state = Schedule.report(loop.state, reported)
  if (loop.state.isSegmented && !isSegmented) {
    loop.events.unsafeOffer({ _tag: "Segmented" })
  }
}

const contextOf = (loop: Loop): Effect.Effect<Worker.WorkerContext> =>
  Effect.map(Effect.makeSemaphore(1), (turn) => {
    const { events, job, now, subject, workers } = loop
    const { partialFile, ranges } = job
    const openWriter = openPartialFile(loop).pipe(turn.withPermits(1))
    let isFirst = true
    const context: Worker.WorkerContext = {
      subject,
      partialFile,
      ranges,
      heads: new Map(),
      now,
      openWriter: Effect.suspend(() => Effect.zipRight(loop.journalled, openWriter)),
      opened: (found) => {
        if (isFirst && ranges.done > 0) {
          job.onResume(ranges.done)
        }
        isFirst = false
        report(loop, found)
      },
      stop: workers.stop,
      fallBackToSingle: Effect.suspend(() =>
        Effect.provideService(
          Effect.provideService(dispatch(loop, context, { _tag: "FellBack" }), FtpPool, loop.pool),
          FtpLocalFile,
          loop.files
        )
      ),
      pause: Effect.suspend(() => (loop.state.working.size > 1 ? shortPause : Effect.void)),
      landed: Effect.suspend(() => {
        const { identity, isSegmented } = loop.state
        const { done } = ranges
        loop.landedAt = now()
        job.onProgress(done, identity.size)
        if (isSegmented && Option.contains(identity.size, done)) {
          events.unsafeOffer({ _tag: "AllHere" })
        }
        return isSegmented ? Effect.void : job.record(identity, "One")
      })
    }
    return context
  })

/** The first who opens the partial file cuts off what an older run left after the bytes that count. */
const openPartialFile = ({ files, job }: Loop): Effect.Effect<Writer, FtpLocalFileError, Scope.Scope> => {
  let isCut = false
  const cut = Effect.suspend(() => {
    const { extent } = job.ranges
    return extent === 0
      ? files.openWriter(job.partialFile, "Truncate")
      : Effect.tap(files.openWriter(job.partialFile, "Existing"), (writer) => writer.truncate(extent))
  })
  return Effect.suspend(() =>
    isCut
      ? files.openWriter(job.partialFile, "Existing")
      : Effect.map(cut, (writer) => {
          isCut = true
          return writer
        })
  )
}

const openRange = (loop: Loop, range: Range) =>
  loop.state.begun === 1 && range === loop.job.ranges.first ? openFirst(loop) : openAt(loop, range)

const openAt = (loop: Loop, range: Range) =>
  Effect.gen(function* () {
    const { limit, partialFile, path, schedule } = loop.job
    const { identity } = loop.state
    const tail = yield* Worker.bytesBefore(partialFile, range)
    const source = yield* DownloadStream.open(path, schedule, { offset: range.at, tail, identity })
    yield* Identity.expectSame(loop.subject, identity, source.identity())
    return { ...source, read: limit(source.read) }
  })

/** Resumes what an earlier run left, unless the server has another file by now, or no REST. */
const openFirst = (loop: Loop) => {
  const { identity, ranges } = loop.job
  const open = Effect.suspend(() => openAt(loop, ranges.first))
  return Effect.catchIf(
    open,
    (error) => Option.isSome(identity) && (error._tag === "FtpIntegrityError" || isOffsetRefused(error)),
    () =>
      Effect.suspend(() => {
        ranges.reset()
        loop.state = { ...loop.state, identity: Identity.UNKNOWN }
        return open
      })
  )
}

const isOffsetRefused = (error: Worker.WorkError): boolean => error._tag === "FtpRejected" && error.verb === "REST"

const endingOf = (exit: Exit.Exit<void, Worker.WorkError>): Schedule.Ending => {
  if (Exit.isSuccess(exit)) {
    return "Done"
  }
  if (Cause.isInterruptedOnly(exit.cause)) {
    return "Stopped"
  }
  const failure = Cause.failureOption(exit.cause)
  if (Option.isNone(failure)) {
    return "Local"
  }
  const error = failure.value
  switch (error._tag) {
    case "FtpLocalFileError":
      return "Local"
    case "FtpIntegrityError":
      return error.reason === "IgnoredOffset" || error.reason === "Size" ? "WrongBytes" : "OtherFile"
    default:
      return isOffsetRefused(error) ? "OffsetRefused" : "Lost"
  }
}
