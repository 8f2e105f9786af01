/** A target whose listings leave out files that begin with a dot, and what a mirror must not replace there unseen. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { kinds, onDisk, up, withHasher } from "./stage.ts"

/** A server that hides them in every listing. */
const hiding = (root: Record<string, string>, options: FtpTestServer.Options = {}) =>
  Layer.unwrapEffect(
    Effect.map(FtpTestServer.memory(root), (store) =>
      withHasher({
        ...options,
        root: {
          ...store,
          list: (path) => Effect.map(store.list(path), (found) => found.filter(({ name }) => !name.startsWith(".")))
        }
      })
    )
  )

/** A server that does not say what is under that path. */
const denying = (denied: string) =>
  Layer.unwrapEffect(
    Effect.map(FtpTestServer.memory({ "www/": "" }), (store) => {
      const guarded =
        <A, E>(ask: (path: string) => Effect.Effect<A, E>) =>
        (path: string): Effect.Effect<A, E | FtpTestServer.StoreError> =>
          `${path}/`.startsWith(`${denied}/`)
            ? Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))
            : ask(path)
      return withHasher({ root: { ...store, stat: guarded(store.stat), lstat: guarded(store.lstat) } })
    })
  )

/** What these files of the server have; its tree lacks the hidden ones. */
const contents = (...paths: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { read } = yield* FtpTestServer.FtpTestServer
    const found = yield* Effect.forEach(paths, (path) => Effect.map(read(`/www/${path}`), Buffer.from))
    return Object.fromEntries(paths.map((path, index) => [path, String(found[index])]))
  })

const ALL = { maxDelete: { _tag: "Percent", percent: 100, free: 0 } } as const

describe("a target that hides files", () => {
  it.effect("has none replaced by a file that moved, if only missing files are copied", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "old/rules": "new rules", a: "a" })
      yield* up({ manifest: true })
      yield* server.write("/www/.htaccess", "theirs")
      yield* onDisk({ ".htaccess": "new rules", a: "a" })
      const result = yield* up({ ...ALL, manifest: true, delete: "Extra", only: "Missing" })
      expect(yield* contents(".htaccess", "old/rules")).toEqual({ ".htaccess": "theirs", "old/rules": "new rules" })
      expect(kinds(result)).toEqual([])
      expect(result.failures).toEqual([])
      expect(result.plan.skipped).toContainEqual({
        path: ".htaccess",
        reason: "Existing",
        detail: "the target has it, so old/rules keeps its name"
      })
    }).pipe(Effect.provide(hiding({ "www/": "" })))
  )

  it.effect("has a file moved to a name that it does not have", () =>
    Effect.gen(function* () {
      yield* onDisk({ "old/rules": "new rules", a: "a" })
      yield* up({ manifest: true })
      yield* onDisk({ ".htaccess": "new rules", a: "a" })
      const result = yield* up({ ...ALL, manifest: true, delete: "Extra", only: "Missing" })
      expect(kinds(result)).toEqual(["Rename .htaccess", "Remove old"])
      expect(yield* contents(".htaccess")).toEqual({ ".htaccess": "new rules" })
    }).pipe(Effect.provide(hiding({})))
  )

  for (const [how, options] of [
    ["by a plan", { conflict: "Replace" }],
    ["while both are read", {}]
  ] as const) {
    it.effect(`has none replaced in a hidden directory, if only missing files are copied ${how}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ ".well-known/a": "ours", ".well-known/deep/b": "ours", ".well-known/deep/c": "ours" })
        const { failures, plan } = yield* up({ ...options, only: "Missing" })
        expect(failures).toEqual([])
        expect(plan.skipped.map(({ path }) => path).sort()).toEqual([".well-known/a", ".well-known/deep/b"])
        expect(yield* contents(".well-known/a", ".well-known/deep/b", ".well-known/deep/c")).toEqual({
          ".well-known/a": "theirs",
          ".well-known/deep/b": "theirs",
          ".well-known/deep/c": "ours"
        })
      }).pipe(Effect.provide(hiding({ "www/.well-known/a": "theirs", "www/.well-known/deep/b": "theirs" })))
    )

    it.effect(`has a newer one kept, and an older one replaced, if only newer files are copied ${how}`, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ ".a": "ours", ".b": "ours too", ".c": "ours" })
        yield* TestClock.adjust("1 hour")
        yield* server.write("/www/.a", "theirs, newer")
        const { failures, plan } = yield* up({ ...options, only: "Newer" })
        expect(failures).toEqual([])
        expect(plan.skipped).toEqual([{ path: ".a", reason: "Newer", detail: "not newer in the source" }])
        expect(yield* contents(".a", ".b", ".c")).toEqual({ ".a": "theirs, newer", ".b": "ours too", ".c": "ours" })
      }).pipe(Effect.provide(hiding({ "www/.b": "theirs" })))
    )
  }

  it.effect("may refuse to say whether it has a directory: the rest is copied", () =>
    Effect.gen(function* () {
      yield* onDisk({ "denied/a": "a", "denied/deep/b": "b", c: "c" })
      const { plan } = yield* up({ conflict: "Replace", only: "Missing" })
      expect(yield* contents("c")).toEqual({ c: "c" })
      expect(plan.skipped.map(({ path, reason }) => `${reason} ${path}`)).toEqual([
        "Unread denied/a",
        "Unread denied/deep/b"
      ])
    }).pipe(Effect.provide(denying("/www/denied")))
  )

  for (const [how, options] of [
    ["by a plan", { conflict: "Replace" }],
    ["while both are read", {}]
  ] as const) {
    for (const only of ["Missing", "Newer"] as const) {
      it.effect(`is not listed again for each file without MLST, if only ${only} ones are copied ${how}`, () =>
        Effect.gen(function* () {
          const server = yield* FtpTestServer.FtpTestServer
          const names = Array.from({ length: 20 }, (_, index) => `${index}`)
          yield* onDisk({ ".hidden": "ours", ...Object.fromEntries(names.map((name) => [`css/${name}`, name])) })
          const { failures, plan } = yield* up({ ...options, only })
          expect(failures).toEqual([])
          expect(plan.skipped.map(({ path }) => path)).toEqual(only === "Missing" ? [".hidden"] : [])
          expect((yield* server.commands).filter((command) => /^LIST/.test(command)).length).toBeLessThan(8)
        }).pipe(Effect.provide(hiding({ "www/css/old": "x", "www/.hidden": "theirs" }, { denied: ["MLST", "MLSD"] })))
      )
    }
  }
})
