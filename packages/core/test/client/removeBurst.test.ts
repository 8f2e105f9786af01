import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Embedded from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const FILES = 20

const TREE = Object.fromEntries([
  ...Array.from({ length: FILES }, (_, index) => [`build/f${index}`, "goes"] as const),
  ["build/sub/deep", "goes"] as const,
  ["other", "stays"] as const
])

const remove = Effect.gen(function* () {
  const client = yield* FtpClient.FtpClient
  const failed: Array<string> = []
  yield* inTime(
    client.remove("build", { recursive: true, onFailure: (_, path) => Effect.sync(() => void failed.push(path)) })
  )
  assert.deepStrictEqual(failed, [])
})

const paths = Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) =>
  Effect.map(tree, (entries) => entries.map(({ path }) => path))
)

const commands = Effect.flatMap(FtpTestServer.FtpTestServer, (server) => server.commands)

/** A burst ends with NOOP. */
const isBurst = (lines: ReadonlyArray<string>): boolean => lines.includes("NOOP")

/** The fault is set when the tree's files have been listed: the DELE for the tree itself has been answered then. */
const stage = (fault?: FtpTestServer.Fault) => {
  let listed: Effect.Effect<void> = Effect.void
  return Effect.map(FtpTestServer.memory(TREE), (store) => {
    const root: FtpTestServer.FileStore = {
      ...store,
      list: (path) => (path === "/build" ? Effect.zipRight(listed, store.list(path)) : store.list(path))
    }
    const arm = Effect.map(FtpTestServer.FtpTestServer, (server) => {
      listed = Effect.suspend(() => {
        listed = Effect.void
        return fault === undefined ? Effect.void : server.fault(fault)
      })
    })
    return { arm, layer: Embedded.layer({ server: { root }, pool: { maxPerHost: 1 } }) }
  })
}

describe("recursive removal", () => {
  it.scoped("sends the commands for the files of a directory in one burst", () =>
    Effect.gen(function* () {
      const { layer } = yield* stage()
      yield* Effect.gen(function* () {
        yield* remove
        const lines = yield* commands
        const deleted = lines.flatMap((line, at) => (line.startsWith("DELE build/f") ? [at] : []))
        assert.lengthOf(deleted, FILES)
        assert.isTrue(isBurst(lines))
        assert.isAtMost((deleted.at(-1) ?? 0) - (deleted[0] ?? 0), FILES)
        assert.deepStrictEqual(yield* paths, ["/other"])
      }).pipe(Effect.provide(layer))
    })
  )

  it.scoped.each([
    ["closes before it carries out a command", { _tag: "CloseControl", verb: "DELE" }],
    ["closes before it confirms a command", { _tag: "CloseControl", verb: "DELE", at: "FinalReply" }],
    ["answers only the first command", { _tag: "LosePipelined", verb: "DELE" }],
    ["answers a command twice", { _tag: "Behind", verb: "DELE", text: "250 Removed.\r\n" }]
  ] as const)("removes all from a server that, in a burst, %s, and sends it no other burst", ([, fault]) =>
    Effect.gen(function* () {
      const { arm, layer } = yield* stage(fault)
      yield* Effect.gen(function* () {
        const client = yield* FtpClient.FtpClient
        yield* arm
        yield* remove
        assert.deepStrictEqual(yield* paths, ["/other"])
        const before = (yield* commands).length
        for (const path of ["build", "build/a", "build/b"]) {
          yield* client.makeDirectory(path)
        }
        yield* remove
        assert.isFalse(isBurst((yield* commands).slice(before)))
        assert.deepStrictEqual(yield* paths, ["/other"])
      }).pipe(Effect.provide(layer))
    })
  )
})
