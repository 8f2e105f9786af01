/**
 * The charset of names: the caller's, or that of an earlier run, and what the bytes of listings say of it.
 *
 *     caller's ──FEAT has no UTF8; bytes that are no UTF-8, and that it reads──► remembered for later runs
 *
 *     earlier run's ──another greeting, another FEAT───────────────────────────► forgotten: UTF-8 from then on
 *         └──enough bytes beyond ASCII, and all of them are UTF-8──────────────► forgotten; the listing is read again
 *
 * A name of two letters in GBK or in half-width katakana can be UTF-8 by chance, so one of them shows nothing.
 */
import * as Either from "effect/Either"
import type { ListingMemory } from "../base/serverCapabilities.ts"
import * as FtpCharset from "../protocol/FtpCharset.ts"
import * as WireText from "../protocol/WireText.ts"

export interface NamesCharset {
  /** For commands and replies; `undefined` is UTF-8. */
  readonly codec: FtpCharset.TextCodec | undefined
  /** For listings: the same, and their bytes are noted. */
  readonly listing: FtpCharset.TextCodec | undefined
  /** Whether names are UTF-8, as far as is known by now. */
  readonly isUtf8: () => boolean
  /** Whether no listing can show that names are to be read in another charset. */
  readonly isCertain: () => boolean
}

/** `given` is the caller's. */
export const make = (memory: ListingMemory, given: FtpCharset.FtpCharset | undefined): NamesCharset => {
  if (given !== undefined) {
    return {
      codec: given,
      listing: noting(given, (bytes) => learn(memory, given, bytes)),
      isUtf8: () => false,
      isCertain: () => true
    }
  }
  const hinted = memory.charset === undefined ? undefined : Either.getOrUndefined(FtpCharset.make(memory.charset))
  if (hinted === undefined) {
    return { codec: undefined, listing: undefined, isUtf8: () => true, isCertain: () => true }
  }
  const isUtf8 = () => memory.charset !== hinted.name
  const codec: FtpCharset.TextCodec = {
    decode: (bytes) => (isUtf8() ? WireText : hinted).decode(bytes),
    encode: (text) => (isUtf8() ? WireText : hinted).encode(text)
  }
  return { codec, listing: noting(codec, (bytes) => doubt(memory, bytes)), isUtf8, isCertain: isUtf8 }
}

const noting = (codec: FtpCharset.TextCodec, note: (bytes: Uint8Array) => void): FtpCharset.TextCodec => ({
  ...codec,
  decode: (bytes) => {
    note(bytes)
    return codec.decode(bytes)
  }
})

const FIRST_HIGH_BYTE = 0x80

const highBytes = (bytes: Uint8Array): number =>
  bytes.reduce((count, byte) => count + Number(byte >= FIRST_HIGH_BYTE), 0)

/** Bytes that are no part of a character stand in the text as lone surrogates. */
const ESCAPED = /[\ud800-\udfff]/u

const isUtf8 = (bytes: Uint8Array): boolean => !ESCAPED.test(WireText.decode(bytes))

const learn = (memory: ListingMemory, charset: FtpCharset.FtpCharset, bytes: Uint8Array): void => {
  if (memory.charset !== charset.name && !isUtf8(bytes) && !ESCAPED.test(charset.decode(bytes))) {
    memory.charset = charset.name
  }
}

/** Of three letters in a charset of two bytes each, less than one in a thousand looks like UTF-8. */
const ENOUGH_BYTES = 6

const doubt = (memory: ListingMemory, bytes: Uint8Array): void => {
  if (memory.charset !== undefined && memory.likeUtf8 !== "Never") {
    const high = highBytes(bytes)
    if (high > 0) {
      memory.likeUtf8 = isUtf8(bytes) ? memory.likeUtf8 + high : "Never"
      if (memory.likeUtf8 !== "Never" && memory.likeUtf8 >= ENOUGH_BYTES) {
        memory.charset = undefined
      }
    }
  }
}
