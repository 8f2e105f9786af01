/**
 * The command `serve` as a process: its limits, and its certificate. Real time, as a process has no TestClock: a wrong
 * password takes a second.
 */
import * as Fs from "node:fs"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines } from "./support/cli.ts"
import { run, start, TIMEOUT, until } from "./support/process.ts"

/** `serve` over a folder with one file, ended with the scope, and what it printed about itself. */
const serving = (...flags: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const here = yield* folder
    Fs.writeFileSync(join(here, "hello.txt"), "hello\n")
    const server = start(["serve", "--json", "--port", "0", ...flags, here])
    yield* Effect.addFinalizer(() => Effect.sync(() => server.child.kill("SIGKILL")))
    yield* until(() => server.output().out.includes("\n"))
    const [line] = jsonLines(server.output().out)
    if (line?.kind !== "serving") {
      throw new Error(server.output().out)
    }
    return { ...line, here, port: Number(new URL(line.url.replace(/^ftpe?s?/, "http")).port) }
  })

interface Talk {
  readonly socket: Socket
  readonly heard: () => string
  readonly isOver: () => boolean
}

const dial = (port: number) =>
  Effect.acquireRelease(
    Effect.sync((): Talk => {
      const socket = connect({ host: "127.0.0.1", port })
      let heard = ""
      let over = false
      socket.on("data", (bytes) => {
        heard += bytes.toString("latin1")
      })
      socket.on("close", () => {
        over = true
      })
      socket.on("error", () => {})
      return { socket, heard: () => heard, isOver: () => over }
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

const refusals = (text: string) => text.split("530 Login incorrect").length - 1

describe("what serve limits without being asked", () => {
  it.scopedLive(
    "serve ends a connection after three wrong passwords",
    () =>
      Effect.gen(function* () {
        const { port } = yield* serving("--user", "ann")
        const guesser = yield* dial(port)
        for (const tries of [1, 2, 3]) {
          guesser.socket.write("USER ann\r\nPASS wrong\r\n")
          yield* until(() => refusals(guesser.heard()) === tries)
        }
        yield* until(guesser.isOver)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "serve refuses the 65th connection",
    () =>
      Effect.gen(function* () {
        const { port } = yield* serving()
        const clients = yield* Effect.forEach(Array.from({ length: 64 }), () => dial(port))
        yield* until(() => clients.every(({ heard }) => heard().startsWith("220")))
        const last = yield* dial(port)
        yield* until(last.isOver)
        expect(last.heard()).toMatch(/^421 /)
      }),
    TIMEOUT
  )
})

describe("the limits of serve by its flags", () => {
  it.scopedLive(
    "--max-connections, --idle-timeout and --login-attempts limit what clients can do",
    () =>
      Effect.gen(function* () {
        const flags = ["--max-connections", "1", "--idle-timeout", "2", "--login-attempts", "1"]
        const { port } = yield* serving("--user", "ann", ...flags)
        const idle = yield* dial(port)
        yield* until(() => idle.heard().startsWith("220"))
        const second = yield* dial(port)
        yield* until(second.isOver)
        expect(second.heard()).toMatch(/^421 There are too many/)
        yield* until(idle.isOver)
        expect(idle.heard()).toContain("421 Timeout.")
        const guesser = yield* dial(port)
        yield* until(() => guesser.heard().startsWith("220"))
        guesser.socket.write("USER ann\r\nPASS wrong\r\n")
        yield* until(guesser.isOver)
        expect(guesser.heard()).toContain("530 Login incorrect.")
      }),
    TIMEOUT
  )
})

describe("serve --tls", () => {
  it.scopedLive(
    "serve --tls is trusted by the pin that it prints, or by its certificate, and by nothing else",
    () =>
      Effect.gen(function* () {
        const { certificate, here, pin, port, url } = yield* serving("--tls")
        expect(url).toBe(`ftpes://127.0.0.1:${port}/`)
        const cat = (...flags: ReadonlyArray<string>) => run(["cat", `${url}hello.txt`, ...flags])
        const ok = { code: 0, out: "hello\n", error: "" }
        expect(yield* cat("--pin", String(pin))).toMatchObject(ok)
        const file = join(here, "certificate.pem")
        Fs.writeFileSync(file, String(certificate))
        expect(yield* cat("--ca", file)).toMatchObject(ok)
        expect(yield* cat()).toMatchObject({ out: "", error: expect.stringContaining("self-signed") })
        expect(yield* cat("--pin", `sha256:${"0".repeat(64)}`)).toMatchObject({ code: 12, out: "" })
      }),
    TIMEOUT
  )

  it.scopedLive(
    "serve --tls refuses a login without encryption",
    () =>
      Effect.gen(function* () {
        const { port } = yield* serving("--tls", "--user", "ann")
        const plain = yield* run(["cat", `ftp://ann@127.0.0.1:${port}/hello.txt`])
        expect(plain).toMatchObject({ out: "", error: expect.stringContaining("must use encryption") })
      }),
    TIMEOUT
  )
})

describe("serve --dialect", () => {
  it.scopedLive(
    "lists as that system does, which ls reads by itself, and not if another dialect is named",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serving("--dialect", "vms")
        expect(yield* run(["ls", url])).toMatchObject({ code: 0, out: "hello.txt;1\n" })
        expect(yield* run(["ls", "--dialect", "dos", url])).toMatchObject({ code: 9, out: "" })
      }),
    TIMEOUT
  )
})
