/** Replies whose own end does not come, as the decoder ends them after silence. */
import { describe, expect, it } from "@effect/vitest"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as ReplyDecoder from "#core/protocol/ReplyDecoder"

const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe("ReplyDecoder.endOpen, after silence", () => {
  const ended = (text: string, commands = 1, fits: (code: number) => boolean = () => true) => {
    const decoder = ReplyDecoder.make()
    const before = decoder.push(toBytes(text))
    const { open } = decoder
    return { open, replies: [...before, ...decoder.endOpen(commands, fits)], after: decoder.open }
  }

  it.each([
    ["nothing", "", "None", []],
    ["a whole reply", "200 a\r\n", "None", [Reply.make(200, "a")]],
    ["a reply without a likely end", "211-a\r\n b\r\n", "Open", [Reply.make(211, "a", " b")]],
    ["a last line of the same class", "211-a\r\n221 b\r\n", "MayBeOver", [Reply.make(211, "a", "b")]],
    ["a last line of another class", "553-a\r\n150 b\r\n", "MayBeOver", [Reply.make(150, "a", "b")]],
    ["its own code without a space", "211-a\r\n211End\r\n", "MayBeOver", [Reply.make(211, "a", "End")]],
    ["a longer number, which is no code", "211-a\r\n2110\r\n", "Open", [Reply.make(211, "a", "2110")]],
    ["another code with a hyphen", "211-a\r\n221-b\r\n", "Open", [Reply.make(211, "a", "221-b")]],
    ["text after a likely end", "211-a\r\n221 b\r\nc\r\n", "Open", [Reply.make(211, "a", "221 b", "c")]]
  ] as ReadonlyArray<readonly [string, string, ReplyDecoder.ReplyDecoder["open"], ReadonlyArray<Reply.Reply>]>)(
    "ends %s",
    (_, text, open, replies) => {
      expect(ended(text)).toStrictEqual({ open, replies, after: "None" })
    }
  )

  it("is not possible in the middle of a line", () => {
    expect(ended("211-a\r\n221 b\r\n21").open).toBe("None")
  })

  it("keeps its own code if the last one can't be meant", () => {
    expect(ended("331-a\r\n226 b\r\n", 1, (code) => code !== 226).replies).toStrictEqual([Reply.make(331, "a", "b")])
  })

  it("takes the last code of the same class if its own can't be meant", () => {
    expect(ended("220-a\r\n230 b\r\n", 1, (code) => code !== 220).replies).toStrictEqual([Reply.make(230, "a", "b")])
  })

  it("gives each of several commands its reply, if there are as many last lines", () => {
    const text = "211-a\r\n MDTM\r\n221 End\r\n200 b\r\n502 c\r\n"
    expect(ended(text, 3).replies).toStrictEqual([
      Reply.make(211, "a", " MDTM", "End"),
      Reply.make(200, "b"),
      Reply.make(502, "c")
    ])
    expect(ended(text, 4).replies).toStrictEqual([Reply.make(502, "a", " MDTM", "221 End", "200 b", "c")])
  })

  it("says of text without a reply that it is none", () => {
    const decoder = ReplyDecoder.make()
    decoder.push(toBytes("+OK POP3\r\nready\r\n"))
    expect(decoder.open).toBe("MayBeOver")
    expect(decoder.endOpen(1, () => true)).toMatchObject([{ _tag: "Malformed", received: "+OK POP3" }])
    expect(decoder.push(toBytes("220 late\r\n"))).toStrictEqual([])
  })

  it("reads on after it", () => {
    const decoder = ReplyDecoder.make()
    decoder.push(toBytes("553-a\r\n150 b\r\n"))
    decoder.endOpen(1, () => true)
    expect(decoder.push(toBytes("226 done\r\n"))).toStrictEqual([Reply.make(226, "done")])
  })
})
