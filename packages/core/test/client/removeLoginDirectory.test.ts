/** What a mistake in a path must not remove: the root, the login directory, what holds it. */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const root = { "home/ann/a/b": "b", "home/ann/c": "c", "other/d": "d" }

/** The error of a call, the commands that may change something, and whether all is still there. */
const failing = <A, E>(use: (client: FtpClient.FtpClient) => Effect.Effect<A, E>) => {
  const changes: Array<string> = []
  const onLine: FtpTestServer.Options["onLine"] = ({ from, text }) =>
    Effect.sync(() => {
      if (from === "Client" && /^(?:DELE|RMD|MKD|RNFR|STOR|APPE|SITE|MFMT)\b/.test(text)) {
        changes.push(text)
      }
    })
  return Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const before = yield* server.tree
    const error = yield* inTime(Effect.flip(use(yield* FtpClient.FtpClient)))
    assert.deepStrictEqual(yield* server.tree, before)
    return { error, changes }
  }).pipe(Effect.provide(layer({ server: { root, home: "/home/ann", onLine } })))
}

describe("a recursive removal", () => {
  it.effect.each(["", ".", "/", "..", "a/..", "./", "../..", "a/../.."])(
    "of %j is refused before any command",
    (path) =>
      Effect.gen(function* () {
        for (const force of [false, true]) {
          const { changes, error } = yield* failing((client) => client.remove(path, { recursive: true, force }))
          assert.deepInclude(error, { _tag: "FtpUsageError", argument: "path" })
          assert.deepStrictEqual(changes, [])
        }
      })
  )

  it.effect.each(["/home/ann", "/home", "/home/ann/", "../ann", "../../home"])(
    "of %j, which holds the login directory, removes nothing",
    (path) =>
      Effect.gen(function* () {
        const { changes, error } = yield* failing((client) => client.remove(path, { recursive: true }))
        assert.deepInclude(error, { _tag: "FtpUsageError", argument: "path" })
        assert.deepStrictEqual(
          changes.filter((line) => line.startsWith("RMD")),
          []
        )
      })
  )

  it.effect.each(["/other", "../../other", "/home/ann/a", "a"])("of %j, beside or below it, is done", (path) =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* inTime(client.remove(path, { recursive: true }))
      assert.isFalse(yield* inTime(client.exists(path)))
    }).pipe(Effect.provide(layer({ server: { root, home: "/home/ann" } })))
  )

  it.effect("of a directory that holds the login directory is done with `home`", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const client = yield* FtpClient.FtpClient
      yield* inTime(client.remove("/home", { recursive: true, home: true }))
      assert.deepStrictEqual(
        (yield* server.tree).map(({ path }) => path),
        ["/other", "/other/d"]
      )
    }).pipe(Effect.provide(layer({ server: { root, home: "/home/ann" } })))
  )
})

describe("an empty path is a FtpUsageError before any command", () => {
  const calls: ReadonlyArray<readonly [string, (client: FtpClient.FtpClient) => Effect.Effect<unknown, unknown>]> = [
    ["remove", (client) => client.remove("")],
    ["remove, recursive with home", (client) => client.remove("", { recursive: true, home: true })],
    ["rename from", (client) => client.rename("", "x")],
    ["rename to", (client) => client.rename("c", "")],
    ["makeDirectory", (client) => client.makeDirectory("")],
    ["makeDirectories", (client) => client.makeDirectories(["x", ""])],
    ["chmod", (client) => client.chmod("", 0o600)],
    ["upload", (client) => client.upload("", "x")],
    ["atomic upload", (client) => client.upload("", "x", { atomic: true })],
    ["append", (client) => client.append("", "x")]
  ]
  it.effect.each(calls)("%s", ([_, call]) =>
    Effect.gen(function* () {
      const { changes, error } = yield* failing(call)
      assert.deepInclude(error, { _tag: "FtpUsageError" })
      assert.deepStrictEqual(changes, [])
    })
  )
})
