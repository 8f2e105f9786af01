/**
 * Local names that are no files on a disk, through the command. Pipes are the system's, and so is the time that they
 * take.
 */

import { execFile, execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { folder, run, serve } from "./support/cli.ts"

const BYTES = Uint8Array.from({ length: 1024 * 1024 + 17 }, (_, index) => index % 251)

/** What a program of the shell prints. */
const shell = (script: string, ...words: ReadonlyArray<string>) =>
  Effect.async<Buffer>((resume) => {
    const child = execFile(
      "sh",
      ["-c", script, "sh", ...words],
      { encoding: "buffer", maxBuffer: 2 * BYTES.byteLength },
      (_error, out) => resume(Effect.succeed(out))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const staged = Effect.gen(function* () {
  const here = yield* folder
  const pipe = join(here, "pipe")
  execFileSync("mkfifo", [pipe])
  Fs.writeFileSync(join(here, "bytes"), BYTES)
  const [loggedIn, sending] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
  const served = yield* serve({
    root: { "/bytes": BYTES },
    onLine: ({ from, text }) =>
      from === "Server" && /^(?:150|230)/.test(text)
        ? Effect.asVoid(Deferred.succeed(text.startsWith("150") ? sending : loggedIn, undefined))
        : Effect.void
  })
  return { here, pipe, loggedIn: Deferred.await(loggedIn), sending: Deferred.await(sending), ...served }
})

/** A pipe that a writer has open. */
const held = (pipe: string) =>
  Effect.acquireRelease(
    Effect.sync(() => Fs.openSync(pipe, Fs.constants.O_RDWR | Fs.constants.O_NONBLOCK)),
    (writer) => Effect.sync(() => Fs.closeSync(writer))
  )

describe.skipIf(process.platform === "win32")("a local name that is no file on a disk", () => {
  it.scopedLive("put uploads the contents of a pipe", () =>
    Effect.gen(function* () {
      const { here, pipe, server, url } = yield* staged
      const writing = yield* Effect.fork(shell('cat "$1" > "$2"', join(here, "bytes"), pipe))
      expect(yield* run(["put", pipe, `${url}sent`])).toMatchObject({ code: 0 })
      yield* Fiber.join(writing)
      expect(Buffer.compare(yield* server.read("/sent"), BYTES)).toBe(0)
    })
  )

  it.scopedLive("put of a pipe that falls silent ends when it is interrupted", () =>
    Effect.gen(function* () {
      const { pipe, sending, url } = yield* staged
      const writer = yield* held(pipe)
      const putting = yield* Effect.fork(run(["put", pipe, `${url}sent`]))
      Fs.writeSync(writer, "the beginning")
      yield* sending
      yield* Fiber.interrupt(putting)
    })
  )

  it.scopedLive("put of a pipe that says nothing ends when it is interrupted, and replaces nothing", () =>
    Effect.gen(function* () {
      const { loggedIn, pipe, server, url } = yield* staged
      yield* held(pipe)
      const putting = yield* Effect.fork(run(["put", pipe, `${url}bytes`]))
      yield* loggedIn
      yield* Fiber.interrupt(putting)
      expect((yield* server.read("/bytes")).byteLength).toBe(BYTES.byteLength)
    })
  )

  it.scopedLive("get writes into a pipe", () =>
    Effect.gen(function* () {
      const { pipe, url } = yield* staged
      const reading = yield* Effect.fork(shell('cat "$1"', pipe))
      expect(yield* run(["get", `${url}bytes`, pipe])).toMatchObject({ code: 0 })
      expect(Buffer.compare(yield* Fiber.join(reading), BYTES)).toBe(0)
      expect(Fs.statSync(pipe).isFIFO()).toBe(true)
    })
  )

  it.scopedLive.skipIf(!Fs.existsSync("/proc/version"))("put uploads a file of /proc, whose reported size is 0", () =>
    Effect.gen(function* () {
      const { server, url } = yield* staged
      expect(yield* run(["put", "/proc/version", `${url}sent`])).toMatchObject({ code: 0 })
      expect(Buffer.compare(yield* server.read("/sent"), Fs.readFileSync("/proc/version"))).toBe(0)
    })
  )

  it.scopedLive("put uploads an empty file", () =>
    Effect.gen(function* () {
      const { here, server, url } = yield* staged
      Fs.writeFileSync(join(here, "empty"), "")
      expect(yield* run(["put", join(here, "empty"), `${url}sent`])).toMatchObject({ code: 0 })
      expect((yield* server.read("/sent")).byteLength).toBe(0)
    })
  )
})
