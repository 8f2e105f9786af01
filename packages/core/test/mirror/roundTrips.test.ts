/** How many round trips a line with delay costs a mirror, from the first connection on. */
import { describe, expect, it } from "@effect/vitest"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import { MemoryNetwork } from "@ftp-effect/core/testing/MemoryTransport"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layer } from "../support/embedded.ts"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { onDisk } from "./stage.ts"

const ROUND_TRIP = 50
const SESSIONS = 4

/** Two for each session, in directories of two. */
const FILES = Object.fromEntries(Array.from({ length: 2 * SESSIONS }, (_, index) => [`d${index >> 1}/f${index}`, "x"]))

const OLD = { denied: ["MLST", "MLSD"] }

/** Arrivals are in round trips since the first connection. */
interface Sent {
  readonly at: number
  readonly command: string
}

/** The commands of a mirror, as they reach a server. */
const mirrored = (
  files: Record<string, string>,
  options: FtpMirror.MirrorOptions,
  /** A function changes the plan before it is done. */
  how: "AtOnce" | "Planned" | ((plan: MirrorPlan.MirrorPlan) => MirrorPlan.MirrorPlan),
  server: FtpTestServer.Options
) => {
  const sent: Array<Sent> = []
  let begun = 0
  const onLine: FtpTestServer.Options["onLine"] = ({ from, text }) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (from === "Client") {
        sent.push({ at: (now - begun) / ROUND_TRIP, command: text })
      }
    })
  return Effect.gen(function* () {
    yield* onDisk(files)
    const network = yield* MemoryNetwork
    yield* network.delay(ROUND_TRIP / 2)
    begun = yield* Clock.currentTimeMillis
    const [source, target] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
    const mirror =
      how === "AtOnce"
        ? FtpMirror.mirror(source, target, options)
        : Effect.flatMap(FtpMirror.plan(source, target, options), (plan) =>
            FtpMirror.apply(how === "Planned" ? plan : how(plan), source, target, { recheck: false })
          )
    const { done, isComplete } = yield* inTime(mirror, ROUND_TRIP * 90, 360)
    // No time passes while the sessions are closed.
    yield* network.delay(0)
    expect(isComplete).toBe(true)
    return { done: done.length, sent }
  }).pipe(
    Effect.provide(
      layer({ server: { root: {}, onLine, ...server }, pool: { maxPerHost: SESSIONS } }).pipe(
        Layer.provideMerge(MemoryFiles.layer),
        Layer.provideMerge(Layer.succeed(FtpHasher, hasher))
      )
    )
  )
}

const arrivals = (sent: ReadonlyArray<Sent>, verb: string): ReadonlyArray<number> =>
  sent.filter(({ command }) => command.startsWith(`${verb} `)).map(({ at }) => at)

describe("round trips of a mirror to a target that is not there", () => {
  it.effect.each([
    ["while the trees are read", {}, "AtOnce", {}, [13, 15.5]],
    ["while the trees are read, by LIST", {}, "AtOnce", OLD, [16, 18.5]],
    ["by a plan", { delete: "Extra" }, "Planned", {}, [10, 10.5]],
    ["by a plan, and LIST", { delete: "Extra" }, "Planned", OLD, [10, 10.5]],
    ["by a plan, with a manifest", { manifest: true }, "Planned", {}, [13, 13]]
  ] as const)("until a file is sent by the first session, and by each: %s", ([, options, how, server, expected]) =>
    Effect.gen(function* () {
      const { sent } = yield* mirrored(FILES, options, how, server)
      expect(arrivals(sent, "USER").length).toBe(SESSIONS)
      const stored = arrivals(sent, "STOR")
      expect([stored[0], stored[SESSIONS - 1]]).toEqual(expected)
    })
  )
})

describe("a mirror that finds nothing to do", () => {
  it.effect.each([
    ["MLSD", {}, [5, 7, 10.5]],
    // The first one is compared with one without its option.
    ["LIST", OLD, [6, 7, 13]]
  ] as const)("has all folders listed at once, by sessions that are opened meanwhile: %s", ([verb, server, expected]) =>
    Effect.gen(function* () {
      const root = Object.fromEntries(Object.keys(FILES).map((path) => [`www/${path}`, "x"]))
      const options = { compare: "Size", delete: "Extra" } as const
      const { done, sent } = yield* mirrored(FILES, options, "AtOnce", { root, ...server })
      expect(done).toBe(0)
      const [first, ...others] = arrivals(sent, "USER")
      expect([first, ...others]).toEqual([2, ...Array.from({ length: SESSIONS - 1 }, () => 5.5)])
      const listings = arrivals(sent, verb)
      expect([listings.length, listings[0], listings.at(-1)]).toEqual(expected)
    })
  )

  it.effect("asks for all times that a listing has in minutes in one flight, over the sessions that have listed", () =>
    Effect.gen(function* () {
      const files = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`d${index % 4}/f${index}`, "x"]))
      const root = Object.fromEntries(Object.keys(files).map((path) => [`www/${path}`, "x"]))
      const { sent } = yield* mirrored(files, { compare: "SizeAndTime", delete: "Extra" }, "AtOnce", { root, ...OLD })
      const [, first, ...others] = arrivals(sent, "MDTM")
      expect(others.length).toBe(399)
      expect(others.at(-1)).toBe(first)
    })
  )

  it.effect.each(["AtOnce", "Planned"] as const)("opens no sessions in advance: %s", (how) =>
    Effect.gen(function* () {
      const files = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, "x"]))
      const root = Object.fromEntries(Object.keys(files).map((name) => [`www/${name}`, "x"]))
      const { done, sent } = yield* mirrored(files, { compare: "Size" }, how, { root })
      expect(done).toBe(0)
      expect(arrivals(sent, "USER").length).toBe(1)
    })
  )
})

it.effect("a mirror that deletes a file in each of many folders has the folders proven side by side", () =>
  Effect.gen(function* () {
    const folders = Array.from({ length: 12 }, (_, index) => `d${index}`)
    const kept = Object.fromEntries(folders.map((folder) => [`${folder}/kept`, "x"]))
    const root = Object.fromEntries(
      folders.flatMap((name) => [`www/${name}/kept`, `www/${name}/old`].map((path) => [path, "x"]))
    )
    const { done, sent } = yield* mirrored(kept, { compare: "Size", delete: "Extra" }, "AtOnce", { root })
    expect(done).toBe(folders.length)
    const deleted = arrivals(sent, "DELE")
    // One after the other they would take eight more.
    expect(deleted).toEqual(folders.map(() => 31.5))
  })
)

describe("a mirror that deletes while others are copied", () => {
  const OLD = Array.from({ length: 96 }, (_, index) => `f${index}`)
  const root = Object.fromEntries(["kept", ...OLD].map((name) => [`www/${name}`, "x"]))
  const options: FtpMirror.MirrorOptions = {
    compare: "Size",
    delete: "Extra",
    deleteWhen: "During",
    maxDelete: { _tag: "Count", count: OLD.length }
  }

  it.effect("deletes sixteen files in a round trip", () =>
    Effect.gen(function* () {
      const { done, sent } = yield* mirrored({ kept: "x", new: "x" }, options, "AtOnce", { root })
      expect(done).toBe(OLD.length + 1)
      const deleted = arrivals(sent, "DELE")
      const [first = 0] = deleted
      expect(deleted).toEqual(OLD.map((_, index) => first + Math.floor(index / 16)))
    })
  )
})

it.effect("a mirror that sets times alone sets those of a hundred files in a round trip, in each session", () =>
  Effect.gen(function* () {
    const names = Array.from({ length: 400 }, (_, index) => `f${index}`)
    const files = Object.fromEntries(names.map((name) => [name, "x"]))
    const root = Object.fromEntries(names.map((name) => [`www/${name}`, "x"]))
    const setting = (plan: MirrorPlan.MirrorPlan): MirrorPlan.MirrorPlan => ({
      ...plan,
      steps: names.map((path) => ({
        _tag: "SetTime",
        path,
        reason: { _tag: "TimeDiffers", order: "SourceNewer" },
        precondition: { _tag: "File" },
        modified: { at: DateTime.unsafeMake(1000), precision: "Second", zone: "Utc" }
      }))
    })
    const { done, sent } = yield* mirrored(files, { compare: "Size" }, setting, { root })
    expect(done).toBe(names.length)
    // The first session begins while the others are opened.
    expect(arrivals(sent, "MFMT")).toEqual(names.map((_, index) => (index < 100 ? 11 : 15.5)))
  })
)
