/** What the client says of one path. */
import { assert, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Check, refuses } from "./Check.ts"
import { isTrue } from "./listing.ts"
import { listable } from "./names.ts"

const WINTER = Date.UTC(2019, 0, 2, 3, 4, 5)

export const statCases = (check: Check): void => {
  check("stat reports type, size and time of a file", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file.txt"), "12345")
      yield* server.setModified(at("file.txt"), WINTER)
      const entry = yield* client.stat(at("file.txt"))
      assert.strictEqual(entry.name, "file.txt")
      assert.strictEqual(entry.path, at("file.txt"))
      assert.strictEqual(entry.type, "File")
      expect(entry.size).toEqual(Option.some(5))
      assert.isTrue(isTrue(Option.getOrThrow(entry.modified), WINTER))
    })
  )

  check("stat knows directories, the root and the login directory", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("below"))
      for (const path of [at("below"), `${at("below")}/`, root, "/", ".", ""]) {
        assert.strictEqual((yield* client.stat(path)).type, "Directory", JSON.stringify(path))
        assert.isTrue(yield* client.exists(path), JSON.stringify(path))
      }
    })
  )

  check("stat and exists know every awkward name", ({ at, client, server }) =>
    Effect.gen(function* () {
      const names = listable(server)
      for (const [index, name] of names.entries()) {
        yield* index % 2 === 0 ? server.write(at(name), "x".repeat(index)) : server.makeDirectory(at(name))
      }
      const found = yield* Effect.forEach(names, (name) =>
        Effect.map(Effect.either(client.stat(at(name))), (answer) => [
          name,
          answer._tag === "Left" ? answer.left.message : answer.right.name,
          answer._tag === "Left" ? "" : answer.right.type
        ])
      )
      assert.deepStrictEqual(
        found,
        names.map((name, index) => [name, name, index % 2 === 0 ? "File" : "Directory"])
      )
      assert.deepStrictEqual(yield* Effect.filter(names, (name) => client.exists(at(`${name}.`))), [])
    })
  )

  check("what is missing is NotFound, and does not exist", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      for (const name of ["missing", "missing/below", "file/below", 'missing [*] "name"']) {
        yield* refuses(client.stat(at(name)), "NotFound")
        assert.isFalse(yield* client.exists(at(name)), name)
      }
      const saysMissing = (verb: "SIZE" | "MDTM") => (server.traits.saysMissing.includes(verb) ? "NotFound" : "Other")
      yield* refuses(client.size(at("missing")), server.traits.sizes ? saysMissing("SIZE") : "Unsupported")
      yield* refuses(client.modified(at("missing")), server.traits.tellsTimes ? saysMissing("MDTM") : "Unsupported")
    })
  )

  check("a link exists, also one to nothing", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      yield* server.link(at("to file"), "file")
      yield* server.link(at("to nothing"), "nothing")
      assert.isTrue(yield* client.exists(at("to file")))
      if (server.traits.seesDanglingLinks) {
        assert.isTrue(yield* client.exists(at("to nothing")))
        assert.strictEqual((yield* client.stat(at("to nothing"))).type, "SymbolicLink")
      } else {
        yield* refuses(client.stat(at("to nothing")), "NotFound")
      }
      assert.strictEqual((yield* client.stat(at("to file"))).type, server.traits.statsLinks ? "SymbolicLink" : "File")
    })
  )

  check("the size is in bytes whatever the content, and a directory has none", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("lines"), "a\nb\r\nc\r\r\n")
      yield* server.write(at("empty"), "")
      yield* server.makeDirectory(at("below"))
      if (server.traits.sizes) {
        assert.strictEqual(yield* client.size(at("lines")), 9)
        assert.strictEqual(yield* client.size(at("empty")), 0)
        yield* refuses(client.size(at("below")), "NotFound", "Other")
      } else {
        yield* refuses(client.size(at("lines")), "Unsupported")
      }
    })
  )

  check("the time is the server's to the second", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      yield* server.setModified(at("file"), WINTER)
      if (server.traits.tellsTimes) {
        const time = yield* client.modified(at("file"))
        assert.deepStrictEqual([time.at.epochMillis, time.precision, time.zone], [WINTER, "Second", "Utc"])
      } else {
        yield* refuses(client.modified(at("file")), "Unsupported")
      }
    })
  )
}
