/** Servers without PWD: whether a path is a directory is found out all the same, and never denied by that refusal. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { layer, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, ready, session } from "../support/scripted.ts"
import { commands } from "../support/server.ts"

const NO_PWD = "C: PWD\nS: 502 not implemented\n"
const BYE = "C: QUIT\nS: 221 bye"

describe("a session that can't say where it is", () => {
  it.scoped("takes a path for no directory if CWD is refused, and stays as it was", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}\n${NO_PWD}C: CWD a\nS: 550 no\n${BYE}`)
      expect(yield* made.isDirectory("a")).toBe(false)
      expect(yield* made.reusable).toBe(true)
    }).pipe(Effect.provide(services))
  )

  it.scoped("finds a directory by CWD, and ends, as there is no way back", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}\n${NO_PWD}C: CWD a\nS: 250 ok`)
      expect(yield* made.isDirectory("a")).toBe(true)
      expect(yield* made.reusable).toBe(false)
    }).pipe(Effect.provide(services))
  )

  it.scoped("does not say what a name is that NLST has", () =>
    Effect.gen(function* () {
      const unread = `D: send ???\\r\\n\nD: end\nS: 226 done\n`
      const { session: made } = yield* session(
        `${ready("UTF8")}\n${begun("LIST -a")}${unread}${begun("LIST")}${unread}${begun("NLST")}D: send a\\r\\n\nD: end\nS: 226 done\n${NO_PWD}${BYE}`
      )
      expect(yield* inTime(Effect.flip(made.list("")))).toMatchObject({ _tag: "FtpListingError", reason: "Unreadable" })
    }).pipe(Effect.provide(services))
  )
})

describe("a client of a server without PWD", () => {
  it.effect.each([
    ["has entries", "/home/ann", ["e1", "e2", "/e3"], { "home/ann/e1/": {}, "home/ann/e2/": {}, "e3/": {} }],
    ["is empty", "/home/ann", ["/e1", "/e2", "/e3"], { "home/ann/": {}, "e1/": {}, "e2/": {}, "e3/": {} }]
  ] as const)("logs in once for many empty directories if that of the login %s", ([, home, paths, root]) =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      for (const path of paths) {
        expect(yield* inTime(client.list(path))).toEqual([])
      }
      const before = (yield* commands).length
      expect(yield* inTime(client.list(paths[0]))).toEqual([])
      expect((yield* commands).slice(before)).toEqual(["EPSV", `MLSD ${paths[0]}`])
      expect((yield* commands).filter((line) => line.startsWith("PASS"))).toHaveLength(1)
    }).pipe(Effect.provide(layer({ server: { root, home, denied: ["PWD", "XPWD"] }, pool: { maxPerHost: 1 } })))
  )

  for (const [what, root, logins] of [
    ["one file", { "d/file": "f" }, 1],
    ["one directory", { "d/sub/": {} }, 1],
    ["several entries", { "d/a": "a", "d/b": "b" }, 1],
    ["a file of its own name, which may be about a file", { "d/d": "d" }, 5],
    ["a file of its own name in another case", { "d/D": "d" }, 5],
    ["nothing, which may be about what is missing", { "d/": {} }, 5]
  ] as const) {
    it.effect(`and without MLSD logs in as often for five listings of a directory with ${what}: ${logins}`, () =>
      Effect.gen(function* () {
        const client = yield* FtpClient.FtpClient
        const names = Object.keys(root).flatMap((path) => path.split("/")[1] || [])
        for (let turn = 0; turn < 5; turn++) {
          expect((yield* inTime(client.list("d"))).map(({ name }) => name)).toEqual(names)
        }
        const asked = yield* commands
        expect(asked.filter((line) => line.startsWith("PASS"))).toHaveLength(logins)
        // Each session asks once, and the first one in its first burst too.
        expect(asked.filter((line) => line === "PWD").length).toBeLessThanOrEqual(logins + 1)
      }).pipe(
        Effect.provide(layer({ server: { root, denied: ["PWD", "XPWD", "MLSD", "MLST"] }, pool: { maxPerHost: 1 } }))
      )
    )
  }

  it.effect("does not believe an empty listing where the argument may be ignored", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect((yield* inTime(client.list("/sub"))).map(({ name }) => name)).toEqual(["a"])
    }).pipe(
      Effect.provide(
        layer({
          server: {
            root: { "home/ann/": {}, "sub/a": "a" },
            home: "/home/ann",
            listArgument: "Ignored",
            denied: ["PWD", "XPWD"]
          },
          pool: { maxPerHost: 1 }
        })
      )
    )
  )

  it.effect("reports and removes a directory", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const server = yield* FtpTestServer.FtpTestServer
      expect(yield* inTime(client.withSession((session) => session.isDirectory("pub")))).toBe(true)
      expect(yield* inTime(client.stat("pub"))).toMatchObject({ type: "Directory" })
      expect(yield* inTime(client.exists("missing"))).toBe(false)
      yield* inTime(client.makeDirectory("new"))
      yield* inTime(client.remove("new"))
      expect((yield* server.tree).map(({ path }) => path)).not.toContain("/new")
    }).pipe(
      Effect.provide(layer({ server: { root: { "pub/a": "a", b: "b" }, denied: ["PWD", "XPWD", "MLST", "MLSD"] } }))
    )
  )
})
