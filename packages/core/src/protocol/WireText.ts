/**
 * Text of the control connection and its bytes: UTF-8 in which no byte is lost.
 *
 *     bytes  c3 a9        e9            ff
 *     text   "é"          "\uDCE9"      "\uDCFF"
 *
 * RFC 2640 says UTF-8, servers say what they like: a byte that is no part of valid UTF-8 becomes the lone surrogate
 * U+DC00 + byte, as in Python's `surrogateescape`, and turns back into that byte on the way out. So a name that a
 * server listed can be sent back to it unchanged, whatever its charset.
 *
 * CR, LF and NUL are refused by `Command.encode`, not here.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { TaggedError } from "./taggedError.ts"

/**
 * The text holds a lone surrogate that stands for no byte, at `index` (UTF-16 units), or a character that the charset of
 * the server does not have. It never holds the text itself, which may be a secret.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidText extends TaggedError("InvalidText")<{
  readonly index: number
  readonly charset?: string
}> {
  override get message(): string {
    return this.charset === undefined
      ? `a lone surrogate at index ${this.index} stands for no byte`
      : `the character at index ${this.index} is not in ${this.charset}`
  }
}

/** Bytes below this are ASCII and always valid, so an escape never stands for one (and never hides a CR or LF). */
const FIRST_ESCAPED_BYTE = 0x80
const LAST_BYTE = 0xff
/** A byte that is not UTF-8 is this code unit plus the byte. */
const ESCAPE_BASE = 0xdc00
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const BYTES_PER_UNIT = 3

/** `ignoreBOM: true` keeps a byte order mark in the text: it is part of a name like any other character. */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/**
 * Bytes to text; total, linear, and `encode` gives the same bytes back.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = (bytes: Uint8Array): string => {
  try {
    return strict.decode(bytes)
  } catch {
    return decodeEscaping(bytes)
  }
}

/**
 * Text to bytes. U+DC80 to U+DCFF, when alone, become the byte that they escape; any other lone surrogate is an error.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = (text: string): Either.Either<Uint8Array, InvalidText> => {
  const bytes = asciiOf(text)
  return bytes !== undefined
    ? Either.right(bytes)
    : LONE_SURROGATE.test(text)
      ? encodeEscaped(text)
      : Either.right(encoder.encode(text))
}

/** Characters: for a command an encoder takes several times as long as a loop, for long texts a loop does. */
const SHORT = 200

/** `undefined` for what is not ASCII, or long. */
const asciiOf = (text: string): Uint8Array | undefined => {
  if (text.length > SHORT) {
    return undefined
  }
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > LAST_ASCII) {
      return undefined
    }
    bytes[at] = code
  }
  return bytes
}

const LAST_ASCII = 0x7f

/**
 * The text made safe to show or log on one line: C0 and C1 controls, DEL, line separators, bidirectional controls and
 * lone surrogates become `\n`, `\x1b`, `\u202e` and the like. It is for eyes only: nothing reads it back.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toDisplay = (text: string): string =>
  UNSAFE_TO_SHOW.test(text) ? text.replace(EVERY_UNSAFE_TO_SHOW, showEscaped) : text

/** With the `u` flag a well-formed pair is one character, so the range matches lone surrogates only. */
const LONE_SURROGATE = /[\ud800-\udfff]/u
const EVERY_LONE_SURROGATE = /[\ud800-\udfff]/gu

/** C0, DEL and C1; U+061C, LRM, RLM; line and paragraph separators, embeddings and overrides; isolates. */
const UNSAFE_TO_SHOW = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u
const EVERY_UNSAFE_TO_SHOW = new RegExp(UNSAFE_TO_SHOW, "gu")

const SHORT_ESCAPES: { readonly [character: string]: string } = { "\t": "\\t", "\n": "\\n", "\r": "\\r" }

const showEscaped = (character: string): string => {
  const short = SHORT_ESCAPES[character]
  if (short !== undefined) return short
  const unit = character.charCodeAt(0)
  if (isEscapedByte(unit)) return `\\x${hex(unit - ESCAPE_BASE, 2)}`
  return unit < FIRST_ESCAPED_BYTE ? `\\x${hex(unit, 2)}` : `\\u${hex(unit, 4)}`
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/**
 * Whether a UTF-16 unit that is no part of a pair stands for a byte.
 *
 * @since 0.1.0
 * @category guards
 */
export const isEscapedByte = (unit: number): boolean =>
  unit >= ESCAPE_BASE + FIRST_ESCAPED_BYTE && unit <= ESCAPE_BASE + LAST_BYTE

const decodeEscaping = (bytes: Uint8Array): string => {
  const parts: Array<string> = []
  let at = 0
  while (at < bytes.length) {
    const from = at
    for (let length = sequenceLength(bytes, at); length > 0; length = sequenceLength(bytes, at)) {
      at += length
    }
    if (at > from) parts.push(strict.decode(bytes.subarray(from, at)))
    const invalidFrom = at
    while (at < bytes.length && at - invalidFrom < MAX_RUN && sequenceLength(bytes, at) === 0) {
      at += 1
    }
    parts.push(escaped(bytes.subarray(invalidFrom, at)))
  }
  return parts.join("")
}

/** Bytes that are escaped at once: they are the arguments of one call. */
const MAX_RUN = 4096

/** A string for each byte would cost some forty times the memory. */
const escaped = (bytes: Uint8Array): string =>
  String.fromCharCode(...Uint16Array.from(bytes, (byte) => ESCAPE_BASE + byte))

/** The length of the valid UTF-8 sequence that starts at `at`, or 0: table 3-7 of the Unicode Standard. */
const sequenceLength = (bytes: Uint8Array, at: number): number => {
  if (at >= bytes.length) return 0
  const lead = bytes[at] ?? 0
  const isContinuation = (offset: number, from = 0x80, to = 0xbf): boolean => {
    const byte = bytes[at + offset] ?? 0
    return byte >= from && byte <= to
  }
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  if (lead < 0xe0) return isContinuation(1) ? 2 : 0
  if (lead < 0xf0) {
    // E0 would be overlong below A0; ED would be a surrogate above 9F.
    return isContinuation(1, lead === 0xe0 ? 0xa0 : 0x80, lead === 0xed ? 0x9f : 0xbf) && isContinuation(2) ? 3 : 0
  }
  // F0 would be overlong below 90; F4 would be past U+10FFFF above 8F.
  return isContinuation(1, lead === 0xf0 ? 0x90 : 0x80, lead === 0xf4 ? 0x8f : 0xbf) &&
    isContinuation(2) &&
    isContinuation(3)
    ? 4
    : 0
}

const encodeEscaped = (text: string): Either.Either<Uint8Array, InvalidText> => {
  const bytes = new Uint8Array(text.length * BYTES_PER_UNIT)
  let length = 0
  let from = 0
  for (const { index } of text.matchAll(EVERY_LONE_SURROGATE)) {
    const unit = text.charCodeAt(index)
    if (!isEscapedByte(unit)) return Either.left(new InvalidText({ index }))
    length += encoder.encodeInto(text.slice(from, index), bytes.subarray(length)).written
    bytes[length] = unit - ESCAPE_BASE
    length += 1
    from = index + 1
  }
  length += encoder.encodeInto(text.slice(from), bytes.subarray(length)).written
  return Either.right(bytes.slice(0, length))
}
