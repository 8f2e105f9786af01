/** What is to be replaced by something of another type, and has been changed by another client since the plan: it is not lost. */
import { describe, expect, it } from "@effect/vitest"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type { MirrorPlan } from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StoreError } from "#core/testing/store/FileStore"
import { hasher } from "../support/hasher.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { disk, down, onDisk, served, stage, up } from "./stage.ts"
import { withHooks } from "./swapping.ts"

const REPLACE = { conflict: "Replace" } as const

const paths = (steps: MirrorPlan["steps"]) => steps.map(({ _tag, path }) => `${_tag} ${path}`).sort()

const all = Effect.map(
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) => tree),
  (entries) => entries.map(({ path }) => path).filter((path) => path.startsWith("/www/"))
)

/** What another client does, once, ahead of the first rename that matches. */
const once = (matches: (from: string, to: string) => boolean, act: Effect.Effect<void, StoreError>) => {
  let isDone = false
  return (from: string, to: string) =>
    Effect.suspend(() => {
      if (isDone || !matches(from, to)) {
        return Effect.void
      }
      isDone = true
      return Effect.orDie(act)
    })
}

const isSent = (_: string, to: string): boolean => to.endsWith("/one")

describe("an old one that another client has replaced since the plan", () => {
  for (const remove of ["None", "Ours"] as const) {
    it.effect(`stays if it was a file, and is outdated (delete: ${remove})`, () =>
      withHooks({ "www/docs": "old file" }, (hooks) =>
        Effect.gen(function* () {
          const server = yield* FtpTestServer.FtpTestServer
          yield* onDisk({ "docs/one": "1" })
          hooks.before = once(isSent, server.write("/www/docs", "theirs, a longer one"))
          const result = yield* Effect.provide(
            up({ ...REPLACE, delete: remove, manifest: false }),
            Layer.succeed(FtpHasher, hasher)
          )
          expect(result).toMatchObject({ isComplete: false, done: [], failures: [], displaced: [] })
          expect(result.outdated).toMatchObject([
            { step: { _tag: "Remove", path: "docs" }, side: "Target", found: { _tag: "File", size: 20 } }
          ])
          expect(paths(result.leftOut)).toEqual(["Copy docs/one", "MakeDirectory docs"])
          expect(yield* served("/www/")).toEqual({ docs: "theirs, a longer one" })
          expect(yield* all).toEqual(["/www/docs"])
        })
      )
    )
  }

  it.effect("stays if it was a file and is a directory now", () =>
    withHooks({ "www/docs": "old file" }, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "docs/one": "1" })
        hooks.before = once(
          isSent,
          Effect.all(
            [
              server.store.removeFile("/www/docs"),
              server.store.makeDirectory("/www/docs"),
              server.write("/www/docs/theirs", "theirs")
            ],
            { discard: true }
          )
        )
        const result = yield* up(REPLACE)
        expect(result).toMatchObject({ isComplete: false, done: [], failures: [], displaced: [] })
        expect(result.outdated).toMatchObject([{ step: { path: "docs" }, found: { _tag: "Directory" } }])
        expect(yield* all).toEqual(["/www/docs", "/www/docs/theirs"])
      })
    )
  )

  it.effect("stays if it was a directory and is a file now", () =>
    withHooks({ "www/page/a": "old a" }, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ page: "new page", "sub/one": "1" })
        hooks.before = once(
          isSent,
          Effect.all(
            [
              server.store.removeFile("/www/page/a"),
              server.store.removeDirectory("/www/page"),
              server.write("/www/page", "theirs")
            ],
            { discard: true }
          )
        )
        const result = yield* up(REPLACE)
        expect(result.isComplete).toBe(false)
        expect(yield* served("/www/")).toEqual({ page: "theirs", "sub/one": "1" })
        expect((yield* all).filter((path) => path.includes("ftp-effect"))).toEqual([])
      })
    )
  )

  it.effect("is not made up for if it is gone", () =>
    withHooks({ "www/docs": "old file" }, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "docs/one": "1" })
        hooks.before = once(isSent, server.store.removeFile("/www/docs"))
        const result = yield* up(REPLACE)
        expect(result.outdated).toMatchObject([{ step: { path: "docs" }, found: { _tag: "Absent" } }])
        expect(yield* all).toEqual([])
        expect(yield* up(REPLACE)).toMatchObject({ isComplete: true })
        expect(yield* served("/www/")).toEqual({ "docs/one": "1" })
      })
    )
  )

  it.effect("stays under its temporary name if that happens at the moment of the exchange", () =>
    withHooks({ "www/docs": "old file", "www/page/a": "old a", "www/page/b": "old b" }, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "docs/one": "1", page: "new page" })
        const docs = once(
          (from) => from === "/www/docs",
          Effect.all(
            [
              server.store.removeFile("/www/docs"),
              server.store.makeDirectory("/www/docs"),
              server.write("/www/docs/theirs", "theirs")
            ],
            { discard: true }
          )
        )
        const page = once((from) => from === "/www/page", server.write("/www/page/a", "theirs, a longer one"))
        hooks.before = (from, to) => Effect.zipRight(docs(from, to), page(from, to))
        const result = yield* up(REPLACE)
        expect(result.isComplete).toBe(false)
        expect(result.displaced).toMatchObject([
          { path: "docs", live: "New" },
          { path: "page", live: "New" }
        ])
        const [docsAt = "", pageAt = ""] = result.displaced.map(({ old }) => old)
        expect(yield* served("/www/")).toEqual({
          "docs/one": "1",
          [`${docsAt}/theirs`]: "theirs",
          page: "new page",
          [`${pageAt}/a`]: "theirs, a longer one"
        })
        expect(result.outdated.map(({ step }) => step.path).sort()).toEqual(["docs", "page", "page/a"])
      })
    )
  )
})

describe("an old one of a folder that another program has replaced since the plan", () => {
  it.effect("stays, and is outdated", () =>
    Effect.gen(function* () {
      const memory = yield* MemoryFiles.MemoryFiles
      yield* onDisk({ docs: "old file" })
      const result = yield* down({
        ...REPLACE,
        onEvent: (event) => {
          if (event._tag === "Done" && event.step.path === "docs/one") {
            memory.files.set("/site/docs", Buffer.from("theirs, a longer one"))
          }
        }
      })
      expect(result).toMatchObject({ isComplete: false, done: [], displaced: [] })
      expect(result.outdated).toMatchObject([{ step: { path: "docs" }, found: { _tag: "File", size: 20 } }])
      expect(yield* disk).toEqual({ docs: "theirs, a longer one" })
    }).pipe(Effect.provide(stage({ root: { "www/docs/one": "1" } })))
  )
})
