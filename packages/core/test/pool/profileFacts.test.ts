/** What a profile says of listings, times and offsets, beside the facts about commands: see `profile.test.ts`. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpCharset from "@ftp-effect/core/FtpCharset"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { endpoint, PASSWORD, services } from "../support/embedded.ts"
import { commands } from "../support/server.ts"

const server = (options: FtpTestServer.Options = {}) =>
  FtpTestServer.layer({ users: { ann: PASSWORD }, root: { "pub/a": "1" }, ...options }).pipe(
    Layer.provideMerge(services)
  )

/** A program with a pool of its own: its result, what it sent that matches, and what the pool has learned. */
const run = <A, E>(
  use: (client: FtpClient.FtpClient) => Effect.Effect<A, E>,
  profile?: FtpProfile.FtpProfile,
  charset?: FtpCharset.FtpCharset
) =>
  Effect.gen(function* () {
    const before = (yield* commands).length
    const layer = FtpClient.layerPooled({ endpoints: [yield* endpoint], profile, charset })
    return yield* Effect.gen(function* () {
      const result = yield* Effect.flatMap(FtpClient.FtpClient, use)
      const sent = (yield* commands).slice(before)
      const [learned] = yield* Effect.flatMap(FtpPool.FtpPool, ({ profiles }) => profiles)
      // As a later process has it.
      const kept = Option.flatMap(Option.fromNullable(learned), (known) =>
        FtpProfile.fromJson(FtpProfile.toJson(known))
      )
      return { result, sent, learned: Option.getOrThrow(kept) }
    }).pipe(Effect.provide(layer))
  })

const changed = (profile: FtpProfile.FtpProfile, fields: Partial<FtpProfile.FtpProfile>) =>
  new FtpProfile.FtpProfile({ ...profile, ...fields })

describe("the zone of LIST in a profile", () => {
  /** Listings are two hours ahead of UTC, and there is no MLSD. */
  const ahead = server({ listMinutesAhead: 120, listing: "Dos", denied: ["MLST", "MLSD"] })

  const timeOf = (client: FtpClient.FtpClient) =>
    Effect.map(client.list("pub"), (entries) =>
      entries.map(({ modified }) =>
        Option.match(modified, { onNone: () => "none", onSome: ({ at, zone }) => `${DateTime.formatIso(at)} ${zone}` })
      )
    )
  const asks = (sent: ReadonlyArray<string>) => sent.filter((line) => line.startsWith("MDTM pub/"))
  const RIGHT = ["1970-01-01T00:00:00.000Z Inferred"]

  it.effect("saves the next run its question, for a day", () =>
    Effect.gen(function* () {
      const first = yield* run(timeOf)
      expect(first).toMatchObject({ result: RIGHT, learned: { zone: { minutes: 120 } } })
      expect(asks(first.sent)).toEqual(["MDTM pub/a"])
      yield* TestClock.adjust(Duration.hours(23))
      const second = yield* run(timeOf, first.learned)
      expect(second).toMatchObject({ result: RIGHT, learned: first.learned })
      expect(asks(second.sent)).toEqual([])
      yield* TestClock.adjust(Duration.hours(2))
      const third = yield* run(timeOf, second.learned)
      expect(third.result).toEqual(RIGHT)
      expect(asks(third.sent)).toEqual(["MDTM pub/a"])
      expect(third.learned.zone?.at).not.toEqual(first.learned.zone?.at)
    }).pipe(Effect.provide(ahead))
  )

  it.effect("is forgotten and found out anew if it moves a file to a time to come", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(timeOf)
      const wrong = changed(learned, { zone: { minutes: -300, at: learned.learnedAt } })
      const second = yield* run(timeOf, wrong)
      expect(second).toMatchObject({ result: RIGHT, learned: { zone: { minutes: 120 } } })
      expect(asks(second.sent)).toEqual(["MDTM pub/a"])
    }).pipe(Effect.provide(ahead))
  )

  it.effect("is not asked for by a listing whose times are of no use, nor by a removal", () =>
    Effect.gen(function* () {
      const { learned, sent } = yield* run((client) =>
        Effect.zipRight(client.list("pub", { times: false }), client.remove("pub", { recursive: true }))
      )
      expect(asks(sent)).toEqual([])
      expect(learned.zone).toBeUndefined()
    }).pipe(Effect.provide(ahead))
  )
})

describe("how the time of a file is set, in a profile", () => {
  const touch = (client: FtpClient.FtpClient) => client.setModified("pub/a", DateTime.unsafeMake(1_000_000_000_000))
  const setters = (sent: ReadonlyArray<string>) => sent.filter((line) => /^(MFMT|SITE|MDTM)/.test(line))
  const LONG = "SITE UTIME pub/a 20010909014640 20010909014640 20010909014640 UTC"

  it.effect("is the first command that the next run sends", () =>
    Effect.gen(function* () {
      const first = yield* run(touch)
      expect(setters(first.sent)).toEqual(["MFMT 20010909014640 pub/a", LONG])
      expect(first.learned.timeCommand).toBe("SITE UTIME")
      const second = yield* run(touch, first.learned)
      expect(setters(second.sent)).toEqual([LONG])
    }).pipe(Effect.provide(server({ denied: ["MFMT"] })))
  )

  it.effect.each(["SITE UTIME short", "MDTM"] as const)("is replaced if the server does not know %s", (timeCommand) =>
    Effect.gen(function* () {
      const { learned } = yield* run((client) => client.exists("pub"))
      const embedded = yield* FtpTestServer.FtpTestServer
      if (timeCommand === "SITE UTIME short") {
        yield* embedded.fault({ _tag: "Refuse", verb: "SITE", reply: "500 No." })
      }
      const second = yield* run(touch, changed(learned, { timeCommand }))
      const [wrong, ...others] = setters(second.sent)
      expect(wrong).toBe(`${timeCommand.replace(" short", "")} 20010909014640 pub/a`)
      expect(others).toEqual(["MFMT 20010909014640 pub/a", LONG])
      expect(second.learned.timeCommand).toBe("SITE UTIME")
    }).pipe(Effect.provide(server({ denied: ["MFMT"] })))
  )

  it.effect("stays what it was if the file is missing", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(touch)
      const second = yield* run(
        (client) => Effect.flip(client.setModified("pub/b", DateTime.unsafeMake(1_000_000_000_000))),
        learned
      )
      expect(second.result).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
      expect(setters(second.sent)).toHaveLength(1)
      expect(second.learned.timeCommand).toBe("SITE UTIME")
    }).pipe(Effect.provide(server({ denied: ["MFMT"] })))
  )

  it.effect("is none that the server lacks: FEAT names MFMT", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(touch)
      expect(learned.timeCommand).toBe("MFMT")
      const second = yield* run(touch, changed(learned, { timeCommand: "MDTM" }))
      expect(setters(second.sent)).toEqual(["MFMT 20010909014640 pub/a"])
    }).pipe(Effect.provide(server()))
  )
})

describe("what REST does, in a profile", () => {
  const content = { "pub/a": "0123456789".repeat(100) }
  /** Reads the end of the file, as an interrupted download is resumed. */
  const restarts = (client: FtpClient.FtpClient) =>
    client.withSession((session) =>
      Effect.scoped(Effect.either(session.receive(Command.retr("pub/a"), { path: "pub/a", offset: 10 })))
    )

  it.effect("is learned from a refusal", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(restarts)
      expect(learned.fails).toContain("REST")
    }).pipe(Effect.provide(server({ root: content, denied: ["REST"] })))
  )

  it.effect("is no matter of an offset that is refused for other reasons", () =>
    Effect.gen(function* () {
      const embedded = yield* FtpTestServer.FtpTestServer
      yield* embedded.fault({ _tag: "Refuse", verb: "REST", reply: "451 Not now." })
      const { learned } = yield* run(restarts)
      expect([...learned.fails, ...learned.works]).not.toContain("REST")
    }).pipe(Effect.provide(server({ root: content })))
  )
})

describe("the charset of names in a profile", () => {
  const charset = (name: FtpCharset.Name) => Either.getOrThrow(FtpCharset.make(name))
  const names = (client: FtpClient.FtpClient) =>
    Effect.map(client.list("pub"), (entries) => entries.map(({ name }) => name).sort())
  const utf8 = (sent: ReadonlyArray<string>) => sent.filter((line) => line.startsWith("OPTS UTF8"))
  /** A server that speaks UTF-8 and does not say so. */
  const silent = (...names: ReadonlyArray<string>) =>
    server({ denied: ["UTF8"], root: Object.fromEntries(names.map((name) => [`pub/${name}`, "1"])) })

  it.effect.each([
    ["latin1", "Gr\u00fc\u00dfe"],
    ["shift_jis", "\u8868\u793a"]
  ] as const)("lets the next run read and use names in %s", ([name, text]) =>
    Effect.gen(function* () {
      const first = yield* run(names, undefined, charset(name))
      expect(first).toMatchObject({ result: [text], learned: { charset: name } })
      const second = yield* run(
        (client) => Effect.zipLeft(names(client), client.rename(`pub/${text}`, `pub/${text}${text}`)),
        first.learned
      )
      expect(second).toMatchObject({ result: [text], learned: { charset: name } })
      expect(utf8(second.sent)).toEqual(["OPTS UTF8 OFF"])
      expect((yield* run(names, second.learned)).result).toEqual([`${text}${text}`])
    }).pipe(Effect.provide(server({ charset: name, root: { [`pub/${text}`]: "1" } })))
  )

  it.effect("is not learned from names of ASCII, nor where names are UTF-8", () =>
    Effect.gen(function* () {
      for (const layer of [server({ charset: "latin1" }), silent("Gr\u00fc\u00dfe")]) {
        const { learned } = yield* Effect.provide(run(names, undefined, charset("latin1")), layer)
        expect(learned.charset).toBeUndefined()
      }
    })
  )

  it.effect("is not learned of a server that has UTF8", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(names, undefined, charset("latin1"))
      expect(learned.charset).toBeUndefined()
    }).pipe(Effect.provide(server({ root: { "pub/Gr\udcfc\udcdfe": "1" } })))
  )

  it.effect("is forgotten, and the listing read again, if enough names are UTF-8", () =>
    Effect.gen(function* () {
      const { learned } = yield* run((client) => client.exists("pub"))
      const second = yield* run(names, changed(learned, { charset: "latin1" }))
      expect(second.result).toEqual(["Gr\u00fc\u00dfe", "\u00dcber"])
      expect(second.learned.charset).toBeUndefined()
    }).pipe(Effect.provide(silent("Gr\u00fc\u00dfe", "\u00dcber")))
  )

  it.effect("is not doubted for one short name that could be UTF-8 by chance", () =>
    Effect.gen(function* () {
      const { learned } = yield* run(names, undefined, charset("gbk"))
      const second = yield* run(names, changed(learned, { charset: "gbk" }))
      expect(second).toMatchObject({ result: ["\u8054\u901a"], learned: { charset: "gbk" } })
    }).pipe(Effect.provide(server({ charset: "gbk", root: { "pub/\u8054\u901a": "1" } })))
  )

  it.effect("is forgotten at once if FEAT differs, and the server is asked for UTF-8 then", () =>
    Effect.gen(function* () {
      const { learned } = yield* run((client) => client.exists("pub"))
      const second = yield* run(names, changed(learned, { charset: "latin1", features: "0" }))
      expect(second.result).toEqual(["\u00e9"])
      expect(utf8(second.sent)).toEqual(["OPTS UTF8 OFF", "OPTS UTF8 ON"])
    }).pipe(Effect.provide(silent("\u00e9")))
  )
})
