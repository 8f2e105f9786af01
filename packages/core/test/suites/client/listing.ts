/** What the client says of directories. */
import { assert, expect } from "@effect/vitest"
import type { FtpTime } from "@ftp-effect/core/FtpEntry"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Check, failureOf, kindOf, refuses, text } from "./Check.ts"
import { AWKWARD, LATIN1, listable } from "./names.ts"

const MANY = 2000

/** Half a year and more ago, and long ago: LIST prints these without a time of day. */
const SUMMER = Date.UTC(2021, 6, 8, 9, 10, 11)

const UNIT = { Millisecond: 1, Second: 1000, Minute: 60_000, Day: 86_400_000 }

/** Whether the time is the truth, as far as it claims to know it. */
export const isTrue = (time: FtpTime, millis: number): boolean =>
  Math.floor(time.at.epochMillis / UNIT[time.precision]) === Math.floor(millis / UNIT[time.precision])

const names = (entries: ReadonlyArray<{ readonly name: string }>) => entries.map(({ name }) => name).sort()

export const listingCases = (check: Check): void => {
  check("an empty directory is an empty list", ({ client, root }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* client.list(root), [])
      assert.deepStrictEqual((yield* client.listing(root)).unread, [])
    })
  )

  check(
    "a directory with more entries than the caller allows is an error that says so",
    ({ at, client, root, server }) =>
      Effect.gen(function* () {
        yield* Effect.forEach(["a", "b", "c"], (name) => server.write(at(name), ""))
        const error = yield* Effect.flip(client.list(root, { maxEntries: 2 }))
        assert.isTrue(error._tag === "FtpListingError" && error.reason === "TooManyEntries" && error.limit === 2)
        assert.lengthOf(yield* client.list(root, { maxEntries: 3 }), 3)
      })
  )

  check("every awkward name comes back as it is, with its path", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      for (const [index, name] of AWKWARD.entries()) {
        yield* server.write(at(name), "x".repeat(index))
      }
      const { entries, unread } = yield* client.listing(root)
      assert.deepStrictEqual(unread, [])
      assert.deepStrictEqual(names(entries), listable(server).sort())
      expect(entries.map(({ path, size, type }) => [path, type, size]).sort()).toEqual(
        entries.map(({ name }) => [at(name), "File", Option.some(AWKWARD.indexOf(name))]).sort()
      )
    })
  )

  check("a directory with an awkward name is listed like any other", ({ at, client, server }) =>
    Effect.gen(function* () {
      const usual = listable(server)
      for (const name of usual) {
        yield* server.makeDirectory(at(name))
        yield* server.write(`${at(name)}/inside`, "")
      }
      const found = yield* Effect.forEach(usual, (name) =>
        Effect.map(Effect.either(client.list(at(name))), (listed) => [
          name,
          listed._tag === "Left" ? listed.left.message : listed.right.map(({ path }) => path)
        ])
      )
      assert.deepStrictEqual(
        found,
        usual.map((name) => [name, [`${at(name)}/inside`]])
      )
    })
  )

  check("a name that is no UTF-8 can be listed and used", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.write(at(LATIN1), "old disk")
      const listed = yield* client.list(root)
      if (server.traits.anyBytes) {
        assert.deepStrictEqual(names(listed), [LATIN1])
        assert.strictEqual(yield* text(client.download(at(LATIN1))), "old disk")
      } else {
        assert.notInclude(names(listed), LATIN1)
      }
    })
  )

  check("entries tell type, size, time and mode", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("old"), "12345")
      yield* server.setModified(at("old"), SUMMER)
      yield* server.setMode(at("old"), 0o640)
      yield* server.write(at("new"), "")
      yield* server.makeDirectory(at("below"))
      yield* server.setMode(at("below"), 0o750)
      const entries = new Map((yield* client.list(root)).map((entry) => [entry.name, entry]))
      assert.deepStrictEqual([...entries.keys()].sort(), ["below", "new", "old"])
      assert.strictEqual(entries.get("below")?.type, "Directory")
      for (const name of ["old", "new"]) {
        const entry = entries.get(name)
        const look = Option.getOrThrow(yield* server.look(at(name)))
        assert.strictEqual(entry?.type, "File")
        expect(entry?.size).toEqual(Option.some(look.size))
        const time = Option.getOrThrow(entry?.modified ?? Option.none())
        assert.isTrue(isTrue(time, look.modified), `${name}: ${time.at.epochMillis} is not ${look.modified}`)
        assert.strictEqual(time.precision === "Second", server.traits.mlsx)
      }
      const { listsModes } = server.traits
      expect(entries.get("old")?.mode).toEqual(listsModes ? Option.some(0o640) : Option.none())
      expect(entries.get("below")?.mode).toEqual(listsModes ? Option.some(0o750) : Option.none())
    })
  )

  check(`a directory of ${MANY} entries comes back whole`, ({ at, client, root, server }) =>
    Effect.gen(function* () {
      const all = Array.from({ length: MANY }, (_, index) => `entry ${String(index).padStart(4, "0")}`)
      yield* Effect.forEach(all, (name) => server.write(at(name), ""), { discard: true })
      assert.deepStrictEqual(names(yield* client.list(root)), all)
    })
  )

  check("a missing directory is NotFound, never an empty one", ({ at, client }) =>
    Effect.gen(function* () {
      yield* refuses(client.list(at("missing")), "NotFound")
      yield* refuses(client.list(at("missing dir [1]")), "NotFound")
      yield* refuses(client.list(at("missing/below")), "NotFound")
      assert.deepStrictEqual(yield* client.list(at("")), [])
    })
  )

  check("a file is not listed as a directory", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      yield* server.write(at("file with space"), "x")
      yield* refuses(client.list(at("file")), "NotFound", "Other")
      yield* refuses(client.list(at("file with space")), "NotFound", "Other")
    })
  )

  check("the login directory is listed by an empty path, by a dot and by its own", ({ client, root }) =>
    Effect.gen(function* () {
      const home = yield* client.workingDirectory
      assert.strictEqual(home, "/")
      for (const path of ["", ".", home]) {
        const entry = (yield* client.list(path)).find(({ name }) => `/${name}` === root)
        assert.strictEqual(entry?.type, "Directory", `in ${JSON.stringify(path)}`)
      }
      assert.deepStrictEqual(yield* client.list(root.slice(1)), [])
    })
  )

  check("names that start with a dot are there where the server shows them", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.write(at(".hidden"), "x")
      yield* server.makeDirectory(at(".below"))
      yield* server.write(at("seen"), "x")
      assert.deepStrictEqual(
        names(yield* client.list(root)),
        server.traits.showsDotfiles ? [".below", ".hidden", "seen"] : ["seen"]
      )
      assert.isTrue(yield* client.exists(at(".hidden")))
      assert.isTrue(yield* client.exists(at(".below")))
    })
  )

  check("a directory of nothing but dotfiles is not taken for a missing one", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.write(at(".one"), "")
      assert.deepStrictEqual(names(yield* client.list(root)), server.traits.showsDotfiles ? [".one"] : [])
    })
  )

  check("links are listed as links, whatever they point to", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      yield* server.makeDirectory(at("below"))
      yield* server.link(at("to file"), "file")
      yield* server.link(at("to below"), "below")
      yield* server.link(at("to nothing"), "nothing")
      const entries = yield* client.list(root)
      assert.deepStrictEqual(entries.map(({ name, type }) => [name, type]).sort(), [
        ["below", "Directory"],
        ["file", "File"],
        ["to below", server.traits.listsLinks ? "SymbolicLink" : "Directory"],
        ["to file", server.traits.listsLinks ? "SymbolicLink" : "File"],
        ...(server.traits.seesDanglingLinks ? [["to nothing", "SymbolicLink"]] : [])
      ])
      for (const { linkTarget, name } of entries) {
        assert.include(
          ["Nothing", name.replace("to ", "")],
          Option.getOrElse(linkTarget, () => "Nothing")
        )
      }
    })
  )

  check("a directory that may not be read is refused, never empty", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("shut"))
      yield* server.write(`${at("shut")}/inside`, "x")
      yield* server.setMode(at("shut"), 0o000)
      yield* server.makeDirectory(at("blind"))
      yield* server.write(`${at("blind")}/inside`, "x")
      yield* server.setMode(at("blind"), 0o311)
      for (const name of ["shut", "blind"]) {
        if (server.traits.checksModes) {
          const error = yield* failureOf(client.list(at(name)))
          assert.include(["FtpRejected", "FtpListingError"], error._tag, error.message)
        } else {
          assert.deepStrictEqual(names(yield* client.list(at(name))), ["inside"])
        }
        yield* server.setMode(at(name), 0o755)
      }
    })
  )

  check("a path with a line end is our caller's mistake, and never reaches the server", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("victim"), "x")
      for (const end of ["\r\n", "\n", "\r", "\0"]) {
        const path = `${at("x")}${end}DELE ${at("victim")}`
        const errors = yield* Effect.all([
          failureOf(client.list(path)),
          failureOf(client.stat(path)),
          failureOf(client.exists(path)),
          failureOf(client.size(path)),
          failureOf(client.remove(path)),
          failureOf(client.makeDirectory(path)),
          failureOf(client.rename(at("victim"), path)),
          failureOf(text(client.download(path)))
        ])
        assert.deepStrictEqual(
          errors.map(({ _tag }) => _tag),
          errors.map(() => "FtpUsageError")
        )
      }
      assert.strictEqual(yield* kindOf(server, at("victim")), "File")
    })
  )
}
