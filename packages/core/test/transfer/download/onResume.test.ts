/** What a download reports of the partial file that an earlier run left. */
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

const CONTENT = noise(3 * MIB, 1)
const OTHER = noise(3 * MIB + 7, 2)
const RECEIVED = 2 * MIB

const stage = Layer.merge(Embedded.layer({ server: { root: { a: CONTENT } } }), MemoryFiles.layer)

/** Leaves a partial file with most of `RECEIVED`. */
const interrupted = Effect.gen(function* () {
  yield* withFault({ _tag: "DropData", afterBytes: RECEIVED, how: "End" })
  yield* inTime(Effect.flip(FtpTransfer.toFile("a", "a", { retry: Schedule.stop })))
  const { files } = yield* MemoryFiles.MemoryFiles
  return files.get("a.ftp-effect.part")?.byteLength ?? 0
})

const run = (options: FtpTransfer.ToFileOptions = {}) =>
  Effect.gen(function* () {
    const resumed: Array<number> = []
    const onResume = (bytes: number) => {
      resumed.push(bytes)
    }
    yield* inTime(FtpTransfer.toFile("a", "a", { ...options, onResume }))
    const { files } = yield* MemoryFiles.MemoryFiles
    return { resumed, content: files.get("a") }
  })

describe("a download calls onResume", () => {
  it.effect("never if no earlier run left anything, even if it is interrupted itself", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DropData", afterBytes: RECEIVED, how: "End" })
      const { content, resumed } = yield* run()
      expect(resumed).toEqual([])
      expect(Buffer.compare(content ?? OTHER, CONTENT)).toBe(0)
    }).pipe(Effect.provide(stage))
  )

  it.effect.each([1, 2, "auto"] as const)("once with the bytes of the partial file, with %s segments", (segments) =>
    Effect.gen(function* () {
      const kept = yield* interrupted
      expect(kept).toBeGreaterThan(MIB)
      const { content, resumed } = yield* run({ segments })
      expect(resumed).toEqual([kept])
      expect(Buffer.compare(content ?? OTHER, CONTENT)).toBe(0)
    }).pipe(Effect.provide(stage))
  )

  it.effect.each(["Fail", "StartOver"] as const)(
    "never if the file on the server is another one by now, with changed: %s",
    (changed) =>
      Effect.gen(function* () {
        yield* interrupted
        const { write } = yield* FtpTestServer.FtpTestServer
        yield* write("a", OTHER)
        const { content, resumed } = yield* run({ changed })
        expect(resumed).toEqual([])
        expect(Buffer.compare(content ?? CONTENT, OTHER)).toBe(0)
      }).pipe(Effect.provide(stage))
  )

  it.effect("never if the server refuses to begin at an offset", () =>
    Effect.gen(function* () {
      yield* interrupted
      yield* withFault({ _tag: "Refuse", verb: "REST", reply: "502 Not implemented.", times: 100 })
      const { content, resumed } = yield* run()
      expect(resumed).toEqual([])
      expect(Buffer.compare(content ?? OTHER, CONTENT)).toBe(0)
    }).pipe(Effect.provide(stage))
  )
})
