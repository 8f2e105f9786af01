/** Swaps that are not alone: two runs at once, one whose stage is taken, what is not theirs. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Marker from "#core/mirror/swapMarker"
import { inTime } from "../support/inTime.ts"
import { onDisk, SITE, served, stage, up } from "./stage.ts"
import { beside, ID, isSecond, markerOf, NAMES, OLD, SWAP, withHooks } from "./swapping.ts"

describe("two swaps of one target at once", () => {
  it.effect("each have a stage of their own, and leave one whole tree, and nothing else", () =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const site = yield* FtpMirror.local("/site")
        const www = yield* FtpMirror.remote("www")
        const results = yield* inTime(
          Effect.all([FtpMirror.mirror(site, www, SWAP), FtpMirror.mirror(site, www, SWAP)], { concurrency: 2 })
        )
        expect(results.some(({ published }) => published._tag === "Swapped")).toBe(true)
        // One that came too late leaves its stage, which a later run removes.
        yield* TestClock.adjust("1 hour")
        expect((yield* up(SWAP)).published._tag).toBe("Unchanged")
        expect(yield* served("/www/")).toEqual(SITE)
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )

  it.effect("are both done if the second one begins between the renames of the first", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const between = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        let isHeld = false
        hooks.before = (from, to) => {
          if (!isSecond(from, to) || isHeld) {
            return Effect.void
          }
          isHeld = true
          return Effect.zipRight(Deferred.succeed(between, undefined), Deferred.await(go))
        }
        const first = yield* Effect.fork(up(SWAP))
        yield* Deferred.await(between)
        // The site is away, so the second run finishes what the first has begun.
        const second = yield* up(SWAP)
        expect(second.published).toEqual({ _tag: "Unchanged" })
        expect(yield* served("/www/")).toEqual(SITE)
        yield* Deferred.succeed(go, undefined)
        yield* Fiber.join(first)
        expect(yield* served("/www/")).toEqual(SITE)
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )
})

describe("a swap whose stage another run has taken", () => {
  it.effect("does not swap, and says so; nothing of what was sent is lost", () =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        const first = yield* up({
          ...SWAP,
          onEvent: (event) => {
            if (event._tag === "Swap" && event.state === "Staged") {
              const { marker, next } = Marker.namesOf("www", event.path.slice("www.ftp-effect-next-".length))
              Effect.runSync(server.store.rename(`/${next}`, `/${NAMES.next}`))
              Effect.runSync(server.store.removeFile(`/${marker}`))
            }
          }
        })
        expect(first.published).toMatchObject({ because: "StageTaken", live: "Old", stage: undefined })
        expect(yield* served("/www/")).toEqual({ "index.html": "old", "old.txt": "old" })
        expect(yield* served(`/${NAMES.next}/`)).toMatchObject(SITE)
      })
    )
  )

  /** As a run that was killed leaves it. */
  const killed = (beat: number) => ({
    ...OLD,
    [NAMES.marker]: markerOf({ phase: "Staging", beat }),
    [`${NAMES.next}/${Marker.tokenOf(ID)}`]: "",
    [`${NAMES.next}/index.html`]: "<h1>"
  })
  const HOUR = 3_600_000
  /** The beat of a run whose clock is hours behind. */
  const SLOW = 1_000_000

  it.effect("is watched first, if that run was alive a moment ago", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const states: Array<string> = []
      const result = yield* up({
        ...SWAP,
        onEvent: (event) => (event._tag === "Swap" ? void states.push(event.state) : undefined)
      })
      expect(states).toEqual(["Watching", "Claimed", "Staged", "Swapped"])
      expect(result.isComplete).toBe(true)
      expect(yield* served("/www/")).toEqual(SITE)
      expect(yield* beside).toEqual(["/www"])
    }).pipe(Effect.provide(stage({ root: killed(HOUR) })))
  )

  it.effect("is not claimed if that run shows that it is alive", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      const states: Array<string> = []
      yield* up({
        ...SWAP,
        onEvent: (event) => {
          if (event._tag === "Swap") {
            states.push(event.state)
            if (event.state === "Watching") {
              Effect.runSync(server.write(`/${NAMES.marker}`, markerOf({ phase: "Staging", beat: HOUR + 1 })))
            }
          }
        }
      })
      expect(states).toEqual(["Watching", "Staging", "Staged", "Swapped"])
      expect(yield* served(`/${NAMES.next}/`)).toMatchObject({ "index.html": "<h1>" })
    }).pipe(Effect.provide(stage({ root: killed(HOUR) })))
  )

  it.effect("is watched, and not claimed, if that run shows that it is alive after the markers were read", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      const states: Array<string> = []
      const beat = (at: number) =>
        Effect.runSync(server.write(`/${NAMES.marker}`, markerOf({ phase: "Staging", beat: at })))
      yield* up({
        ...SWAP,
        onEvent: (event) => {
          if (event._tag === "Planned") {
            beat(HOUR)
          }
          if (event._tag === "Swap") {
            states.push(event.state)
            if (event.state === "Watching") {
              beat(HOUR + 1)
            }
          }
        }
      })
      expect(states).toEqual(["Watching", "Staging", "Staged", "Swapped"])
      expect(yield* served(`/${NAMES.next}/`)).toMatchObject({ "index.html": "<h1>" })
    }).pipe(Effect.provide(stage({ root: killed(0) })))
  )

  it.effect("is not removed if that run shows that it is alive while both trees are compared", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* up(SWAP)
      yield* server.store.makeDirectory(`/${NAMES.next}`)
      for (const [path, content] of Object.entries(killed(0))) {
        yield* path.startsWith("www/") ? Effect.void : server.write(`/${path}`, content)
      }
      yield* TestClock.adjust("1 hour")
      const now = yield* Clock.currentTimeMillis
      const result = yield* up({
        ...SWAP,
        onEvent: (event) => {
          if (event._tag === "Planned") {
            Effect.runSync(server.write(`/${NAMES.marker}`, markerOf({ phase: "Staging", beat: now })))
          }
        }
      })
      expect(result.published._tag).toBe("Unchanged")
      expect(yield* served(`/${NAMES.next}/`)).toMatchObject({ "index.html": "<h1>" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is watched, however old its marker is, as the clock of that run may be hours behind", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* TestClock.adjust("5 hours")
      const states: Array<string> = []
      let beat = SLOW
      yield* up({
        ...SWAP,
        onEvent: (event) => {
          if (event._tag === "Swap") {
            states.push(event.state)
            if (event.state === "Watching") {
              beat += 10_000
              Effect.runSync(server.write(`/${NAMES.marker}`, markerOf({ phase: "Staging", beat })))
            }
          }
        }
      })
      // Watched once more at the end, when stages that are out of date are removed.
      expect(states).toEqual(["Watching", "Staging", "Staged", "Swapped", "Watching"])
      expect(yield* served(`/${NAMES.next}/`)).toMatchObject({ "index.html": "<h1>" })
      expect(yield* server.tree).toContainEqual(expect.objectContaining({ path: `/${NAMES.marker}` }))
    }).pipe(Effect.provide(stage({ root: killed(SLOW) })))
  )

  for (const [what, beats, isLeft] of [
    ["is removed as out of date after half a minute", false, false],
    ["is not removed as out of date if its run shows within half a minute that it is alive", true, true]
  ] as const) {
    it.effect(`${what}, whatever the clock of that run says`, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        yield* up(SWAP)
        yield* server.store.makeDirectory(`/${NAMES.next}`)
        for (const [path, content] of Object.entries(killed(SLOW))) {
          yield* path.startsWith("www/") ? Effect.void : server.write(`/${path}`, content)
        }
        yield* TestClock.adjust("5 hours")
        const states: Array<string> = []
        const result = yield* up({
          ...SWAP,
          onEvent: (event) => {
            if (event._tag === "Swap") {
              states.push(event.state)
              if (beats) {
                Effect.runSync(server.write(`/${NAMES.marker}`, markerOf({ phase: "Staging", beat: SLOW + 10_000 })))
              }
            }
          }
        })
        expect(result.published._tag).toBe("Unchanged")
        expect(states).toEqual(["Watching"])
        const left = (yield* beside).filter((path) => path !== "/www")
        expect(left).toEqual(isLeft ? [`/${NAMES.next}`, `/${NAMES.marker}`] : [])
      }).pipe(Effect.provide(stage()))
    )
  }

  it.effect("is claimed by one of two runs only", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* TestClock.adjust("1 hour")
      const site = yield* FtpMirror.local("/site")
      const www = yield* FtpMirror.remote("www")
      const claims: Array<string> = []
      const run = FtpMirror.mirror(site, www, {
        ...SWAP,
        onEvent: (event) =>
          event._tag === "Swap" && event.state === "Claimed" ? void claims.push(event.path) : undefined
      })
      yield* inTime(Effect.all([run, run], { concurrency: 2 }))
      expect(claims.length).toBe(1)
      yield* up(SWAP)
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(
      Effect.provide(
        stage({
          root: killed(0)
        })
      )
    )
  )
})

describe("the marker of a run", () => {
  it.effect("is written anew until the renames, so that no other run takes its stage meanwhile", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        let silence = Number.POSITIVE_INFINITY
        hooks.before = (from) =>
          from !== "/www"
            ? Effect.void
            : Effect.gen(function* () {
                const [{ path } = { path: "" }] = (yield* server.tree).filter(({ path }) => path.endsWith(".json"))
                const { beat, phase } = JSON.parse(Buffer.from(yield* server.read(path)).toString())
                expect(phase).toBe("Ready")
                silence = (yield* Clock.currentTimeMillis) - beat
              })
        yield* up({
          ...SWAP,
          onEvent: (event) => {
            if (event._tag === "Swap" && event.state === "Staged") {
              // The target takes long to be listed once more.
              Effect.runSync(server.fault({ _tag: "Delay", verb: "MLSD", duration: "45 seconds" }))
            }
          }
        })
        expect(silence).toBeLessThan(20_000)
      })
    )
  )
})

describe("what is not of a swap of ours", () => {
  const FOREIGN: ReadonlyArray<readonly [name: string, root: Record<string, string>, told: ReadonlyArray<string>]> = [
    ["a marker that can't be read", { ...OLD, [NAMES.marker]: "{}", [`${NAMES.next}/a`]: "a" }, [NAMES.marker]],
    ["a marker of another target", { ...OLD, [NAMES.marker]: markerOf({ target: "w" }) }, [NAMES.marker]],
    ["a stage without its token", { ...OLD, [NAMES.marker]: markerOf(), [`${NAMES.next}/a`]: "a" }, []],
    [
      "an old tree beside a live one without the token",
      { ...OLD, [NAMES.marker]: markerOf(), [`${NAMES.previous}/a`]: "a" },
      [NAMES.previous]
    ],
    ["an old tree without a marker", { ...OLD, [`${NAMES.previous}/a`]: "a" }, []],
    [
      "both trees beside one that was made since",
      { ...OLD, [NAMES.marker]: markerOf(), [`${NAMES.next}/${Marker.tokenOf(ID)}`]: "", [`${NAMES.previous}/a`]: "a" },
      [NAMES.next, NAMES.previous]
    ]
  ]
  it.effect.each(FOREIGN)("is left as it is: %s", ([, root, told]) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const before = (yield* server.tree).map(({ path }) => path).filter((path) => path.startsWith("/www.ftp-effect"))
      yield* onDisk(SITE)
      const foreign: Array<string> = []
      const result = yield* up({
        ...SWAP,
        onEvent: (event) =>
          event._tag === "Swap" && event.state === "Foreign" ? void foreign.push(event.path) : undefined
      })
      expect(result.published._tag).toBe("Swapped")
      expect(foreign).toEqual(told)
      const after = (yield* server.tree).map(({ path }) => path).filter((path) => path.startsWith("/www.ftp-effect"))
      expect(after).toEqual(before)
    }).pipe(Effect.provide(stage({ root })))
  )

  it.effect("is not believed to be a live tree of ours, although a visitor has put a token into it", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up(SWAP)
      expect(yield* served(`/${NAMES.previous}/`)).toEqual({ a: "a" })
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(
      Effect.provide(stage({ root: { ...OLD, [`www/${Marker.tokenOf(ID)}`]: "", [`${NAMES.previous}/a`]: "a" } }))
    )
  )
})
