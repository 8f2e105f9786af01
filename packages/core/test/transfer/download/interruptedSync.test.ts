/** A sync of the partial file that is still on its way when the download ends. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Checkpoint from "#core/transfer/download/checkpoint"
import { Ranges } from "#core/transfer/download/ranges"
import { MIB } from "../../support/bytes.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"

const broken = new FtpLocalFileError({ reason: "Other", operation: "Sync", path: "p", detail: "input/output error" })

describe("a sync that is on its way when the download ends", () => {
  it.scoped("fails the download if it fails", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const answer = yield* Deferred.make<void, FtpLocalFileError>()
      // As those of a disk: it can't be interrupted, and the failure is told once.
      const sync = Effect.uninterruptible(Effect.zipRight(Deferred.succeed(begun, undefined), Deferred.await(answer)))
      const below = yield* FtpLocalFile
      const files = FtpLocalFile.of({
        ...below,
        openWriter: (path, mode) => Effect.map(below.openWriter(path, mode), (writer) => ({ ...writer, sync }))
      })
      yield* Effect.scoped(
        Effect.flatMap(below.openWriter("p", "Truncate"), ({ write }) => write(new Uint8Array(1), 0))
      )
      const ranges = new Ranges()
      const checkpoint = yield* Effect.provideService(
        Checkpoint.make({
          source: { servers: [], path: "p" },
          partialFile: "p",
          ranges,
          durability: "Synced",
          journal: Option.none()
        }),
        FtpLocalFile,
        files
      )
      ranges.claim(ranges.first, 64 * MIB)
      ranges.landed(ranges.first, 0)
      checkpoint.landed(64 * MIB)
      yield* Deferred.await(begun)
      const finished = yield* Effect.fork(Effect.either(checkpoint.finish))
      yield* Effect.yieldNow()
      yield* Deferred.fail(answer, broken)
      expect(yield* Fiber.join(finished)).toMatchObject({ _tag: "Left", left: broken })
      expect(checkpoint.isResumable()).toBe(false)
    }).pipe(Effect.provide(MemoryFiles.layer))
  )
})
