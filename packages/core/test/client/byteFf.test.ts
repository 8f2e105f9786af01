/** Names with the byte FF, which Telnet doubles: servers read it doubled or as it is, and some take any TYPE. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as FtpCharset from "#core/protocol/FtpCharset"
import { layer } from "../support/embedded.ts"

const FF = "\udcff"
const NAME = `a${FF}b`
const NEW = `n${FF}${FF}${FF}`
const TWIN = `a${FF}${FF}b`
const ALWAYS = Number.POSITIVE_INFINITY

/** What a command in the wrong form would reach. */
const others = { [TWIN]: "twin", a: "short", ab: "short", [`d${FF}${FF}d/${NAME}`]: "twin" }
const root = { ...others, [NAME]: "meant", [`d${FF}d/${NAME}`]: "inside" }

const text = (path: string) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => client.download(path).pipe(Stream.decodeText(), Stream.mkString))

const withClient = <A, E, R>(use: (client: FtpClient.FtpClient) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(FtpClient.FtpClient, use)

const isMissing = (client: FtpClient.FtpClient, path: string) =>
  Effect.map(client.exists(path), (exists) => expect(exists).toBe(false))

const holds = (path: string, expected: string) => Effect.map(text(path), (found) => expect(found).toBe(expected))

const upload = (path: string, content: string) =>
  withClient((client) => client.upload(path, FtpSource.fromString(content)))

/** Each of them is the first thing that the server is asked for such a name. */
const works = [
  ["downloads", holds(NAME, "meant")],
  ["removes", withClient((client) => Effect.zipRight(client.remove(NAME), isMissing(client, NAME)))],
  ["replaces", Effect.zipRight(upload(NAME, "new"), holds(NAME, "new"))],
  ["renames to", withClient((client) => Effect.zipRight(client.rename("ab", NEW), holds(NEW, "short")))],
  [
    "lists a folder of",
    withClient((client) =>
      Effect.map(client.list(`d${FF}d`), (entries) => expect(entries.map(({ name }) => name)).toEqual([NAME]))
    )
  ],
  [
    "removes a tree of",
    withClient((client) => Effect.zipRight(client.remove(`d${FF}d`, { recursive: true }), isMissing(client, `d${FF}d`)))
  ]
] as const

const untouched = Effect.forEach(Object.entries(others), ([path, content]) =>
  path === "ab" ? Effect.void : holds(path, content)
)

/** How often the server was asked how it reads the byte. */
const questions = Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
  Effect.map(server.commands, (lines) => lines.filter((line) => line.startsWith("TYPE \udcff")).length)
)

const anyType: Fault = { _tag: "Refuse", verb: "TYPE", reply: "200 fine", times: ALWAYS }

describe.each([
  ["doubled", { byteFf: "Doubled" }, []],
  ["as it is, and has no MLSD", { byteFf: "Plain", denied: ["MLST", "MLSD"] }, []],
  ["doubled, and takes any type", { byteFf: "Doubled", denied: ["MLST", "MLSD"] }, [anyType]],
  ["as it is, and takes any type", { byteFf: "Plain" }, [anyType]]
] as const)("a server that reads the byte FF %s", (_, options, faults) => {
  it.effect.each(works)("%s a name with it, and leaves all others as they are", ([, work]) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* Effect.forEach(faults, server.fault)
      yield* work
      const asked = yield* questions
      yield* untouched
      expect(yield* questions).toBe(asked)
    }).pipe(Effect.provide(layer({ server: { root, ...options } })))
  )
})

describe("a name with the byte FF", () => {
  it.effect("is not removed if the server's answers don't show how it reads the byte", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const client = yield* FtpClient.FtpClient
      const asked = ["TYPE", "NO\udcff\udcfc\u0001OP", "NO\udcff\udcffOP"]
      yield* server.fault({ _tag: "Refuse", verb: asked, reply: "200 fine", times: ALWAYS })
      expect(yield* Effect.flip(client.remove(NAME))).toMatchObject({ _tag: "FtpUsageError" })
      expect((yield* client.list("")).map(({ name }) => name)).toEqual([TWIN])
    }).pipe(Effect.provide(layer({ server: { root: { [TWIN]: "twin" }, byteFf: "Plain" } })))
  )

  it.effect("is removed if the server hung up on the question once", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const client = yield* FtpClient.FtpClient
      yield* client.exists("a")
      yield* server.fault({ _tag: "CloseControl", verb: "TYPE", how: "Reset" })
      yield* Effect.exit(client.remove(NAME))
      yield* client.remove(NAME, { force: true })
      yield* isMissing(client, NAME)
      yield* untouched
    }).pipe(Effect.provide(layer({ server: { root, byteFf: "Plain" } })))
  )

  it.effect("is found if it is a letter of the server's charset", () =>
    Effect.gen(function* () {
      yield* holds("синяя.txt", "blue")
    }).pipe(
      Effect.provide(
        layer({
          server: { root: { "синяя.txt": "blue" }, charset: "windows-1251", byteFf: "Plain" },
          pool: { charset: Either.getOrThrow(FtpCharset.make("windows-1251")) }
        })
      )
    )
  )
})
