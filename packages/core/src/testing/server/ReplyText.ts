/**
 * Replies as text and bytes, RFC 959 §4.2.
 *
 *     "450 File busy."  ──parseReply──►  450, ["File busy."]  ──toWire──►  "450 File busy.\r\n"  ──encode──►  bytes
 */
import * as Either from "effect/Either"
import type { TextCodec } from "../../protocol/FtpCharset.ts"
import * as Reply from "../../protocol/Reply.ts"

/** A reply from its text, `"450 busy"` or several lines; a text without a code is given 500. */
export const parseReply = (text: string): Reply.Reply => {
  const [first = "", ...rest] = text.split(/\r?\n/)
  const [, digits, words] = /^([1-6]\d\d)[ -]?(.*)$/.exec(first) ?? ["", "500", first]
  const code = Number(digits)
  const prefix = new RegExp(`^${digits}[ -]`)
  return Reply.make(code, words ?? "", ...rest.map((line) => line.replace(prefix, "")))
}

/** A reply as it is sent, several lines as RFC 959 §4.2 has them. */
export const toWire = ({ code, lines }: Reply.Reply): string => {
  const last = lines.length - 1
  return lines
    .map((line, index) =>
      index === last ? `${code} ${line}\r\n` : index === 0 ? `${code}-${line}\r\n` : `${line}\r\n`
    )
    .join("")
}

/** Lines as they are sent. */
export const toLines = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\r\n`).join("")

/** A reply of several lines with another last line than its own; one of one line gets it as a second one. */
export const endedBy = ({ code, lines }: Reply.Reply, line: string): string => {
  const [first, ...rest] = lines
  return toLines([`${code}-${first}`, ...rest.slice(0, -1), line])
}

const FLOOD_LINE = " and so on, and so on, and so on, and so on, and so on, and so on\r\n"

/** A reply of at least so many bytes, in many lines or in one. */
export const flooded = (reply: Reply.Reply, bytes: number, shape: "Lines" | "OneLine"): string =>
  shape === "OneLine"
    ? `${reply.code} ${"x".repeat(bytes)}\r\n`
    : `${reply.code}-${reply.lines[0]}\r\n${FLOOD_LINE.repeat(Math.ceil(bytes / FLOOD_LINE.length))}${reply.code} End\r\n`

const IAC = 0xff

/** Text of a control connection or a listing as bytes; a character that cannot be encoded becomes `?`. */
export const encodeText = (text: string, codec: TextCodec): Uint8Array =>
  Either.getOrElse(codec.encode(text), () => {
    const known = Array.from(text, (character) => (Either.isRight(codec.encode(character)) ? character : "?"))
    return Either.getOrElse(codec.encode(known.join("")), () => new Uint8Array())
  })

/** The same with the byte 255 doubled, because Telnet reads a single one as a command (RFC 854 p.14). */
export const encode = (text: string, codec: TextCodec): Uint8Array => {
  const bytes = encodeText(text, codec)
  return bytes.includes(IAC)
    ? Uint8Array.from(Array.from(bytes).flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])))
    : bytes
}
