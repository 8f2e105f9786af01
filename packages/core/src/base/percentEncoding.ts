/**
 * Percent-encoding of the parts of a URL, RFC 3986 §2.1, in bytes: a part may hold bytes that are not UTF-8.
 *
 *     %E4%2F.txt ──decodePart──► the bytes, read as `WireText` does ──encodePart──► %E4/.txt
 *
 * CR, LF and NUL are refused both ways, encoded or not: they would end a command.
 */
import * as Either from "effect/Either"
import * as WireText from "../protocol/WireText.ts"
import { type EncodedPart, InvalidUrl } from "./invalidUrl.ts"

/** The text that is sent, or why it is none. */
export const decodePart = (part: EncodedPart, text: string): Either.Either<string, InvalidUrl> => {
  if (/%(?![0-9a-f]{2})/i.test(text)) {
    return Either.left(new InvalidUrl({ reason: "Percent", part }))
  }
  return Either.flatMap(encodeBytes(part, text), (bytes) => {
    const decoded = new Uint8Array(bytes.length)
    let length = 0
    for (let index = 0; index < bytes.length; index++) {
      const isEscape = bytes[index] === PERCENT
      decoded[length] = isEscape
        ? Number.parseInt(String.fromCharCode(bytes[index + 1] ?? 0, bytes[index + 2] ?? 0), 16)
        : (bytes[index] ?? 0)
      length += 1
      index += isEscape ? 2 : 0
    }
    const result = decoded.subarray(0, length)
    return endsCommand(result) ? Either.left(noControl(part)) : Either.right(WireText.decode(result))
  })
}

/** Encodes every byte but those that are `plain` characters, or says why it can't. */
export const encodePart = (part: EncodedPart, text: string, plain: RegExp): Either.Either<string, InvalidUrl> =>
  Either.flatMap(encodeBytes(part, text), (bytes) => {
    if (endsCommand(bytes)) {
      return Either.left(noControl(part))
    }
    let encoded = ""
    for (const byte of bytes) {
      const character = String.fromCharCode(byte)
      encoded += plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
    }
    return Either.right(encoded)
  })

const PERCENT = 0x25

const encodeBytes = (part: EncodedPart, text: string): Either.Either<Uint8Array, InvalidUrl> =>
  Either.mapLeft(WireText.encode(text), () => new InvalidUrl({ reason: "Surrogate", part }))

/** On bytes, as what matters is what the server will see. */
const endsCommand = (bytes: Uint8Array): boolean => bytes.includes(0) || bytes.includes(0x0a) || bytes.includes(0x0d)

const noControl = (part: EncodedPart): InvalidUrl => new InvalidUrl({ reason: "Control", part })
