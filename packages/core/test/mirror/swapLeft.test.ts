/** What is left of runs that were killed, beside their stages; and whose clock it is that says so. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Marker from "#core/mirror/swapMarker"
import { onDisk, SITE, served, stage, up } from "./stage.ts"
import { beside, ID, interruptedAt, markerOf, NAMES, OLD, SWAP, withHooks } from "./swapping.ts"

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

describe("an old tree that can't be removed, of a swap that was cut off", () => {
  const token = Marker.tokenOf(ID)
  const previous = { [`${NAMES.previous}/old.txt`]: "old", [NAMES.marker]: markerOf() }
  for (const [where, root, first] of [
    ["between its renames", { [`${NAMES.next}/${token}`]: "", [`${NAMES.next}/index.html`]: "<h1>" }, "Finished"],
    ["after them", { [`www/${token}`]: "", "www/index.html": "<h1>" }, undefined]
  ] as const) {
    it.effect(`is in the result of the run that ends it, and told with the reason: ${where}`, () =>
      Effect.gen(function* () {
        const memory = yield* FtpTestServer.memory({ ...previous, ...root })
        const locked = {
          ...memory,
          removeFile: (path: string) =>
            path.includes("previous") && path.endsWith("old.txt")
              ? new FtpTestServer.StoreError({ reason: "PermissionDenied", path })
              : memory.removeFile(path)
        }
        const told: Array<FtpMirror.MirrorEvent> = []
        const result = yield* Effect.gen(function* () {
          yield* onDisk(SITE)
          return yield* up({ ...SWAP, onEvent: (event) => void told.push(event) })
        }).pipe(Effect.provide(stage({ root: locked })))
        const left = { path: NAMES.previous, error: { _tag: "FtpRejected", reason: "PermissionDenied" } }
        expect(result).toMatchObject({ published: { _tag: "Swapped", previous: "Removed" }, leftTrees: [left] })
        const swaps = told.filter(({ _tag }) => _tag === "Swap")
        expect(swaps.slice(0, first === undefined ? 1 : 2)).toMatchObject([
          ...(first === undefined ? [] : [{ state: first, path: "www" }]),
          { state: "Left", ...left }
        ])
      })
    )
  }
})

describe("an old tree of which a file can't be removed at first, as another run is at it", () => {
  /** A file that is refused together with others is asked for once more alone. */
  const REFUSED = 2

  it.effect("is removed a moment later", () =>
    Effect.gen(function* () {
      const memory = yield* FtpTestServer.memory({
        [`${NAMES.previous}/old.txt`]: "old",
        [NAMES.marker]: markerOf(),
        [`www/${Marker.tokenOf(ID)}`]: "",
        "www/index.html": "<h1>"
      })
      let refused = 0
      const locked = {
        ...memory,
        removeFile: (path: string) =>
          path.includes("previous") && path.endsWith("old.txt") && refused++ < REFUSED
            ? new FtpTestServer.StoreError({ reason: "PermissionDenied", path })
            : memory.removeFile(path)
      }
      yield* Effect.gen(function* () {
        yield* onDisk(SITE)
        const { leftTrees } = yield* up(SWAP)
        expect([refused > REFUSED, leftTrees]).toEqual([true, []])
        expect(yield* beside).toEqual(["/www"])
      }).pipe(Effect.provide(stage({ root: locked })))
    })
  )
})

describe("the half minute for which a run is watched that may be alive, after a swap", () => {
  it.effect("ends with the result of the swap if it is interrupted", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* TestClock.adjust("5 hours")
      const results: Array<FtpMirror.MirrorResult> = []
      yield* interruptedAt("Watching", {
        ...SWAP,
        onEvent: (event) => void (event._tag === "Summary" && results.push(event.result))
      })
      expect(results.map(({ isComplete, published }) => ({ isComplete, published: published._tag }))).toEqual([
        { isComplete: true, published: "Swapped" }
      ])
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(
      Effect.provide(
        stage({ root: { ...OLD, [NAMES.marker]: markerOf({ phase: "Staging", beat: 1 }), [`${NAMES.next}/`]: {} } })
      )
    )
  )
})

describe("several runs that were killed after their swaps, and may be alive", () => {
  const OTHER = "19700101000001-0123abcd"
  const others = Marker.namesOf("www", OTHER)
  const HOUR = 3_600_000

  it.effect("are watched at once, for one half minute", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const told: Array<string> = []
      yield* up({
        ...SWAP,
        onEvent: (event) => void (event._tag === "Swap" && told.push(event.state))
      })
      expect(told.filter((state) => state === "Watching" || state === "Tidied")).toEqual([
        "Watching",
        "Tidied",
        "Tidied"
      ])
      expect(yield* beside).toEqual(["/www"])
    }).pipe(
      Effect.provide(
        stage({
          root: {
            [NAMES.marker]: markerOf({ beat: HOUR }),
            [`${NAMES.previous}/old.txt`]: "old",
            [others.marker]: markerOf({ id: OTHER, beat: HOUR }),
            [`${others.previous}/old.txt`]: "old",
            [`${others.previous}/${Marker.tokenOf(ID)}`]: "",
            [`www/${Marker.tokenOf(OTHER)}`]: "",
            "www/index.html": "<h1>"
          }
        })
      )
    )
  )
})

describe("an old tree that its run has not looked at any more after its swap", () => {
  const previous = Effect.map(beside, (paths) => paths.find((path) => path.includes("-previous-")) ?? "")
  const swapped = (told: Array<string>) =>
    up({ ...SWAP, onEvent: (event) => void (event._tag === "Swap" && told.push(event.state)) })

  it.effect("stays, and is reported, if it has got something since: no later run removes it", () =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        const { write } = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SITE)
        yield* interruptedAt("Swapped")
        const at = yield* previous
        yield* write(`${at}/upload.txt`, "an upload of the last moment")
        const told: Array<string> = []
        const { leftTrees, published } = yield* swapped(told)
        expect([told, leftTrees]).toEqual([["Left"], [{ path: at.slice(1), error: undefined }]])
        expect(published).toEqual({ _tag: "Unchanged" })
        yield* onDisk({ ...SITE, more: "m" })
        yield* swapped([])
        expect(yield* served(`${at}/`)).toEqual({
          "index.html": "old",
          "old.txt": "old",
          "upload.txt": "an upload of the last moment"
        })
        expect((yield* beside).toSorted()).toEqual(["/www", at])
      })
    )
  )

  it.effect("is removed if it is as it was", () =>
    withHooks(OLD, () =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        yield* interruptedAt("Swapped")
        const told: Array<string> = []
        yield* swapped(told)
        expect(told).toEqual(["Tidied"])
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )
})

describe("a run that has looked at its old tree", () => {
  it.effect("says so in its marker before it removes that, so that the next run removes the rest", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const { read } = yield* FtpTestServer.FtpTestServer
        const seen: Array<unknown> = []
        // The first listing is that of the look, the second that of the removal.
        hooks.listed = (path, found) =>
          path.includes("-previous-")
            ? read(
                `/${Marker.namesOf("www", path.slice(path.indexOf("-previous-") + "-previous-".length)).marker}`
              ).pipe(
                Effect.orDie,
                Effect.map((text) => {
                  seen.push(JSON.parse(Buffer.from(text).toString()).seen)
                  return found
                })
              )
            : Effect.succeed(found)
        yield* up(SWAP)
        expect(seen).toEqual([expect.stringMatching(/^2-/), undefined])
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )
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
