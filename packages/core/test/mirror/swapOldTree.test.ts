/** What becomes of old trees, of swaps whose runs were killed after the renames, or disturbed. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Marker from "#core/mirror/swapMarker"
import { onDisk, SITE, served, stage, up } from "./stage.ts"
import { beside, ID, interruptedAt, markerOf, NAMES, OLD, SWAP, withHooks } from "./swapping.ts"

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
