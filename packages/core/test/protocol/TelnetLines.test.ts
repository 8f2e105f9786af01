import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as TelnetLines from "#core/protocol/TelnetLines"

const MAX = 16

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes)

/** The lines that chunks of bytes complete, what is held back, and the fault if there is one. */
const read = (chunks: ReadonlyArray<string>, nul: "Keep" | "Refuse" = "Refuse") => {
  const telnet = TelnetLines.make(MAX, { nul })
  const lines: Array<string> = []
  let fault: TelnetLines.Fault | undefined
  for (const chunk of chunks) {
    fault ??= telnet.push(bytes(chunk), (line) => {
      lines.push(text(line))
      return true
    })
  }
  return { lines, fault, partial: text(telnet.partial()), isEmpty: telnet.isEmpty() }
}

describe("TelnetLines, RFC 854", () => {
  it.each([
    ["CRLF", "a\r\nb\r\n", ["a", "b"]],
    ["LF alone", "a\nb\n", ["a", "b"]],
    ["an empty line", "\r\n", [""]],
    ["a CR alone, which is dropped", "a\rb\r\n", ["ab"]],
    ["CR NUL, a CR of the text", "a\r\0b\r\n", ["a\rb"]],
    ["IAC IAC, the byte FF", "a\xff\xffb\r\n", ["a\xffb"]],
    ["a Telnet command of two bytes, which is dropped", "a\xff\xf4b\r\n", ["ab"]],
    ["a Telnet option of three bytes, which is dropped", "a\xff\xfb\x01b\r\n", ["ab"]],
    ["a lone FF of a charset", "a\xffb\r\n", ["a\xffb"]],
    ["the longest line", `${"x".repeat(MAX)}\r\n`, ["x".repeat(MAX)]]
  ])("reads %s", (_, input, lines) => {
    expect(read([input])).toEqual({ lines, fault: undefined, partial: "", isEmpty: true })
    expect(read([...input])).toEqual({ lines, fault: undefined, partial: "", isEmpty: true })
  })

  it.each([
    ["a line that is one byte too long", `a\n${"x".repeat(MAX + 1)}`, "TooLong", "x".repeat(MAX)],
    ["NUL", "a\nb\0c\n", "Nul", "b\0"]
  ])("stops at %s", (_, input, fault, partial) => {
    expect(read([input])).toMatchObject({ lines: ["a"], fault, partial })
  })

  it("keeps NUL if asked to", () => {
    expect(read(["b\0c\n"], "Keep")).toMatchObject({ lines: ["b\0c"], fault: undefined })
  })

  it("takes nothing after a line that its reader stops at", () => {
    const telnet = TelnetLines.make(MAX, { nul: "Keep" })
    const lines: Array<string> = []
    telnet.push(bytes("a\nb\n"), (line) => {
      lines.push(text(line))
      return false
    })
    expect(lines).toEqual(["a"])
  })

  it("reads the same lines however the bytes are cut into chunks", () => {
    const unit = FastCheck.constantFrom("a", "b", "\r", "\n", "\0", "\xff", "\xf4", "\xfb")
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.array(unit, { maxLength: 6 }), { maxLength: 12 }), (chunks) => {
        const cut = chunks.map((chunk) => chunk.join(""))
        expect(read(cut)).toEqual(read([cut.join("")]))
      })
    )
  })
})
