/**
 * The command as a process of its own: output, exit codes, demo, serve. These tests wait on real time, as processes do.
 */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, serve } from "./support/cli.ts"
import { commandLine, run, start, TIMEOUT, until } from "./support/process.ts"
import * as SlowStore from "./support/slowStore.ts"

describe("the process", () => {
  it.live(
    "the process prints help and version on stdout, and usage errors on stderr",
    () =>
      Effect.gen(function* () {
        expect(yield* run([])).toMatchObject({ code: 0, out: expect.stringContaining("Commands"), error: "" })
        expect(yield* run(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) })
        expect(yield* run(["nope"])).toMatchObject({ code: 2, out: "", error: expect.stringContaining("no command") })
        expect(yield* run(["--completions", "bash"])).toMatchObject({
          code: 0,
          out: expect.stringContaining("compgen")
        })
      }),
    TIMEOUT
  )

  it.live(
    "demo transfers every file and verifies it",
    () =>
      Effect.gen(function* () {
        const folders = () => Fs.readdirSync(tmpdir()).filter((name) => name.startsWith("ftp-effect-demo-"))
        const before = folders()
        const ran = yield* run(["demo", "--json"])
        expect(ran).toMatchObject({ code: 0, error: "" })
        const steps = jsonLines(ran.out).flatMap((line) => (line.kind === "step" ? [line] : []))
        expect(steps.map(({ step }) => step)).toEqual(["Serve", "List", "Download", "Upload", "Verify"])
        expect(new Set(steps.map(({ files }) => files)).size).toBe(1)
        expect(new Set(steps.map(({ bytes }) => bytes)).size).toBe(1)
        expect(steps.every(({ ok }) => ok)).toBe(true)
        expect(folders().filter((name) => !before.includes(name))).toEqual([])
      }),
    TIMEOUT
  )

  it.scopedLive(
    "serve prints its URL first, accepts only its user, read-only, and ends with the signal",
    () =>
      Effect.gen(function* () {
        const here = yield* folder
        Fs.writeFileSync(join(here, "hello.txt"), "hello\n")
        const server = start(["serve", "--user", "ann", "--port", "0", here])
        yield* Effect.addFinalizer(() => Effect.sync(() => server.child.kill("SIGKILL")))
        yield* until(() => server.output().out.includes("\n") && server.output().error.includes("internet"))
        const url = server.output().out.trim()
        expect(url).toMatch(/^ftp:\/\/ann@127\.0\.0\.1:\d+\/$/)
        expect(yield* run(["cat", `${url}hello.txt`])).toMatchObject({ code: 0, out: "hello\n", error: "" })
        expect(yield* run(["rm", `${url}hello.txt`])).toMatchObject({ code: 6 })
        expect(yield* run(["ls", url.replace("ann@", "")])).toMatchObject({ code: 4 })
        server.child.kill("SIGTERM")
        expect(yield* Effect.promise(() => server.ended)).toBe(143)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "ends by the signal itself when it is hung up: Node crashes in exit if its terminal is gone",
    () =>
      Effect.gen(function* () {
        const server = start(["serve", "--port", "0", yield* folder])
        yield* Effect.addFinalizer(() => Effect.sync(() => server.child.kill("SIGKILL")))
        yield* until(() => server.output().out.includes("\n"))
        server.child.kill("SIGHUP")
        expect(yield* Effect.promise(() => server.ended)).toBe(null)
        expect(server.child.signalCode).toBe("SIGHUP")
      }),
    TIMEOUT
  )

  it.scopedLive(
    "in a directory that was removed says so",
    () =>
      Effect.gen(function* () {
        const gone = yield* folder
        const script = `cd ${gone} && rmdir ${gone} && ${commandLine(["get", "ftp://127.0.0.1:1/a"])}`
        const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" })
        expect({ status, stderr }).toEqual({ status: 7, stderr: expect.stringContaining("was removed") })
      }),
    TIMEOUT
  )

  it.scopedLive(
    "get draws no progress without a terminal",
    () =>
      Effect.gen(function* () {
        const root = yield* SlowStore.make({ a: new Uint8Array(400_000) }, { bytes: 32 * 1024, pauseMillis: 80 })
        const { url } = yield* serve({ root })
        const here = yield* folder
        const ran = yield* run(["get", `${url}a`, here])
        expect(ran).toMatchObject({ code: 0, out: "" })
        expect(ran.error).toMatch(/^downloaded 1 file, 390\.6 KiB in [\d.]+ s(, [\d.]+ KiB\/s)?\n$/)
      }),
    TIMEOUT
  )
})
