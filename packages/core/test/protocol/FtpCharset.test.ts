import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Command from "#core/protocol/Command"
import * as FtpCharset from "#core/protocol/FtpCharset"
import * as Listing from "#core/protocol/Listing"
import * as Lines from "#core/protocol/listing/Lines"

const charset = (name: string) => Either.getOrThrow(FtpCharset.make(name))
const encoded = (name: string, text: string) =>
  Either.map(charset(name).encode(text), (bytes) => Buffer.from(bytes).toString("hex"))
const back = (codec: FtpCharset.TextCodec, bytes: Uint8Array) => Either.getOrThrow(codec.encode(codec.decode(bytes)))

describe.each(FtpCharset.names)("a name in %s", (name) => {
  it("is sent with the very bytes that were listed, whatever they are", () => {
    const codec = charset(name)
    for (let first = 0; first < 256; first++) {
      const bytes = Uint8Array.from({ length: 512 }, (_, index) => (index % 2 === 0 ? first : index >> 1))
      expect(Buffer.compare(back(codec, bytes), bytes)).toBe(0)
    }
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(back(codec, bytes)).toEqual(bytes)
      })
    )
  })

  it("means the same in a path, and as a piece of a line", () => {
    const codec = charset(name)
    const name1 = FastCheck.uint8Array({ maxLength: 8 })
    FastCheck.assert(
      FastCheck.property(name1, name1, (left, right) => {
        const path = `${codec.decode(left)}/${codec.decode(right)}`
        expect(Either.getOrThrow(codec.encode(path))).toEqual(Uint8Array.from([...left, 0x2f, ...right]))
      })
    )
  })
})

describe.each(["latin1", "shift_jis", "gbk", "big5", "euc-kr"])("a name in %s that LIST shows", (name) => {
  it("is sent with its very bytes, whatever they are", () => {
    const codec = charset(name)
    const byte = FastCheck.integer({ min: 1, max: 255 }).filter((byte) => !SEPARATORS.includes(byte))
    FastCheck.assert(
      FastCheck.property(FastCheck.array(byte, { minLength: 1, maxLength: 20 }), (bytes) => {
        // `.` and `..` are no names.
        const bytesOfName = Uint8Array.from([0x6e, ...bytes])
        const reader = Listing.reader({ directory: "d", now: DateTime.unsafeMake(0) })
        const lines = Lines.make(reader.take, codec)
        lines.push(Uint8Array.from([...new TextEncoder().encode(LINE), ...bytesOfName, 0x0d, 0x0a]))
        lines.end()
        const [entry] = reader.end().entries
        const sent = Either.getOrThrow(Command.encode(Command.dele(entry?.path ?? ""), codec))
        const doubled = [...bytesOfName].flatMap((byte) => (byte === 0xff ? [byte, byte] : [byte]))
        expect(sent).toEqual(Uint8Array.from([...new TextEncoder().encode("DELE d/"), ...doubled, 0x0d, 0x0a]))
      })
    )
  })
})

const LINE = "-rw-r--r--   1 ann staff  3 Mar  9  1969 "
/** LF, CR and the slash. */
const SEPARATORS = [0x0a, 0x0d, 0x2f]

describe("a charset", () => {
  it.each([
    ["latin1", "Grüße – 5€.txt", "4772fcdf6520962035802e747874"],
    ["iso-8859-15", "5€", "35a4"],
    ["windows-1251", "отчёт", "eef2f7b8f2"],
    ["koi8-r", "отчёт", "cfd4dea3d4"],
    ["cp437", "Größe ½ Σ", "477294e16520ab20e4"],
    ["cp850", "Größe ½ Ø×", "477294e16520ab209d9e"],
    ["shift_jis", "表示ソ\\ｱ①∵", "955c8ea6835c5cb1874081e6"],
    ["euc-jp", "日本語", "c6fccbdcb8ec"],
    ["gbk", "联通€", "c1aacda880"],
    ["big5", "許功蓋", "b35ca55cbb5c"],
    ["euc-kr", "한글", "c7d1b1db"]
  ])("%s writes %s as the systems do that use it", (name, text, hex) => {
    expect(encoded(name, text)).toEqual(Either.right(hex))
    expect(charset(name).decode(Buffer.from(hex, "hex"))).toBe(text)
  })

  it("refuses a character that it does not have, and a lone surrogate that stands for no byte", () => {
    expect(Either.flip(encoded("latin1", "ab日"))).toMatchObject({
      right: { index: 2, message: expect.stringContaining("is not in latin1") }
    })
    expect(Either.isLeft(encoded("gbk", "\ud800"))).toBe(true)
  })

  it("keeps the bytes of a second form of a character, and of what is no character", () => {
    // NEC's form of ∵ and IBM's form of ¬; a first byte without a second one.
    expect(charset("shift_jis").decode(Buffer.from("879aeef9 81".replace(" ", ""), "hex"))).toBe(
      "\udc87\udc9a\udcee\udcf9\udc81"
    )
  })

  it("that is not known is an error, and so is one that keeps a state or is not like ASCII", () => {
    for (const name of ["klingon", "utf-16le", "iso-2022-jp", "constructor", ""]) {
      expect(FtpCharset.make(name)).toMatchObject({ left: { _tag: "UnknownCharset", name } })
    }
  })
})
