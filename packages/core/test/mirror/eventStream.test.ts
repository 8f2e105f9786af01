import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { Step } from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { inTime } from "../support/inTime.ts"
import { onDisk, SITE, served, stage } from "./stage.ts"

type OnEvent = (event: FtpMirror.MirrorEvent) => void

const step = (path: string): Step => ({
  _tag: "Copy",
  path,
  reason: { _tag: "Missing" },
  precondition: { _tag: "Absent" },
  bytes: 10
})

const progress = (of: Step, bytes: number): FtpMirror.MirrorEvent => ({ _tag: "Progress", step: of, bytes })

/** What a reader gets that reads nothing until the run has ended, and then all. */
const readLate = <E>(run: (onEvent: OnEvent) => Effect.Effect<unknown, E>, options?: FtpMirror.EventsOptions) =>
  Effect.gen(function* () {
    const ran = yield* Deferred.make<void>()
    const first: FtpMirror.MirrorEvent = { _tag: "Scanned", side: "Source", directories: 1, entries: 1 }
    const events = FtpMirror.events((onEvent) => {
      onEvent(first)
      // What the reader has been given waits no more.
      return Effect.yieldNow().pipe(Effect.andThen(Effect.ensuring(run(onEvent), Deferred.succeed(ran, undefined))))
    }, options)
    const read: Array<FtpMirror.MirrorEvent | FtpMirror.MissedEvents> = []
    const exit = yield* Effect.exit(
      Stream.runForEachChunk(events, (chunk) =>
        Effect.zipRight(
          Deferred.await(ran),
          Effect.sync(() => read.push(...chunk))
        )
      )
    )
    expect(read.shift()).toBe(first)
    return { exit, read }
  })

const emitting =
  (...all: ReadonlyArray<FtpMirror.MirrorEvent>) =>
  (onEvent: OnEvent) =>
    Effect.sync(() => all.forEach(onEvent))

describe("the events of a mirror as a stream", () => {
  it.effect("are those that the callback gets, and end with the summary", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
      const called: Array<FtpMirror.MirrorEvent> = []
      const events = FtpMirror.events((onEvent) =>
        FtpMirror.mirror(...trees, {
          onEvent: (event) => {
            called.push(event)
            onEvent(event)
          }
        })
      )
      const read = [...(yield* inTime(Stream.runCollect(events)))]
      expect(read.filter(isLasting)).toEqual(called.filter(isLasting))
      expect(read.at(-1)).toMatchObject({ _tag: "Summary", result: { isComplete: true } })
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("fail as the run does, after its events", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* fault({ _tag: "Refuse", verb: "STOR", reply: "553 no", times: 1 })
      const read: Array<string> = []
      const events = FtpMirror.events((onEvent) => FtpMirror.uploadTree("/site", "www", { onEvent }))
      const error = yield* inTime(
        Effect.flip(Stream.runForEach(events, ({ _tag }) => Effect.sync(() => read.push(_tag))))
      )
      expect(error).toMatchObject({ _tag: "FtpMirrorIncomplete", result: { failures: [{}] } })
      expect(read.filter((tag) => tag === "Failed").length).toBe(1)
      expect(read.at(-1)).toBe("Summary")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("interrupt the mirror when they are left, and wait until it has ended", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const { connections, fault, tree } = yield* FtpTestServer.FtpTestServer
      yield* fault({ _tag: "Delay", verb: "STOR", duration: "1 hour" })
      const events = FtpMirror.events((onEvent) => FtpMirror.uploadTree("/site", "www", { onEvent }))
      const read = yield* inTime(Stream.runCollect(Stream.takeUntil(events, ({ _tag }) => _tag === "Started")))
      expect([...read].at(-1)?._tag).toBe("Started")
      expect((yield* connections).transfers).toBe(0)
      expect((yield* tree).filter(({ path, type }) => type === "File" && path.startsWith("/www"))).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("interrupt the mirror when their reader is interrupted", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<Exit.Exit<never>>()
      const events = FtpMirror.events(() =>
        Effect.onExit(Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never), (exit) =>
          Deferred.succeed(ended, exit)
        )
      )
      const reader = yield* Effect.fork(Stream.runDrain(events))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(reader)
      expect(Option.map(yield* Deferred.poll(ended), () => true)).toEqual(Option.some(true))
      expect(Exit.isInterrupted(yield* Deferred.await(ended))).toBe(true)
    })
  )
})

const isLasting = ({ _tag }: { readonly _tag: string }) => _tag !== "Progress" && _tag !== "Scanned"

describe("a reader who is slower than the mirror", () => {
  const [a, b] = [step("a"), step("b")] as const
  const started = (of: Step): FtpMirror.MirrorEvent => ({ _tag: "Started", step: of })
  const done = (of: Step): FtpMirror.MirrorEvent => ({ _tag: "Done", step: of, result: undefined })
  const failed = (of: Step): FtpMirror.MirrorEvent => ({ _tag: "LeftOut", step: of, because: "Failures" })

  it.effect("gets the latest progress of each step, in the place of the first that it has not read", () =>
    Effect.gen(function* () {
      const scanned: FtpMirror.MirrorEvent = { _tag: "Scanned", side: "Target", directories: 2, entries: 4 }
      const { read } = yield* readLate(
        emitting(
          { ...scanned, directories: 1 },
          started(a),
          progress(a, 1),
          started(b),
          progress(b, 1),
          scanned,
          progress(a, 2),
          progress(b, 2),
          done(a)
        )
      )
      expect(read).toEqual([scanned, started(a), progress(a, 2), started(b), progress(b, 2), done(a)])
    })
  )

  it.effect("gets no progress of a step before what came before it", () =>
    Effect.gen(function* () {
      const { read } = yield* readLate(emitting(progress(a, 9), failed(a), started(a), progress(a, 1), progress(a, 2)))
      expect(read).toEqual([progress(a, 9), failed(a), started(a), progress(a, 2)])
    })
  )

  it.effect("is told how many events were dropped, and gets the last ones", () =>
    Effect.gen(function* () {
      const { exit, read } = yield* readLate(emitting(started(a), progress(a, 1), done(a), started(b), done(b)), {
        capacity: 2
      })
      expect(read).toEqual([{ _tag: "Missed", count: 3 }, started(b), done(b)])
      expect(Exit.isSuccess(exit)).toBe(true)
    })
  )

  it.effect("gets a new progress after an older one was dropped", () =>
    Effect.gen(function* () {
      const { read } = yield* readLate(emitting(progress(a, 1), started(b), done(b), progress(a, 2)), { capacity: 2 })
      expect(read).toEqual([{ _tag: "Missed", count: 2 }, done(b), progress(a, 2)])
    })
  )

  it.effect("keeps no more than the capacity, however much is dropped", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 100_000 }, (_, index) => done(step(`${index}`)))
      const { read } = yield* readLate(emitting(...many), { capacity: 10 })
      expect(read).toEqual([{ _tag: "Missed", count: 99_990 }, ...many.slice(-10)])
      const { read: rest } = yield* readLate(emitting(...many))
      expect(rest.length).toBe(16_384 + 1)
    })
  )

  it.effect("gets what waits before a failure", () =>
    Effect.gen(function* () {
      const { exit, read } = yield* readLate((onEvent) =>
        Effect.zipRight(emitting(done(a))(onEvent), Effect.fail("no"))
      )
      expect(read).toEqual([done(a)])
      expect(exit).toEqual(Exit.fail("no"))
    })
  )
})
