import { describe, expect, it } from "@effect/vitest"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"

const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

/** Bytes that are more often UTF-8, or nearly so, than chance would have it. */
const nearlyUtf8 = FastCheck.array(
  FastCheck.oneof(
    FastCheck.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
    FastCheck.uint8Array({ maxLength: 4 }),
    FastCheck.constantFrom(
      bytes(0xed, 0xa0, 0x80),
      bytes(0xf4, 0x90, 0x80, 0x80),
      bytes(0xe0, 0x9f, 0xbf),
      bytes(0xf0, 0x8f, 0xbf, 0xbf),
      bytes(0xe2, 0x82)
    )
  )
).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])))

describe("WireText.decode", () => {
  it.each([
    ["ASCII", bytes(0x61, 0x62), "ab"],
    ["nothing", bytes(), ""],
    ["two bytes", bytes(0xc3, 0xa9), "é"],
    ["four bytes", bytes(0xf0, 0x9f, 0x98, 0x80), "😀"],
    ["a byte order mark, which is kept", bytes(0xef, 0xbb, 0xbf, 0x61), "\ufeffa"],
    ["latin1", bytes(0x61, 0xe9, 0x62), "a\udce9b"],
    ["a sequence cut at the end", bytes(0xe2, 0x82), "\udce2\udc82"],
    ["an overlong slash", bytes(0xc0, 0xaf), "\udcc0\udcaf"],
    ["an overlong slash of three bytes", bytes(0xe0, 0x80, 0xaf), "\udce0\udc80\udcaf"],
    ["an overlong slash of four bytes", bytes(0xf0, 0x80, 0x80, 0xaf), "\udcf0\udc80\udc80\udcaf"],
    ["an encoded surrogate", bytes(0xed, 0xa0, 0x80), "\udced\udca0\udc80"],
    ["past U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80), "\udcf4\udc90\udc80\udc80"],
    ["valid text around an invalid byte", bytes(0xc3, 0xa9, 0xff, 0xc3, 0xa9), "é\udcffé"],
    ["a byte order mark behind an invalid byte", bytes(0xff, 0xef, 0xbb, 0xbf), "\udcff\ufeff"]
  ])("reads %s", (_, given, text) => {
    expect(WireText.decode(given)).toBe(text)
  })

  it.prop("loses no byte", [FastCheck.oneof(FastCheck.uint8Array(), nearlyUtf8)], ([given]) => {
    expect(WireText.encode(WireText.decode(given))).toStrictEqual(Either.right(given))
  })

  // A quadratic way would need minutes for a megabyte, not the fraction of a second that leaves room in the time limit.
  it("is linear in invalid bytes", () => {
    const given = new Uint8Array(1_000_000).fill(0xe9)
    const back = WireText.encode(WireText.decode(given)).pipe(Either.map((encoded) => Buffer.compare(encoded, given)))
    expect(back).toStrictEqual(Either.right(0))
  })
})

describe("WireText.encode", () => {
  it.prop("agrees with UTF-8 on well-formed text", [FastCheck.string({ unit: "binary" })], ([text]) => {
    expect(WireText.encode(text)).toStrictEqual(Either.right(new TextEncoder().encode(text)))
  })

  it.each([
    ["a high surrogate", "ab\ud800", 2],
    ["an escape that would stand for LF", "\udc0a", 0],
    ["an escape that would stand for 0x7F", "a\udc7f", 1],
    ["a low surrogate past the escapes", "é\udd00", 1]
  ])("refuses %s", (_, text, index) => {
    expect(Either.flip(WireText.encode(text)).pipe(Either.map((error) => error.index))).toStrictEqual(
      Either.right(index)
    )
  })

  it.prop("is total", [FastCheck.array(FastCheck.nat(0xffff))], ([units]) => {
    const encoded = WireText.encode(String.fromCharCode(...units))
    if (Either.isLeft(encoded)) expect(encoded.left._tag).toBe("InvalidText")
  })
})

describe("WireText.toDisplay", () => {
  it.each([
    ["plain text, also beyond ASCII", "Grüße 😀 \\n", "Grüße 😀 \\n"],
    ["line ends and tab", "a\r\n\tb", "a\\r\\n\\tb"],
    ["ESC, NUL, DEL and C1", "\u001b[2J\0\u007f\u009b", "\\x1b[2J\\x00\\x7f\\u009b"],
    ["bidirectional controls", "\u202egpj.exe\u2066\u200f\u061c", "\\u202egpj.exe\\u2066\\u200f\\u061c"],
    ["line separators", "\u2028\u2029", "\\u2028\\u2029"],
    ["a byte that is not UTF-8", "caf\udce9", "caf\\xe9"],
    ["another lone surrogate", "\ud83d", "\\ud83d"]
  ])("shows %s", (_, text, shown) => {
    expect(WireText.toDisplay(text)).toBe(shown)
  })

  it.prop("leaves one line that a terminal cannot misread", [FastCheck.uint8Array()], ([given]) => {
    const shown = WireText.toDisplay(WireText.decode(given))
    expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u)
  })
})
