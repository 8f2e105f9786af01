/** What is replaced by something of another type: at each failure the old one is there, or the new one, and it is told which. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { disk, down, onDisk, served, stage, up, withHasher } from "./stage.ts"
import { refuse, withHooks } from "./swapping.ts"

const REPLACE = { conflict: "Replace" } as const

/** A file where the source has a directory, and the reverse. */
const OLD = { "www/docs": "old file", "www/page/a": "old a", "www/page/deep/b": "old b", "www/keep": "k" }

const NEW = { "docs/one": "1", "docs/sub/two": "22", page: "new page", keep: "k" }

const WAS = { docs: "old file", "page/a": "old a", "page/deep/b": "old b", keep: "k" }

const all = Effect.map(
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) => tree),
  (entries) => entries.map(({ path }) => path).filter((path) => path.startsWith("/www/"))
)

describe("a file where a directory must go, and the reverse", () => {
  it.effect("are exchanged once the new ones are whole, and nothing is left of the old ones", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        const renames: Array<string> = []
        yield* onDisk(NEW)
        hooks.before = (_, to) => Effect.sync(() => renames.push(to))
        const result = yield* up(REPLACE)
        expect(result).toMatchObject({ isComplete: true, failures: [], leftOut: [], displaced: [] })
        expect(yield* served("/www/")).toEqual(NEW)
        expect(yield* all).toEqual([
          "/www/docs",
          "/www/docs/one",
          "/www/docs/sub",
          "/www/docs/sub/two",
          "/www/keep",
          "/www/page"
        ])
        expect(renames.filter((to) => /^\/www\/(docs|page)$/.test(to)).sort()).toEqual(["/www/docs", "/www/page"])
        expect((yield* up({ ...REPLACE, delete: "Extra" })).plan.steps).toEqual([])
      })
    )
  )

  it.effect("stay as they are if a file can't be sent", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(NEW)
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 not this one", times: Number.POSITIVE_INFINITY })
      const result = yield* up(REPLACE)
      expect(result.isComplete).toBe(false)
      expect(result.failures.map(({ step }) => step.path).sort()).toEqual(["docs/one", "docs/sub/two", "page"])
      expect(result.done).toEqual([])
      expect(result.displaced).toEqual([])
      expect(yield* served("/www/")).toEqual(WAS)
      expect((yield* all).length).toBe(6)
    }).pipe(Effect.provide(stage({ root: OLD })))
  )

  it.effect("stay as they are on a server that renames nothing", () =>
    Effect.gen(function* () {
      yield* onDisk(NEW)
      const result = yield* up({ ...REPLACE, verify: "Reply" })
      expect(result.isComplete).toBe(false)
      expect(result.done).toEqual([])
      expect(yield* served("/www/")).toEqual(WAS)
      expect((yield* all).length).toBe(6)
    }).pipe(Effect.provide(stage({ root: OLD, denied: ["RNFR", "RNTO"] })))
  )

  it.effect("get their names back if the new ones can't have them", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(NEW)
        hooks.before = (from, to) =>
          /^\/www\/(docs|page)$/.test(to) && !/old|previous/.test(from) ? refuse(to) : Effect.void
        const result = yield* up(REPLACE)
        expect(result.failures.map(({ step }) => `${step._tag} ${step.path}`).sort()).toEqual([
          "Copy page",
          "MakeDirectory docs"
        ])
        expect(result).toMatchObject({ isComplete: false, displaced: [], done: [] })
        expect(yield* served("/www/")).toEqual(WAS)
        expect((yield* all).length).toBe(6)
      })
    )
  )

  it.effect("are told with both names if neither can have its own", () =>
    withHooks({ "www/docs": "old file" }, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk({ "docs/one": "1" })
        hooks.before = (_, to) => (to === "/www/docs" ? refuse(to) : Effect.void)
        const { displaced, isComplete } = yield* up(REPLACE)
        expect(isComplete).toBe(false)
        expect(displaced).toMatchObject([
          {
            path: "docs",
            live: "None",
            old: expect.stringMatching(/^\.docs\.old\.[0-9a-f]{8}\.ftp-effect$/),
            replacement: expect.stringMatching(/^\.docs\.ftp-effect-next-/)
          }
        ])
        const [{ old = "", replacement = "" } = {}] = displaced
        expect(yield* served("/www/")).toEqual({ [old]: "old file", [`${replacement}/one`]: "1" })
      })
    )
  )

  it.effect("are there as the new one if the reply to the second rename is lost", () =>
    withHooks({ "www/docs": "old file" }, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "docs/one": "1" })
        hooks.after = (_, to) => (to === "/www/docs" ? server.resetConnections : Effect.void)
        const { displaced, failures, isComplete } = yield* up(REPLACE)
        expect({ displaced, failures, isComplete }).toEqual({ displaced: [], failures: [], isComplete: true })
        expect(yield* served("/www/")).toEqual({ "docs/one": "1" })
        expect(yield* all).toEqual(["/www/docs", "/www/docs/one"])
      })
    )
  )

  it.effect("keep what another client has put into the old directory meanwhile, which is told", () =>
    withHooks({ "www/page/a": "old a" }, (hooks) =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ page: "new page" })
        hooks.before = (from) =>
          from === "/www/page" ? Effect.orDie(server.write("/www/page/theirs", "theirs")) : Effect.void
        const { displaced, isComplete } = yield* up(REPLACE)
        expect(displaced).toMatchObject([{ path: "page", live: "New" }])
        const [{ old = "" } = {}] = displaced
        expect(yield* served("/www/")).toEqual({ page: "new page", [`${old}/theirs`]: "theirs" })
        expect(isComplete).toBe(false)
      })
    )
  )

  it.effect("are of the manifest as they are then", () =>
    Effect.gen(function* () {
      yield* onDisk(NEW)
      const first = yield* up({ ...REPLACE, manifest: "manifest.json" })
      expect(first.isComplete).toBe(true)
      yield* onDisk(NEW, 1)
      // What was there before is not known by the manifest.
      const second = yield* up({ ...REPLACE, manifest: "manifest.json" })
      expect(second.plan.steps.map(({ path }) => path)).toEqual(["keep"])
    }).pipe(Effect.provide(withHasher({ root: OLD })))
  )
})

describe("what is in the way in a folder", () => {
  it.effect("is exchanged once the new one is whole", () =>
    Effect.gen(function* () {
      yield* onDisk({ docs: "old file", "page/a": "old a" })
      const result = yield* down(REPLACE)
      expect(result).toMatchObject({ isComplete: true, failures: [], displaced: [] })
      expect(yield* disk).toEqual({ "docs/one": "1", "docs/two": "22", page: "new page" })
    }).pipe(Effect.provide(stage({ root: { "www/docs/one": "1", "www/docs/two": "22", "www/page": "new page" } })))
  )

  it.effect("is exchanged if a manifest is kept: what was fetched is hashed where it is until then", () =>
    Effect.gen(function* () {
      yield* onDisk({ docs: "old file", "page/a": "old a" })
      const { displaced, failures } = yield* down({ ...REPLACE, manifest: true })
      expect(failures.map(({ error }) => error.message)).toEqual([])
      expect(displaced).toEqual([])
      expect(yield* disk).toMatchObject({ "docs/one": "1", "docs/two": "22", page: "new page" })
      expect((yield* down({ ...REPLACE, manifest: true })).plan.steps).toEqual([])
    }).pipe(Effect.provide(withHasher({ root: { "www/docs/one": "1", "www/docs/two": "22", "www/page": "new page" } })))
  )

  it.effect("stays if a file can't be fetched", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ docs: "old file", "page/a": "old a" })
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "550 no right", times: Number.POSITIVE_INFINITY })
      const result = yield* down(REPLACE)
      expect(result).toMatchObject({ isComplete: false, done: [], displaced: [] })
      expect(yield* disk).toEqual({ docs: "old file", "page/a": "old a" })
    }).pipe(Effect.provide(stage({ root: { "www/docs/one": "1", "www/page": "new page" } })))
  )

  it.effect("stays alone if the run is interrupted: no partial file of the new directory is left", () =>
    Effect.gen(function* () {
      yield* onDisk({ docs: "old file" })
      const memory = yield* MemoryFiles.MemoryFiles
      const reached = yield* Deferred.make<ReadonlyArray<string>>()
      const fiber = yield* Effect.fork(
        down({
          ...REPLACE,
          onEvent: (event) => {
            if (event._tag === "Progress" && event.bytes > 4_000_000) {
              Effect.runSync(Deferred.succeed(reached, [...memory.files.keys()]))
            }
          }
        })
      )
      expect(yield* Deferred.await(reached)).toContainEqual(expect.stringContaining("/one.ftp-effect.part"))
      yield* Fiber.interrupt(fiber)
      expect(Object.keys(yield* disk)).toEqual(["docs"])
    }).pipe(Effect.provide(stage({ root: { "www/docs/one": "1".repeat(9_000_000) } })))
  )

  it.effect("stays alone if the run is interrupted: no partial file of the new file is left", () =>
    Effect.gen(function* () {
      yield* onDisk({ "page/a": "old a" })
      const memory = yield* MemoryFiles.MemoryFiles
      const reached = yield* Deferred.make<ReadonlyArray<string>>()
      const fiber = yield* Effect.fork(
        down({
          ...REPLACE,
          onEvent: (event) => {
            if (event._tag === "Progress" && event.bytes > 4_000_000) {
              Effect.runSync(Deferred.succeed(reached, [...memory.files.keys()]))
            }
          }
        })
      )
      expect(yield* Deferred.await(reached)).toContainEqual(expect.stringMatching(/\/\.page\..*\.ftp-effect\.part$/))
      yield* Fiber.interrupt(fiber)
      expect(yield* disk).toEqual({ "page/a": "old a" })
    }).pipe(Effect.provide(stage({ root: { "www/page": "1".repeat(9_000_000) } })))
  )

  it.effect("gets its name back if the new one can't have it", () =>
    Effect.gen(function* () {
      yield* onDisk({ docs: "old file" })
      const files = yield* FtpLocalFile
      const broken = Layer.succeed(FtpLocalFile, {
        ...files,
        rename: (from, to, existing) =>
          to === "/site/docs" && !from.includes(".old.")
            ? new FtpLocalFileError({ reason: "PermissionDenied", operation: "Rename", path: to, detail: "no" })
            : files.rename(from, to, existing)
      })
      const local = yield* Effect.provide(FtpMirror.local("/site"), broken)
      const result = yield* inTime(FtpMirror.mirror(yield* FtpMirror.remote("www"), local, REPLACE))
      expect(result).toMatchObject({ isComplete: false, done: [], displaced: [] })
      expect(yield* disk).toEqual({ docs: "old file" })
    }).pipe(Effect.provide(stage({ root: { "www/docs/one": "1" } })))
  )
})
