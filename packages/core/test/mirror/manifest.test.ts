/** What a mirror remembers of earlier runs. */
import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import type { Copied } from "#core/mirror/copyModel"
import * as MirrorManifest from "#core/mirror/MirrorManifest"
import * as ManifestKeeping from "#core/mirror/manifestKeeping"
import { layer } from "../support/embedded.ts"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"

import { disk, down, kinds, onDisk, SITE, served, stage, up, withHasher } from "./stage.ts"

describe("a mirror with a manifest", () => {
  for (const [what, server] of [
    ["can set times", {}],
    ["can't set times", { denied: ["MFMT"] }]
  ] as const) {
    it.effect(`uploads nothing from a fresh checkout, to a server that ${what}`, () =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        yield* up({ manifest: true })
        yield* onDisk(SITE, 1000)
        const again = yield* up({ manifest: true })
        expect(kinds(again)).toEqual([])
        yield* onDisk({ ...SITE, "img/a.png": "PNG" }, 1000)
        expect(kinds(yield* up({ manifest: true }))).toEqual(["Replace img/a.png"])
        expect(yield* served("/www/")).toMatchObject({ ...SITE, "img/a.png": "PNG" })
      }).pipe(Effect.provide(withHasher(server)))
    )
  }

  it.effect("renames on the server what has another name here", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up({ manifest: true })
      const { "img/deep/b.png": moved, ...others } = SITE
      const after = { ...others, "pictures/c.png": moved }
      yield* onDisk(after)
      const result = yield* up({ delete: "Ours" })
      expect(kinds(result)).toEqual(["MakeDirectory pictures", "Rename pictures/c.png", "Remove img/deep"])
      const { [MirrorManifest.DEFAULT_NAME]: _, ...site } = yield* served("/www/")
      expect(site).toEqual(after)
      yield* onDisk(after, 1000)
      expect(kinds(yield* up({ delete: "Ours" }))).toEqual([])
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("forgets what is gone from the target, once it is written again", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient
      yield* onDisk(SITE)
      yield* up({ manifest: true })
      yield* inTime(client.remove("www/img/a.png"))
      yield* inTime(client.remove("www/css/site.css"))
      yield* onDisk({ "index.html": "<h1>new" })
      yield* up({ manifest: true })
      const { [MirrorManifest.DEFAULT_NAME]: text = "" } = yield* served("/www/")
      // Nothing is deleted, so only the directories of the source were entered: img/deep/b.png may be there.
      const { files } = JSON.parse(text)
      expect(Object.keys(files)).toEqual(["css/site.css", "img/a.png", "img/deep/b.png", "index.html"])
      yield* onDisk({ "index.html": "<h1>newer", "img/c.png": "c" })
      yield* up({ manifest: true })
      const { [MirrorManifest.DEFAULT_NAME]: later = "" } = yield* served("/www/")
      expect(Object.keys(JSON.parse(later).files)).toEqual([
        "css/site.css",
        "img/c.png",
        "img/deep/b.png",
        "index.html"
      ])
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("may be in a directory that the source has no more: that directory stays", () =>
    Effect.gen(function* () {
      const options: FtpMirror.MirrorOptions = { delete: "Extra", manifest: "css/m.json" }
      yield* onDisk(SITE)
      yield* up()
      expect(yield* up(options)).toMatchObject({ isComplete: true })
      yield* onDisk({ "index.html": "<h1>!" })
      const result = yield* up(options)
      expect(result).toMatchObject({ isComplete: true, failures: [] })
      expect(kinds(result)).not.toContain("Remove css")
      expect(Object.keys(yield* served("/www/"))).toEqual(["css/m.json", "index.html"])
      expect(yield* Effect.flip(up({ manifest: "../m.json" }))).toMatchObject({ argument: "manifest" })
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("deletes what an earlier run put there, and nothing of others", () =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* up({ manifest: true })
      yield* write("/www/img/visitor.png", "a visitor's")
      yield* write("/www/img/a.png", "edited there")
      yield* onDisk({ "index.html": "<h1>" })
      const result = yield* up({ delete: "Ours", maxDelete: { _tag: "Count", count: 99 } })
      expect(kinds(result).sort()).toEqual([
        "Remove css",
        "Remove css/site.css",
        "Remove img/deep",
        "Remove img/deep/b.png"
      ])
      expect(result.plan.skipped).toMatchObject([{ path: "img/a.png", reason: "Drifted" }])
      expect(result.isComplete).toBe(true)
      expect(yield* served("/www/")).toMatchObject({ "img/visitor.png": "a visitor's", "img/a.png": "edited there" })
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("writes it at the end if it could not be written before, and if the times there can't be read", () =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* write("/www/a", "a")
      const target = yield* FtpMirror.remote("www")
      const written: Array<string> = []
      const refused = new FtpUsageError({ argument: "manifest", why: "not now" })
      let isRefused = true
      const store = {
        read: Effect.succeedNone,
        alone: <A>(self: Effect.Effect<A, FtpMirror.MirrorError>) => self,
        write: (text: string) =>
          Effect.suspend(() => (isRefused ? refused : Effect.sync(() => void written.push(text))))
      }
      const file = { sha256: "0".repeat(64), size: 1, source: undefined, target: undefined }
      yield* Effect.scoped(
        Effect.gen(function* () {
          const keeping = yield* ManifestKeeping.make(new Map([["a", file]]), store, {
            ...target,
            list: () => Effect.fail(refused)
          })
          const step = { path: "a", reason: { _tag: "NotInSource" }, precondition: { _tag: "Absent" } } as const
          keeping.onDone({ _tag: "Remove", ...step }, undefined)
          yield* TestClock.adjust("11 seconds")
          isRefused = false
          yield* keeping.finish
          expect(written.map((text) => Object.keys(JSON.parse(text).files))).toEqual([[]])
          const copied = { bytes: 1, sha256: file.sha256 } as Copied
          keeping.onDone({ _tag: "Copy", ...step, path: "b" }, copied)
          yield* keeping.finish
          expect(written.map((text) => Object.keys(JSON.parse(text).files))).toEqual([[], ["b"]])
        })
      )
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("that is interrupted has written into the manifest what it did", () =>
    Effect.gen(function* () {
      const { fault, read } = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "big.bin": "x".repeat(100), "small.bin": "y" })
      const source = yield* FtpMirror.local("/site")
      const target = yield* FtpMirror.remote("www")
      const isUnderWay = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        FtpMirror.mirror(source, target, {
          manifest: true,
          atomic: false,
          onEvent: (event) => {
            if (event._tag === "Done" && event.step._tag === "Copy") {
              Effect.runSync(fault({ _tag: "Delay", verb: "STOR", duration: "1 hour" }))
              Deferred.unsafeDone(isUnderWay, Effect.void)
            }
          }
        })
      )
      yield* inTime(Deferred.await(isUnderWay))
      yield* inTime(Fiber.interrupt(fiber))
      const text = Buffer.from(yield* read(`/www/${MirrorManifest.DEFAULT_NAME}`)).toString()
      expect(Object.keys(JSON.parse(text).files)).toEqual(["big.bin"])
    }).pipe(
      Effect.provide(
        layer({ server: { root: {} }, pool: { maxPerHost: 1 } }).pipe(
          Layer.provideMerge(MemoryFiles.layer),
          Layer.provideMerge(Layer.succeed(FtpHasher, hasher))
        )
      )
    )
  )

  it.effect("that can't be written at the end is a failure of the manifest alone: the rest is done, and reported", () =>
    Effect.gen(function* () {
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* up({ manifest: true })
      const { "index.html": _, ...less } = SITE
      yield* onDisk(less)
      yield* fault({ _tag: "Refuse", verb: "STOR", reply: "553 no", times: 99 })
      const error = yield* inTime(Effect.flip(FtpMirror.uploadTree("/site", "www", { delete: "Ours" })))
      expect(error.message).toContain("is complete; the manifest could not be written: ")
      expect(error).toMatchObject({
        _tag: "FtpMirrorIncomplete",
        result: {
          done: [{ _tag: "Remove", path: "index.html" }],
          failures: [],
          isComplete: true,
          manifestError: { _tag: "FtpRejected" }
        }
      })
    }).pipe(Effect.provide(withHasher()))
  )

  for (const denied of [["RNFR", "RNTO"], ["RNTO"]]) {
    it.effect(`is written in place on a server without ${denied.join(" and ")}`, () =>
      Effect.gen(function* () {
        const options: FtpMirror.MirrorOptions = { delete: "Ours", atomic: false }
        yield* onDisk(SITE)
        expect(yield* up(options)).toMatchObject({ isComplete: true, manifestError: undefined })
        const { "index.html": _, ...less } = SITE
        yield* onDisk(less, 7)
        const again = yield* up(options)
        expect(again).toMatchObject({ isComplete: true, manifestError: undefined })
        expect(kinds(again)).toEqual(["Remove index.html"])
        const { tree } = yield* FtpTestServer.FtpTestServer
        const names = (yield* tree).flatMap(({ path, type }) => (type === "File" ? [path] : []))
        expect(names.sort()).toEqual(
          ["/www/.ftp-effect-manifest.json", ...Object.keys(less).map((path) => `/www/${path}`)].sort()
        )
      }).pipe(Effect.provide(withHasher({ denied })))
    )
  }

  it.effect("does not believe a manifest of another tree, and warns of it once", () => {
    const warnings: Array<unknown> = []
    const noting = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ logLevel, message }) => void (logLevel._tag === "Warning" && warnings.push(message)))
    )
    return Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up({ manifest: true })
      const { read, write } = yield* FtpTestServer.FtpTestServer
      yield* write("/other/index.html", "not ours")
      yield* write(`/other/${MirrorManifest.DEFAULT_NAME}`, yield* read(`/www/${MirrorManifest.DEFAULT_NAME}`))
      yield* onDisk({ "new.html": "new" })
      expect(warnings).toEqual([])
      expect(kinds(yield* up({ delete: "Ours" }, "other"))).toEqual(["Copy new.html"])
      expect(warnings).toEqual([
        [expect.stringMatching(/^the manifest of ftp:.*\/other is of another tree, ftp:.*\/www, so/)]
      ])
      yield* up({ delete: "Ours" }, "other")
      expect(warnings).toHaveLength(1)
    }).pipe(Effect.provide(Layer.merge(withHasher(), noting)))
  })

  it.effect("warns once of one that is damaged, if a plan is made, checked again and applied", () => {
    const warnings: Array<unknown> = []
    const noting = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ logLevel, message }) => void (logLevel._tag === "Warning" && warnings.push(message)))
    )
    return Effect.gen(function* () {
      yield* onDisk(SITE)
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* write(`/www/${MirrorManifest.DEFAULT_NAME}`, "{}")
      const [source, target] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
      const plan = yield* inTime(FtpMirror.plan(source, target, { manifest: true }))
      const of = [expect.stringContaining("the manifest of ftp:")]
      expect(warnings).toEqual([of])
      yield* inTime(FtpMirror.apply(plan, source, target, { recheck: true }))
      expect(warnings).toEqual([of])
      yield* write(`/www/${MirrorManifest.DEFAULT_NAME}`, "{}")
      // Of a plan that was saved, as it is not known what was said then.
      yield* inTime(FtpMirror.apply({ ...plan }, source, target))
      expect(warnings).toEqual([of, of])
    }).pipe(Effect.provide(Layer.merge(withHasher(), noting)))
  })
})

describe("a file that has another name now", () => {
  it.effect("is not renamed out of a directory that leads out of the tree, whatever a manifest says", () =>
    Effect.gen(function* () {
      yield* onDisk({ "index.html": "<h1>", "new.css": "keep" })
      const { address, write } = yield* FtpTestServer.FtpTestServer
      const sha256 = createHash("sha256").update("keep").digest("hex")
      const tree = `ftp://ann@${address.host}:${address.port}/www`
      const planted = { version: 1, tree, files: { "css/a.css": { sha256, size: 4 } } }
      yield* write(`/www/${MirrorManifest.DEFAULT_NAME}`, JSON.stringify(planted))
      const target = yield* FtpMirror.remote("www")
      const error = new FtpUsageError({ argument: "css", why: "leads out" })
      const result = yield* inTime(
        FtpMirror.mirror(
          yield* FtpMirror.local("/site"),
          { ...target, prove: (path, why) => (path === "css" ? error : target.prove(path, why)) },
          { delete: "Ours" }
        )
      )
      expect(kinds(result)).toContain("Rename new.css")
      expect(result.failures).toMatchObject([{ step: { _tag: "Rename" }, error }])
      expect(yield* served("/www/css/")).toEqual({ "a.css": "keep" })
    }).pipe(
      Effect.provide(
        stage({ root: { "www/css/a.css": "keep", "www/index.html": "<h1>" } }).pipe(
          Layer.provideMerge(Layer.succeed(FtpHasher, hasher))
        )
      )
    )
  )
})

describe("a manifest that a server has", () => {
  it.effect("is not copied to a folder, where a later mirror would believe it", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const { isComplete, plan } = yield* down()
      expect(plan.skipped).toMatchObject([{ path: "sub/.FTP-Effect-Manifest.json", reason: "Reserved" }])
      expect(isComplete).toBe(true)
      expect(yield* disk).toEqual({ "sub/a": "a" })
    }).pipe(
      Effect.provide(
        stage({
          root: { "www/.ftp-effect-manifest.json": "{}", "www/sub/.FTP-Effect-Manifest.json": "{}", "www/sub/a": "a" }
        })
      )
    )
  )
})
