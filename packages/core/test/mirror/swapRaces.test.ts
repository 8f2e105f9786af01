/** Two swaps of one target, each of which has its stage ready before the other one renames. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Marker from "#core/mirror/swapMarker"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { onDisk, SITE, served, stage, up } from "./stage.ts"
import { beside, type Hooks, ID, isFirst, isSecond, markerOf, NAMES, OLD, refuse, SWAP, withHooks } from "./swapping.ts"

/** The same paths, with other contents. */
const OTHER = Object.fromEntries(Object.keys(SITE).map((path) => [path, `other ${path}`]))

const putOther = (content: Record<string, string> = OTHER) =>
  Effect.gen(function* () {
    const { files, times } = yield* MemoryFiles.MemoryFiles
    for (const [path, text] of Object.entries(content)) {
      files.set(`/other/${path}`, Buffer.from(text))
      times.set(`/other/${path}`, DateTime.unsafeMake(1000))
    }
  })

/** Without a clock that goes on, for which what is held back would take too long. */
const publish = (source: "/site" | "/other") =>
  Effect.gen(function* () {
    return yield* FtpMirror.mirror(yield* FtpMirror.local(source), yield* FtpMirror.remote("www"), SWAP)
  })

interface Moments {
  /** The second rename of the first swap is done. Its reply comes when this is. */
  readonly isLive: Effect.Effect<void>
  /** The second swap has moved that tree away. It goes on when this is done. */
  readonly isMoved: Effect.Effect<void>
  /** The second rename of the second swap is done. Its reply comes when this is. */
  readonly isReplaced: Effect.Effect<void>
}

/** The swaps of two runs that were ready both before one has renamed. `first` is the run whose swap is the first. */
const inTurn = (hooks: Hooks, first: 0 | 1, { isLive, isMoved, isReplaced }: Moments) =>
  Effect.gen(function* () {
    const turns = [yield* Deferred.make<void>(), yield* Deferred.make<void>()] as const
    const ready = [yield* Deferred.make<void>(), yield* Deferred.make<void>()] as const
    const ids: Array<string> = []
    const nth = (path: string) => ids.findIndex((id) => path.endsWith(id))
    hooks.before = (from, to) => {
      if (isFirst(from) && ids.length < 2) {
        ids.push(to.slice("/www.ftp-effect-previous-".length))
        const run = ids.length === 1 ? 0 : 1
        return Effect.zipRight(Deferred.succeed(ready[run], undefined), Deferred.await(turns[run]))
      }
      return isSecond(from, to) && nth(from) !== first ? isMoved : Effect.void
    }
    hooks.after = (from, to) =>
      isSecond(from, to) && nth(from) === first
        ? Effect.zipRight(Deferred.succeed(turns[first === 0 ? 1 : 0], undefined), isLive)
        : isSecond(from, to)
          ? isReplaced
          : Effect.void
    const one = yield* Effect.fork(publish("/site"))
    yield* Deferred.await(ready[0])
    yield* TestClock.adjust("2 seconds")
    const two = yield* Effect.fork(publish("/other"))
    yield* Deferred.await(ready[1])
    expect(ids.toSorted()).toEqual(ids)
    yield* Deferred.succeed(turns[first], undefined)
    return [one, two] as const
  })

const runs = [
  ["the older run", 0],
  ["the newer run", 1]
] as const

const published = ({ isComplete, published }: FtpMirror.MirrorResult) => ({ isComplete, published })

const SWAPPED = {
  isComplete: true,
  published: { _tag: "Swapped", gap: "TwoRenames", previous: "Removed", previousPath: undefined }
}

describe("a tree that another swap moves away before its own run has seen it live", () => {
  for (const [who, first] of runs) {
    for (const moment of ["is between its renames", "has its tree live", "has ended"] as const) {
      it.effect(`was swapped, and nothing is left beside the other one: that of ${who}, if the other ${moment}`, () =>
        withHooks(OLD, (hooks) =>
          Effect.gen(function* () {
            yield* onDisk(SITE)
            yield* putOther()
            const goes = yield* Deferred.make<void>()
            const ended = yield* Deferred.make<void>()
            const arrives = Effect.zipRight(Deferred.succeed(goes, undefined), Deferred.await(ended))
            const fibers = yield* inTurn(hooks, first, {
              isLive: Deferred.await(goes),
              isMoved: moment === "is between its renames" ? arrives : Effect.void,
              isReplaced: moment === "has its tree live" ? arrives : Effect.void
            })
            const second = Effect.zipLeft(Fiber.join(fibers[first === 0 ? 1 : 0]), Deferred.succeed(goes, undefined))
            const results = yield* Effect.all(
              [Effect.zipLeft(Fiber.join(fibers[first]), Deferred.succeed(ended, undefined)), second],
              { concurrency: 2 }
            )
            expect(results.map(published)).toEqual([SWAPPED, SWAPPED])
            expect(yield* served("/www/")).toEqual(first === 0 ? OTHER : SITE)
            expect(yield* beside).toEqual(["/www"])
          })
        )
      )
    }
  }
})

describe("a swap that is done while another one is about to rename", () => {
  it.effect("has its tree kept and named by the other one, if that would lose something of it", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        yield* putOther({ "index.html": "other" })
        const ended = yield* Deferred.make<void>()
        const isLive = Deferred.await(ended)
        const [one, two] = yield* inTurn(hooks, 0, { isLive, isMoved: Effect.void, isReplaced: Effect.void })
        const { published: second } = yield* Fiber.join(two)
        yield* Deferred.succeed(ended, undefined)
        expect(published(yield* Fiber.join(one))).toEqual(SWAPPED)
        expect(second).toMatchObject({ _tag: "Swapped", previous: "Left" })
        const previous = second._tag === "Swapped" ? second.previousPath : undefined
        expect(yield* served(`/${previous}/`)).toEqual(SITE)
        expect(yield* served("/www/")).toEqual({ "index.html": "other" })
        expect((yield* beside).toSorted()).toEqual(["/www", `/${previous}`])
      })
    )
  )

  it.effect(
    "is between its renames as the other one begins: that is not done and says so, and the next run removes its stage",
    () =>
      withHooks(OLD, (hooks) =>
        Effect.gen(function* () {
          yield* onDisk(SITE)
          yield* putOther(SITE)
          const ids: Array<string> = []
          const [ready, between, refused, done] = [
            yield* Deferred.make<void>(),
            yield* Deferred.make<void>(),
            yield* Deferred.make<void>(),
            yield* Deferred.make<void>()
          ]
          hooks.before = (from, to) => {
            if (isFirst(from)) {
              ids.push(to.slice(-ID.length))
              return ids.length === 1
                ? Effect.zipRight(Deferred.succeed(ready, undefined), Deferred.await(between))
                : Effect.void
            }
            return isSecond(from, to)
              ? Effect.zipRight(Deferred.succeed(between, undefined), Deferred.await(refused))
              : Effect.void
          }
          let isAsked = false
          hooks.asked = (path) => {
            // Its rename was refused: it looks what is there.
            if (ids.length < 2 || isAsked || path !== `/${Marker.namesOf("www", ids[0] ?? "").next}`) {
              return Effect.void
            }
            isAsked = true
            return Effect.zipRight(Deferred.succeed(refused, undefined), Deferred.await(done))
          }
          const one = yield* Effect.fork(publish("/site"))
          yield* Deferred.await(ready)
          const two = yield* Effect.fork(publish("/other"))
          expect(published(yield* Fiber.join(two))).toEqual(SWAPPED)
          yield* Deferred.succeed(done, undefined)
          expect((yield* Fiber.join(one)).published).toMatchObject({
            _tag: "NotSwapped",
            because: "RenameFailed",
            live: "Other",
            stage: Marker.namesOf("www", ids[0] ?? "").next,
            previous: undefined
          })
          expect((yield* up({ ...SWAP, compare: "Size" })).published).toEqual({ _tag: "Unchanged" })
          expect(yield* served("/www/")).toEqual(SITE)
          expect(yield* beside).toEqual(["/www"])
        })
      )
  )
})

const NEWER = "20300101000000-89abcdef"

/** Of the run of an id that was ready to swap. */
const markerFile = (id: string, facts: Partial<Marker.Marker> = {}) => ({
  [Marker.namesOf("www", id).marker]: markerOf({ id, ...facts })
})

const below = (name: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${name}/${path}`, content]))

describe("what a run has left that was killed when its tree was live", () => {
  for (const swap of ["RemovePrevious", "KeepPrevious"] as const) {
    it.effect(`is removed by a run that has nothing to do, after another swap has moved that tree away: ${swap}`, () =>
      withHooks(OLD, (hooks) =>
        Effect.gen(function* () {
          yield* onDisk(SITE)
          const { store, write } = yield* FtpTestServer.FtpTestServer
          let isKilled = false
          hooks.before = (from) =>
            !isFirst(from) || isKilled
              ? Effect.void
              : Effect.gen(function* () {
                  isKilled = true
                  yield* store.rename("/www", `/${NAMES.previous}`)
                  yield* store.makeDirectory("/www")
                  yield* write("/www/index.html", "killed")
                  yield* write(`/www/${Marker.tokenOf(ID)}`, "")
                  yield* write(`/${NAMES.marker}`, markerOf())
                }).pipe(Effect.orDie)
          const result = yield* up({ ...SWAP, swap })
          const previous = swap === "KeepPrevious" ? "Kept" : "Removed"
          expect(result.published).toMatchObject({ _tag: "Swapped", previous })
          const kept = result.published._tag === "Swapped" ? result.published.previousPath : undefined
          expect(yield* served(`/${kept}/`)).toEqual(kept === undefined ? {} : { "index.html": "killed" })
          expect((yield* up({ ...SWAP, swap })).published).toEqual({ _tag: "Unchanged" })
          expect(yield* served("/www/")).toEqual(SITE)
          expect((yield* beside).toSorted()).toEqual(["/www", ...(kept === undefined ? [] : [`/${kept}`])])
        })
      )
    )
  }

  it.effect("stays for the next run, with the tree that shows it, if the token can't be handed on", () =>
    withHooks({ ...OLD, ...markerFile(ID), ...below(NAMES.previous, { "old.txt": "old" }) }, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const { write } = yield* FtpTestServer.FtpTestServer
        const token = Marker.tokenOf(ID)
        hooks.before = (from) =>
          isFirst(from)
            ? Effect.asVoid(Effect.orDie(write(`/www/${token}`, "")))
            : from.endsWith(token)
              ? refuse(from)
              : Effect.void
        const { isComplete, published } = yield* up(SWAP)
        expect([isComplete, published]).toMatchObject([
          true,
          { _tag: "Swapped", previous: "Left", error: { _tag: "FtpRejected", verb: "RNTO" } }
        ])
        hooks.before = () => Effect.void
        expect((yield* up(SWAP)).published).toEqual({ _tag: "Unchanged" })
        expect(yield* served("/www/")).toEqual(SITE)
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )

  for (const [who, first, second] of [
    ["newer", ID, NEWER],
    ["older", NEWER, ID]
  ] as const) {
    const [names, others] = [Marker.namesOf("www", first), Marker.namesOf("www", second)]
    const left = {
      ...markerFile(first),
      ...below(names.previous, { "old.txt": "old" }),
      ...markerFile(second),
      ...below(others.previous, { "index.html": "first", [Marker.tokenOf(first)]: "" })
    }
    for (const [where, tree] of [
      ["between its renames", others.next],
      ["after them", "www"]
    ] as const) {
      it.effect(
        `is removed by a run that has nothing to do, if the swap of another, ${who} run was cut off too, ${where}`,
        () =>
          Effect.gen(function* () {
            yield* onDisk(SITE)
            expect((yield* up({ ...SWAP, compare: "Size" })).published).toEqual({ _tag: "Unchanged" })
            expect(yield* served("/www/")).toEqual(SITE)
            expect(yield* beside).toEqual(["/www"])
          }).pipe(
            Effect.provide(stage({ root: { ...left, ...below(tree, { ...SITE, [Marker.tokenOf(second)]: "" }) } }))
          )
      )
    }
  }
})
