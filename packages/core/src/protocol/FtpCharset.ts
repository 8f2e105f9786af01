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
 * The tables are made by the platform's `TextDecoder`, if it knows the charset, when that is first asked for. All charsets here extend ASCII,
 * and none keeps a state between characters: a piece of a line means what it means in the line.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { TaggedError } from "./taggedError.ts"
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
  cp437: SINGLE,
  cp850: SINGLE,
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
export class UnknownCharset extends TaggedError("UnknownCharset")<{ readonly name: string }> {
  override get message(): string {
    return `the charset ${WireText.toDisplay(this.name)} is not known`
  }
}

/**
 * The charset of that name.
 *
 * @example
 * ```ts
 * import * as FtpCharset from "@ftp-effect/core/FtpCharset"
 *
 * const japanese = FtpCharset.make("shift_jis")
 * ```
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

/** Of DOS, which `TextDecoder` does not know: bytes 80 to FF. Servers on DOS and OS/2, and disks of those days. */
const CP437 =
  "\u00c7\u00fc\u00e9\u00e2\u00e4\u00e0\u00e5\u00e7\u00ea\u00eb\u00e8\u00ef\u00ee\u00ec\u00c4\u00c5" +
  "\u00c9\u00e6\u00c6\u00f4\u00f6\u00f2\u00fb\u00f9\u00ff\u00d6\u00dc\u00a2\u00a3\u00a5\u20a7\u0192" +
  "\u00e1\u00ed\u00f3\u00fa\u00f1\u00d1\u00aa\u00ba\u00bf\u2310\u00ac\u00bd\u00bc\u00a1\u00ab\u00bb" +
  "\u2591\u2592\u2593\u2502\u2524\u2561\u2562\u2556\u2555\u2563\u2551\u2557\u255d\u255c\u255b\u2510" +
  "\u2514\u2534\u252c\u251c\u2500\u253c\u255e\u255f\u255a\u2554\u2569\u2566\u2560\u2550\u256c\u2567" +
  "\u2568\u2564\u2565\u2559\u2558\u2552\u2553\u256b\u256a\u2518\u250c\u2588\u2584\u258c\u2590\u2580" +
  "\u03b1\u00df\u0393\u03c0\u03a3\u03c3\u00b5\u03c4\u03a6\u0398\u03a9\u03b4\u221e\u03c6\u03b5\u2229" +
  "\u2261\u00b1\u2265\u2264\u2320\u2321\u00f7\u2248\u00b0\u2219\u00b7\u221a\u207f\u00b2\u25a0\u00a0"

const CP850 =
  "\u00c7\u00fc\u00e9\u00e2\u00e4\u00e0\u00e5\u00e7\u00ea\u00eb\u00e8\u00ef\u00ee\u00ec\u00c4\u00c5" +
  "\u00c9\u00e6\u00c6\u00f4\u00f6\u00f2\u00fb\u00f9\u00ff\u00d6\u00dc\u00f8\u00a3\u00d8\u00d7\u0192" +
  "\u00e1\u00ed\u00f3\u00fa\u00f1\u00d1\u00aa\u00ba\u00bf\u00ae\u00ac\u00bd\u00bc\u00a1\u00ab\u00bb" +
  "\u2591\u2592\u2593\u2502\u2524\u00c1\u00c2\u00c0\u00a9\u2563\u2551\u2557\u255d\u00a2\u00a5\u2510" +
  "\u2514\u2534\u252c\u251c\u2500\u253c\u00e3\u00c3\u255a\u2554\u2569\u2566\u2560\u2550\u256c\u00a4" +
  "\u00f0\u00d0\u00ca\u00cb\u00c8\u0131\u00cd\u00ce\u00cf\u2518\u250c\u2588\u2584\u00a6\u00cc\u2580" +
  "\u00d3\u00df\u00d4\u00d2\u00f5\u00d5\u00b5\u00fe\u00de\u00da\u00db\u00d9\u00fd\u00dd\u00af\u00b4" +
  "\u00ad\u00b1\u2017\u00be\u00b6\u00a7\u00f7\u00b8\u00b0\u00a8\u00b7\u00b9\u00b3\u00b2\u25a0\u00a0"

const HIGH_HALVES: { readonly [name in Name]?: string } = { cp437: CP437, cp850: CP850 }

type Decode = (bytes: Uint8Array) => string

const decoderOf = (name: Name): Decode | undefined => {
  if (name === "latin1" || name === "windows-1252") {
    return (bytes) =>
      Array.from(bytes, (byte) => WINDOWS_1252[byte - FIRST_HIGH_BYTE] ?? String.fromCharCode(byte)).join("")
  }
  const highHalf = HIGH_HALVES[name]
  if (highHalf !== undefined) {
    return (bytes) =>
      Array.from(bytes, (byte) => highHalf[byte - FIRST_HIGH_BYTE] ?? String.fromCharCode(byte)).join("")
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
