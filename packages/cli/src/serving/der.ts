/**
 * DER, as far as a certificate needs it: X.690 §8 and §10, definite lengths only.
 *
 *     SEQUENCE { INTEGER 2, UTF8String "a" }  ──►  30 06  02 01 02  0c 01 61
 */

/** One value with its tag and length. */
export type Der = Uint8Array

const SHORT_LENGTH = 0x80
const BITS_PER_BYTE = 8
const BYTE = 0xff

const tagged = (tag: number, content: Uint8Array): Der =>
  Buffer.concat([Uint8Array.of(tag, ...lengthOf(content.byteLength)), content])

const lengthOf = (length: number): ReadonlyArray<number> => {
  if (length < SHORT_LENGTH) {
    return [length]
  }
  const bytes: Array<number> = []
  for (let rest = length; rest > 0; rest >>>= BITS_PER_BYTE) {
    bytes.unshift(rest & BYTE)
  }
  return [SHORT_LENGTH | bytes.length, ...bytes]
}

export const sequence = (...parts: ReadonlyArray<Der>): Der => tagged(0x30, Buffer.concat(parts))

export const set = (...parts: ReadonlyArray<Der>): Der => tagged(0x31, Buffer.concat(parts))

/** Big-endian two's complement in the fewest bytes: the caller sees to both. */
export const integer = (bytes: Uint8Array): Der => tagged(0x02, bytes)

export const TRUE: Der = tagged(0x01, Uint8Array.of(BYTE))

export const octets = (content: Uint8Array): Der => tagged(0x04, content)

/** `unused` bits at the end do not count. */
export const bits = (content: Uint8Array, unused = 0): Der =>
  tagged(0x03, Buffer.concat([Uint8Array.of(unused), content]))

export const utf8 = (text: string): Der => tagged(0x0c, Buffer.from(text, "utf8"))

/** A value whose tag the context gives, with a value inside. */
export const explicit = (number: number, inner: Der): Der => tagged(0xa0 | number, inner)

/** A value whose tag the context gives, of bytes. */
export const implicit = (number: number, content: Uint8Array): Der => tagged(0x80 | number, content)

/** UTCTime until 2049, GeneralizedTime from then on: RFC 5280 §4.1.2.5. */
export const time = (millis: number): Der => {
  const text = `${new Date(millis).toISOString().replace(/[-:T]|\..*$/g, "")}Z`
  return text < "2050" ? tagged(0x17, Buffer.from(text.slice(2), "latin1")) : tagged(0x18, Buffer.from(text, "latin1"))
}

/** `"2.5.4.3"`: the first two numbers share a byte, the others have seven bits in each. */
export const oid = (dotted: string): Der => {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  return tagged(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)))
}

const base128 = (number: number): ReadonlyArray<number> => {
  const bytes = [number & 0x7f]
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) {
    bytes.unshift(0x80 | (rest & 0x7f))
  }
  return bytes
}
