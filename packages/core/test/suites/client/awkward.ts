/** The whole life of each awkward name, as a file and as a directory: what no single operation shows. */
import { assert } from "@effect/vitest"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Check, kindOf, type On } from "./Check.ts"
import { usable } from "./names.ts"

/** What went wrong with each name; nothing for most. */
const problems = (
  names: ReadonlyArray<string>,
  life: (name: string) => Effect.Effect<void, { readonly message: string }>
) =>
  Effect.map(
    Effect.forEach(names, (name) =>
      Effect.match(life(name), {
        onFailure: ({ message }) => [`${JSON.stringify(name)}: ${message}`],
        onSuccess: () => []
      })
    ),
    (all) => all.flat()
  )

const expectEqual = (what: string, found: unknown, expected: unknown) =>
  JSON.stringify(found) === JSON.stringify(expected)
    ? Effect.void
    : Effect.fail({ message: `${what} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}` })

const textOf = ({ client }: On, path: string) => Stream.mkString(Stream.decodeText(client.download(path)))

const namesIn = ({ client }: On, path: string) =>
  Effect.map(client.list(path, { onUnread: "Fail" }), (entries) => entries.map(({ name }) => name).sort())

/** Its bytes are its name, and its new name is another awkward one. */
const file = (on: On) => (name: string) =>
  Effect.gen(function* () {
    const { at, client, root, server } = on
    yield* client.upload(at(name), FtpSource.fromString(name))
    yield* expectEqual("the listing", yield* namesIn(on, root), [name])
    const entry = yield* client.stat(at(name))
    yield* expectEqual("stat", [entry.name, entry.type, entry.path], [name, "File", at(name)])
    yield* expectEqual("the size", Option.getOrNull(entry.size), Buffer.byteLength(name))
    yield* expectEqual("exists", yield* client.exists(at(name)), true)
    yield* expectEqual("the content", yield* textOf(on, at(name)), name)
    yield* client.rename(at(name), at(`${name}.new`))
    yield* expectEqual("the new listing", yield* namesIn(on, root), [`${name}.new`])
    yield* expectEqual("exists after the rename", yield* client.exists(at(name)), false)
    yield* client.rename(at(`${name}.new`), at(name))
    yield* client.remove(at(name))
    yield* expectEqual("what is left", yield* server.names(root), [])
  })

const directory = (on: On) => (name: string) =>
  Effect.gen(function* () {
    const { at, client, root, server } = on
    const inside = at(`${name}/${name}`)
    yield* client.makeDirectory(at(name))
    yield* client.upload(inside, FtpSource.fromString("inside"))
    yield* expectEqual("the listing", yield* namesIn(on, root), [name])
    yield* expectEqual("the listing inside", yield* namesIn(on, at(name)), [name])
    yield* expectEqual("stat", (yield* client.stat(at(name))).type, "Directory")
    const walked = Array.from(yield* Stream.runCollect(client.walk(root)), ({ path }) => path).sort()
    yield* expectEqual("the walk", walked, [at(name), inside])
    yield* expectEqual("the content", yield* textOf(on, inside), "inside")
    yield* client.rename(at(name), at(`${name}.new`))
    yield* expectEqual("the new place", yield* kindOf(server, at(`${name}.new/${name}`)), "File")
    yield* client.remove(at(`${name}.new`), { recursive: true })
    yield* expectEqual("what is left", yield* server.names(root), [])
  })

export const awkwardCases = (check: Check): void => {
  check(
    "a file of every awkward name is written, listed, looked at, read, renamed and removed",
    (on) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* problems(usable(on.server), file(on)), [])
      }),
    { millis: MANY }
  )

  check(
    "a directory of every awkward name is made, filled, listed, walked, renamed and removed with all in it",
    (on) =>
      Effect.gen(function* () {
        const names = usable(on.server).filter((name) => on.server.traits.makesAnyName || !name.includes("*"))
        assert.deepStrictEqual(yield* problems(names, directory(on)), [])
      }),
    { millis: MANY }
  )
}

/** Fifty names, each with a dozen operations. */
const MANY = 120_000
