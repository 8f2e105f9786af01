/** A server on which case does not count, as on Windows: no file is deleted because its name has another case there. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { inTime } from "../support/inTime.ts"
import { folding } from "./foldingServer.ts"
import { kinds, onDisk, served, stage, up } from "./stage.ts"

const windows = (
  root: Record<string, string>,
  options: FtpTestServer.Options = {},
  folds?: ((path: string) => boolean) | undefined
) => folding(root, { ...options, folds })

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

  const hiding = (options: FtpTestServer.Options) =>
    Layer.unwrapEffect(
      Effect.map(FtpTestServer.memory({ "www/.env": "lower", "www/.Env": "upper", "www/b": "b" }), (store) =>
        stage({
          ...options,
          root: {
            ...store,
            list: (path) => Effect.map(store.list(path), (found) => found.filter(({ name }) => name !== ".Env"))
          }
        })
      )
    )
  const refusing =
    <A, E>(ask: (path: string) => Effect.Effect<A, E>) =>
    (path: string): Effect.Effect<A, E | FtpTestServer.StoreError> =>
      path === "/www/B" ? Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path })) : ask(path)

  for (const denied of [[], ["MLST", "MLSD"]]) {
    const by = denied.length === 0 ? "with MLST" : "without MLST"
    it.effect(`takes a server that hides a file for one where case counts, ${by}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ ".Env": "new", a: "a", A: "A" })
        const result = yield* up(EXTRA)
        expect(result.plan.skipped).toEqual([])
        expect(kinds(result)).toEqual(["Copy .Env", "Copy A", "Copy a", "Remove .env", "Remove b"])
        const { A, a } = yield* served("/www/")
        expect({ A, a }).toEqual({ A: "A", a: "a" })
      }).pipe(Effect.provide(hiding({ denied })))
    )

    it.effect(`knows one file under two names, ${by}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ "README.md": "new" })
        expect((yield* up(EXTRA)).failures).toEqual([])
        expect(Object.values(yield* served("/www/"))).toEqual(["new"])
      }).pipe(Effect.provide(windows({ "www/readme.md": "old" }, { denied })))
    )
  }

  it.effect("keeps what may be the same file on a server that refuses to say, and copies all", () =>
    Effect.gen(function* () {
      yield* onDisk({ B: "B", c: "c" })
      const result = yield* up(EXTRA)
      const { failures, isComplete, plan } = result
      expect(kinds(result)).toContain("Copy c")
      expect(plan.skipped).toMatchObject([{ path: "b", reason: "Collides" }])
      expect({ failures, isComplete }).toEqual({ failures: [], isComplete: false })
      const { b, c } = yield* served("/www/")
      expect({ b, c }).toEqual({ b: "b", c: "c" })
    }).pipe(
      Effect.provide(
        Layer.unwrapEffect(
          Effect.map(FtpTestServer.memory({ "www/b": "b" }), (store) =>
            stage({ root: { ...store, stat: refusing(store.stat), lstat: refusing(store.lstat) } })
          )
        )
      )
    )
  )

  it.effect("replaces what has the very name of the source on a server that refuses to say", () =>
    Effect.gen(function* () {
      yield* onDisk({ B: "B", "dir/x": "x" })
      const { failures, plan } = yield* up({ ...EXTRA, conflict: "Replace" })
      expect({ failures, skipped: plan.skipped }).toMatchObject({ failures: [], skipped: [{ path: "b" }] })
      expect(yield* served("/www/dir/")).toEqual({ x: "x" })
    }).pipe(
      Effect.provide(
        Layer.unwrapEffect(
          Effect.map(FtpTestServer.memory({ "www/b": "b", "www/dir": "a file" }), (store) =>
            stage({ root: { ...store, stat: refusing(store.stat), lstat: refusing(store.lstat) } })
          )
        )
      )
    )
  )

  it.effect("loses no file to a server that has no way to say", () =>
    Effect.gen(function* () {
      yield* onDisk({ "Index.html": "new" })
      const { plan } = yield* up(EXTRA)
      expect(plan.skipped).toMatchObject([{ path: "index.html", reason: "Collides" }])
      expect(Object.values(yield* served("/www/"))).toEqual(["new"])
    }).pipe(Effect.provide(windows({ "www/index.html": "old" }, { denied: ["MLST", "MLSD", "SIZE", "MDTM"] })))
  )

  it.effect("asks in the directory itself, as case may count in those above it", () =>
    Effect.gen(function* () {
      yield* onDisk({ "usb/Index.html": "new" })
      yield* up(EXTRA)
      expect(Object.values(yield* served("/www/"))).toEqual(["new"])
    }).pipe(
      Effect.provide(
        windows({ "www/usb/index.html": "old" }, { denied: ["MLST", "MLSD"] }, (path) => path.startsWith("/www/usb/"))
      )
    )
  )

  it.effect("has a saved plan done on trees that were not read before", () =>
    Effect.gen(function* () {
      yield* onDisk({ "Index.html": "new", "Img/A.png": "png 2", "css/x": "x" })
      const trees = Effect.all([FtpMirror.local("/site"), FtpMirror.remote("www")])
      const [from, to] = yield* trees
      const plan = yield* inTime(FtpMirror.plan(from, to, EXTRA))
      const [source, target] = yield* trees
      const { failures, outdated } = yield* inTime(FtpMirror.apply(plan, source, target))
      expect({ failures, outdated }).toEqual({ failures: [], outdated: [] })
      const now = Object.entries(yield* served("/www/"))
      expect(Object.fromEntries(now.map(([path, content]) => [path.toLowerCase(), content]))).toEqual({
        "index.html": "new",
        "img/a.png": "png 2",
        "css/x": "x"
      })
    }).pipe(Effect.provide(windows({ "www/index.html": "old", "www/img/a.png": "png", "www/img/b.png": "b" })))
  )
})

describe("a server on which case counts in some directories only", () => {
  const MIXED = { "www/unix/b.txt": "b", "www/win/b.txt": "b" }
  const inWin = (path: string) => path.startsWith("/www/win/")

  it.effect("has each directory asked for, and nothing deleted by what another one does", () =>
    Effect.gen(function* () {
      yield* onDisk({ "unix/B.txt": "B new", "win/B.txt": "B new" })
      const result = yield* up(EXTRA)
      expect(result).toMatchObject({ failures: [], isComplete: true })
      expect(yield* served("/www/")).toEqual({ "unix/B.txt": "B new", "win/b.txt": "B new" })
      expect(kinds(yield* up(EXTRA))).toEqual([])
    }).pipe(Effect.provide(windows(MIXED, {}, inWin)))
  )

  it.effect("deletes nothing in one directory because another one lists two such names", () =>
    Effect.gen(function* () {
      yield* onDisk({ "unix/a.txt": "1", "unix/A.txt": "2", "win/B.txt": "B new" })
      yield* up(EXTRA)
      expect(yield* served("/www/")).toEqual({ "unix/a.txt": "1", "unix/A.txt": "2", "win/b.txt": "B new" })
    }).pipe(Effect.provide(windows({ "www/unix/a.txt": "1", "www/unix/A.txt": "2", "www/win/b.txt": "b" }, {}, inWin)))
  )

  it.effect("is asked under its own names below a directory that it writes in another Unicode form", () =>
    Effect.gen(function* () {
      const [nfc, nfd] = ["caf\u00e9", "cafe\u0301"]
      yield* onDisk({ [`${nfc}/B.txt`]: "B new" })
      yield* up(EXTRA)
      expect(yield* served("/www/")).toEqual({ [`${nfd}/b.txt`]: "B new" })
    }).pipe(Effect.provide(windows({ "www/cafe\u0301/b.txt": "b" })))
  )

  it.effect("keeps one of two names of the source where they would be one file", () =>
    Effect.gen(function* () {
      yield* onDisk({ "a.txt": "a", "A.txt": "A" })
      const { isComplete, plan } = yield* up(EXTRA)
      expect(isComplete).toBe(false)
      expect(plan.skipped).toMatchObject([{ reason: "Collides" }])
      expect(Object.keys(yield* served("/www/"))).toEqual(["a.txt"])
    }).pipe(Effect.provide(windows({ "www/a.txt": "old" })))
  )
})

describe("two names of a source that differ in case alone, and that the target lacks", () => {
  const SOURCE = { "new/a.txt": "a", "new/A.txt": "A", "new/d/x": "x", "new/D/x": "X", "new/D/y": "y", c: "c" }

  for (const [how, options] of [
    ["by a plan", EXTRA],
    ["while both are read", {}],
    ["blindly", { compare: "Nothing" }],
    ["with a swap", { ...EXTRA, swap: "RemovePrevious" }]
  ] as const) {
    for (const denied of [[], ["MLST", "MLSD", "SIZE", "MDTM"]]) {
      const without = denied.length === 0 ? "" : ", on a server that does not say"
      it.effect(`never become one file, ${how}${without}`, () =>
        Effect.gen(function* () {
          yield* onDisk(SOURCE)
          const result = yield* up({ ...options, verify: "Reply" })
          expect(result.isComplete).toBe(false)
          expect(yield* served("/www/")).toEqual(
            "swap" in options ? {} : { "new/A.txt": "A", "new/D/x": "X", "new/D/y": "y", c: "c" }
          )
        }).pipe(Effect.provide(windows({}, { denied })))
      )
    }

    it.effect(`are two where case counts, ${how}`, () =>
      Effect.gen(function* () {
        const { tree } = yield* FtpTestServer.FtpTestServer
        yield* onDisk(SOURCE)
        expect(yield* up(options)).toMatchObject({ isComplete: true, failures: [] })
        expect(yield* served("/www/")).toEqual(SOURCE)
        expect((yield* tree).filter(({ path }) => path.includes("ftp-effect"))).toEqual([])
      }).pipe(Effect.provide(stage()))
    )
  }
})

describe("a target whose name differs from the login directory's in case alone", () => {
  const WITH_HOME = { "Sites/Ann/a": "a", "Sites/Ann/b": "b", "Sites/Ann/c/d": "d" }

  for (const denied of [[], ["MLST"], ["MLST", "SIZE", "MDTM"]]) {
    const name = denied.length === 0 ? "" : `, on a server without ${denied.join(", ")}`
    for (const root of ["/sites/ann", "/SITES", "/Sites/ANN"]) {
      it.effect(`has nothing deleted where case does not count: ${root}${name}`, () =>
        Effect.gen(function* () {
          yield* onDisk({ a: "a" })
          const { plan } = yield* up(EXTRA, root)
          expect(plan.withheld).toMatchObject({ reason: "Home" })
          expect(yield* served("/")).toMatchObject(WITH_HOME)
        }).pipe(Effect.provide(windows(WITH_HOME, { home: "/Sites/Ann", denied })))
      )
    }

    it.effect(
      `is ${denied.length < 3 ? "another directory" : "not known to be another one"} where case counts${name}`,
      () =>
        Effect.gen(function* () {
          yield* onDisk({ a: "a" })
          const { plan } = yield* up(EXTRA, "/sites/ann")
          expect(plan.withheld?.reason).toBe(denied.length < 3 ? undefined : "Home")
          expect(yield* served("/")).toMatchObject({ ...WITH_HOME, "sites/ann/a": "a" })
        }).pipe(Effect.provide(stage({ root: { ...WITH_HOME, "sites/ann/old": "old" }, home: "/Sites/Ann", denied })))
    )
  }

  it.effect("is no target of what is in it", () =>
    Effect.gen(function* () {
      const [source, target] = [yield* FtpMirror.remote("/Sites/Ann"), yield* FtpMirror.remote("/sites/ann/c")]
      expect(yield* inTime(Effect.flip(FtpMirror.mirror(source, target, {})))).toMatchObject({
        _tag: "FtpUsageError",
        argument: "target"
      })
    }).pipe(Effect.provide(windows(WITH_HOME, { home: "/Sites/Ann" })))
  )
})
