/** The bundled command as a process of its own; it is built once for each test file. */

import { type ChildProcess, spawn } from "node:child_process"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { lazyModules } from "../../../../scripts/lazyModules.mjs"
import { NOWHERE } from "./cli.ts"

const directory = Fs.mkdtempSync(join(tmpdir(), "ftp-effect-bin-"))
const program = join(directory, "ftp-effect.cjs")

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL("../../src/bin.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    conditions: ["@ftp-effect/source", "module"],
    format: "cjs",
    // As the published bundle has it.
    plugins: [lazyModules],
    logLevel: "error"
  })
})

afterAll(() => Fs.rmSync(directory, { recursive: true, force: true }))

export interface Running {
  readonly child: ChildProcess
  readonly output: () => { readonly out: string; readonly error: string }
  /** The exit code, when the process has ended and its output is read. */
  readonly ended: Promise<number | null>
}

export const start = (
  words: ReadonlyArray<string>,
  stdout: "pipe" | number = "pipe",
  /** Of Node. */
  options: ReadonlyArray<string> = []
): Running => {
  const child = spawn(process.execPath, [...options, program, ...words], {
    stdio: ["ignore", stdout, "pipe"],
    env: { ...process.env, ...NOWHERE, FTP_PASSWORD: "secret" }
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

/** For a shell. */
export const commandLine = (words: ReadonlyArray<string>): string =>
  [process.execPath, program, ...words].map((word) => `'${word}'`).join(" ")

export const run = (words: ReadonlyArray<string>, stdout?: number) =>
  Effect.promise(async () => {
    const running = start(words, stdout)
    return { code: await running.ended, ...running.output() }
  })

/** Waits until a condition holds. */
export const until = (condition: () => boolean) =>
  Effect.promise(async () => {
    for (const deadline = Date.now() + 20_000; !condition() && Date.now() < deadline; ) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(condition()).toBe(true)
  })

/** Of one test: long enough for a machine that does other things too. */
export const TIMEOUT = 60_000
