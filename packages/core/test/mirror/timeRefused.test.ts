/** A step that sets a time alone, and is refused. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { onDisk, stage, up } from "./stage.ts"

const STEP: MirrorPlan.Step = {
  _tag: "SetTime",
  path: "a",
  reason: { _tag: "TimeDiffers", order: "SourceNewer" },
  precondition: { _tag: "File" },
  modified: { at: DateTime.unsafeMake(1000), precision: "Second", zone: "Utc" }
}

describe("a time that could not be set", () => {
  it.effect.each([
    ["550 Permission denied.", [], ["a"]],
    ["550 No such file or directory.", ["a"], []],
    ["450 Busy, try later.", ["a"], []]
  ] as const)("is no failure only if the server does not want it: %s", ([reply, failed, notKept]) =>
    Effect.gen(function* () {
      yield* onDisk({ a: "a" })
      yield* up()
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
      const made = yield* inTime(FtpMirror.plan(...trees))
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* fault({ _tag: "Refuse", verb: "MFMT", reply, times: 9 })
      const result = yield* inTime(FtpMirror.apply({ ...made, steps: [STEP] }, ...trees, { recheck: false }))
      expect(result.failures.map(({ step }) => step.path)).toEqual(failed)
      expect(result.timesNotKept.map(({ step }) => step.path)).toEqual(notKept)
      expect(result.isComplete).toBe(notKept.length === 1)
    }).pipe(Effect.provide(stage()))
  )
})
