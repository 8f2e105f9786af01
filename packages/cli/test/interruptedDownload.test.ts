/** Downloads whose process is interrupted or killed. These tests wait on real time, as processes do. */
import { randomBytes, randomInt } from "node:crypto"
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, serve } from "./support/cli.ts"
import { large, MIB, restarts, serveLarge, slow } from "./support/largeFiles.ts"
import { run as runProgram, start, TIMEOUT, until } from "./support/process.ts"

describe("a download in a process that ends early", () => {
  it.scopedLive(
    "Ctrl-C ends a download within a second, leaves no partial file, and exits with 130",
    () =>
      Effect.gen(function* () {
        const { server, url } = yield* slow
        const here = yield* folder
        const get = start(["get", "-r", url, join(here, "t")])
        const partial = () => Fs.readdirSync(here, { recursive: true }).filter((name) => String(name).endsWith(".part"))
        yield* until(() => partial().length === 2)
        const began = Date.now()
        get.child.kill("SIGINT")
        expect(yield* Effect.promise(() => get.ended)).toBe(130)
        expect(Date.now() - began).toBeLessThan(2000)
        expect(partial()).toEqual([])
        expect(Fs.readdirSync(join(here, "t"))).toEqual([])
        yield* until(() => Effect.runSync(server.connections).current === 0)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "Ctrl-C in a large download keeps and reports the partial file, and the same command resumes it",
    () =>
      Effect.gen(function* () {
        const { files, get, here, isKept, server } = yield* serveLarge
        const first = get()
        yield* until(isKept)
        first.child.kill("SIGINT")
        expect(yield* Effect.promise(() => first.ended)).toBe(130)
        expect(first.output().error).toContain("large.bin.ftp-effect.part is kept: the same command resumes it\n")
        expect(files()).toEqual(["large.bin.ftp-effect.part", "large.bin.ftp-effect.part.json"])
        expect(yield* Effect.promise(() => get().ended)).toBe(0)
        expect(restarts(yield* server.commands)).toHaveLength(1)
        expect(Fs.readFileSync(join(here, "large.bin")).equals(large)).toBe(true)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "a download that is killed at any moment is resumed by the same command, and the file is identical",
    () =>
      Effect.gen(function* () {
        const { files, get, here, isKept, server } = yield* serveLarge
        const first = get()
        yield* until(isKept)
        const millis = randomInt(1000)
        yield* Effect.sleep(millis)
        first.child.kill("SIGKILL")
        yield* Effect.promise(() => first.ended)
        expect(files(), `killed after ${millis} ms`).not.toContain("large.bin")
        expect(yield* Effect.promise(() => get().ended)).toBe(0)
        const [offset = 0] = restarts(yield* server.commands)
        expect(offset, `killed after ${millis} ms`).toBeGreaterThan(MIB / 2)
        expect(files()).toEqual(["large.bin"])
        expect(Fs.readFileSync(join(here, "large.bin")).equals(large)).toBe(true)
      }),
    TIMEOUT
  )

  for (const [what, command, flags] of [
    ["get of a pattern", "get", []],
    ["get -r", "get", ["-r"]],
    ["mirror", "mirror", []],
    ["mirror --delete", "mirror", ["--delete=extra", "--yes"]]
  ] as const) {
    it.scopedLive(
      `${what} without --limit-rate leaves nothing of a small file whose download with it was killed`,
      () =>
        Effect.gen(function* () {
          const content = randomBytes(200 * 1024)
          const { url } = yield* serve({ root: { "t/a.bin": content } })
          const here = join(yield* folder, "t")
          Fs.mkdirSync(here)
          const from = what === "get of a pattern" ? `${url}t/*.bin` : `${url}t`
          const limited = start([command, ...flags, "--limit-rate", "10k", from, here])
          const files = () => Fs.readdirSync(here).sort()
          yield* until(() => files().includes("a.bin.ftp-effect.part"))
          limited.child.kill("SIGKILL")
          yield* Effect.promise(() => limited.ended)
          expect(files()).toEqual(["a.bin.ftp-effect.part", "a.bin.ftp-effect.part.lock"])
          const again = yield* runProgram([command, ...flags, from, here])
          expect(again).toMatchObject({ code: 0, error: expect.not.stringContaining("warning") })
          expect(files()).toEqual(["a.bin"])
          expect(Fs.readFileSync(join(here, "a.bin")).equals(content)).toBe(true)
        }),
      TIMEOUT
    )
  }

  it.scopedLive(
    "the same download started twice: the second names the process of the first, and the first completes",
    () =>
      Effect.gen(function* () {
        const { files, get, here, isKept } = yield* serveLarge
        const first = get()
        yield* until(isKept)
        // Stopped, it is not done with the file, however long the second takes to start.
        first.child.kill("SIGSTOP")
        const second = get()
        const code = yield* Effect.ensuring(
          Effect.promise(() => second.ended),
          Effect.sync(() => first.child.kill("SIGCONT"))
        )
        expect(code).toBe(7)
        expect(second.output().error).toContain(`process ${first.child.pid} on `)
        expect(second.output().error).not.toContain("is kept")
        expect(yield* Effect.promise(() => first.ended)).toBe(0)
        expect(files()).toEqual(["large.bin"])
        expect(Fs.readFileSync(join(here, "large.bin")).equals(large)).toBe(true)
      }),
    TIMEOUT
  )
})
