/**
 * Hashes of local bytes by node:crypto, and CRC-32 by node:zlib where it is there (Node 20.15, 22.2), else by a table.
 *
 * @since 0.1.0
 */
import * as Crypto from "node:crypto"
import * as Zlib from "node:zlib"
import { FtpHasher, type Hashing } from "@ftp-effect/core/FtpHasher"
import type { Algorithm } from "@ftp-effect/core/protocol/HashReply"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/**
 * Local hashes by `node:crypto`.
 *
 * @example
 * ```ts
 * import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
 *
 * const sha256 = NodeFtpHasher.make().make("SHA-256")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): FtpHasher =>
  FtpHasher.of({
    make: (algorithm) =>
      algorithm === "CRC32" ? Effect.sync(() => Option.some(checksum())) : Effect.sync(() => digest(NAMES[algorithm])),
    makeAtOnce: (algorithm) => (algorithm === "CRC32" ? checksum() : Option.getOrUndefined(digest(NAMES[algorithm])))
  })

/**
 * Local hashes by `node:crypto`, for `verify: "Hash"`.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.provide(FtpTransfer.readFile("pub/a", { verify: "Hash" }), NodeFtpHasher.layer)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FtpHasher> = Layer.sync(FtpHasher, make)

const NAMES: { readonly [A in Exclude<Algorithm, "CRC32">]: string } = {
  "SHA-512": "sha512",
  "SHA-256": "sha256",
  "SHA-1": "sha1",
  MD5: "md5"
}

/** `None` where the system's policy forbids the algorithm. A manifest takes one for each file: it is one step of a fiber. */
const digest = (name: string): Option.Option<Hashing> => {
  try {
    const hash = Crypto.createHash(name)
    return Option.some({ update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") })
  } catch {
    return Option.none()
  }
}

const CRC_DIGITS = 8

const checksum = (): Hashing => {
  let value = 0
  return {
    update: (bytes) => {
      // Of no bytes, zlib forgets the value before.
      if (bytes.byteLength > 0) {
        value = crc32(bytes, value)
      }
    },
    digest: () => value.toString(16).padStart(CRC_DIGITS, "0")
  }
}

/** IEEE 802.3, reflected. */
const POLYNOMIAL = 0xedb88320
const BYTE_VALUES = 256
const BITS = 8

let table: Uint32Array | undefined

const makeTable = (): Uint32Array =>
  Uint32Array.from({ length: BYTE_VALUES }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < BITS; bit++) {
      value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    }
    return value
  })

/**
 * CRC-32 by a table, for a Node without its own: goes on from the value of the bytes before, 0 at first.
 *
 * @since 0.1.0
 * @category conversions
 */
export const crc32ByTable = (bytes: Uint8Array, before = 0): number => {
  table ??= makeTable()
  let value = ~before
  for (const byte of bytes) {
    value = (value >>> BITS) ^ (table[(value ^ byte) & (BYTE_VALUES - 1)] ?? 0)
  }
  return ~value >>> 0
}

/** Asked for when it is used: the command loads zlib no earlier. */
const crc32 = (bytes: Uint8Array, before: number): number =>
  typeof Zlib.crc32 === "function" ? Zlib.crc32(bytes, before) : crc32ByTable(bytes, before)
