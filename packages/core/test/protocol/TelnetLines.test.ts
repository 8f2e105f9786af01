import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as TelnetLines from "#core/protocol/TelnetLines"

const MAX = 16

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes)

/** The lines that chunks of bytes complete, what is held back, and the fault if there is one. */
const read = (chunks: ReadonlyArray<string>, options: Partial<TelnetLines.Options> = {}) => {
  const telnet = TelnetLines.make(MAX, { nul: "Refuse", counts: "Text", ...options })
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

  it.each([
    ["CRLF", "x".repeat(MAX), "\r\n", "x".repeat(MAX)],
    ["CR NUL and LF", "x".repeat(MAX), "\r\0\n", "x".repeat(MAX)],
    ["Telnet commands", `\xff\xf4\xff\xfb\x01${"x".repeat(MAX)}`, "\n", "x".repeat(MAX)]
  ])("counts the text of a line, without %s", (_, start, end, line) => {
    expect(read([start + end])).toMatchObject({ lines: [line], fault: undefined })
    expect(read([`${start}x${end}`])).toMatchObject({ lines: [], fault: "TooLong" })
  })

  it.each([
    ["LF alone", "x".repeat(MAX), "\n"],
    ["CR", "x".repeat(MAX - 1), "\r\n"],
    ["CR NUL", "x".repeat(MAX - 2), "\r\0\n"],
    ["a Telnet command", `\xff\xf4${"x".repeat(MAX - 2)}`, "\n"],
    ["a Telnet option", `\xff\xfb\x01${"x".repeat(MAX - 3)}`, "\n"]
  ])("counts every byte ahead of LF if asked to: %s", (_, start, end) => {
    const options = { counts: "Wire" } as const
    for (const chunks of [[`a\n${start}${end}b\n`], [..."a\n", ...start, ...end, ..."b\n"]]) {
      expect(read(chunks, options).lines.length).toBe(3)
      expect(read(chunks, options).fault).toBe(undefined)
    }
    for (const chunks of [[`a\n${start}x${end}b\n`], [..."a\n", ...start, "x", ...end, ..."b\n"]]) {
      expect(read(chunks, options)).toMatchObject({ lines: ["a"], fault: "TooLong" })
    }
  })

  it("ends a stream of Telnet commands without a line, if every byte counts", () => {
    expect(read(["\xff\xf1".repeat(MAX)], { counts: "Wire" }).fault).toBe("TooLong")
    expect(read(["\xff\xf1".repeat(MAX)]).fault).toBe(undefined)
  })

  it.each([
    ["nothing", "a\n", ""],
    ["text", "a\nb", "b"],
    ["text and CR", "b\r", "b"],
    ["text and CR NUL, as LF after it would", "b\r\0", "b"]
  ])("takes what has not ended at the end of file: %s", (_, input, last) => {
    const telnet = TelnetLines.make(MAX, { nul: "Refuse", counts: "Text" })
    telnet.push(bytes(input), () => true)
    expect(text(telnet.end())).toBe(last)
    expect(text(telnet.partial())).toBe("")
  })

  it("forgets a line, the CR and the Telnet command that have begun, and their count", () => {
    const telnet = TelnetLines.make(MAX, { nul: "Refuse", counts: "Wire" })
    for (const begun of ["x".repeat(MAX), "a\r", "a\xff", "a\xff\xfb"]) {
      telnet.push(bytes(begun), () => true)
      telnet.drop()
      expect(telnet.isEmpty()).toBe(true)
    }
    const lines: Array<string> = []
    expect(telnet.push(bytes(`${"y".repeat(MAX)}\n`), (line) => lines.push(text(line)) > 0)).toBe(undefined)
    expect(lines).toEqual(["y".repeat(MAX)])
  })

  it("keeps NUL if asked to", () => {
    expect(read(["b\0c\n"], { nul: "Keep" })).toMatchObject({ lines: ["b\0c"], fault: undefined })
  })

  it("takes nothing after a line that its reader stops at", () => {
    const telnet = TelnetLines.make(MAX, { nul: "Keep", counts: "Text" })
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
        for (const counts of ["Text", "Wire"] as const) {
          expect(read(cut, { counts })).toEqual(read([cut.join("")], { counts }))
        }
      })
    )
  })
})
