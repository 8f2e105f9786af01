/** A swap that is cut off or refused at each of its steps: what is live then, and what the next run makes of it. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { inTime } from "../support/inTime.ts"
import { onDisk, SITE, served, up } from "./stage.ts"
import {
  beside,
  type Hooks,
  interruptedAt,
  isBack,
  isFirst,
  isSecond,
  OLD,
  recovers,
  refuse,
  SWAP,
  told,
  withHooks,
  withLateRename
} from "./swapping.ts"

const LIVE_OLD = { "index.html": "old", "old.txt": "old" }

describe("a swap whose rename is refused", () => {
  it.effect("changes nothing if it is the first, and the next run has nothing to send", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        hooks.before = (from) => (isFirst(from) ? refuse(from) : Effect.void)
        const { isComplete, published } = yield* up(SWAP)
        expect([isComplete, published]).toMatchObject([
          false,
          { because: "RenameFailed", live: "Old", previous: undefined, error: { reason: "PermissionDenied" } }
        ])
        expect(yield* served("/www/")).toEqual(LIVE_OLD)
        hooks.before = () => Effect.void
        const next = yield* recovers(["Claimed", "Staged", "Swapped"])
        expect(next.reached.length).toBe(7)
        expect(next.done.map(({ _tag }) => _tag)).toEqual(["Remove"])
      })
    )
  )

  it.effect("takes the first one back if it is the second", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        hooks.before = (from, to) => (isSecond(from, to) ? refuse(to) : Effect.void)
        const { published } = yield* up(SWAP)
        expect(published).toMatchObject({ because: "RenameFailed", live: "Old", previous: undefined })
        expect(yield* served("/www/")).toEqual(LIVE_OLD)
        hooks.before = () => Effect.void
        yield* recovers(["Claimed", "Staged", "Swapped"])
      })
    )
  )

  it.effect("says where both trees are if the first one can't be taken back, and the next run finishes", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        hooks.before = (from, to) => (isSecond(from, to) || isBack(from, to) ? refuse(to) : Effect.void)
        const { published } = yield* up(SWAP)
        expect(published).toMatchObject({
          because: "RenameFailed",
          live: "None",
          stage: expect.stringMatching(/^www\.ftp-effect-next-/),
          previous: expect.stringMatching(/^www\.ftp-effect-previous-/)
        })
        hooks.before = () => Effect.void
        const states: Array<string> = []
        const [site, www] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
        yield* inTime(FtpMirror.plan(site, www, told(states)))
        expect(states).toEqual(["CutOff"])
        yield* recovers(["Finished"])
      })
    )
  )

  it.effect("has the old tree back by the next run, if the second is still refused then", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        hooks.before = (from, to) => (isSecond(from, to) || isBack(from, to) ? refuse(to) : Effect.void)
        yield* up(SWAP)
        hooks.before = (from, to) => (isSecond(from, to) ? refuse(to) : Effect.void)
        const states: Array<string> = []
        const { published } = yield* up(told(states))
        expect(states[0]).toBe("RolledBack")
        expect(published).toMatchObject({ because: "RenameFailed", live: "Old" })
        expect(yield* served("/www/")).toEqual(LIVE_OLD)
      })
    )
  )
})

describe("a swap whose connection is lost", () => {
  for (const [which, matches] of [
    ["first", isFirst],
    ["second", isSecond]
  ] as const) {
    it.effect(`after the ${which} rename, before its reply, is done`, () =>
      withHooks(OLD, (hooks) =>
        Effect.gen(function* () {
          const server = yield* FtpTestServer.FtpTestServer
          yield* onDisk(SITE)
          hooks.after = (from, to) =>
            matches(from, to)
              ? server.fault({ _tag: "CloseControl", at: "FinalReply", verb: "RNTO", how: "Reset" })
              : Effect.void
          const { published } = yield* up(SWAP)
          expect(published).toMatchObject({ _tag: "Swapped", previous: "Removed" })
          expect(yield* served("/www/")).toEqual(SITE)
          expect(yield* beside).toEqual(["/www"])
        })
      )
    )
  }

  it.effect("between the renames, with a server that is away for long, is finished by the next run", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        hooks.after = (from) =>
          isFirst(from)
            ? Effect.zipRight(
                server.fault({ _tag: "CloseControl", verb: ["CONNECT"], times: Number.POSITIVE_INFINITY }),
                server.fault({ _tag: "CloseControl", at: "FinalReply", verb: "RNTO", how: "Reset" })
              ).pipe(Effect.zipRight(server.resetConnections))
            : Effect.void
        const { published } = yield* up(SWAP)
        expect(published).toMatchObject({ because: "RenameFailed", live: "Unknown" })
        yield* server.clearFaults
        hooks.after = () => Effect.void
        // That run could not say that it has ended.
        const { plan } = yield* recovers(["Finished", "Watching"])
        expect(plan.steps).toEqual([])
      })
    )
  )
})

describe("a swap whose first rename is done by the server after its reply was lost", () => {
  it.effect("is done if that is within half a minute", () =>
    withLateRename(
      OLD,
      { from: "/www", isReset: true, after: "20 seconds" },
      Effect.gen(function* () {
        yield* onDisk(SITE)
        expect((yield* up(SWAP)).published).toMatchObject({ _tag: "Swapped", previous: "Removed" })
        expect(yield* served("/www/")).toEqual(SITE)
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )

  it.effect.each([
    ["as the connection broke", true],
    ["as it took too long", false]
  ] as const)("is reported as unknown, with both places, if that is later: %s", ([, isReset]) =>
    withLateRename(
      OLD,
      { from: "/www", isReset, after: "5 minutes" },
      Effect.gen(function* () {
        yield* onDisk(SITE)
        expect((yield* up(SWAP)).published).toMatchObject({
          because: "RenameFailed",
          live: "Unknown",
          stage: expect.stringMatching(/^www\.ftp-effect-next-/),
          previous: expect.stringMatching(/^www\.ftp-effect-previous-/)
        })
        expect(yield* served("/www/")).toEqual(LIVE_OLD)
        yield* TestClock.adjust("10 minutes")
        yield* recovers(["Finished"])
      })
    )
  )
})

describe("a swap that is interrupted", () => {
  /** Interrupts a run between its renames. Then the second one, and the first one taken back, end as `renames` say. */
  const interruptedBetween = (
    hooks: Hooks,
    renames: ReturnType<Hooks["before"]>,
    options: FtpMirror.MirrorOptions = SWAP
  ) =>
    Effect.gen(function* () {
      const between = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      hooks.before = (from, to) =>
        isSecond(from, to)
          ? Deferred.succeed(between, undefined).pipe(Effect.zipRight(Deferred.await(go)), Effect.zipRight(renames))
          : isBack(from, to)
            ? renames
            : Effect.void
      const fiber = yield* Effect.fork(up(options))
      yield* Deferred.await(between)
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(interrupting)
    })

  it.effect.each([
    ["while it is sent is continued by the next run", "Staging"],
    ["when all is sent leaves the old tree, or the new one", "Staged"]
  ] as const)("%s", ([, state]) =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        yield* interruptedAt(state)
        expect(yield* served("/www/")).toEqual(LIVE_OLD)
        yield* recovers(["Claimed", "Staged", "Swapped"])
      })
    )
  )

  it.effect("between the renames does the second all the same", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        yield* interruptedBetween(hooks, Effect.void)
        expect(yield* served("/www/")).toMatchObject(SITE)
        hooks.before = () => Effect.void
        yield* up(SWAP)
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )

  it.effect("between the renames, when neither works any more, tells where both trees are", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const ended: Array<FtpMirror.NotSwapped> = []
        const onEvent = (event: FtpMirror.MirrorEvent) =>
          event._tag === "NotSwapped" ? void ended.push(event) : undefined
        yield* interruptedBetween(hooks, refuse("www"), { ...SWAP, onEvent })
        // The run is a fiber of its own under the clock of the test, and ends by itself.
        yield* Effect.iterate(0, {
          while: (turn) => turn < 200 && ended.length === 0,
          body: (turn) => Effect.as(Effect.yieldNow(), turn + 1)
        })
        expect(ended).toMatchObject([
          {
            live: "None",
            stage: expect.stringMatching(/-next-/),
            previous: expect.stringMatching(/-previous-/)
          }
        ])
        hooks.before = () => Effect.void
        yield* recovers(["Finished"])
      })
    )
  )

  it.effect("while the old tree is removed is tidied up by the next run", () =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        yield* interruptedAt("Swapped")
        expect(yield* served("/www/")).toMatchObject(SITE)
        yield* recovers(["Tidied"])
      })
    )
  )
})
