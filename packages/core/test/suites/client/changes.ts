/** Making, removing, renaming, times and modes. */
import { assert, expect } from "@effect/vitest"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Check, failureOf, kindOf, refuses, stored } from "./Check.ts"
import { AWKWARD, usable } from "./names.ts"

const THEN = Date.UTC(2001, 1, 3, 4, 5, 6)

const orMessage = <A, E extends { readonly message: string }, R>(self: Effect.Effect<A, E, R>) =>
  Effect.match(self, { onFailure: ({ message }) => message, onSuccess: String })

export const changeCases = (check: Check): void => {
  check("a directory is made once, under the name that was asked for", ({ at, client, server }) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* client.makeDirectory(at("made")), at("made"))
      assert.strictEqual(yield* kindOf(server, at("made")), "Directory")
      yield* refuses(client.makeDirectory(at("made")), "AlreadyExists", "Other")
      yield* refuses(client.makeDirectory(at("missing/below")), "NotFound", "Other")
    })
  )

  check("directories of every awkward name are made and removed", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      const refused = AWKWARD.filter((name) => name.includes("*") && !server.traits.makesAnyName)
      const names = usable(server).filter((name) => !refused.includes(name))
      for (const name of refused) {
        yield* refuses(client.makeDirectory(at(name)), "Other")
      }
      const made = yield* Effect.forEach(names, (name) => orMessage(client.makeDirectory(at(name))))
      assert.deepStrictEqual(made, names.map(at))
      assert.deepStrictEqual([...(yield* server.names(root))].sort(), [...names].sort())
      const removed = yield* Effect.forEach(names, (name) => orMessage(client.remove(at(name))))
      assert.deepStrictEqual(
        removed,
        names.map(() => "undefined")
      )
      assert.deepStrictEqual(yield* server.names(root), [])
    })
  )

  check("a recursive makeDirectory makes the parents, and is content with what exists", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* client.makeDirectory(at("a/b c/d"), { recursive: true })
      assert.strictEqual(yield* kindOf(server, at("a/b c/d")), "Directory")
      yield* client.makeDirectory(at("a/b c/d"), { recursive: true })
      yield* client.makeDirectory(at("a/b c/d/"), { recursive: true })
      yield* client.makeDirectory(at("a/x/y/z"), { recursive: true })
      yield* client.makeDirectory("/", { recursive: true })
      assert.strictEqual(yield* kindOf(server, at("a/x/y/z")), "Directory")
      yield* server.write(at("file"), "x")
      assert.strictEqual((yield* failureOf(client.makeDirectory(at("file"), { recursive: true })))._tag, "FtpRejected")
      assert.strictEqual(
        (yield* failureOf(client.makeDirectory(at("file/b/c"), { recursive: true })))._tag,
        "FtpRejected"
      )
      assert.strictEqual(yield* stored(server, at("file")), "x")
    })
  )

  check("a relative path is below the login directory", ({ client, root, server }) =>
    Effect.gen(function* () {
      const relative = `${root.slice(1)}/a/b`
      yield* client.makeDirectory(relative, { recursive: true })
      yield* client.upload(`${relative}/file`, FtpSource.fromString("here"))
      assert.strictEqual(yield* stored(server, `${root}/a/b/file`), "here")
      assert.deepStrictEqual(
        (yield* client.list(relative)).map(({ path }) => path),
        [`${relative}/file`]
      )
      yield* client.remove(`${root.slice(1)}/a`, { recursive: true })
      assert.strictEqual(yield* kindOf(server, `${root}/a`), "Nothing")
    })
  )

  check("remove takes a file, an empty directory and a link, once", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      yield* server.makeDirectory(at("below"))
      yield* server.link(at("to file"), "file")
      yield* server.link(at("to nothing"), "nothing")
      yield* client.remove(at("to file"))
      assert.strictEqual(yield* kindOf(server, at("file")), "File")
      for (const name of ["to nothing", "file", "below"]) {
        yield* client.remove(at(name))
      }
      for (const name of ["to file", "to nothing", "file", "below"]) {
        assert.strictEqual(yield* kindOf(server, at(name)), "Nothing", name)
        yield* refuses(client.remove(at(name)), "NotFound")
        yield* client.remove(at(name), { force: true })
        yield* client.remove(at(name), { force: true, recursive: true })
      }
    })
  )

  check("remove refuses a directory with something in it, unless it is recursive", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("below"))
      yield* server.write(at("below/file"), "x")
      yield* refuses(client.remove(at("below")), "NotEmpty", "Other")
      yield* refuses(client.remove(at("below"), { force: true }), "NotEmpty", "Other")
      assert.strictEqual(yield* stored(server, at("below/file")), "x")
      yield* client.remove(at("below"), { recursive: true })
      assert.deepStrictEqual(yield* server.names(root), [])
    })
  )

  check("a recursive remove takes everything, hidden and awkward, and no more", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("keep"))
      yield* server.write(at("keep/file"), "kept")
      yield* server.makeDirectory(at("gone"))
      for (const [index, name] of usable(server).entries()) {
        if (index % 3 === 0) {
          yield* server.write(at(`gone/${name}`), "x")
        } else {
          yield* server.makeDirectory(at(`gone/${name}`))
          yield* server.write(at(`gone/${name}/${name}`), "x")
        }
      }
      yield* server.link(at("gone/to keep"), "../keep")
      yield* server.write(at("gone/two  spaces/.hidden"), "x")
      yield* server.makeDirectory(at("gone/.below"))
      yield* server.write(at("gone/.below/.hidden"), "x")
      if (server.traits.showsDotfiles) {
        yield* client.remove(at("gone"), { recursive: true })
        assert.deepStrictEqual(yield* server.names(root), ["keep"])
      } else {
        // What can't be seen can't be removed: the server says that a directory is not empty, and so do we.
        yield* refuses(client.remove(at("gone"), { recursive: true }), "NotEmpty", "Other")
      }
      assert.strictEqual(yield* stored(server, at("keep/file")), "kept")
    })
  )

  check("a recursive remove of a file or a link takes that alone", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("keep"))
      yield* server.write(at("keep/file"), "kept")
      yield* server.write(at("file"), "x")
      yield* server.link(at("to keep"), "keep")
      yield* client.remove(at("file"), { recursive: true })
      yield* client.remove(at("to keep"), { recursive: true })
      assert.deepStrictEqual(yield* server.names(root), ["keep"])
      assert.strictEqual(yield* stored(server, at("keep/file")), "kept")
      yield* refuses(client.remove(at("missing"), { recursive: true }), "NotFound")
    })
  )

  check("rename moves files and directories, of every awkward name", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      const names = usable(server)
      yield* server.makeDirectory(at("to"))
      for (const name of names) {
        yield* server.write(at(name), name)
      }
      const renamed = yield* Effect.forEach(names, (name) => orMessage(client.rename(at(name), at(`to/${name}`))))
      assert.deepStrictEqual(
        renamed,
        names.map(() => "undefined")
      )
      assert.deepStrictEqual(yield* server.names(root), ["to"])
      yield* client.rename(at("to"), at("moved"))
      for (const name of names) {
        assert.strictEqual(yield* stored(server, at(`moved/${name}`)), name)
      }
    })
  )

  check("rename refuses what is missing, on either side", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "x")
      yield* refuses(client.rename(at("missing"), at("new")), "NotFound", "Other")
      yield* refuses(client.rename(at("file"), at("missing/new")), "NotFound", "Other")
      assert.strictEqual(yield* stored(server, at("file")), "x")
      yield* client.rename(at("file"), at("new"))
      assert.strictEqual(yield* stored(server, at("new")), "x")
    })
  )

  check("rename replaces a file that has the new name", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("new"), "newer")
      yield* server.write(at("old"), "older")
      yield* client.rename(at("new"), at("old"))
      assert.strictEqual(yield* stored(server, at("old")), "newer")
      assert.strictEqual(yield* kindOf(server, at("new")), "Nothing")
    })
  )

  check("a time is set to the second, and read back the same", ({ at, client, server }) =>
    Effect.gen(function* () {
      for (const name of ["file", "with space 2", "20200101000000 odd"]) {
        yield* server.write(at(name), "x")
        const setting = client.setModified(at(name), DateTime.unsafeMake(THEN))
        if (server.traits.setsTimes) {
          yield* setting
          expect(Option.map(yield* server.look(at(name)), ({ modified }) => modified)).toEqual(Option.some(THEN))
          assert.strictEqual((yield* client.modified(at(name))).at.epochMillis, THEN)
        } else {
          yield* refuses(setting, "Unsupported")
        }
      }
      yield* refuses(client.setModified(at("missing"), DateTime.unsafeMake(THEN)), "NotFound", "Unsupported", "Other")
      assert.strictEqual(yield* kindOf(server, at("missing")), "Nothing")
    })
  )

  check("modes are set", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("a file"), "x")
      yield* server.makeDirectory(at("below"))
      if (server.traits.setsModes) {
        yield* client.chmod(at("a file"), 0o600)
        yield* client.chmod(at("below"), 0o700)
        const modes = yield* Effect.forEach(["a file", "below"], (name) =>
          Effect.map(
            server.look(at(name)),
            Option.map(({ mode }) => mode)
          )
        )
        expect(modes).toEqual([Option.some(0o600), Option.some(0o700)])
        yield* refuses(client.chmod(at("missing"), 0o600), "NotFound", "Other")
      } else {
        yield* refuses(client.chmod(at("a file"), 0o600), "Unsupported")
      }
    })
  )
}
