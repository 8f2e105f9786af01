/**
 * The charset of a server that does not speak UTF-8, in both directions and without loss:
 *
 *     bytes  42 fc    (latin1)      81 5c (shift_jis)      81 ff (shift_jis: no character)
 *     text   "Bü"                   "―"                    "\uDC81\uDCFF"
 *
 * As in `WireText`, a byte that is no part of a character becomes the lone surrogate U+DC00 + byte. So do the bytes of a
 * character that has another form too, which is the one that it is written in: each text has one form in bytes, and a
 * name that a server listed is sent back to it unchanged, whatever its bytes.
 *
 * The tables are made by the platform's `TextDecoder` when a charset is first asked for. All charsets here extend ASCII,
 * and none keeps a state between characters: a piece of a line means what it means in the line.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as WireText from "./WireText.ts"

/**
 * How text becomes bytes and back on a control connection and in listings. `WireText` is the one for UTF-8.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextCodec {
  /** Total and linear, and `encode` gives the same bytes back. */
  readonly decode: (bytes: Uint8Array) => string
  /** Fails for a character that the charset does not have. */
  readonly encode: (text: string) => Either.Either<Uint8Array, WireText.InvalidText>
}

/**
 * A charset by its name.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpCharset extends TextCodec {
  readonly name: Name
}

/**
 * How many bytes the characters beyond ASCII have at most, and the first bytes that are tried last: their characters have
 * an older form as well (NEC's selection of IBM's extensions, the Hong Kong supplement).
 */
interface Shape {
  readonly bytes: 1 | 2
  readonly last?: readonly [from: number, to: number]
}

const SINGLE: Shape = { bytes: 1 }
const DOUBLE: Shape = { bytes: 2 }

const SHAPES = {
  latin1: SINGLE,
  "iso-8859-2": SINGLE,
  "iso-8859-3": SINGLE,
  "iso-8859-4": SINGLE,
  "iso-8859-5": SINGLE,
  "iso-8859-6": SINGLE,
  "iso-8859-7": SINGLE,
  "iso-8859-8": SINGLE,
  "iso-8859-10": SINGLE,
  "iso-8859-13": SINGLE,
  "iso-8859-14": SINGLE,
  "iso-8859-15": SINGLE,
  "windows-874": SINGLE,
  "windows-1250": SINGLE,
  "windows-1251": SINGLE,
  "windows-1252": SINGLE,
  "windows-1253": SINGLE,
  "windows-1254": SINGLE,
  "windows-1255": SINGLE,
  "windows-1256": SINGLE,
  "windows-1257": SINGLE,
  "windows-1258": SINGLE,
  "koi8-r": SINGLE,
  "koi8-u": SINGLE,
  ibm866: SINGLE,
  macintosh: SINGLE,
  shift_jis: { bytes: 2, last: [0xed, 0xee] },
  "euc-jp": DOUBLE,
  gbk: DOUBLE,
  gb18030: DOUBLE,
  big5: { bytes: 2, last: [0x87, 0xa0] },
  "euc-kr": DOUBLE
} as const satisfies { readonly [name: string]: Shape }

/**
 * `latin1` is windows-1252, as everywhere on the web. Of `gb18030` and `euc-jp` the characters of up to two bytes are
 * read.
 *
 * @since 0.1.0
 * @category models
 */
export type Name = keyof typeof SHAPES

const isName = (text: string): text is Name => Object.hasOwn(SHAPES, text)

/**
 * The names of all charsets.
 *
 * @since 0.1.0
 * @category constants
 */
export const names: ReadonlyArray<Name> = Object.keys(SHAPES).filter(isName)

/**
 * There is no such charset, or the platform's `TextDecoder` does not know it.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownCharset extends Data.TaggedError("UnknownCharset")<{ readonly name: string }> {
  override get message(): string {
    return `the charset ${WireText.toDisplay(this.name)} is not known`
  }
}

/**
 * The charset of that name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string): Either.Either<FtpCharset, UnknownCharset> => {
  const known = made.get(name)
  if (known !== undefined) return Either.right(known)
  const lower = name.toLowerCase()
  const decoder = isName(lower) ? decoderOf(lower) : undefined
  if (decoder === undefined || !isName(lower)) return Either.left(new UnknownCharset({ name }))
  const charset = fromTables(lower, tablesOf(decoder, SHAPES[lower]))
  made.set(name, charset)
  return Either.right(charset)
}

const made = new Map<string, FtpCharset>()

/** Node takes windows-1252 for the real latin1, whose bytes 80 to 9F are control characters (18 to 24). */
const WINDOWS_1252 =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
  "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178"

type Decode = (bytes: Uint8Array) => string

const decoderOf = (name: Name): Decode | undefined => {
  if (name === "latin1" || name === "windows-1252") {
    return (bytes) =>
      Array.from(bytes, (byte) => WINDOWS_1252[byte - FIRST_HIGH_BYTE] ?? String.fromCharCode(byte)).join("")
  }
  try {
    const decoder = new TextDecoder(name)
    return (bytes) => decoder.decode(bytes)
  } catch {
    return undefined
  }
}

const FIRST_HIGH_BYTE = 0x80
const LAST_BYTE = 0xff
/** A byte below 80 is ASCII in any place. */
const escaped = (byte: number): string => String.fromCharCode(byte < FIRST_HIGH_BYTE ? byte : ESCAPE_BASE + byte)

/** Of all charsets here; so a second byte never is a slash, a digit, or the end of a line. */
const FIRST_SECOND_BYTE = 0x40
const PAIR = 0x100
const ESCAPE_BASE = 0xdc00
const LF = 0x0a

/** A byte, or first byte times 256 plus second byte, and its character; each character has one code. */
interface Tables {
  /** The second form of a character is its bytes, escaped. */
  readonly characters: ReadonlyMap<number, string>
  readonly codes: ReadonlyMap<string, number>
}

const tablesOf = (decode: Decode, { bytes, last }: Shape): Tables => {
  const characters = new Map<number, string>()
  const codes = new Map<string, number>()
  const note = (code: number, text: string): void => {
    const isOne = text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff)
    if (isOne && text !== "\ufffd" && text.charCodeAt(0) >= FIRST_HIGH_BYTE) {
      characters.set(code, codes.has(text) ? (code < PAIR ? "" : escaped(code >> 8)) + escaped(code & LAST_BYTE) : text)
      codes.set(text, codes.get(text) ?? code)
    }
  }
  /** Each candidate on a line of its own, as a line end is the end of whatever was begun. */
  const read = (candidates: ReadonlyArray<readonly [code: number, ...bytes: ReadonlyArray<number>]>): void => {
    const lines = decode(Uint8Array.from(candidates.flatMap(([, ...bytes]) => [...bytes, LF]))).split("\n")
    candidates.forEach(([code], index) => {
      note(code, lines[index] ?? "")
    })
  }
  const high = Array.from({ length: LAST_BYTE - FIRST_HIGH_BYTE + 1 }, (_, index) => FIRST_HIGH_BYTE + index)
  read(high.map((byte) => [byte, byte]))
  if (bytes === 2) {
    const isLast = (byte: number) => last !== undefined && byte >= last[0] && byte <= last[1]
    const leads = high.filter((byte) => !characters.has(byte))
    for (const lead of [...leads.filter((byte) => !isLast(byte)), ...leads.filter(isLast)]) {
      const seconds = Array.from({ length: LAST_BYTE - FIRST_SECOND_BYTE + 1 }, (_, index) => FIRST_SECOND_BYTE + index)
      read(seconds.map((second) => [lead * PAIR + second, lead, second]))
    }
  }
  return { characters, codes }
}

const fromTables = (name: Name, { characters, codes }: Tables): FtpCharset => ({
  name,
  decode: (bytes) => {
    const text: Array<string> = []
    for (let at = 0; at < bytes.length; ) {
      const start = at
      while (at < bytes.length && (bytes[at] ?? 0) < FIRST_HIGH_BYTE) at += 1
      if (at > start) text.push(ascii.decode(bytes.subarray(start, at)))
      if (at < bytes.length) {
        const byte = bytes[at] ?? 0
        const single = characters.get(byte)
        const pair = single === undefined ? characters.get(byte * PAIR + (bytes[at + 1] ?? 0)) : undefined
        text.push(single ?? pair ?? escaped(byte))
        at += pair === undefined ? 1 : 2
      }
    }
    return text.join("")
  },
  encode: (text) => {
    const bytes: Array<number> = []
    let index = 0
    for (const character of text) {
      const unit = character.charCodeAt(0)
      const code = unit < FIRST_HIGH_BYTE || WireText.isEscapedByte(unit) ? unit & LAST_BYTE : codes.get(character)
      if (code === undefined) return Either.left(new WireText.InvalidText({ index, charset: name }))
      if (code >= PAIR) bytes.push(code >> 8)
      bytes.push(code & LAST_BYTE)
      index += character.length
    }
    return Either.right(Uint8Array.from(bytes))
  }
})

const ascii = new TextDecoder()
