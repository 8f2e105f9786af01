/** The command as a process of its own: streams, signals, exit codes. These tests wait on real time, as processes do. */

import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes, randomInt } from "node:crypto"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { folder, jsonLines, serve } from "./support/cli.ts"
import * as SlowStore from "./support/slowStore.ts"

const directory = Fs.mkdtempSync(join(tmpdir(), "ftp-effect-bin-"))
const program = join(directory, "ftp-effect.cjs")

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL("../src/bin.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "error"
  })
})

afterAll(() => Fs.rmSync(directory, { recursive: true, force: true }))

interface Running {
  readonly child: ChildProcess
  readonly output: () => { readonly out: string; readonly error: string }
  /** The exit code, when the process has ended and its output is read. */
  readonly ended: Promise<number | null>
}

const start = (words: ReadonlyArray<string>, stdout: "pipe" | number = "pipe"): Running => {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ["ignore", stdout, "pipe"],
    env: { ...process.env, NETRC: "/nonexistent/netrc", XDG_CONFIG_HOME: "/nonexistent/config", FTP_PASSWORD: "secret" }
  })
  let out = ""
  let error = ""
  child.stdout?.on("data", (bytes) => {
    out += bytes
  })
  child.stderr?.on("data", (bytes) => {
    error += bytes
  })
  return {
    child,
    output: () => ({ out, error }),
    ended: new Promise((resolve) => child.on("close", resolve))
  }
}

const run = (words: ReadonlyArray<string>, stdout?: number) =>
  Effect.promise(async () => {
    const running = start(words, stdout)
    return { code: await running.ended, ...running.output() }
  })

const until = (condition: () => boolean) =>
  Effect.promise(async () => {
    for (const deadline = Date.now() + 20_000; !condition() && Date.now() < deadline; ) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(condition()).toBe(true)
  })

/** Long enough for a machine that does other things too. */
const TIMEOUT = 60_000

describe("the process", () => {
  it.live(
    "prints help and version on stdout, and mistakes on stderr",
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
    "demo moves every file and proves it",
    () =>
      Effect.gen(function* () {
        const ran = yield* run(["demo", "--json"])
        expect(ran).toMatchObject({ code: 0, error: "" })
        const steps = jsonLines(ran.out).flatMap((line) => (line.kind === "step" ? [line] : []))
        expect(steps.map(({ step }) => step)).toEqual(["Serve", "List", "Download", "Upload", "Verify"])
        expect(new Set(steps.map(({ files }) => files)).size).toBe(1)
        expect(new Set(steps.map(({ bytes }) => bytes)).size).toBe(1)
        expect(steps.every(({ ok }) => ok)).toBe(true)
        expect(Fs.readdirSync(tmpdir()).filter((name) => name.startsWith("ftp-effect-demo-"))).toEqual([])
      }),
    TIMEOUT
  )

  it.scopedLive(
    "serve prints its URL first, lets only its user in, only to read, and ends with the signal",
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

  const slow = Effect.flatMap(
    SlowStore.make(
      { "a.bin": new Uint8Array(5_000_000), "b.bin": new Uint8Array(5_000_000) },
      { bytes: 64 * 1024, pauseMillis: 50 }
    ),
    (root) => serve({ root })
  )

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

  const MIB = 1024 * 1024
  const large = randomBytes(8 * MIB)

  /** Serves it in about three seconds. */
  const serveLarge = Effect.gen(function* () {
    const root = yield* SlowStore.make({ "large.bin": large }, { bytes: 64 * 1024, pauseMillis: 20 })
    const { server, url } = yield* serve({ root })
    const here = yield* folder
    const get = () => start(["get", `${url}large.bin`, here])
    const files = () => Fs.readdirSync(here).sort()
    return { server, here, get, files, isKept: () => files().includes("large.bin.ftp-effect.part.json") }
  })

  const restarts = (commands: ReadonlyArray<string>) =>
    commands.flatMap((line) => (line.startsWith("REST ") ? [Number(line.slice("REST ".length))] : []))

  it.scopedLive(
    "Ctrl-C in a large download keeps the partial file and says so, and the same command resumes it",
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

  it.scopedLive(
    "started twice, the second says who fetches it, and the first is whole",
    () =>
      Effect.gen(function* () {
        const { files, get, here, isKept } = yield* serveLarge
        const first = get()
        yield* until(isKept)
        const second = get()
        expect(yield* Effect.promise(() => second.ended)).toBe(7)
        expect(second.output().error).toContain(`process ${first.child.pid} on `)
        expect(second.output().error).not.toContain("is kept")
        expect(yield* Effect.promise(() => first.ended)).toBe(0)
        expect(files()).toEqual(["large.bin"])
        expect(Fs.readFileSync(join(here, "large.bin")).equals(large)).toBe(true)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "Ctrl-C in a large upload says that the server keeps it, and the same command resumes it",
    () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const here = yield* folder
        Fs.writeFileSync(join(here, "large.bin"), large)
        const words = ["put", "--atomic", join(here, "large.bin"), url]
        const first = start([...words, "--limit-rate", "4M"])
        yield* until(() => Effect.runSync(server.connections).transfers === 1)
        yield* Effect.sleep("800 millis")
        first.child.kill("SIGINT")
        expect(yield* Effect.promise(() => first.ended)).toBe(130)
        expect(first.output().error).toMatch(/what the server has of .*large\.bin is kept: the same command resumes it/)
        expect((yield* server.tree).map(({ path }) => path)).not.toContain("/large.bin")
        expect(yield* run(words)).toMatchObject({ code: 0 })
        expect(restarts(yield* server.commands).at(-1)).toBeGreaterThanOrEqual(MIB)
        expect((yield* server.tree).map(({ path }) => path)).toEqual(["/large.bin"])
        expect(large.equals(yield* server.read("/large.bin"))).toBe(true)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "Ctrl-C in a plain upload says that what has the final name is incomplete",
    () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const here = yield* folder
        Fs.writeFileSync(join(here, "large.bin"), large)
        const put = start(["put", "--quiet", "--limit-rate", "4M", join(here, "large.bin"), url])
        yield* until(() => Effect.runSync(server.connections).transfers === 1)
        yield* Effect.sleep("800 millis")
        put.child.kill("SIGINT")
        expect(yield* Effect.promise(() => put.ended)).toBe(130)
        expect(put.output().error).toMatch(
          /^ftp-effect: warning: large\.bin on the server is incomplete: .* of 8\.0 MiB were sent; put -c resumes it\n$/
        )
      }),
    TIMEOUT
  )

  it.scopedLive.each([
    { flags: [], goesOn: false },
    { flags: ["--atomic"], goesOn: true },
    { flags: ["--continue"], goesOn: true },
    { flags: ["-c", "--atomic"], goesOn: true }
  ])(
    "killed at any moment of an upload, $flags, ends with the same command, and the file is identical",
    ({ flags, goesOn }) =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const here = yield* folder
        Fs.writeFileSync(join(here, "large.bin"), large)
        // The time of what is uploaded tells it from what was there before the local file was written.
        Fs.utimesSync(join(here, "large.bin"), 1_000_000_000, 1_000_000_000)
        const words = ["put", ...flags, join(here, "large.bin"), url]
        const first = start(["--limit-rate", "4M", ...words])
        yield* until(() => Effect.runSync(server.connections).transfers === 1)
        const millis = 500 + randomInt(1000)
        yield* Effect.sleep(millis)
        first.child.kill("SIGKILL")
        yield* Effect.promise(() => first.ended)
        yield* until(() => Effect.runSync(server.connections).current === 0)
        const [left] = yield* server.tree
        const { byteLength } = yield* server.read(left?.path ?? "")
        expect(byteLength, `killed after ${millis} ms`).toBeLessThan(large.byteLength)
        const before = (yield* server.commands).length
        expect(yield* run(words)).toMatchObject({ code: 0 })
        const sent = (yield* server.commands).slice(before).filter((line) => /^(REST|RETR|STOR)/.test(line))
        expect(sent.slice(0, -1).includes(`REST ${byteLength}`), `killed after ${millis} ms`).toBe(goesOn)
        expect((yield* server.tree).map(({ path }) => path)).toEqual(["/large.bin"])
        expect(large.equals(yield* server.read("/large.bin"))).toBe(true)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "cat stops without a word when its reader does",
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
    "cat takes no more from the server than its reader takes",
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
    "a full disk behind stdout is an error with exit code 7",
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

  it.scopedLive(
    "draws no progress where there is no terminal",
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
