/**
 * Pins: certificates that are named by their SHA-256, or by that of their public key.
 *
 *     sha256:AB:CD:…   sha256:abcd…   64 hexadecimal digits, with or without colons, as browsers and openssl show them
 *     sha256//q83v…                   Base64, as curl has it
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { TaggedError } from "./taggedError.ts"

/** SHA-256 has this many bytes. */
const BYTES = 32

/**
 * The text is no pin. It does not hold the text, which may be something else by mistake, a login even.
 *
 *     Prefix     it starts with neither "sha256:" nor "sha256//", or with nothing else
 *     Encoding   what follows is not hexadecimal digits, or not Base64
 *     Length     that is not 32 bytes
 *
 * @example
 * ```ts
 * import * as Pin from "@ftp-effect/core/protocol/Pin"
 * import * as Either from "effect/Either"
 *
 * const words = Either.match(Pin.parse("sha256:12"), {
 *   onLeft: (error) => (error.reason === "Length" ? "too short or too long" : error.message),
 *   onRight: (fingerprint) => fingerprint
 * })
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidPin extends TaggedError("InvalidPin")<{ readonly reason: "Prefix" | "Encoding" | "Length" }> {
  /** What a pin is, in words that follow "is not". */
  get expected(): string {
    return 'a pin: "sha256:" and 64 hexadecimal digits, or "sha256//" and Base64'
  }
  override get message(): string {
    return `it is not ${this.expected}`
  }
}

/**
 * The fingerprint in a pin, 64 lower-case hexadecimal digits, or why it is none.
 *
 * @example
 * ```ts
 * import * as Pin from "@ftp-effect/core/protocol/Pin"
 *
 * const fingerprint = Pin.parse("sha256//q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=")
 * ```
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (text: string): Either.Either<string, InvalidPin> => {
  const [, base64, hex] = /^sha256(?:\/\/(.+)|:(.+))$/i.exec(text.trim()) ?? []
  if (base64 === undefined && hex === undefined) {
    return Either.left(new InvalidPin({ reason: "Prefix" }))
  }
  const bytes =
    base64 !== undefined ? Encoding.decodeBase64(base64) : Encoding.decodeHex((hex ?? "").replaceAll(":", ""))
  if (Either.isLeft(bytes)) {
    return Either.left(new InvalidPin({ reason: "Encoding" }))
  }
  return bytes.right.byteLength === BYTES
    ? Either.right(Encoding.encodeHex(bytes.right))
    : Either.left(new InvalidPin({ reason: "Length" }))
}

/**
 * The pin of a certificate, or key, with this SHA-256, which is in hexadecimal digits.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromFingerprint = (fingerprint: string): string => `sha256:${fingerprint.toLowerCase()}`
