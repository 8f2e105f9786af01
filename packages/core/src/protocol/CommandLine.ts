/**
 * The line of a command, from its verb and its argument:
 *
 *     verb SP argument CR LF        a CR, LF or NUL in the argument is refused; a byte FF is doubled, or left
 */
import * as Either from "effect/Either"
import type { TextCodec } from "./FtpCharset.ts"

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
/** Telnet's "interpret as command", RFC 854. */
const IAC = 0xff
const SPACE = 0x20
const TILDE = 0x7e

const NO_BYTES = new Uint8Array(0)

/** The bytes, or why there are none. The verb is one of ASCII. */
export const make = (
  verb: string,
  argument: string | undefined,
  codec: TextCodec,
  byteFf: "Doubled" | "Plain"
): Either.Either<Uint8Array, string> => {
  if (argument === undefined) return Either.right(toLine(verb, NO_BYTES, 0))
  const encoded = codec.encode(argument)
  if (Either.isLeft(encoded)) return Either.left(encoded.left.message)
  let doubled = 0
  for (const byte of encoded.right) {
    if (byte === CR) return Either.left("CR is not allowed in an argument")
    if (byte === LF) return Either.left("LF is not allowed in an argument")
    if (byte === NUL) return Either.left("NUL is not allowed in an argument")
    if (byte === IAC && byteFf === "Doubled") doubled += 1
  }
  return Either.right(toLine(`${verb} `, encoded.right, doubled))
}

/** Characters: for nearly all commands a loop takes a part of what an encoder and a second pass do. */
const MAX_USUAL = 200

/** Of printable ASCII alone, in one pass; `undefined` for all else. */
export const usual = (verb: string, argument: string | undefined): Uint8Array | undefined => {
  const length = argument === undefined ? verb.length : verb.length + 1 + argument.length
  if (length > MAX_USUAL) return undefined
  const line = new Uint8Array(length + 2)
  for (let at = 0; at < verb.length; at++) line[at] = verb.charCodeAt(at)
  if (argument !== undefined) {
    const from = verb.length + 1
    line[verb.length] = SPACE
    for (let at = 0; at < argument.length; at++) {
      const code = argument.charCodeAt(at)
      if (code < SPACE || code > TILDE) return undefined
      line[from + at] = code
    }
  }
  line[length] = CR
  line[length + 1] = LF
  return line
}

/** `head` is a verb and perhaps SP, so each of its characters is one byte. */
const toLine = (head: string, argument: Uint8Array, doubled: number): Uint8Array => {
  const line = new Uint8Array(head.length + argument.length + doubled + 2)
  let at = 0
  for (; at < head.length; at++) line[at] = head.charCodeAt(at)
  if (doubled === 0) {
    line.set(argument, at)
    at += argument.length
  } else {
    for (const byte of argument) {
      line[at++] = byte
      if (byte === IAC) line[at++] = IAC
    }
  }
  line[at] = CR
  line[at + 1] = LF
  return line
}
