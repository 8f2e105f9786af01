/** Uploads that find a file with zeros in it, after an earlier run resumed and was killed before its boundary check. */
import { describe, expect, it } from "@effect/vitest"
import type { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import type * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import {
  begin,
  CONTENT,
  changePartialUpload,
  isOnServer,
  MIB,
  names,
  put,
  putAgain,
  resumeOffsets,
  stage,
  TEMPORARY
} from "../../support/partialUpload.ts"
import { zeroFilling } from "../../support/zeroFilling.ts"

describe("a partial upload that an earlier run resumed over zeros, unchecked", () => {
  const resumeUnchecked = (put: Effect.Effect<unknown, unknown, FtpPool.FtpPool | FtpLocalFile>) =>
    Effect.gen(function* () {
      yield* begin
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 2 * MIB, how: "End" })
      yield* server.fault({ _tag: "Silence", verb: "RETR" })
      const first = yield* Effect.fork(put)
      // Killed when all bytes are there, ahead of the boundary check.
      yield* inTime(
        Effect.iterate(false, {
          while: (isChecking) => !isChecking,
          body: () =>
            Effect.zipRight(
              Effect.sleep("100 millis"),
              Effect.map(server.commands, (lines) => lines.some((line) => line.startsWith("RETR")))
            )
        })
      )
      expect((yield* resumeOffsets).length).toBe(1)
      yield* server.resetConnections
      yield* inTime(Fiber.interrupt(first), "20 seconds")
      yield* server.clearFaults
    })

  const zeroFillingStage = Layer.unwrapEffect(Effect.map(zeroFilling({ "pub/": {} }), (root) => stage({ root })))

  it.effect("regression: is replaced by the next atomic upload", () =>
    Effect.gen(function* () {
      yield* resumeUnchecked(put({ atomic: true }))
      const [partial = ""] = yield* names
      expect(partial).toMatch(TEMPORARY)
      expect(yield* isOnServer(partial, CONTENT)).toBe(false)
      yield* putAgain({ atomic: true })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      expect(yield* names).toEqual(["/pub/a"])
    }).pipe(Effect.provide(zeroFillingStage))
  )

  it.effect("regression: is replaced by the next upload under the final name", () =>
    Effect.gen(function* () {
      yield* resumeUnchecked(put())
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(false)
      yield* putAgain()
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(zeroFillingStage))
  )

  it.effect("is replaced also if the source begins and ends with zeros", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      yield* resumeUnchecked(put({ atomic: true }))
      const zeros = CONTENT.slice()
      zeros.fill(0, 0, MIB)
      zeros.fill(0, 2 * MIB)
      files.set("a", zeros)
      yield* changePartialUpload((bytes) => bytes.fill(0))
      const { resumedFrom } = yield* putAgain({ atomic: true })
      expect(resumedFrom).toBe(CONTENT.length)
      expect(yield* isOnServer("/pub/a", zeros)).toBe(true)
    }).pipe(Effect.provide(zeroFillingStage))
  )
})
