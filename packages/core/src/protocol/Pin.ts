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

/** SHA-256 has this many bytes. */
const BYTES = 32

const EXPECTED = 'a pin: "sha256:" and 64 hexadecimal digits, or "sha256//" and Base64'

/**
 * The fingerprint in a pin, 64 lower-case hexadecimal digits; else what it should be, in words that follow "is not".
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (text: string): Either.Either<string, string> => {
  const [, base64, hex] = /^sha256(?:\/\/(.+)|:(.+))$/i.exec(text.trim()) ?? []
  const bytes =
    base64 !== undefined ? Encoding.decodeBase64(base64) : Encoding.decodeHex((hex ?? "").replaceAll(":", ""))
  return Either.isRight(bytes) && bytes.right.byteLength === BYTES
    ? Either.right(Encoding.encodeHex(bytes.right))
    : Either.left(EXPECTED)
}

/**
 * The pin of a certificate, or key, with this SHA-256, which is in hexadecimal digits.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromFingerprint = (fingerprint: string): string => `sha256:${fingerprint.toLowerCase()}`
