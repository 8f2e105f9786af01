/** Files of `get` and `put` that fail while others are copied, and are tried again at the end. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { files, read } from "./support/tree.ts"

/** A large file: a small one has a second way within its first turn. */
const large = new Uint8Array(300_000).fill(7)

/** What is refused for now is asked for once more in each turn. */
const QUICKLY = ["--retry-time", "0.001"]
const TURN = 2

const busy = (verb: string, times = TURN) => ({ _tag: "Refuse", verb, reply: "450 busy", times }) as const

describe("a file of get -r that fails while others are copied", () => {
  it.scopedLive("is tried again at the end, and nothing is said if it works then", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": large, "t/b": "b", "t/in/c": "c" } })
      const here = yield* folder
      yield* server.fault(busy("RETR"))
      const ran = yield* run(["get", "-r", "-P", "1", ...QUICKLY, "--json", `${url}t`, here])
      expect(ran).toMatchObject({ code: 0, error: "" })
      expect(files(here)).toEqual(["a", "b", "in/c"])
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ kind: "summary", files: 3, failed: 0 })
      expect((yield* server.commands).filter((line) => line.startsWith("RETR")).at(-1)).toMatch(/t\/a$/)
    })
  )

  it.scopedLive("is told to a person who watches", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": large, "t/b": "b" } })
      const here = yield* folder
      yield* server.fault(busy("RETR"))
      const ran = yield* run(["get", "-rv", "-P", "1", ...QUICKLY, `${url}t`, here])
      expect(ran.code).toBe(0)
      expect(ran.error).toMatch(/^t\/a is tried again at the end: .*450 busy/m)
    })
  )

  it.scopedLive("fails once, if it fails again", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": large } })
      const here = yield* folder
      yield* server.fault(busy("RETR"))
      yield* server.fault({ ...busy("RETR"), reply: "450 still busy" })
      const ran = yield* run(["get", "-r", "-P", "1", ...QUICKLY, `${url}t`, here])
      expect(ran.code).not.toBe(0)
      expect(ran.error.match(/^ftp-effect: .*busy/gm)?.length).toBe(1)
    })
  )

  it.scopedLive("is not tried again if that can't help, or if it is the only one", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": large, "t/b": "b" } })
      const here = yield* folder
      yield* server.fault({ ...busy("RETR", 1), reply: "550 no" })
      expect(yield* run(["get", "-r", "-P", "1", `${url}t`, here])).toMatchObject({ code: 1 })
      yield* server.fault(busy("RETR"))
      expect(yield* run(["get", ...QUICKLY, `${url}t/a`, here])).not.toMatchObject({ code: 0 })
      expect(files(here)).toEqual(["b"])
    })
  )

  it.scopedLive("is not tried again if the user wants nothing to be retried", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": large, "t/b": "b" } })
      const here = yield* folder
      yield* server.fault(busy("RETR"))
      expect(yield* run(["get", "-r", "-P", "1", "--retry-time", "0", `${url}t`, here])).toMatchObject({ code: 1 })
      expect(files(here)).toEqual(["b"])
    })
  )

  it.scopedLive("keeps its partial file, and resumes it in its second turn", () =>
    Effect.gen(function* () {
      const big = new Uint8Array(3_000_000).fill(7)
      const { server, url } = yield* serve({ root: { "t/a": big, "t/b": "b" } })
      const here = yield* folder
      yield* server.fault({ _tag: "DropData", verb: "RETR", afterBytes: 2_000_000, how: "End" })
      const ran = yield* run(["get", "-r", "-P", "1", ...QUICKLY, `${url}t`, here])
      expect(ran).toMatchObject({ code: 0 })
      expect(ran.error).not.toContain("is kept")
      expect(Fs.readFileSync(join(here, "a")).equals(big)).toBe(true)
      expect((yield* server.commands).some((line) => /^REST [1-9]/.test(line))).toBe(true)
    })
  )
})

describe("a file of get -r that another command is downloading to the same name", () => {
  /** Holds the name, as a download does, until the file after it was asked for; `then` is what that has left by then. */
  const held = (then: (here: string) => void) =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": large, "t/b": "b" } })
      const here = yield* folder
      const other = yield* Scope.make()
      const files = yield* FtpLocalFile
      yield* Scope.extend(files.claim(join(here, "a.ftp-effect.part")), other)
      const ran = yield* Effect.fork(run(["get", "-rv", "-P", "1", ...QUICKLY, `${url}t`, here]))
      yield* Effect.repeat(server.commands, {
        until: (commands) => commands.some((line) => /^RETR .*b$/.test(line)),
        schedule: Schedule.spaced("5 millis")
      })
      then(here)
      yield* Scope.close(other, Exit.void)
      return { here, ran: yield* Fiber.join(ran) }
    }).pipe(Effect.provide(NodeFtpFile.layer))

  it.scopedLive("is waited for at the end, and is there", () =>
    Effect.gen(function* () {
      const { here, ran } = yield* held((here) => Fs.writeFileSync(join(here, "a"), large))
      expect(ran.code).toBe(0)
      expect(ran.error).toMatch(/^t\/a is tried again at the end: .*already being downloaded/m)
      expect(files(here)).toEqual(["a", "b"])
      expect(Fs.readFileSync(join(here, "a")).equals(large)).toBe(true)
    })
  )

  it.scopedLive("is downloaded if that command has ended without it", () =>
    Effect.gen(function* () {
      const { here, ran } = yield* held(() => {})
      expect(ran.code).toBe(0)
      expect(files(here)).toEqual(["a", "b"])
    })
  )
})

describe("a file of put -r that fails while others are copied", () => {
  it.scopedLive("is tried again at the end", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* folder
      for (const name of ["a", "b", "c"]) {
        Fs.writeFileSync(join(here, name), name)
      }
      yield* server.fault(busy("RNTO"))
      const ran = yield* run(["put", "-r", "-P", "1", "--atomic", ...QUICKLY, here, `${url}t`])
      expect(ran).toMatchObject({ code: 0 })
      expect(ran.error).not.toContain("busy")
      expect((yield* server.tree).flatMap(({ path, type }) => (type === "File" ? [path] : []))).toEqual([
        "/t/a",
        "/t/b",
        "/t/c"
      ])
      expect((yield* server.commands).filter((line) => line.startsWith("RNTO")).at(-1)).toMatch(/t\/a$/)
      expect(read(here, "a")).toBe("a")
    })
  )
})

describe("a single file that is refused for now", () => {
  it.scopedLive.each([
    ["get", "RETR", (here: string, url: string) => ["get", `${url}a`, here]],
    ["cat", "RETR", (_: string, url: string) => ["cat", `${url}a`]],
    ["put", "STOR", (here: string, url: string) => ["put", join(here, "b"), url]]
  ] as const)("is asked for again, by %s", ([, verb, words]) =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { a: large } })
      const here = yield* folder
      Fs.writeFileSync(join(here, "b"), large)
      yield* server.fault(busy(verb, 1))
      expect(yield* run(words(here, url))).toMatchObject({ code: 0 })
      yield* server.fault(busy(verb, 1))
      expect(yield* run([...words(here, url), "--retry-time", "0"])).toMatchObject({ code: 11 })
    })
  )
})
