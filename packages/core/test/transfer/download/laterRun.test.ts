/** Whether a later run resumes what an earlier one left: only if it is of this very source. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { MIB, noise } from "../../support/bytes.ts"
import * as Embedded from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { withFault } from "../../support/server.ts"

const RECEIVED = 2 * MIB

/** Zeros around the place where the first run ends: its last bytes are those of many files. */
const withZeros = (seed: number, zeros: number): Uint8Array =>
  noise(4 * MIB, seed).fill(0, RECEIVED - zeros, RECEIVED + MIB / 2)

const stage = (content: Uint8Array, denied: ReadonlyArray<string> = []) =>
  Layer.merge(Embedded.layer({ server: { root: { a: { content } }, denied } }), MemoryFiles.layer)

/** Leaves a partial file with `RECEIVED` bytes. */
const interrupted = Effect.gen(function* () {
  yield* withFault({ _tag: "DropData", afterBytes: RECEIVED, how: "End" })
  yield* inTime(Effect.flip(FtpTransfer.toFile("a", "a", { retry: Schedule.stop })))
})

const run = Effect.gen(function* () {
  const resumed: Array<number> = []
  yield* inTime(FtpTransfer.toFile("a", "a", { onResume: (bytes) => void resumed.push(bytes) }))
  const { files } = yield* MemoryFiles.MemoryFiles
  return { resumed, content: Buffer.from(files.get("a") ?? new Uint8Array(0)) }
})

describe("a later run", () => {
  it.effect("does not resume another file of the same size whose last bytes before the offset are the same zeros", () =>
    Effect.gen(function* () {
      yield* interrupted
      const { write } = yield* FtpTestServer.FtpTestServer
      const other = withZeros(2, MIB / 2)
      yield* write("a", other)
      const { content, resumed } = yield* run
      expect(content.equals(other)).toBe(true)
      expect(resumed).toEqual([])
    }).pipe(Effect.provide(stage(withZeros(1, MIB / 2), ["MDTM"])))
  )

  for (const denied of [[], ["SIZE"]]) {
    it.effect.each([0, 100, MIB / 2, RECEIVED])(
      `resumes the same file after %s zeros (size ${denied.length === 0 ? "known" : "unknown"})`,
      (zeros) =>
        Effect.gen(function* () {
          yield* interrupted
          const { content, resumed } = yield* run
          expect(content.equals(withZeros(1, zeros))).toBe(true)
          expect(resumed.length).toBe(1)
        }).pipe(Effect.provide(stage(withZeros(1, zeros), denied)))
    )
  }
})
