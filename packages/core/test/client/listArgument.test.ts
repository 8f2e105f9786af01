/** Servers that list the current directory, whatever directory LIST and MLSD name, and those that do not. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const root = { "a.txt": "hello", "sub/b.txt": "world", "sub/c.txt": "!", "sub/sub/d.txt": "?", ".hidden/e.txt": "x" }
const TREE = [".hidden", ".hidden/e.txt", "a.txt", "sub", "sub/b.txt", "sub/c.txt", "sub/sub", "sub/sub/d.txt"]

const VERBS = [
  ["MLSD", { denied: [] }],
  ["LIST", { denied: ["MLST", "MLSD"] }]
] as const

const names = (path: string) =>
  Effect.flatMap(FtpClient.FtpClient, (client) =>
    Effect.map(inTime(client.list(path)), (entries) => entries.map(({ name }) => name).sort())
  )

const tree = Effect.flatMap(FtpClient.FtpClient, (client) =>
  Effect.map(inTime(Stream.runCollect(client.walk(""))), (entries) =>
    Chunk.toReadonlyArray(entries)
      .map(({ path }) => path)
      .sort()
  )
)

/** The commands for listings and directories since then. */
const commands = Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
  Effect.map(server.commands, (lines) => lines.filter((line) => /^(CWD|PWD|MLSD|LIST)/.test(line)))
)

describe.each(VERBS)("a server whose %s ignores its argument", (verb, options) => {
  const stage = layer({ server: { root, listArgument: "Ignored", ...options }, pool: { maxPerHost: 1 } })

  it.effect.each([
    ["sub", ["b.txt", "c.txt", "sub"]],
    ["sub/sub", ["d.txt"]],
    ["/sub", ["b.txt", "c.txt", "sub"]],
    [".hidden", ["e.txt"]],
    ["./", [".hidden", "a.txt", "sub"]],
    ["/", [".hidden", "a.txt", "sub"]]
  ] as const)("is sent to %s by CWD", ([path, expected]) =>
    Effect.gen(function* () {
      expect(yield* names(path)).toEqual(expected)
    }).pipe(Effect.provide(stage))
  )

  it.effect("ends a walk with the right tree", () =>
    Effect.gen(function* () {
      expect(yield* tree).toEqual(TREE)
    }).pipe(Effect.provide(stage))
  )

  it.effect("does not list the current directory in place of one that is missing, nor is trusted afterwards", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(Effect.flip(client.list("missing")))).toMatchObject({
        _tag: "FtpRejected",
        reason: "NotFound"
      })
      expect(yield* names("sub")).toEqual(["b.txt", "c.txt", "sub"])
    }).pipe(Effect.provide(stage))
  )

  it.effect("is not taken for one without the verb if CWD is refused as a command", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "CWD", reply: "501 No such directory" })
      yield* Effect.flatMap(FtpClient.FtpClient, (client) => inTime(Effect.flip(client.list("missing"))))
      const first = (yield* commands).length
      expect(yield* names("sub")).toEqual(["b.txt", "c.txt", "sub"])
      expect((yield* commands).slice(first).some((line) => line.startsWith(verb))).toBe(true)
    }).pipe(Effect.provide(stage))
  )

  it.effect("has nothing removed that is not in the tree", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const server = yield* FtpTestServer.FtpTestServer
      yield* inTime(client.remove("sub", { recursive: true }))
      expect((yield* server.tree).map(({ path }) => path)).toEqual(["/.hidden", "/.hidden/e.txt", "/a.txt"])
    }).pipe(Effect.provide(stage))
  )
})

describe.each(VERBS)(
  "a server whose %s ignores its argument, with one directory in that of the login,",
  (verb, options) => {
    const root = { "sub/a/b.txt": "b", "sub/c.txt": "c" }
    const stage = layer({ server: { root, listArgument: "Ignored", ...options }, pool: { maxPerHost: 1 } })

    it.effect("is known by its first listing, although that is one line with the name of the path", () =>
      Effect.gen(function* () {
        expect(yield* names("sub")).toEqual(["a", "c.txt"])
        const first = (yield* commands).length
        expect(yield* names("sub/a")).toEqual(["b.txt"])
        const verbs = (yield* commands).slice(first).map((line) => line.split(" ")[0])
        expect(verbs).toEqual(["CWD", verb, "CWD"])
      }).pipe(Effect.provide(stage))
    )
  }
)

describe.each(VERBS)("a server whose %s honours its argument", (verb, options) => {
  const stage = layer({ server: { root, ...options }, pool: { maxPerHost: 1 } })

  it.effect("is asked once by CWD, and from then on nothing but the argument", () =>
    Effect.gen(function* () {
      yield* names("sub/sub")
      const first = (yield* commands).length
      yield* names("sub")
      yield* names("/sub")
      expect((yield* commands).slice(first).map((line) => line.split(" ")[0])).toEqual([verb, verb])
    }).pipe(Effect.provide(stage))
  )

  it.effect.each(["sub", "/sub"])("lists %s without PWD too, as there is no way back from a CWD", (path) =>
    Effect.gen(function* () {
      expect(yield* names(path)).toEqual(["b.txt", "c.txt", "sub"])
      expect((yield* commands).some((line) => line.startsWith("CWD"))).toBe(false)
    }).pipe(Effect.provide(layer({ server: { root, ...options, denied: [...options.denied, "PWD"] } })))
  )

  it.effect("is not proven to honour it by a directory that has an entry of its own name", () =>
    Effect.gen(function* () {
      expect(yield* names("sub")).toEqual(["b.txt", "c.txt", "sub"])
      expect(yield* names("sub/sub")).toEqual(["d.txt"])
      expect(yield* tree).toEqual(TREE)
    }).pipe(Effect.provide(stage))
  )
})
