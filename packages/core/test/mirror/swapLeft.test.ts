/** What is left of runs that were killed, beside their stages; and whose clock it is that says so. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Marker from "#core/mirror/swapMarker"
import { onDisk, SITE, served, stage, up } from "./stage.ts"
import { beside, ID, markerOf, NAMES, OLD, SWAP, withHooks } from "./swapping.ts"

describe("what a run has left that was killed before its stage had a token", () => {
  const HOUR = 3_600_000
  const left = Effect.map(
    Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) => tree),
    (nodes) => nodes.map(({ path }) => path).filter((path) => path.startsWith("/www.ftp-effect"))
  )
  for (const name of ["probe", "next"] as const) {
    it.effect(`is removed once that is known: an empty ${name}, and the marker`, () =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        expect((yield* left).length).toBe(2)
        expect((yield* up(SWAP)).published._tag).toBe("Swapped")
        expect(yield* left).toEqual([])
      }).pipe(
        Effect.provide(
          stage({ root: { ...OLD, [NAMES.marker]: markerOf({ phase: "Staging", beat: 0 }), [`${NAMES[name]}/`]: {} } })
        )
      )
    )

    it.effect(`stays while that run may be alive: an empty ${name}`, () =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const before = yield* left
        expect((yield* up(SWAP)).published._tag).toBe("Swapped")
        expect(yield* left).toEqual(before)
      }).pipe(
        Effect.provide(
          stage({
            root: { ...OLD, [NAMES.marker]: markerOf({ phase: "Staging", beat: HOUR }), [`${NAMES[name]}/`]: {} }
          })
        )
      )
    )
  }
})

describe("what a run has left whose clock is hours behind", () => {
  const SLOW = 1_000_000
  const left = Effect.map(beside, (paths) => paths.filter((path) => path.includes("www.ftp-effect")))
  /** Swaps, hours later; what happens while the other run is watched. */
  const swaps = (watching: Effect.Effect<void, unknown>) =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* TestClock.adjust("5 hours")
      const states: Array<string> = []
      yield* up({
        ...SWAP,
        onEvent: (event) => {
          if (event._tag === "Swap") {
            states.push(event.state)
            if (event.state === "Watching") {
              Effect.runSync(Effect.orDie(watching))
            }
          }
        }
      })
      expect(states).toEqual(["Staging", "Staged", "Swapped", "Watching"])
      expect(yield* served("/www/")).toEqual(SITE)
    })
  const empty = {
    ...OLD,
    [NAMES.marker]: markerOf({ phase: "Staging", beat: SLOW }),
    [`${NAMES.next}/`]: {}
  }

  it.effect("is removed if it does nothing for half a minute: an empty stage, and the marker", () =>
    Effect.gen(function* () {
      yield* swaps(Effect.void)
      expect(yield* left).toEqual([])
    }).pipe(Effect.provide(stage({ root: empty })))
  )

  it.effect("stays if it is alive: an empty stage, which is to get its token", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* swaps(server.write(`/${NAMES.marker}`, markerOf({ phase: "Staging", beat: SLOW + 10_000 })))
      expect((yield* left).sort()).toEqual([`/${NAMES.next}`, `/${NAMES.marker}`])
    }).pipe(Effect.provide(stage({ root: empty })))
  )

  const temporary = `.${NAMES.marker}.0a1b2c3d.ftp-effect`

  it.effect("is removed if it does nothing for half a minute: the temporary name of a marker", () =>
    Effect.gen(function* () {
      yield* swaps(Effect.void)
      expect(yield* left).toEqual([])
    }).pipe(Effect.provide(stage({ root: { ...OLD, [temporary]: markerOf() } })))
  )

  it.effect("stays if its run is alive: the temporary name of a marker", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* swaps(server.write(`/${NAMES.marker}`, markerOf({ phase: "Staging", beat: SLOW + 10_000 })))
      expect(yield* left).toContain(`/${temporary}`)
    }).pipe(
      Effect.provide(
        stage({
          root: {
            ...OLD,
            [temporary]: markerOf(),
            [NAMES.marker]: markerOf({ phase: "Staging", beat: SLOW, source: "/other" }),
            [`${NAMES.next}/${Marker.tokenOf(ID)}`]: ""
          }
        })
      )
    )
  )
})

describe("a temporary name beside the target", () => {
  const BACKUP = `.${NAMES.marker}.old.0a1b2c3d.ftp-effect`
  const GONE = `.${NAMES.marker}.0a1b2c3d.ftp-effect`
  for (const [what, name] of [
    ["that is all there is of a marker", BACKUP],
    ["of a file that is no marker", ".www.json.0a1b2c3d.ftp-effect"],
    ["of a marker of another target", `.ww${NAMES.marker}.0a1b2c3d.ftp-effect`]
  ] as const) {
    it.effect(`stays, and nothing is waited for: one ${what}`, () =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        yield* TestClock.adjust("5 hours")
        const states: Array<string> = []
        yield* up({
          ...SWAP,
          onEvent: (event) => (event._tag === "Swap" ? void states.push(event.state) : undefined)
        })
        expect(states).toEqual(["Staging", "Staged", "Swapped"])
        expect(yield* beside).toContain(`/${name}`)
      }).pipe(Effect.provide(stage({ root: { ...OLD, [name]: markerOf() } })))
    )
  }

  it.effect("of a marker that is gone once the tree is live is not waited for", () =>
    Effect.gen(function* () {
      const { store } = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* TestClock.adjust("5 hours")
      const states: Array<string> = []
      yield* up({
        ...SWAP,
        onEvent: (event) => {
          if (event._tag === "Swap") {
            states.push(event.state)
            if (event.state === "Staged") {
              Effect.runSync(Effect.orDie(store.removeFile(`/${GONE}`)))
            }
          }
        }
      })
      expect(states).toEqual(["Staging", "Staged", "Swapped"])
    }).pipe(Effect.provide(stage({ root: { ...OLD, [GONE]: markerOf() } })))
  )

  it.effect("of a marker is removed if the run was killed while it wrote it", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const server = yield* FtpTestServer.FtpTestServer
        let temporary = ""
        hooks.before = (from, to) => {
          temporary = to.endsWith(".json") ? from : temporary
          return Effect.void
        }
        yield* up(SWAP)
        expect(yield* beside).toEqual(["/www"])
        yield* server.write(temporary, "{")
        yield* TestClock.adjust("1 hour")
        expect((yield* up(SWAP)).published._tag).toBe("Unchanged")
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )
})

describe("a stage whose run goes on after it was watched", () => {
  it.effect("is not claimed, although its clock is hours behind", () =>
    withHooks(
      {
        ...OLD,
        [NAMES.marker]: markerOf({ phase: "Staging", beat: 1_000_000 }),
        [`${NAMES.next}/${Marker.tokenOf(ID)}`]: "",
        [`${NAMES.next}/theirs`]: "theirs"
      },
      (hooks) =>
        Effect.gen(function* () {
          const server = yield* FtpTestServer.FtpTestServer
          yield* onDisk(SITE)
          yield* TestClock.adjust("5 hours")
          const states: Array<string> = []
          let isWatched = false
          let asked = 0
          hooks.asked = (path) =>
            // The first question of the claim.
            isWatched && path === `/${NAMES.next}` && asked++ === 0
              ? Effect.orDie(server.write(`/${NAMES.marker}`, markerOf({ phase: "Staging", beat: 1_010_000 })))
              : Effect.void
          yield* up({
            ...SWAP,
            onEvent: (event) => {
              if (event._tag === "Swap") {
                states.push(event.state)
                isWatched ||= event.state === "Watching"
              }
            }
          })
          expect(states.slice(0, 2)).toEqual(["Watching", "Staging"])
          expect(yield* served("/www/")).toEqual(SITE)
        })
    )
  )
})
