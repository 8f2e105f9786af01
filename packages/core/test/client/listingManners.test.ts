/** Servers that write MLSD in another way than RFC 3659 says, or refuse to list a directory because it is empty. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const stage = (server: FtpTestServer.Options) =>
  layer({ server: { root: { "a b; c": "hello", "sub/": "", "one/b": "world" }, ...server }, pool: { maxPerHost: 1 } })

const names = (path: string) =>
  Effect.flatMap(FtpClient.FtpClient, (client) =>
    Effect.map(inTime(client.list(path)), (entries) => entries.map(({ name }) => name).sort())
  )

const failure = (path: string) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => inTime(Effect.flip(client.list(path))))

const sent = (verb: string) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
    Effect.map(server.commands, (lines) => lines.filter((line) => line.startsWith(verb)).length)
  )

describe("MLSD", () => {
  for (const mlsd of ["Regular", "SpacesInValues", "SpaceFirst", "SpacesBetween", "Tab"] as const) {
    it.effect(`in the style ${mlsd} is read`, () =>
      Effect.gen(function* () {
        expect(yield* names("")).toEqual(["a b; c", "one", "sub"])
        expect(yield* sent("LIST")).toBe(0)
      }).pipe(Effect.provide(stage({ mlsd })))
    )
  }

  for (const mlsd of ["AbsoluteNames", "LikeList"] as const) {
    it.effect(`in the style ${mlsd} can't be read: LIST is asked instead, from then on`, () =>
      Effect.gen(function* () {
        expect(yield* names("")).toEqual(["a b; c", "one", "sub"])
        expect(yield* names("one")).toEqual(["b"])
        expect(yield* sent("MLSD")).toBe(1)
      }).pipe(Effect.provide(stage({ mlsd })))
    )
  }

  it.effect("that is refused for what is no directory (501) stays the way to list", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "MLSD", reply: "501 Not a directory" })
      yield* failure("one/b")
      expect(yield* names("")).toEqual(["a b; c", "one", "sub"])
      expect(yield* sent("MLSD")).toBe(2)
    }).pipe(Effect.provide(stage({})))
  )

  it.effect.each([
    ["of the login directory", ""],
    ["of a path that LIST finds to be a directory", "one"]
  ] as const)("that is refused with 501 for the listing %s is not asked again", ([, path]) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "MLSD", reply: "501 What?", times: Number.POSITIVE_INFINITY })
      const expected = yield* names(path)
      expect(expected).toEqual(path === "" ? ["a b; c", "one", "sub"] : ["b"])
      expect(yield* names("one")).toEqual(["b"])
      expect(yield* names("")).toEqual(["a b; c", "one", "sub"])
      expect(yield* sent("MLSD")).toBe(1)
    }).pipe(Effect.provide(stage({})))
  )

  it.effect("that is refused with 501 for one directory stays the way to list if it has listed another one", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      expect(yield* names("one")).toEqual(["b"])
      yield* server.fault({ _tag: "Refuse", verb: "MLSD", reply: "501 Not that one" })
      expect(yield* names("sub")).toEqual([])
      expect(yield* names("one")).toEqual(["b"])
      expect(yield* sent("MLSD")).toBe(3)
    }).pipe(Effect.provide(stage({})))
  )

  it.effect("that can't be read stays the way to list if LIST can't be read either", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({
        _tag: "DropData",
        verb: ["MLSD", "LIST"],
        afterBytes: 3,
        how: "End",
        reply: "226 ok",
        times: 9
      })
      yield* server.fault({ _tag: "Refuse", verb: "NLST", reply: "502 no" })
      expect(yield* failure("")).toMatchObject({ _tag: "FtpListingError", reason: "Unreadable" })
      yield* server.clearFaults
      expect(yield* names("")).toEqual(["a b; c", "one", "sub"])
      expect(yield* sent("MLSD")).toBe(2)
    }).pipe(Effect.provide(stage({})))
  )
})

describe("an empty directory whose listing is refused", () => {
  for (const reply of ["550 No such file or directory.", "550 Directory is empty", "550 rien", "550 No files found."]) {
    for (const denied of [[], ["MLST", "MLSD"]]) {
      it.effect(`with ${reply} is empty, if CWD enters it ${denied.length === 0 ? "(MLSD)" : "(LIST)"}`, () =>
        Effect.gen(function* () {
          expect(yield* names("sub")).toEqual([])
          expect(yield* names("sub")).toEqual([])
          expect(yield* names("one")).toEqual(["b"])
          expect(yield* failure("missing")).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
        }).pipe(Effect.provide(stage({ emptyListing: reply, denied })))
      )
    }
  }

  it.effect("is empty as the login directory too", () =>
    Effect.gen(function* () {
      expect(yield* names("")).toEqual([])
    }).pipe(Effect.provide(stage({ emptyListing: "550 No such file or directory.", denied: ["MLST"], root: {} })))
  )

  for (const reply of ["550 Permission denied.", "550 Can't open directory", "450 Failed to open directory"]) {
    it.effect(`with ${reply} is not known to be empty`, () =>
      Effect.gen(function* () {
        expect(yield* failure("sub")).toMatchObject({ _tag: "FtpRejected" })
      }).pipe(Effect.provide(stage({ emptyListing: reply, denied: ["MLST"] })))
    )
  }

  it.effect("says nothing about LIST -a, which is tried again", () =>
    Effect.gen(function* () {
      yield* names("sub")
      const before = yield* sent("LIST -a")
      yield* names("one")
      expect((yield* sent("LIST -a")) - before).toBe(1)
    }).pipe(Effect.provide(stage({ emptyListing: "550 nothing", denied: ["MLST", "MLSD"] })))
  )

  it.effect("is not what a refusal after the first lines means", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({
        _tag: "DropData",
        verb: "LIST",
        afterBytes: 60,
        how: "End",
        reply: "550 it broke",
        times: 9
      })
      expect(yield* failure("")).toMatchObject({ _tag: "FtpRejected" })
    }).pipe(Effect.provide(stage({ denied: ["MLST", "MLSD"] })))
  )
})

describe("a listing that no dialect reads", () => {
  const unknown = { listing: "Unknown", denied: ["MLST", "MLSD"] } as const

  it.effect("is one of names by NLST, with types by CWD and sizes by SIZE, and says so", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const listed = yield* inTime(client.listing(""))
      expect(listed.dialect).toEqual(Option.some("Names"))
      expect(listed.entries.map(({ name, size, type }) => [name, type, Option.getOrUndefined(size)]).sort()).toEqual([
        ["a b; c", "File", 5],
        ["one", "Directory", undefined],
        ["sub", "Directory", undefined]
      ])
      expect((yield* inTime(client.list("one"))).map(({ path, type }) => [path, type])).toEqual([["one/b", "File"]])
    }).pipe(Effect.provide(stage(unknown)))
  )

  it.effect("makes later listings begin with NLST, as long as LIST can't be read", () =>
    Effect.gen(function* () {
      expect(yield* names("one")).toEqual(["b"])
      const before = yield* sent("LIST")
      expect(yield* names("")).toEqual(["a b; c", "one", "sub"])
      expect(yield* names("one")).toEqual(["b"])
      expect(yield* sent("LIST")).toBe(before)
      // An empty directory has no names, and LIST shows that it is one.
      expect(yield* names("sub")).toEqual([])
      expect(yield* sent("LIST")).toBeGreaterThan(before)
      const since = yield* sent("LIST")
      expect(yield* names("one")).toEqual(["b"])
      expect(yield* sent("LIST")).toBe(since)
    }).pipe(Effect.provide(stage(unknown)))
  )

  it.effect("is tried again if NLST fails later", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      expect(yield* names("one")).toEqual(["b"])
      yield* server.fault({ _tag: "Refuse", verb: "NLST", reply: "550 no", times: 9 })
      expect(yield* failure("")).toMatchObject({ _tag: "FtpListingError", reason: "Unreadable" })
    }).pipe(Effect.provide(stage(unknown)))
  )

  it.effect("is an empty one if there are no lines at all", () =>
    Effect.gen(function* () {
      expect(yield* names("sub")).toEqual([])
      expect(yield* sent("NLST")).toBe(0)
    }).pipe(Effect.provide(stage(unknown)))
  )

  it.effect("has no more entries than maxEntries allows, in names too", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(Effect.flip(client.list("", { maxEntries: 2 })))).toMatchObject({
        _tag: "FtpListingError",
        reason: "TooManyEntries",
        limit: 2
      })
      expect((yield* inTime(client.list("", { maxEntries: 3 }))).length).toBe(3)
    }).pipe(Effect.provide(stage(unknown)))
  )

  for (const [what, fault] of [
    ["NLST is refused", { _tag: "Refuse", verb: "NLST", reply: "550 no" }],
    ["NLST lists nothing", { _tag: "EmptyData", verb: "NLST" }],
    ["nothing that NLST lists is there", { _tag: "Refuse", verb: ["CWD", "SIZE"], reply: "550 no", times: 9 }]
  ] as const) {
    it.effect(`stays unreadable if ${what}`, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* server.fault(fault)
        expect(yield* failure("")).toMatchObject({ _tag: "FtpListingError", reason: "Unreadable" })
      }).pipe(Effect.provide(stage(unknown)))
    )
  }
})
