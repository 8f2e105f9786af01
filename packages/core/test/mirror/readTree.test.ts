/** With how many sessions a tree on a server is read, by what its listings take. */
import { describe, expect, it } from "@effect/vitest"
import { FtpConnectError } from "@ftp-effect/core/FtpError"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { MemoryNetwork } from "@ftp-effect/core/testing/MemoryTransport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Filter from "#core/mirror/Filter"
import * as ReadTree from "#core/mirror/readTree"
import { noRetry } from "../support/borrowing.ts"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, connections, withFault } from "../support/server.ts"
import { onDisk } from "./stage.ts"

const SESSIONS = 8
const FOLDERS = 24

const FILES = Object.fromEntries(Array.from({ length: FOLDERS }, (_, index) => [`d${index}/f`, "x"]))

const stage = (pool = {}) =>
  layer({
    server: { root: Object.fromEntries(Object.keys(FILES).map((path) => [`www/${path}`, "x"])) },
    pool: { maxPerHost: SESSIONS, ...pool }
  }).pipe(Layer.provideMerge(MemoryFiles.layer), Layer.provide(noRetry))

/** The plan of a mirror that has nothing to do, and how many millis it took. */
const planned = (direction: "Up" | "Down" = "Up") =>
  Effect.gen(function* () {
    yield* onDisk(FILES)
    const [local, remote] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
    const [source, target] = direction === "Up" ? [local, remote] : [remote, local]
    const begun = yield* Clock.currentTimeMillis
    const plan = FtpMirror.plan(source, target, { compare: "Size", delete: "Extra" })
    const took = Effect.map(Clock.currentTimeMillis, (now) => now - begun)
    const [{ steps }, millis] = yield* inTime(Effect.zip(plan, took), "4 seconds", 800)
    expect(steps).toEqual([])
    return millis
  })

const full = new FtpConnectError({
  reason: "NoSessionFree",
  channel: "Control",
  stage: "Pool",
  detail: "none",
  endpoint: "h:21",
  transcript: []
})

/** A mirror that deletes nothing, and copies while it reads. */
const mirrored = Effect.gen(function* () {
  yield* onDisk(FILES)
  const [source, target] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
  const { plan } = yield* inTime(FtpMirror.mirror(source, target, { compare: "Size" }), "4 seconds", 800)
  expect([plan.steps, plan.unchanged]).toEqual([[], FOLDERS])
})

const slow = (verb: string, millis: number) =>
  withFault({ _tag: "Delay", verb, duration: millis, times: Number.POSITIVE_INFINITY })

describe("a tree on a server that answers at once", () => {
  it.effect.each(["Up", "Down"] as const)("is read with two sessions: %s", (direction) =>
    Effect.gen(function* () {
      yield* planned(direction)
      expect((yield* connections).total).toBe(2)
      expect((yield* commandsLike(/^MLSD/)).length).toBe(FOLDERS + 1)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is read with two sessions while it would be copied to, if nothing is found to do", () =>
    Effect.gen(function* () {
      yield* mirrored
      expect((yield* connections).total).toBe(2)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is read with more while it would be copied to, if its listings take long", () =>
    Effect.gen(function* () {
      yield* slow("MLSD", 100)
      yield* mirrored
      expect((yield* connections).total).toBe(SESSIONS)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is read with one, if no more are allowed", () =>
    Effect.gen(function* () {
      yield* planned()
      expect((yield* connections).total).toBe(1)
    }).pipe(Effect.provide(stage({ maxPerHost: 1 })))
  )

  it.effect("is read with more if its listings take long", () =>
    Effect.gen(function* () {
      yield* slow("MLSD", 100)
      const millis = yield* planned()
      expect((yield* connections).total).toBe(SESSIONS)
      // The root, three in turn for each of eight, and what the six that have joined began later.
      expect(millis).toBeLessThanOrEqual(100 * (1 + FOLDERS / SESSIONS) + 40)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is read with no more than are allowed, however long its listings take", () =>
    Effect.gen(function* () {
      yield* slow("MLSD", 100)
      yield* planned()
      expect((yield* connections).total).toBe(3)
    }).pipe(Effect.provide(stage({ maxPerHost: 3 })))
  )

  it.effect(
    "that answers its login late counts as one that answers at once, as a password takes time to be checked",
    () =>
      Effect.gen(function* () {
        yield* slow("PASS", 500)
        yield* planned()
        expect((yield* connections).total).toBe(2)
      }).pipe(Effect.provide(stage()))
  )

  it.effect("fails with its listings, though others wait to join and the caller can't be interrupted", () =>
    Effect.gen(function* () {
      const tree = yield* FtpMirror.remote("www")
      const busy: FtpMirror.MirrorTree = {
        ...tree,
        pool: { ...tree.pool, idle: Effect.succeed(0) },
        list: (path, ...rest) => (path === "" ? tree.list(path, ...rest) : Effect.fail(full))
      }
      const read = ReadTree.readTree(busy, { filter: Filter.everything, hidden: "hidden", missing: "Fail" })
      expect(yield* inTime(Effect.flip(Effect.uninterruptible(read)))).toBe(full)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )
})

describe("a tree behind a line with delay", () => {
  it.effect("is read with all sessions, which are dialled as soon as the first login was accepted", () =>
    Effect.gen(function* () {
      const network = yield* MemoryNetwork
      yield* network.delay(25)
      const millis = yield* planned()
      yield* network.delay(0)
      expect((yield* connections).total).toBe(SESSIONS)
      expect(millis).toBeLessThan(1500)
    }).pipe(Effect.provide(stage()))
  )
})
