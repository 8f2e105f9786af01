/** Hashes by node:crypto, for tests of core, which computes none; and one that lies. */
import * as Crypto from "node:crypto"
import * as Zlib from "node:zlib"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type { Algorithm } from "@ftp-effect/core/protocol/HashReply"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

export const hashOf = (algorithm: Algorithm, bytes: Uint8Array | string): string =>
  algorithm === "CRC32"
    ? Zlib.crc32(bytes).toString(16).padStart(8, "0")
    : Crypto.createHash(algorithm.replace("-", "").toLowerCase()).update(bytes).digest("hex")

export const hasher = FtpHasher.of({
  make: (algorithm) =>
    Effect.sync(() => {
      const chunks: Array<Uint8Array> = []
      return Option.some({
        update: (bytes) => void chunks.push(bytes.slice()),
        digest: () => hashOf(algorithm, Buffer.concat(chunks))
      })
    })
})

/** As of a server that holds other bytes than it was sent. */
export const liar = FtpHasher.of({
  make: (algorithm) => Effect.succeed(Option.some({ update: () => {}, digest: () => hashOf(algorithm, "other bytes") }))
})
