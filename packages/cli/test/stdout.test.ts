/**
 * Standard output of the process: a reader that stops, one that is slow, a full disk. These tests wait on real time, as
 * processes do.
 */
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, serve } from "./support/cli.ts"
import { slow } from "./support/largeFiles.ts"
import { commandLine, run, start, TIMEOUT, until } from "./support/process.ts"

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
        let isOver = false
        cat.child.once("exit", () => {
          isOver = true
        })
        yield* until(() => transfers() === 1 || isOver)
        expect(cat.output()).toEqual({ out: expect.anything(), error: "" })
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

  it.scopedLive.each(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/fd/5"])(
    "get to %s writes between what the shell writes before and after it into the same file",
    (target) =>
      Effect.gen(function* () {
        const { url } = yield* serve({ root: { "a.txt": "from the server\n" } })
        const here = yield* folder
        const command = commandLine(["get", "-q", `${url}a.txt`, target])
        const script = target.endsWith("5")
          ? `{ echo before >&5; ${command}; echo after >&5; } 5>all`
          : `{ echo before; ${command}; echo after; } >all`
        yield* Effect.promise(() => promisify(execFile)("bash", ["-c", script], { cwd: here }))
        expect(Fs.readFileSync(join(here, "all"), "utf8")).toBe("before\nfrom the server\nafter\n")
      }),
    TIMEOUT
  )
})
