/** Who closes the descriptors of pipes and terminals: each is closed once, on the main thread and in a worker. */
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const folder = Fs.mkdtempSync(join(tmpdir(), "ftp-effect-descriptors-"))
const program = join(folder, "program.mjs")
const pipe = join(folder, "pipe")

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL("../support/descriptorsOfPipes.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    conditions: ["@ftp-effect/source", "module"],
    format: "esm",
    logLevel: "error"
  })
  execFileSync("mkfifo", [pipe])
})

afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

/** More than the numbers that are free between others. */
const FILES = 40

// The descriptors of a process have names on Linux alone.
describe.skipIf(!Fs.existsSync("/proc/self/fd"))("pipes and terminals as local files", () => {
  it("leave the descriptors of others alone when the worker thread that used them ends", async () => {
    const worker = new Worker(program, { workerData: Array.from({ length: 3 }, () => pipe) })
    expect(await once(worker, "message")).toEqual([0])
    // The system gives the lowest free numbers: those of the pipes are among them.
    const descriptors = Array.from({ length: FILES }, () => Fs.openSync(program, "r"))
    worker.postMessage("end")
    await once(worker, "exit")
    const closed = descriptors.filter((descriptor) => !Fs.existsSync(`/proc/self/fd/${descriptor}`))
    for (const descriptor of descriptors) {
      if (!closed.includes(descriptor)) Fs.closeSync(descriptor)
    }
    expect(closed).toEqual([])
  })

  it("are closed when they are let go", () => {
    expect(execFileSync(process.execPath, [program, pipe, pipe], { encoding: "utf8" })).toBe("left open: 0\n")
    const inTerminal = `${process.execPath} ${program} /dev/tty`
    expect(execFileSync("script", ["-qec", inTerminal, "/dev/null"], { encoding: "utf8" })).toBe("left open: 0\r\n")
  })
})
