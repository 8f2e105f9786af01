/** What a pool learned about a server, given to the next pool. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { noRetry, useOnce } from "../support/borrowing.ts"
import { endpoint, PASSWORD, services } from "../support/embedded.ts"
import { commands, connections } from "../support/server.ts"

const root = { "pub/a": "1", "pub/b": "22", c: "3" }

const server = (options: FtpTestServer.Options = {}) =>
  FtpTestServer.layer({ users: { ann: PASSWORD }, root, ...options }).pipe(Layer.provideMerge(services))

/** One run of a program: a pool of its own, and what it had learned when it ended. */
const run = <A, E>(
  use: Effect.Effect<A, E, FtpClient.FtpClient | FtpPool.FtpPool>,
  profile?: FtpPool.Options["profile"],
  options: Partial<FtpPool.Options> = {}
) =>
  Effect.gen(function* () {
    const before = (yield* commands).length
    const layer = FtpClient.layerPooled({ endpoints: [yield* endpoint], profile, ...options })
    return yield* Effect.gen(function* () {
      const result = yield* use
      const sent = (yield* commands).slice(before)
      const [learned] = yield* Effect.flatMap(FtpPool.FtpPool, ({ profiles }) => profiles)
      return { result, sent, learned: learned ?? (yield* Effect.dieMessage("nothing was learned")) }
    }).pipe(Effect.provide(layer))
  })

const listing = Effect.flatMap(FtpClient.FtpClient, (client) =>
  Effect.map(client.list("pub"), (entries) => entries.map(({ name }) => name))
)

/** A server of few words: every hint helps. */
const old = { denied: ["EPSV", "MLSD", "MLST", "MDTM"] }

const changed = (profile: FtpProfile.FtpProfile, fields: Partial<FtpProfile.FtpProfile>) =>
  new FtpProfile.FtpProfile({ ...profile, ...fields })

const LOGIN = ["USER", "PASS", "FEAT", "TYPE", "OPTS"].length

/** The commands of a listing with a hint that holds, and without one. */
const QUICK = ["PASV", "LIST -a pub"]
const SLOW = ["EPSV", "PASV", "LIST -a pub", "PASV", "LIST pub", "PWD", "CWD pub", "CWD /", "NOOP"]

/** What a pool with the profile sends for a listing, after its login. */
const sentWith = (profile: FtpProfile.FtpProfile | undefined) =>
  Effect.map(run(listing, profile), ({ result, sent }) => {
    expect(result).toEqual(["a", "b"])
    return sent.slice(LOGIN)
  })

describe("a profile", () => {
  it.effect("saves the next pool what the first one tried: a listing takes 2 commands instead of 8", () =>
    Effect.gen(function* () {
      const first = yield* run(listing)
      expect(first.sent.slice(LOGIN)).toEqual(SLOW)
      expect(yield* sentWith(first.learned)).toEqual(QUICK)
    }).pipe(Effect.provide(server(old)))
  )

  it.effect("survives a round trip through JSON", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(listing)
      const read = FtpProfile.fromJson(FtpProfile.toJson(learned))
      expect(read).toEqual(Option.some(learned))
      expect(yield* sentWith(Option.getOrUndefined(read))).toEqual(QUICK)
    }).pipe(Effect.provide(server(old)))
  )

  it.effect("is the same after a second run as after the first one, its age included", () =>
    Effect.gen(function* () {
      const first = yield* run(listing)
      yield* TestClock.adjust(Duration.days(20))
      const second = yield* run(listing, first.learned)
      expect(second.learned).toEqual(first.learned)
      expect(DateTime.toEpochMillis(first.learned.learnedAt)).toBe(0)
    }).pipe(Effect.provide(server(old)))
  )

  it.effect("is ignored if it is of another host, port or user, too old, or of a time to come", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(listing)
      yield* TestClock.adjust(Duration.days(29))
      expect(yield* sentWith(learned)).toEqual(QUICK)
      for (const other of [
        { host: "other.example" },
        { port: 2121 },
        { user: "bob" },
        { learnedAt: DateTime.unsafeMake(Duration.toMillis(Duration.days(30))) }
      ]) {
        expect(yield* sentWith(changed(learned, other))).toEqual(SLOW)
      }
      yield* TestClock.adjust(Duration.days(2))
      expect(yield* sentWith(learned)).toEqual(SLOW)
    }).pipe(Effect.provide(server(old)))
  )

  for (const [what, other] of [
    ["greeting", { greeting: "Welcome to version 2.1." }],
    ["FEAT", { denied: [...old.denied, "MFMT"] }]
  ] as const) {
    it.effect(`is forgotten at once if the server has another ${what}`, () =>
      Effect.gen(function* () {
        const { learned } = yield* Effect.provide(run(listing), server(old))
        yield* Effect.gen(function* () {
          const { port } = yield* endpoint
          expect(yield* sentWith(changed(learned, { port }))).toEqual(SLOW)
        }).pipe(Effect.provide(server({ ...old, ...other })))
      })
    )
  }

  it.effect("holds for a server whose greeting differs in its time and its counts alone", () =>
    Effect.sync(() => {
      const before = "--- Pure-FTPd 1.0.50 ---\nYou are user number 3 of 50 allowed.\nLocal time is now 17:46."
      const after = "--- Pure-FTPd 1.0.50 ---\nYou are user number 12 of 50 allowed.\nLocal time is now 09:01."
      expect(FtpProfile.greetingOf([before])).toBe(FtpProfile.greetingOf([after]))
      expect(FtpProfile.greetingOf([before])).not.toBe(FtpProfile.greetingOf([before.replace("1.0.50", "1.0.51")]))
    })
  )

  it.effect("costs nothing but round trips where each of its facts is wrong, and is corrected by the run", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(listing)
      const wrong = changed(learned, {
        works: [...learned.fails],
        fails: [...learned.works],
        dialect: "Vms",
        dateOrder: "DayFirst",
        avoided: ["MLST", "NOOP", "OPTS"]
      })
      const second = yield* run(listing, wrong)
      expect(second.result).toEqual(["a", "b"])
      expect(second.learned.fails).toContain("EPSV")
      expect(second.learned.dialect).toBe("Unix")
    }).pipe(Effect.provide(server(old)))
  )

  it.effect("that is wrong about LIST -a does not hide a directory's entries", () =>
    Effect.gen(function* () {
      const embedded = yield* FtpTestServer.FtpTestServer
      const { learned } = yield* run(listing)
      yield* embedded.fault({ _tag: "Refuse", verb: "LIST", reply: "504 LIST has no options." })
      const { result } = yield* run(listing, learned)
      expect(result).toEqual(["a", "b"])
    }).pipe(Effect.provide(server(old)))
  )

  it.effect("keeps the next pool below the server's connection limit, for a day", () =>
    Effect.gen(function* () {
      const many = Effect.forEach(Array.from({ length: 6 }), () => useOnce, { concurrency: 6, discard: true })
      const dials = (profile?: FtpProfile.FtpProfile) =>
        Effect.gen(function* () {
          const before = (yield* connections).total
          const { learned } = yield* run(many, profile, { maxPerHost: 6 })
          return { learned, count: (yield* connections).total - before }
        })
      const { count, learned } = yield* dials()
      expect(learned.sessions?.limit).toBe(2)
      expect(count).toBeGreaterThan(2)
      expect((yield* dials(learned)).count).toBe(2)
      yield* TestClock.adjust(Duration.days(2))
      expect((yield* dials(learned)).count).toBe(count)
    }).pipe(Effect.provide(server({ limit: { connections: 2 } }).pipe(Layer.provideMerge(noRetry))))
  )

  it.effect("lets no login be sent twice: only the run itself shows that a password is right", () =>
    Effect.gen(function* () {
      const embedded = yield* FtpTestServer.FtpTestServer
      const { learned } = yield* run(useOnce)
      const before = (yield* commands).filter((line) => line.startsWith("PASS")).length
      yield* embedded.fault({ _tag: "Refuse", verb: "PASS", reply: "421 Later.", times: Number.POSITIVE_INFINITY })
      const layer = FtpPool.layer({ endpoints: [yield* endpoint], profile: learned })
      const error = yield* Effect.flip(Effect.provide(useOnce, layer))
      expect(error).toMatchObject({ _tag: "FtpConnectError", reason: "LoginUnconfirmed" })
      expect((yield* commands).filter((line) => line.startsWith("PASS")).length).toBe(before + 1)
    }).pipe(Effect.provide(server()))
  )
})

describe("the JSON of a profile", () => {
  const valid = {
    version: 2,
    host: "h",
    port: 21,
    user: "ann",
    learnedAt: "2026-01-02T03:04:05.000Z",
    greeting: "hi",
    features: "0",
    works: ["EPSV"],
    fails: [],
    avoided: ["FEAT"]
  }
  it("is read", () => {
    expect(Option.isSome(FtpProfile.fromJson(JSON.stringify(valid)))).toBe(true)
  })
  for (const [what, text] of [
    ["empty", ""],
    ["no JSON", "{"],
    ["another value", "[]"],
    ["a version before it", JSON.stringify({ ...valid, version: 1 })],
    ["a version after it", JSON.stringify({ ...valid, version: 3 })],
    ["a fact that is not of this version", JSON.stringify({ ...valid, works: ["Login"] })],
    ["a verb by which transfers are verified", JSON.stringify({ ...valid, avoided: ["SIZE"] })],
    ["a verb by which they are protected", JSON.stringify({ ...valid, avoided: ["PBSZ"] })],
    ["too many facts", JSON.stringify({ ...valid, works: Array.from({ length: 100 }, () => "EPSV") })],
    ["a port that is none", JSON.stringify({ ...valid, port: 0 })],
    ["no session at all", JSON.stringify({ ...valid, sessions: { limit: 0, at: valid.learnedAt } })],
    ["a long text", JSON.stringify(valid) + " ".repeat(20_000)]
  ] as const) {
    it(`is not read if it is ${what}`, () => {
      expect(FtpProfile.fromJson(text)).toEqual(Option.none())
    })
  }
})
