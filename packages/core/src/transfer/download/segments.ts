/**
 * One file into one partial file over as many sessions as it is worth. `schedule` decides, `worker` moves the bytes of
 * one range; this is the loop between them:
 *
 *     events (a worker ended, a tick, …) ──step──► actions (start, stop, journal, …) ──► until no worker is left
 *
 * A worker holds one session and waits for none meanwhile; only the first, or the last that is left, queues for one.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { FtpLocalFile } from "../../platform/FtpLocalFile.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Identity from "../identity.ts"
import * as Observed from "../observed.ts"
import * as Loop from "./loop.ts"
import * as Opening from "./opening.ts"
import * as Reread from "./reread.ts"
import * as Schedule from "./schedule.ts"
import * as Verification from "./verification.ts"
import * as Worker from "./worker.ts"

/** How often the workers are looked after. */
const TICK = Duration.millis(250)

/** The sockets gather bytes meanwhile. Shorter than a round trip, and longer than the timers' own noise. */
const shortPause = Effect.sleep(Duration.millis(10))

type Performed = Effect.Effect<void, Worker.WorkError, FtpPool | FtpLocalFile>

/** The file is whole when this completes. */
export const fetch = (job: Loop.Job): Effect.Effect<Identity.Identity, Worker.WorkError, FtpPool | FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const loop = yield* Loop.make(job)
      const context = yield* contextOf(loop)
      yield* Effect.onExit(run(loop, context), (exit) =>
        Effect.zipRight(
          Effect.zipRight(loop.workers.stopAll(), Observed.cameOver(loop.mostOpen)),
          Exit.isFailure(exit) && loop.state.isSegmented ? Effect.ignore(record(loop)) : Effect.void
        )
      )
      return loop.state.identity
    })
  )

const run = (loop: Loop.Loop, context: Worker.WorkerContext): Performed =>
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

const take = (loop: Loop.Loop, context: Worker.WorkerContext, event: Loop.Event): Performed => {
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
  loop: Loop.Loop,
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

const sessionsOf = ({ pool }: Loop.Loop): Effect.Effect<Schedule.Sessions> =>
  Effect.map(pool.status, (hosts) => ({
    limit: hosts.reduce((sum, host) => sum + host.limit, 0),
    inUse: hosts.reduce((sum, host) => sum + host.inUse, 0),
    live: hosts.reduce((sum, host) => sum + host.live, 0)
  }))

const perform = (
  loop: Loop.Loop,
  context: Worker.WorkerContext,
  action: Exclude<Schedule.Action, { readonly _tag: "Fail" }>
): Performed => {
  const { events, job, scope, workers } = loop
  switch (action._tag) {
    case "Start":
      return workers.start(action.range, Worker.work(context, action.range, Opening.openRange(loop, action.range)))
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
      return Effect.forEach(Array.from({ length: action.sessions }), () => fork(warmUp(loop), scope), {
        discard: true
      })
    case "StartTicking":
      return Effect.asVoid(
        fork(Effect.forever(Effect.zipRight(Effect.sleep(TICK), events.offer({ _tag: "Tick" }))), scope)
      )
    case "WriteFirstJournal":
      return Effect.map(fork(record(loop), scope), (fiber) => {
        loop.journalled = Fiber.join(fiber)
      })
    case "WriteJournal":
      return Effect.asVoid(
        fork(
          Effect.onExit(record(loop), (exit) => events.offer({ _tag: "Recorded", exit })),
          scope
        )
      )
    case "Confirm":
      return Effect.map(
        fork(Verification.confirmUnchanged(loop.subject, loop.state.identity, job.schedules), scope),
        (fiber) => {
          loop.confirming = fiber
        }
      )
  }
}

/** The scope ends it, also that of a caller who can't be interrupted. */
const fork = <A, E, R>(work: Effect.Effect<A, E, R>, scope: Scope.Scope) =>
  Effect.forkIn(Effect.interruptible(work), scope)

const record = (loop: Loop.Loop) => Effect.suspend(() => loop.job.record(loop.state.identity, "Several"))

/** A session logs in, and asks for the size meanwhile. */
const warmUp = (loop: Loop.Loop) => {
  const ask = Effect.scoped(Effect.flatMap(loop.pool.borrow(), (session) => session.size(loop.job.path)))
  const reported = Effect.map(ask, (size) => {
    if (Option.isNone(loop.job.identity) && Option.isNone(loop.state.identity.size)) {
      Loop.report(loop, { ...Identity.UNKNOWN, size: Option.some(size) })
    }
  })
  return Effect.ensuring(
    Effect.ignore(reported),
    Effect.sync(() => loop.events.unsafeOffer({ _tag: "Warmed" }))
  )
}

const contextOf = (loop: Loop.Loop): Effect.Effect<Worker.WorkerContext> =>
  Effect.map(Effect.makeSemaphore(1), (turn) => {
    const { events, job, now, subject, workers } = loop
    const { partialFile, ranges } = job
    const openWriter = Opening.openPartialFile(loop).pipe(turn.withPermits(1))
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
        loop.open += 1
        loop.mostOpen = Math.max(loop.mostOpen, loop.open)
        Loop.report(loop, found)
      },
      closed: () => {
        loop.open -= 1
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
      return Reread.isOffsetRefused(error) ? "OffsetRefused" : "Lost"
  }
}
