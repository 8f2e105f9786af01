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

  it("has the end of each step that another run has done, or has to be left, after it was begun", () => {
    const [reached, stays] = [copy("one"), copy("two")]
    const tally = MirrorTally.make([reached, stays])
    const error = { _tag: "FtpUsageError" } as FtpMirror.MirrorError
    for (const step of [reached, stays]) {
      tally.follow({ _tag: "Started", step })
      tally.follow({ _tag: "Progress", step, bytes: 1 })
      tally.follow({ _tag: "Failed", step, error, triedAgain: false, willRetry: true })
      tally.follow({ _tag: "Started", step })
    }
    tally.follow({ _tag: "Reached", step: reached })
    tally.follow({ _tag: "Outdated", step: stays, side: "Target", found: { _tag: "File" } })
    expect([tally.open(), tally.left(), tally.failures(), tally.done()]).toEqual([[], [], [], []])
    expect(tally.unfinished()).toEqual({ files: 0, bytes: 0 })
    expect([tally.reached, tally.outdated.map(({ step }) => step)]).toEqual([[reached], [stays]])
  })
})
