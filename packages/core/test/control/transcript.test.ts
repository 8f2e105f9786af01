import { describe, expect, it } from "@effect/vitest"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as Transcript from "#core/control/transcript"

describe("the last lines of a dialogue", () => {
  it("are 40, the oldest first, and safe to show", () => {
    const transcript = Transcript.make()
    for (let index = 0; index < 50; index++) {
      transcript.sent(`SIZE f${index}`)
      transcript.received(Reply.make(213, `${index}\u001b`))
    }
    const lines = transcript.lines()
    expect(lines).toHaveLength(40)
    expect(lines.slice(0, 2)).toEqual(["> SIZE f30", "< 213 30\\x1b"])
    expect(lines.at(-1)).toBe("< 213 49\\x1b")
  })

  it("have no more than six of a reply, and the number of the others", () => {
    const transcript = Transcript.make()
    transcript.received(Reply.make(211, "1", "2", "3", "4", "5", "6", "7", "8"))
    expect(transcript.lines()).toEqual([
      ...["1", "2", "3", "4", "5", "6"].map((line) => `< 211 ${line}`),
      "< ... 2 more lines"
    ])
  })
})
