/** A target that another swap moves away while a run looks at it, or works beside it. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Marker from "#core/mirror/swapMarker"
import { inTime } from "../support/inTime.ts"
import { onDisk, SITE, served, up } from "./stage.ts"
import { beside, type Hooks, ID, isSecond, markerOf, NAMES, OLD, SWAP, told, withHooks } from "./swapping.ts"

const HOUR = 3_600_000

/** What the other run has staged. */
const THEIRS = { "index.html": "theirs" }

const below = (name: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${name}/${path}`, content]))

/** Another run that is about to rename, from that source. */
const ready = (source: string, beat = HOUR) => ({
  ...OLD,
  [NAMES.marker]: markerOf({ source, beat }),
  ...below(NAMES.next, { ...THEIRS, [Marker.tokenOf(ID)]: "" })
})

/** The other run does its first rename, and is killed. */
const moveAway = Effect.gen(function* () {
  const { store } = yield* FtpTestServer.FtpTestServer
  yield* Effect.orDie(store.rename("/www", `/${NAMES.previous}`))
})

/** Does it once, at the nth question for a path. */
const atQuestion = (hooks: Hooks, path: string, nth: number, then: Effect.Effect<void>) => {
  let asked = 0
  hooks.asked = (about) => (about === path && ++asked === nth ? then : Effect.void)
}

const isPrevious = (path: string) => path.startsWith("/www.ftp-effect-previous-")

/** The next run ends both swaps: its tree is live, and nothing is left beside it. */
const endsBoth = Effect.gen(function* () {
  yield* TestClock.adjust("1 hour")
  const { isComplete, leftTrees } = yield* up(SWAP)
  expect({ isComplete, leftTrees }).toEqual({ isComplete: true, leftTrees: [] })
  expect(yield* served("/www/")).toEqual(SITE)
  yield* TestClock.adjust("1 hour")
  yield* up(SWAP)
  expect(yield* beside).toEqual(["/www"])
})

describe("a target that a killed run has moved away between its renames", () => {
  for (const [where, source] of [
    ["another source", "/other"],
    ["the same source", "/site"]
  ] as const) {
    it.effect(`is not taken for one that was never there: the swap of ${where} is ended by the next run`, () =>
      withHooks(ready(source), (hooks) =>
        Effect.gen(function* () {
          yield* onDisk(SITE)
          const context = yield* Effect.context<FtpTestServer.FtpTestServer>()
          // That swap had not begun when it was looked at.
          atQuestion(hooks, `/${NAMES.next}/${Marker.tokenOf(ID)}`, 1, Effect.provide(moveAway, context))
          const { published } = yield* up(SWAP)
          expect(published).toMatchObject({ _tag: "NotSwapped", because: "TargetChanged", live: "None" })
          expect(yield* served(`/${NAMES.previous}/`)).toEqual({ "index.html": "old", "old.txt": "old" })
          expect(yield* served(`/${NAMES.next}/`)).toMatchObject(THEIRS)
          yield* endsBoth
        })
      )
    )
  }

  it.effect("is not taken for one that was never there, if it was moved away while the new tree was sent", () =>
    withHooks({ ...ready("/other"), "www/": "" }, () =>
      Effect.gen(function* () {
        const { store } = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        const { published } = yield* up({
          ...SWAP,
          onEvent: (event) => {
            if (event._tag === "Swap" && event.state === "Staged") {
              Effect.runSync(store.rename("/www", `/${NAMES.previous}`))
            }
          }
        })
        expect(published).toMatchObject({ _tag: "NotSwapped", because: "TargetChanged", live: "None" })
        yield* endsBoth
      })
    )
  )

  for (const [why, marker, stage] of [
    ["its stage has no token", markerOf({ source: "/other" }), THEIRS],
    ["its stage was not all there", markerOf({ source: "/other", phase: "Staging" }), { [Marker.tokenOf(ID)]: "" }]
  ] as const) {
    it.effect(`is none by what no run can end, as ${why}: a new tree is published beside that`, () =>
      withHooks(
        { [NAMES.marker]: marker, ...below(NAMES.next, stage), ...below(NAMES.previous, { "old.txt": "old" }) },
        () =>
          Effect.gen(function* () {
            yield* onDisk(SITE)
            const states: Array<string> = []
            expect((yield* up(told(states))).published).toMatchObject({ _tag: "Swapped" })
            expect(states).toEqual(["Foreign", "Foreign", "Staging", "Staged", "Swapped"])
            expect(yield* served("/www/")).toEqual(SITE)
            expect(yield* served(`/${NAMES.previous}/`)).toEqual({ "old.txt": "old" })
          })
      )
    )
  }

  it.effect("has the stage of that swap left alone by a run that would continue it", () =>
    withHooks(ready("/site"), (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const context = yield* Effect.context<FtpTestServer.FtpTestServer>()
        let isMoved = false
        hooks.listed = (path, found) => {
          // It is about to be claimed.
          if (path !== `/${NAMES.next}` || isMoved) {
            return Effect.succeed(found)
          }
          isMoved = true
          return Effect.as(Effect.provide(moveAway, context), found)
        }
        expect((yield* up(SWAP)).published).toMatchObject({ _tag: "NotSwapped", live: "None" })
        expect(yield* served(`/${NAMES.next}/`)).toMatchObject(THEIRS)
        yield* endsBoth
      })
    )
  )

  it.effect("has the stage of that swap left alone by a run that tidies up after its own", () => {
    const newer = Marker.namesOf("www", "20300101000000-89abcdef")
    return withHooks(
      {
        // The clock of that run is hours behind.
        ...ready("/site", 1),
        [newer.marker]: markerOf({ id: "20300101000000-89abcdef", phase: "Staging" }),
        [`${newer.next}/${Marker.tokenOf("20300101000000-89abcdef")}`]: ""
      },
      () =>
        Effect.gen(function* () {
          const { store } = yield* FtpTestServer.FtpTestServer
          yield* onDisk(SITE)
          let isSwapped = false
          const { isComplete } = yield* up({
            ...SWAP,
            onEvent: (event) => {
              if (event._tag === "Swap" && event.state === "Swapped") {
                isSwapped = true
              } else if (event._tag === "Swap" && event.state === "Watching" && isSwapped) {
                Effect.runSync(store.rename("/www", `/${NAMES.previous}`))
              }
            }
          })
          expect({ isComplete, isSwapped }).toEqual({ isComplete: true, isSwapped: true })
          expect(yield* served(`/${NAMES.next}/`)).toMatchObject(THEIRS)
          yield* endsBoth
        })
    )
  })
})

describe("a run that is alive beside one that ends what was cut off", () => {
  it.effect("may do its second rename itself meanwhile: neither fails", () =>
    withHooks(
      {
        [NAMES.marker]: markerOf({ source: "/other", beat: HOUR }),
        ...below(NAMES.next, { ...THEIRS, [Marker.tokenOf(ID)]: "" }),
        ...below(NAMES.previous, { "old.txt": "old" })
      },
      (hooks) =>
        Effect.gen(function* () {
          yield* onDisk(SITE)
          const { store } = yield* FtpTestServer.FtpTestServer
          let isDone = false
          hooks.before = (from, to) => {
            if (from !== `/${NAMES.next}` || to !== "/www" || isDone) {
              return Effect.void
            }
            isDone = true
            return Effect.asVoid(Effect.orDie(store.rename(from, to)))
          }
          expect((yield* up(SWAP)).isComplete).toBe(true)
          yield* endsBoth
        })
    )
  )

  for (const [when, at] of [
    ["between its renames", "Before"],
    ["before it has looked at its old tree", "After"]
  ] as const) {
    it.effect(`has its old tree left to it, ${when}: what that has got in the last moment is kept`, () =>
      withHooks(OLD, (hooks) =>
        Effect.gen(function* () {
          yield* onDisk(SITE)
          const { write } = yield* FtpTestServer.FtpTestServer
          const held = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          let isHeld = false
          const hold = (from: string, to: string) => {
            if (!isSecond(from, to) || isHeld) {
              return Effect.void
            }
            isHeld = true
            return Effect.zipRight(Deferred.succeed(held, undefined), Deferred.await(go))
          }
          hooks[at === "Before" ? "before" : "after"] = hold
          const first = yield* Effect.fork(
            Effect.gen(function* () {
              return yield* FtpMirror.mirror(yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www"), SWAP)
            })
          )
          yield* Deferred.await(held)
          const previous = (yield* beside).find(isPrevious)
          yield* write(`${previous}/upload.txt`, "an upload of the last moment")
          const states: Array<string> = []
          // It can't be interrupted before.
          const second = yield* Effect.ensuring(up(told(states)), Deferred.succeed(go, undefined))
          expect(second.published).toEqual({ _tag: "Unchanged" })
          expect(states).toContain("Watching")
          const { isComplete, published } = yield* inTime(Fiber.join(first))
          expect({ isComplete, published }).toMatchObject({
            isComplete: true,
            published: { _tag: "Swapped", previous: "Left", paths: ["upload.txt"] }
          })
          expect(yield* served(`${previous}/`)).toMatchObject({ "upload.txt": "an upload of the last moment" })
          expect(yield* served("/www/")).toEqual(SITE)
          expect((yield* beside).toSorted()).toEqual(["/www", previous])
        })
      )
    )
  }

  it.effect("has its old tree kept, if it has said so right before it was killed", () =>
    withHooks(
      {
        [NAMES.marker]: markerOf({ source: "/other", beat: HOUR }),
        ...below("www", { ...THEIRS, [Marker.tokenOf(ID)]: "" }),
        ...below(NAMES.previous, { "upload.txt": "an upload of the last moment" })
      },
      (hooks) =>
        Effect.gen(function* () {
          yield* onDisk(SITE)
          const { write } = yield* FtpTestServer.FtpTestServer
          // The next run has read the marker by then.
          atQuestion(
            hooks,
            `/www/${Marker.tokenOf(ID)}`,
            1,
            Effect.orDie(write(NAMES.marker, markerOf({ source: "/other", beat: HOUR + 1, previous: "Keep" })))
          )
          const watched: Array<string> = []
          const onEvent = (event: FtpMirror.MirrorEvent) => {
            if (event._tag === "Swap" && event.state === "Watching") {
              watched.push(event.path)
            }
          }
          expect((yield* up({ ...SWAP, onEvent })).isComplete).toBe(true)
          expect(watched).toEqual([NAMES.previous])
          expect(yield* served(`/${NAMES.previous}/`)).toEqual({ "upload.txt": "an upload of the last moment" })
          expect((yield* beside).toSorted()).toEqual(["/www", `/${NAMES.previous}`])
        })
    )
  )

  it.effect("reports an old tree as removed that another run has removed meanwhile", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const { store } = yield* FtpTestServer.FtpTestServer
        let isRemoved = false
        hooks.listed = (path, found) => {
          // The second listing: that of the removal.
          if (!isPrevious(path) || !found.some(({ name }) => name === "old.txt")) {
            return Effect.succeed(found)
          }
          if (!isRemoved) {
            isRemoved = true
            return Effect.succeed(found)
          }
          return Effect.forEach(["index.html", "old.txt"], (name) => store.removeFile(`${path}/${name}`)).pipe(
            Effect.zipRight(store.removeDirectory(path)),
            Effect.orDie,
            Effect.as(found)
          )
        }
        expect((yield* up(SWAP)).published).toMatchObject({ _tag: "Swapped", previous: "Removed" })
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )
})

describe("a run whose tree is live, and that has not seen it yet", () => {
  for (const [what, old, swap] of [
    ["publishes for the first time", {}, "RemovePrevious"],
    ["keeps the old tree", OLD, "KeepPrevious"]
  ] as const) {
    it.effect(`has swapped, also if another run tidies up after it in that moment: one that ${what}`, () =>
      withHooks(old, (hooks) =>
        Effect.gen(function* () {
          yield* onDisk(SITE)
          const renamed = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          let isHeld = false
          hooks.after = (from, to) => {
            if (!isSecond(from, to) || isHeld) {
              return Effect.void
            }
            isHeld = true
            return Effect.zipRight(Deferred.succeed(renamed, undefined), Deferred.await(go))
          }
          const first = yield* Effect.fork(up({ ...SWAP, swap }))
          yield* Deferred.await(renamed)
          const states: Array<string> = []
          const second = yield* Effect.ensuring(up(told(states)), Deferred.succeed(go, undefined))
          expect([states, second.published]).toEqual([["Tidied"], { _tag: "Unchanged" }])
          const { isComplete, published } = yield* Fiber.join(first)
          expect({ isComplete, published }).toMatchObject({ isComplete: true, published: { _tag: "Swapped" } })
          expect(yield* served("/www/")).toEqual(SITE)
        })
      )
    )
  }
})
