/** What is known of the steps of a mirror that ends too early. */
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import { describe, expect, it } from "vitest"
import * as MirrorTally from "../src/copying/MirrorTally.ts"

const copy = (path: string): MirrorPlan.Step => ({
  _tag: "Copy",
  path,
  reason: { _tag: "TypeDiffers" },
  precondition: { _tag: "Absent" },
  bytes: 1,
  modified: undefined
})

describe("the tally of a mirror", () => {
  for (const end of ["LeftOut", "Failed"] as const) {
    it(`does not count as done what was done and then taken back (${end})`, () => {
      const [taken, kept] = [copy("docs/one"), copy("k")]
      const tally = MirrorTally.make([taken, kept])
      const follow = (event: FtpMirror.StepEvent) => tally.follow(event)
      for (const step of [taken, kept]) {
        follow({ _tag: "Started", step })
        follow({ _tag: "Done", step, result: undefined })
      }
      expect(tally.done()).toEqual([taken, kept])
      const error = { _tag: "FtpUsageError" } as FtpMirror.MirrorError
      follow(
        end === "LeftOut"
          ? { _tag: "LeftOut", step: taken, because: "Failures" }
          : { _tag: "Failed", step: taken, error, triedAgain: false, willRetry: false }
      )
      expect(tally.done()).toEqual([kept])
      expect(tally.left()).toEqual(end === "LeftOut" ? [taken] : [])
      expect(tally.failures().map(({ step }) => step)).toEqual(end === "Failed" ? [taken] : [])
    })
  }
})
