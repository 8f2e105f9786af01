/** Trees. */
import { assert } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Check, nothingLent, type On, refuses, text } from "./Check.ts"

const DIRECTORIES = 250
const DEPTH = 40

const collect = <E, R>(entries: Stream.Stream<{ readonly path: string }, E, R>) =>
  Effect.map(Stream.runCollect(entries), (found) => Chunk.toReadonlyArray(found).map(({ path }) => path))

/** 500 entries: directories in three levels, each with a file. */
const plantForest = ({ at, server }: On) =>
  Effect.gen(function* () {
    const paths: Array<string> = []
    for (let index = 0; index < DIRECTORIES; index++) {
      const parent = index < 10 ? "" : `d${index % 10}/${index < 100 ? "" : `d${(index % 90) + 10}/`}`
      const path = index < 100 ? `${parent}d${index}` : `d${((index % 90) + 10) % 10}/d${(index % 90) + 10}/d${index}`
      yield* server.makeDirectory(at(path))
      yield* server.write(at(`${path}/file`), `${index}`)
      paths.push(at(path), at(`${path}/file`))
    }
    return paths
  })

export const walkCases = (check: Check): void => {
  check("a walk finds everything once, each directory before what is in it", (on) =>
    Effect.gen(function* () {
      const planted = yield* plantForest(on)
      const found = yield* collect(on.client.walk(on.root))
      assert.deepStrictEqual([...found].sort(), [...planted].sort())
      const place = new Map(found.map((path, index) => [path, index]))
      for (const path of found) {
        const parent = path.slice(0, path.lastIndexOf("/"))
        assert.isBelow(place.get(parent) ?? -1, place.get(path) ?? -1, path)
      }
    })
  )

  check("the entries of a directory are those of its list, and can be left early", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 400 }), (_, index) => server.write(at(`f${index}`), "x"))
      const paths = () => Effect.map(collect(client.entries(root)), (found) => [...found].sort())
      const listed = (yield* client.list(root)).map(({ path }) => path).sort()
      assert.deepStrictEqual(yield* paths(), listed)
      assert.strictEqual(listed.length, 400)
      assert.strictEqual(yield* Stream.runCount(Stream.take(client.entries(root), 2)), 2)
      assert.deepStrictEqual(yield* paths(), listed)
      yield* refuses(Stream.runDrain(client.entries(at("missing"))), "NotFound")
    })
  )

  check("a walk of an empty directory is empty, of a missing one a refusal", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* collect(client.walk(root)), [])
      yield* refuses(Stream.runDrain(client.walk(at("missing"))), "NotFound")
      yield* server.write(at("file"), "x")
      yield* refuses(Stream.runDrain(client.walk(at("file"))), "NotFound", "Other")
    })
  )

  check("a walk goes as deep as it is let, and into what it is let", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("a"))
      yield* server.makeDirectory(at("a/b"))
      yield* server.write(at("a/b/deep"), "x")
      yield* server.makeDirectory(at("shut"))
      yield* server.write(at("shut/inside"), "x")
      const sorted = (options: Parameters<typeof client.walk>[1]) =>
        Effect.map(collect(client.walk(root, options)), (found) => [...found].sort())
      assert.deepStrictEqual(yield* sorted({ depth: 1 }), [at("a"), at("shut")])
      assert.deepStrictEqual(yield* sorted({ depth: 2 }), [at("a"), at("a/b"), at("shut"), at("shut/inside")])
      assert.deepStrictEqual(yield* sorted({ enter: ({ name }) => name !== "shut" }), [
        at("a"),
        at("a/b"),
        at("a/b/deep"),
        at("shut")
      ])
    })
  )

  check(`a walk follows a chain of ${DEPTH} directories, one session at a time`, ({ at, client, root, server }) =>
    Effect.gen(function* () {
      let path = "chain"
      for (let level = 0; level < DEPTH; level++) {
        yield* server.makeDirectory(at(path))
        path = `${path}/with space`
      }
      assert.strictEqual((yield* collect(client.walk(root))).length, DEPTH)
    })
  )

  check("a walk does not follow links, so a loop of them ends", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("below"))
      yield* server.link(at("below/up"), "..")
      yield* server.link(at("below/self"), ".")
      assert.deepStrictEqual([...(yield* collect(client.walk(root)))].sort(), [
        at("below"),
        at("below/self"),
        at("below/up"),
        // The first directory that is listed under two names is recognised below the second one.
        ...(server.traits.listsLinks ? [] : [at("below/up/below")])
      ])
    })
  )

  check("leaving a walk early ends its listings", (on) =>
    Effect.gen(function* () {
      yield* plantForest(on)
      assert.strictEqual((yield* collect(Stream.take(on.client.walk(on.root), 3))).length, 3)
      yield* nothingLent(on.pool)
      assert.isTrue(yield* on.client.exists(on.at("d1/file")))
    })
  )

  check(
    "a walk whose consumer downloads needs no second session",
    ({ at, client, root, server }) =>
      Effect.gen(function* () {
        for (const name of ["a", "b", "c"]) {
          yield* server.makeDirectory(at(name))
          for (const file of ["1", "2", "3"]) {
            yield* server.write(at(`${name}/${file}`), name + file)
          }
        }
        const contents = yield* client.walk(root).pipe(
          Stream.filter(({ type }) => type === "File"),
          Stream.mapEffect(({ path }) => text(client.download(path))),
          Stream.runCollect
        )
        assert.deepStrictEqual([...contents].sort(), ["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3"])
      }),
    { sessions: 1 }
  )
}
