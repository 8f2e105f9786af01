/**
 * Directories that the login directory does not list, although they are there. From a server that lists the current
 * directory whatever it is asked for, an empty answer about one of them says nothing of what is in it.
 */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { endpoint, PASSWORD, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { commands } from "../support/server.ts"

const TREE = {
  "sub/b.txt": "world",
  "sub/deep/c.txt": "!",
  "bare/one.txt": "1",
  "a b/one.txt": "1",
  "sub/nothing": ""
} as const

/** A server whose root lists only names with a `+`, if any. */
const server = (options: FtpTestServer.Options, tree: FtpTestServer.Tree = TREE) =>
  Layer.unwrapEffect(
    Effect.map(FtpTestServer.memory(tree), (store) =>
      FtpTestServer.layer({
        users: { ann: PASSWORD },
        ...options,
        root: {
          ...store,
          list: (path) =>
            Effect.map(store.list(path), (entries) =>
              path === "/" ? entries.filter(({ name }) => name.includes("+")) : entries
            )
        }
      })
    )
  ).pipe(Layer.provideMerge(services))

/** One client, and what it has learned. */
const client = <A, E>(use: Effect.Effect<A, E, FtpClient.FtpClient>, profile?: FtpProfile.FtpProfile) =>
  Effect.gen(function* () {
    const before = (yield* commands).length
    return yield* Effect.gen(function* () {
      const result = yield* use
      const sent = (yield* commands).slice(before).filter((line) => /^(?:CWD|MLSD|LIST)/.test(line))
      const [learned] = yield* Effect.flatMap(FtpPool.FtpPool, ({ profiles }) => profiles)
      return { result, sent, learned: learned ?? (yield* Effect.dieMessage("nothing was learned")) }
    }).pipe(Effect.provide(FtpClient.layerPooled({ endpoints: [yield* endpoint], profile, maxPerHost: 1 })))
  })

const names = (path: string) =>
  Effect.flatMap(FtpClient.FtpClient, (client) =>
    Effect.map(inTime(client.list(path)), (entries) => entries.map(({ name }) => name).sort())
  )

const withFact = (profile: FtpProfile.FtpProfile, fact: FtpProfile.Fact) =>
  new FtpProfile.FtpProfile({
    ...profile,
    works: [...profile.works.filter((other) => other !== fact), fact],
    fails: profile.fails.filter((other) => other !== fact)
  })

/** A listing of the directory that the session is in. */
const isOfCurrent = (line: string) => /^(?:MLSD|LIST(?: -a)?)$/.test(line)

const VERBS = [
  ["MLSD", "MLSD path", []],
  ["LIST", "LIST path", ["MLST", "MLSD"]]
] as const

describe.each(VERBS)("of a server whose %s ignores its argument", (_, fact, denied) => {
  const ignoring = { listArgument: "Ignored", denied } as const

  it.effect.each([
    ["sub", ["b.txt", "deep", "nothing"]],
    ["/sub", ["b.txt", "deep", "nothing"]],
    ["bare", ["one.txt"]],
    ["sub/deep", ["c.txt"]]
  ] as const)("an empty answer about %s is not believed", ([path, expected]) =>
    Effect.gen(function* () {
      const { learned, result } = yield* client(Effect.all([names(path), names("sub/deep")]))
      expect(result).toEqual([expected, ["c.txt"]])
      expect(learned.fails).toContain(fact)
    }).pipe(Effect.provide(server(ignoring)))
  )

  it.effect.each([
    ["sub", ["b.txt", "deep", "nothing"]],
    ["a b", ["one.txt"]],
    ["bare", ["one.txt"]]
  ] as const)("an empty answer about %s is not believed without a way back either", ([path, expected]) =>
    Effect.gen(function* () {
      const { result } = yield* client(Effect.all([names(path), names("sub/deep")]))
      expect(result).toEqual([expected, ["c.txt"]])
    }).pipe(Effect.provide(server({ ...ignoring, denied: [...denied, "PWD", "XPWD"] })))
  )

  it.effect("an empty answer is not believed because a profile says otherwise", () =>
    Effect.gen(function* () {
      const { learned } = yield* client(names("sub"))
      const second = yield* client(Effect.all([names("sub"), names("sub/deep")]), withFact(learned, fact))
      expect(second.result).toEqual([["b.txt", "deep", "nothing"], ["c.txt"]])
      expect(second.learned.fails).toContain(fact)
    }).pipe(Effect.provide(server(ignoring)))
  )
})

describe.each(VERBS)("of a server whose %s honours its argument", (_, fact, denied) => {
  const tree = { "+": "", "full/a": "", "full/b": "" }
  const withEmptyOnes = Effect.gen(function* () {
    const { store } = yield* FtpTestServer.FtpTestServer
    yield* store.makeDirectory("/void")
    yield* store.makeDirectory("/void2")
  })

  it.effect("an empty directory is empty, and shows nothing of the argument", () =>
    Effect.gen(function* () {
      yield* withEmptyOnes
      const first = yield* client(Effect.all([names("void"), names("void2")]))
      expect(first.result).toEqual([[], []])
      expect([...first.learned.works, ...first.learned.fails]).not.toContain(fact)
      const second = yield* client(Effect.all([names("full"), names("void")]))
      expect(second.result).toEqual([["a", "b"], []])
      expect(second.learned.works).toContain(fact)
    }).pipe(Effect.provide(server({ denied }, tree)))
  )

  it.effect("what a profile says is compared with the current directory at the first empty answer only", () =>
    Effect.gen(function* () {
      yield* withEmptyOnes
      const { learned } = yield* client(names("full"))
      const once = yield* client(names("void"), learned)
      const twice = yield* client(Effect.all([names("void"), names("void2")]), learned)
      expect(twice.result).toEqual([[], []])
      expect(once.sent.some(isOfCurrent)).toBe(true)
      expect(twice.sent.slice(once.sent.length).some(isOfCurrent)).toBe(false)
      const full = yield* client(names("full"), learned)
      expect(full.sent.some(isOfCurrent)).toBe(false)
    }).pipe(Effect.provide(server({ denied }, tree)))
  )

  it.effect.each(["void", "full"])("%s is listed without a way back", (path) =>
    Effect.gen(function* () {
      yield* withEmptyOnes
      const { result } = yield* client(names(path))
      expect(result).toEqual(path === "full" ? ["a", "b"] : [])
    }).pipe(Effect.provide(server({ denied: [...denied, "PWD", "XPWD"] }, tree)))
  )
})
