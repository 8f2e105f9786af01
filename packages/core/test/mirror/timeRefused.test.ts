/** Steps that set a time alone: many in one round trip, and what becomes of those that are refused, or have no reply. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { onDisk, stage, up } from "./stage.ts"

const AT = DateTime.unsafeMake("2001-02-03T04:05:06Z")

const step = (path: string): MirrorPlan.Step => ({
  _tag: "SetTime",
  path,
  reason: { _tag: "TimeDiffers", order: "SourceNewer" },
  precondition: { _tag: "File" },
  modified: { at: AT, precision: "Second", zone: "Utc" }
})

/** Sets the times of files that the server has, with a fault of it, and the commands that it has got for that. */
const timesSet = (
  names: ReadonlyArray<string>,
  options: Pick<FtpMirror.MirrorOptions, "times">,
  given: Parameters<FtpTestServer.FtpTestServer["fault"]>[0] | undefined
) =>
  Effect.gen(function* () {
    yield* onDisk(Object.fromEntries(names.map((name) => [name, "x"])))
    yield* up()
    const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
    const plan = { ...(yield* inTime(FtpMirror.plan(...trees, options))), steps: names.map(step) }
    const { commands, fault, tree } = yield* FtpTestServer.FtpTestServer
    const before = (yield* commands).length
    if (given !== undefined) {
      yield* fault(given)
    }
    const result = yield* inTime(FtpMirror.apply(plan, ...trees, { recheck: false }))
    const set = (yield* tree).filter(({ modified, type }) => type === "File" && modified === DateTime.toEpochMillis(AT))
    return {
      result,
      set: set.map(({ path }) => path.slice("/www/".length)).sort(),
      sent: (yield* commands).slice(before).filter((line) => /^(MFMT|MDTM|SITE)/.test(line))
    }
  })

const pathsOf = (failures: FtpMirror.MirrorResult["failures"]) => failures.map(({ step }) => step.path)

describe("a time that could not be set", () => {
  it.effect.each([
    ["550 Permission denied.", [], ["a"]],
    ["550 No such file or directory.", ["a"], []],
    ["450 Busy, try later.", ["a"], []]
  ] as const)("is no failure only if the server does not want it: %s", ([reply, failed, notKept]) =>
    Effect.gen(function* () {
      const { result } = yield* timesSet(["a"], {}, { _tag: "Refuse", verb: "MFMT", reply, times: 9 })
      expect(pathsOf(result.failures)).toEqual(failed)
      expect(pathsOf(result.timesNotKept)).toEqual(notKept)
      expect(result.isComplete).toBe(notKept.length === 1)
    }).pipe(Effect.provide(stage()))
  )
})

const NAMES = Array.from({ length: 20 }, (_, index) => `f${index + 10}`)
const [FIRST, ...OTHERS] = NAMES

describe("times that are set together", () => {
  it.effect("are all set, by as many commands", () =>
    Effect.gen(function* () {
      const { result, sent, set } = yield* timesSet(NAMES, {}, undefined)
      expect(result).toMatchObject({ isComplete: true, timesNotKept: [] })
      expect(result.done.length).toBe(NAMES.length)
      expect(set).toEqual(NAMES)
      expect(sent.length).toBe(NAMES.length)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("are all set by SITE UTIME, where only that sets them", () =>
    Effect.gen(function* () {
      const { result, sent, set } = yield* timesSet(NAMES, {}, undefined)
      expect(result).toMatchObject({ isComplete: true, timesNotKept: [] })
      expect(set).toEqual(NAMES)
      expect(sent.filter((line) => line.startsWith("SITE UTIME ")).length).toBe(NAMES.length)
    }).pipe(Effect.provide(stage({ denied: ["MFMT"] })))
  )

  it.effect("are set but for one that the server refuses, which is not asked for again", () =>
    Effect.gen(function* () {
      const fault = { _tag: "Refuse", verb: "MFMT", reply: "550 Permission denied." } as const
      const { result, sent, set } = yield* timesSet(NAMES, {}, fault)
      expect(pathsOf(result.timesNotKept)).toEqual([FIRST])
      expect(result).toMatchObject({ isComplete: true, failures: [] })
      expect(set).toEqual(OTHERS)
      expect(sent.length).toBe(NAMES.length)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("fail where one is refused for good that has to be kept", () =>
    Effect.gen(function* () {
      const fault = { _tag: "Refuse", verb: "MFMT", reply: "550 Permission denied.", times: 2 } as const
      const { result, set } = yield* timesSet(["a"], { times: "Keep" }, fault)
      expect(pathsOf(result.failures)).toEqual(["a"])
      expect(result).toMatchObject({ isComplete: false, timesNotKept: [] })
      expect(set).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("are set once more if the session ends without the replies", () =>
    Effect.gen(function* () {
      const fault = { _tag: "CloseControl", verb: "MFMT", at: "FinalReply" } as const
      const { result, sent, set } = yield* timesSet(NAMES, {}, fault)
      expect(result).toMatchObject({ isComplete: true, failures: [], timesNotKept: [] })
      expect(set).toEqual(NAMES)
      expect(sent.length).toBeGreaterThan(NAMES.length)
    }).pipe(Effect.provide(stage()))
  )
})
