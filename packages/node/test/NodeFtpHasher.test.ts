import { describe, expect, it } from "@effect/vitest"
import * as HashReply from "@ftp-effect/core/protocol/HashReply"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

/** Of the nine digits that every CRC catalogue checks with, and of nothing. */
const KNOWN: { readonly [A in HashReply.Algorithm]: readonly [digits: string, nothing: string] } = {
  "SHA-512": ["d9e6762dd1c8eaf6d61b3c6192fc408d", "cf83e1357eefb8bdf1542850d66d8007"],
  "SHA-256": ["15e2b0d3c33891ebb0f1ef609ec41942", "e3b0c44298fc1c149afbf4c8996fb924"],
  "SHA-1": ["f7c3bc1d808e04732adf679965ccc34c", "da39a3ee5e6b4b0d3255bfef95601890"],
  MD5: ["25f9e794323b453885f5181f1b624d0b", "d41d8cd98f00b204e9800998ecf8427e"],
  CRC32: ["cbf43926", "00000000"]
}

const hash = (algorithm: HashReply.Algorithm, ...parts: ReadonlyArray<string>) =>
  Effect.map(NodeFtpHasher.make().make(algorithm), (made) => {
    const hashing = Option.getOrThrow(made)
    for (const part of parts) {
      hashing.update(new TextEncoder().encode(part))
    }
    return hashing.digest()
  })

describe("NodeFtpHasher", () => {
  for (const algorithm of HashReply.algorithms) {
    it.effect(`computes ${algorithm}, however the bytes are cut`, () =>
      Effect.gen(function* () {
        const [digits, nothing] = KNOWN[algorithm]
        expect((yield* hash(algorithm, "123456789")).startsWith(digits)).toBe(true)
        expect(yield* hash(algorithm, "1", "", "2345678", "9")).toBe(yield* hash(algorithm, "123456789"))
        expect((yield* hash(algorithm)).startsWith(nothing)).toBe(true)
      })
    )
  }

  it("computes CRC-32 by its table as zlib does", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array(), FastCheck.uint8Array(), (head, tail) => {
        const made = Effect.runSync(NodeFtpHasher.make().make("CRC32"))
        const hashing = Option.getOrThrow(made)
        hashing.update(head)
        hashing.update(tail)
        const byTable = NodeFtpHasher.crc32ByTable(tail, NodeFtpHasher.crc32ByTable(head))
        expect(byTable.toString(16).padStart(8, "0")).toBe(hashing.digest())
      })
    )
  })
})
