/** A server on which case does not count, as on Windows: no file is deleted because its name has another case there. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { kinds, onDisk, served, stage, up, withHasher } from "./stage.ts"

/** Finds each file under its name in any case, and keeps the case that it was made with. */
const windows = (root: Record<string, string>) =>
  Layer.unwrapEffect(
    Effect.map(FtpTestServer.memory(root), (store) => {
      const actual = (path: string): Effect.Effect<string> =>
        path === "/" || path === ""
          ? Effect.succeed(path)
          : Effect.gen(function* () {
              const at = path.lastIndexOf("/")
              const [above, name] = [yield* actual(path.slice(0, at) || "/"), path.slice(at + 1)]
              const found = yield* Effect.orElseSucceed(store.list(above), () => [])
              const same = found.find((one) => one.name.toLowerCase() === name.toLowerCase())
              return `${above === "/" ? "" : above}/${same?.name ?? name}`
            })
      const on =
        <A extends ReadonlyArray<unknown>, B, E, R>(use: (path: string, ...more: A) => Effect.Effect<B, E, R>) =>
        (path: string, ...more: A) =>
          Effect.flatMap(actual(path), (path) => use(path, ...more))
      return withHasher({
        root: {
          ...store,
          stat: on(store.stat),
          lstat: on(store.lstat),
          list: on(store.list),
          openReader: on(store.openReader),
          openWriter: on(store.openWriter),
          makeDirectory: on(store.makeDirectory),
          removeFile: on(store.removeFile),
          removeDirectory: on(store.removeDirectory),
          setModified: on(store.setModified),
          rename: (from, to) =>
            Effect.flatMap(Effect.all([actual(from), actual(to)]), ([from, to]) => store.rename(from, to))
        }
      })
    })
  )

const EXTRA = { delete: "Extra", maxDelete: { _tag: "Count", count: 99 } } as const

describe("a mirror that deletes, to a server on which case does not count", () => {
  for (const [how, options] of [
    ["by a plan", EXTRA],
    ["with a manifest", { ...EXTRA, manifest: true }],
    ["beside the copies", { ...EXTRA, deleteWhen: "During" }],
    ["before them", { ...EXTRA, deleteWhen: "Before" }]
  ] as const) {
    it.effect(`keeps what the source has in another case, and deletes the rest, ${how}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ "Index.html": "new", "Img/A.png": "png", "css/x": "x" })
        const { failures } = yield* up(options)
        expect(failures).toEqual([])
        const now = Object.entries(yield* served("/www/")).filter(([path]) => !path.endsWith("manifest.json"))
        expect(Object.fromEntries(now.map(([path, content]) => [path.toLowerCase(), content]))).toEqual({
          "index.html": "new",
          "img/a.png": "png",
          "css/x": "x"
        })
        expect(kinds(yield* up(options))).toEqual([])
      }).pipe(Effect.provide(windows({ "www/index.html": "old", "www/img/a.png": "png", "www/img/b.png": "b" })))
    )
  }

  it.effect("takes two names for two files where case counts", () =>
    Effect.gen(function* () {
      yield* onDisk({ "Index.html": "new" })
      yield* up(EXTRA)
      expect(yield* served("/www/")).toEqual({ "Index.html": "new" })
    }).pipe(Effect.provide(stage({ root: { "www/index.html": "old" } })))
  )
})
