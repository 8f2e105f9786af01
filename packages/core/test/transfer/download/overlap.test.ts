import { describe, expect, it } from "@effect/vitest"
import type { DataError, FtpIntegrityError } from "@ftp-effect/core/FtpError"
import type { Pull } from "@ftp-effect/core/FtpSource"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Bytes from "#core/base/bytes"
import * as Overlap from "#core/transfer/download/overlap"

const { OVERLAP, Tail } = Overlap
const MIB = 1024 * 1024

const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 31) % 251)
const zeros = (length: number): Uint8Array => new Uint8Array(length)

const tailOf = (...chunks: ReadonlyArray<Uint8Array>) => {
  const tail = new Tail()
  for (const chunk of chunks) {
    tail.push(chunk)
  }
  return tail
}

const SUBJECT = { direction: "Download", path: "a", server: "ftp.test" } as const

/** A server that sends these chunks, and then the end. */
const sends = (...chunks: ReadonlyArray<Uint8Array>): Pull<DataError> => {
  const left = [...chunks]
  return Effect.sync(() => Option.fromNullable(left.shift()))
}

describe("the overlap of two attempts", () => {
  it.each([
    ["nothing was delivered", [], 0, 0],
    ["less than an overlap was delivered", [noise(100)], 100, 0],
    ["a large chunk was delivered", [noise(3 * OVERLAP)], OVERLAP, 0],
    ["small chunks were delivered", [noise(OVERLAP - 96), noise(100), noise(100)], OVERLAP, 0],
    ["the last bytes are alike: the bytes before them are compared", [noise(OVERLAP), zeros(8192)], OVERLAP, 8192],
    ["all bytes are alike", [zeros(8192)], 0, 8192]
  ] as const)("when %s", (_, chunks, compared, alike) => {
    const overlap = tailOf(...chunks).overlap(true)
    expect([overlap.bytes.byteLength, overlap.alike]).toEqual([compared, alike])
    expect(Overlap.lengthOf(overlap)).toBe(compared + alike)
  })

  it("is bounded if the size is known, and reaches back to distinctive bytes if not", () => {
    const tail = tailOf(noise(OVERLAP), zeros(2 * MIB))
    expect(Overlap.lengthOf(tail.overlap(true))).toBe(OVERLAP)
    expect(Overlap.lengthOf(tail.overlap(false))).toBe(OVERLAP + 2 * MIB)
  })

  it.effect("is found in a partial file as it is among the bytes that were received", () =>
    Effect.gen(function* () {
      const parts = [[], [noise(100)], [noise(MIB)], [zeros(2 * OVERLAP)], [noise(OVERLAP), zeros(2 * MIB)]]
      for (const content of [...parts, [noise(MIB), zeros(MIB / 2)], [zeros(OVERLAP), noise(1), zeros(3 * MIB)]]) {
        const whole = Bytes.concat(content)
        const read = (from: number, length: number) => Effect.succeed(whole.subarray(from, from + length))
        for (const isSizeKnown of [true, false]) {
          const received = tailOf(...content).overlap(isSizeKnown)
          const at = whole.byteLength
          const found = (yield* Overlap.tailOf(read, { from: 0, at }, isSizeKnown)).overlap(isSizeKnown)
          // The first of the bytes that are alike may be compared too.
          expect([0, 1]).toContain(received.alike - found.alike)
          const begin = at - Overlap.lengthOf(found)
          expect(Bytes.isEqual(found.bytes, whole.subarray(begin, begin + found.bytes.byteLength))).toBe(true)
        }
      }
    })
  )

  // One byte alone differs from no other.
  it("does not depend on how the bytes were cut into chunks", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.integer({ min: 2, max: 3 * OVERLAP }), { maxLength: 6 }),
        (sizes) => {
          const content = noise(sizes.reduce((sum, size) => sum + size, 0))
          const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0))
          const chunks = ends.map((end, index) => content.subarray(end - (sizes[index] ?? 0), end))
          expect(tailOf(...chunks).overlap(true).bytes).toEqual(content.subarray(-OVERLAP))
        }
      )
    )
  })

  it.effect("is read and compared, and what follows it in the same chunk belongs to the file", () =>
    Effect.gen(function* () {
      const content = noise(5000)
      const overlap = tailOf(content.subarray(0, 4500)).overlap(true)
      const read = sends(content.subarray(404, 1000), content.subarray(1000))
      expect(yield* Overlap.expect(read, overlap, SUBJECT)).toEqual(content.subarray(4500))
    })
  )

  it.effect("has nothing after it if a chunk ends with it", () =>
    Effect.gen(function* () {
      const overlap = tailOf(noise(100)).overlap(true)
      expect(yield* Overlap.expect(sends(noise(100), noise(7)), overlap, SUBJECT)).toBeUndefined()
    })
  )

  it.effect.each([
    ["the server sends other bytes", [zeros(100)]],
    ["a later chunk has other bytes", [noise(50), zeros(50)]],
    ["the server sends the end", [noise(50)]]
  ] as const)("is an IgnoredOffset if %s", ([_, chunks]) =>
    Effect.gen(function* () {
      const overlap = tailOf(noise(100)).overlap(true)
      const error: DataError | FtpIntegrityError = yield* Effect.flip(
        Overlap.expect(sends(...chunks), overlap, SUBJECT)
      )
      expect(error).toMatchObject({ _tag: "FtpIntegrityError", reason: "IgnoredOffset" })
    })
  )
})
