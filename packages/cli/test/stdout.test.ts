/**
 * Standard output of the process: a reader that stops, one that is slow, a full disk. These tests wait on real time, as
 * processes do.
 */
import * as Fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serve } from "./support/cli.ts"
import { slow } from "./support/largeFiles.ts"
import { run, start, TIMEOUT, until } from "./support/process.ts"

describe("standard output", () => {
  it.scopedLive(
    "cat ends silently when its reader does",
    () =>
      Effect.gen(function* () {
        const { url } = yield* slow
        const cat = start(["cat", `${url}a.bin`])
        cat.child.stdout?.once("data", () => cat.child.stdout?.destroy())
        expect(yield* Effect.promise(() => cat.ended)).toBe(141)
        expect(cat.output().error).toBe("")
      }),
    TIMEOUT
  )

  it.scopedLive(
    "cat reads no further ahead of its reader than the buffers hold",
    () =>
      Effect.gen(function* () {
        // More than the buffers of two sockets, a pipe and our own can hide.
        const { server, url } = yield* serve({ root: { "large.bin": new Uint8Array(48 * 1024 * 1024) } })
        const transfers = () => Effect.runSync(server.connections).transfers
        const cat = start(["cat", `${url}large.bin`])
        cat.child.stdout?.pause()
        yield* until(() => transfers() === 1)
        yield* Effect.sleep("5 seconds")
        expect(transfers()).toBe(1)
        cat.child.kill("SIGINT")
        expect(yield* Effect.promise(() => cat.ended)).toBe(130)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "cat to a full disk exits with 7",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serve({ root: { a: "a" } })
        const full = Fs.openSync("/dev/full", "w")
        expect(yield* run(["cat", `${url}a`], full)).toMatchObject({
          code: 7,
          error: expect.stringContaining("no space")
        })
        Fs.closeSync(full)
      }),
    TIMEOUT
  )
})
