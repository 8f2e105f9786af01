/** Trees up and down, against the embedded server in memory. */
import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import type { Copied } from "#core/mirror/copyFile"
import * as MirrorManifest from "#core/mirror/MirrorManifest"
import * as ManifestKeeping from "#core/mirror/manifestKeeping"
import * as Descent from "#core/protocol/Descent"
import { layer } from "../support/embedded.ts"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"

const SITE = { "index.html": "<h1>", "css/site.css": "body {}", "img/a.png": "png", "img/deep/b.png": "png 2" }

const stage = (server: FtpTestServer.Options = {}) =>
  layer({ server: { root: {}, ...server } }).pipe(Layer.provideMerge(MemoryFiles.layer))

/** Puts files below `/site`, all written before now; `age` tells one checkout from another. */
const onDisk = (files: Record<string, string>, age = 0) =>
  Effect.gen(function* () {
    yield* TestClock.adjust("1 hour")
    const disk = yield* MemoryFiles.MemoryFiles
    disk.files.clear()
    for (const [path, content] of Object.entries(files)) {
      disk.files.set(`/site/${path}`, Buffer.from(content))
      disk.times.set(`/site/${path}`, DateTime.unsafeMake((content.length + age) * 1000))
    }
  })

const disk = Effect.map(MemoryFiles.MemoryFiles, ({ files }) =>
  Object.fromEntries([...files].map(([path, bytes]) => [path.replace(/^\/site\//, ""), Buffer.from(bytes).toString()]))
)

/** The files of the server below a directory. */
const served = (root: string) =>
  Effect.gen(function* () {
    const { read, tree } = yield* FtpTestServer.FtpTestServer
    const files = (yield* tree).filter(({ path, type }) => type === "File" && path.startsWith(root))
    const contents = yield* Effect.forEach(files, ({ path }) => Effect.map(read(path), (bytes) => Buffer.from(bytes)))
    return Object.fromEntries(files.map(({ path }, index) => [path.slice(root.length), String(contents[index])]))
  })

const up = (options?: FtpMirror.MirrorOptions, root = "www") =>
  Effect.gen(function* () {
    return yield* inTime(FtpMirror.mirror(yield* FtpMirror.local("/site"), yield* FtpMirror.remote(root), options))
  })

const down = (options?: FtpMirror.MirrorOptions) =>
  Effect.gen(function* () {
    return yield* inTime(FtpMirror.mirror(yield* FtpMirror.remote("www"), yield* FtpMirror.local("/site"), options))
  })

const kinds = ({ plan }: FtpMirror.MirrorResult) => plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)

describe("a folder that is mirrored to a server", () => {
  it.effect("is there with all its files, and a second run has nothing to do", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const first = yield* up()
      expect(first).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* served("/www/")).toEqual(SITE)
      const second = yield* up()
      expect(kinds(second)).toEqual([])
      expect(second.plan.unchanged).toBe(4)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("has nothing to do the second time on a server that can't set times either", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up()
      expect(kinds(yield* up())).toEqual([])
      yield* onDisk({ ...SITE, "index.html": "<h1>!" })
      expect(kinds(yield* up())).toEqual(["Replace index.html"])
      expect(yield* served("/www/")).toEqual({ ...SITE, "index.html": "<h1>!" })
    }).pipe(Effect.provide(stage({ denied: ["MFMT"] })))
  )

  it.effect("loses what is gone here if that is asked for, and nothing else", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up()
      const { "img/deep/b.png": _, ...less } = SITE
      yield* onDisk(less)
      expect(kinds(yield* up())).toEqual([])
      const result = yield* up({ delete: "Extra" })
      expect(kinds(result)).toEqual(["Remove img/deep/b.png", "Remove img/deep"])
      expect(yield* served("/www/")).toEqual(less)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("does not lose anything after a file could not be copied", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* up()
      yield* onDisk({ "index.html": "<h1>", "new.html": "new" })
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 not this one", times: 9 })
      const result = yield* up({ delete: "Extra", maxDelete: { _tag: "Count", count: 99 } })
      expect(result.isComplete).toBe(false)
      expect(result.failures).toMatchObject([{ step: { path: "new.html" }, error: { _tag: "FtpRejected" } }])
      expect(result.leftOut.length).toBe(6)
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(Effect.provide(stage()))
  )
})

describe("a source that is not there", () => {
  it.effect("is an error, and nothing is done", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const nowhere = yield* FtpMirror.local("/nowhere")
      const target = yield* FtpMirror.remote("www")
      expect(yield* inTime(Effect.flip(FtpMirror.mirror(nowhere, target, { delete: "Extra" })))).toMatchObject({
        _tag: "FtpLocalFileError",
        reason: "NotFound",
        path: "/nowhere"
      })
      const missing = yield* FtpMirror.remote("missing")
      expect(yield* inTime(Effect.flip(FtpMirror.mirror(missing, nowhere)))).toMatchObject({ reason: "NotFound" })
      expect(yield* served("/www/")).toEqual({ old: "stays" })
    }).pipe(Effect.provide(stage({ root: { "www/old": "stays" } })))
  )
})

describe("a directory of a server that is mirrored to a folder", () => {
  const site = Object.fromEntries(Object.entries(SITE).map(([path, content]) => [`www/${path}`, content]))

  it.effect("is there with all its files and times, and a second run has nothing to do", () =>
    Effect.gen(function* () {
      const first = yield* down()
      expect(first).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* disk).toEqual(SITE)
      expect(kinds(yield* down())).toEqual([])
    }).pipe(Effect.provide(stage({ root: site })))
  )

  it.effect("deletes nothing here if a line of a listing can't be read", () =>
    Effect.gen(function* () {
      yield* onDisk({ "index.html": "<h1>", "mine.txt": "mine" })
      const { plan } = yield* down({ delete: "Extra" })
      expect(plan.withheld).toMatchObject({ reason: "Incomplete", count: 1 })
      expect(yield* disk).toMatchObject({ "mine.txt": "mine" })
    }).pipe(Effect.provide(stage({ root: { ...site, "www/css/\u0001": "odd" } })))
  )
})

describe("a link in the target that the server lists as a directory", () => {
  const withLink = Effect.gen(function* () {
    const store = yield* FtpTestServer.memory({ "keep/a.css": "keep", "www/index.html": "<h1>" })
    yield* store.makeLink("/www/css", "/keep")
    return layer({ server: { root: store, links: "Followed" } }).pipe(Layer.provideMerge(MemoryFiles.layer))
  })

  it.effect("is deleted itself, without what it leads to", () =>
    Effect.gen(function* () {
      yield* onDisk({ "index.html": "<h1>" })
      const result = yield* up({ delete: "Extra" })
      expect(result.failures).toEqual([])
      expect(yield* served("/keep/")).toEqual({ "a.css": "keep" })
      const { tree } = yield* FtpTestServer.FtpTestServer
      expect((yield* tree).map(({ path }) => path)).not.toContain("/www/css")
    }).pipe(Effect.provide(Layer.unwrapEffect(withLink)))
  )
})

describe("a mirror with a manifest", () => {
  const withHasher = (server?: FtpTestServer.Options) =>
    stage(server).pipe(Layer.provideMerge(Layer.succeed(FtpHasher, hasher)))

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
        write: (text: string) =>
          Effect.suspend(() => (isRefused ? refused : Effect.sync(() => void written.push(text))))
      }
      const file = { sha256: "0".repeat(64), size: 1 }
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
          onEvent: ({ _tag, step }) => {
            if (_tag === "Done" && step._tag === "Copy") {
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

  it.effect("does not believe a manifest of another tree", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up({ manifest: true })
      const { read, write } = yield* FtpTestServer.FtpTestServer
      yield* write("/other/index.html", "not ours")
      yield* write(`/other/${MirrorManifest.DEFAULT_NAME}`, yield* read(`/www/${MirrorManifest.DEFAULT_NAME}`))
      yield* onDisk({ "new.html": "new" })
      expect(kinds(yield* up({ delete: "Ours" }, "other"))).toEqual(["Copy new.html"])
    }).pipe(Effect.provide(withHasher()))
  )
})

describe("a login directory", () => {
  it.effect("is written to, and nothing in it is deleted unless that is forced", () =>
    Effect.gen(function* () {
      yield* onDisk({ "index.html": "<h1>" })
      const result = yield* up({ delete: "Extra" }, "")
      expect(result.plan.withheld).toMatchObject({ reason: "Home", count: 1 })
      expect(yield* served("/")).toEqual({ "index.html": "<h1>", other: "stays" })
      yield* up({ delete: "Extra", force: true }, "")
      expect(yield* served("/")).toEqual({ "index.html": "<h1>" })
    }).pipe(Effect.provide(stage({ root: { other: "stays" } })))
  )
})

describe("a directory of the source that can't be read to its end", () => {
  it.effect("makes the result incomplete, and is named in it", () =>
    Effect.gen(function* () {
      const result = yield* down()
      expect(result.isComplete).toBe(false)
      expect(result.plan.skipped).toMatchObject([{ path: "css", reason: "Unread" }])
      expect(yield* disk).toEqual({ "index.html": "<h1>" })
    }).pipe(Effect.provide(stage({ root: { "www/index.html": "<h1>", "www/css/\u0001": "odd" } })))
  )
})

describe("two trees of one server, one inside the other", () => {
  for (const [source, target] of [
    ["www/backup", "www"],
    ["www", "/www/backup"],
    ["www", "/www"]
  ] as const) {
    it.effect(`are refused: ${source} to ${target}`, () =>
      Effect.gen(function* () {
        const run = FtpMirror.mirror(yield* FtpMirror.remote(source), yield* FtpMirror.remote(target), {
          delete: "Extra"
        })
        expect(yield* inTime(Effect.flip(run))).toMatchObject({ _tag: "FtpUsageError", argument: "target" })
        expect(yield* served("/www/")).toEqual({ "backup/a": "a", "index.html": "<h1>" })
      }).pipe(Effect.provide(stage({ root: { "www/backup/a": "a", "www/index.html": "<h1>" } })))
    )
  }
})

describe("a file that goes last", () => {
  it.effect("is not begun before all others are done", () =>
    Effect.gen(function* () {
      yield* onDisk({ "index.html": "<h1>", "a.png": "png", "b.png": "p".repeat(100_000) })
      const events: Array<string> = []
      yield* up({
        last: ["index.html"],
        onEvent: ({ _tag, step }) => {
          if (_tag === "Started" || _tag === "Done") {
            events.push(`${_tag} ${step.path}`)
          }
        }
      })
      expect(events.slice(-2)).toEqual(["Started index.html", "Done index.html"])
    }).pipe(Effect.provide(stage()))
  )
})

describe("files that are deleted before others are copied", () => {
  it.effect("make room for them: the removals come first", () =>
    Effect.gen(function* () {
      yield* onDisk({ "new.html": "new" })
      const { done } = yield* up({ delete: "Extra", deleteWhen: "Before" })
      expect(done.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual(["Remove old/a", "Copy new.html", "Remove old"])
    }).pipe(Effect.provide(stage({ root: { "www/old/a": "a" } })))
  )
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

describe("a directory of the target that could not be asked for once", () => {
  it.effect("is asked for again when its files are tried again", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "css/a.css": "a" })
      let failed = 0
      const result = yield* up({
        onEvent: ({ _tag }) => {
          failed += _tag === "Failed" ? 1 : 0
          if (_tag === "Started" && failed === 0) {
            Effect.runSync(server.fault({ _tag: "Refuse", verb: "CWD", reply: "421 busy", times: 1 }))
          }
        }
      })
      expect(result).toMatchObject({ isComplete: true, failures: [] })
      expect(failed).toBe(1)
    }).pipe(Effect.provide(stage({ root: { "www/css/old.css": "old" } })))
  )
})

describe("a local target that holds other things too", () => {
  for (const [root, isHome] of [
    ["/data/ann", true],
    ["/data", true],
    ["/data/ann/site", false],
    ["/dat", false]
  ] as const) {
    it.effect(`${isHome ? "is" : "is not"} ${root} if the home is a link to /data/ann`, () =>
      Effect.gen(function* () {
        const files = yield* FtpLocalFile
        const directories = {
          ...files.directories,
          home: "/home/ann",
          realPath: (path: string) => Effect.succeed(path === "/home/ann" ? "/data/ann" : path)
        }
        const tree = yield* Effect.provideService(FtpMirror.local(root), FtpLocalFile, { ...files, directories })
        expect(yield* tree.isHome).toBe(isHome)
      }).pipe(Effect.provide(MemoryFiles.layer))
    )
  }
})

describe("a local link to a file inside the folder", () => {
  it.effect("has the size and the time of that file, so that a second run finds it unchanged", () =>
    Effect.gen(function* () {
      yield* onDisk({ "link.css": "body {}" })
      const files = yield* FtpLocalFile
      const own = DateTime.unsafeMake(99_000)
      const directories = {
        ...files.directories,
        read: () =>
          Effect.succeed([{ name: "link.css", type: "SymbolicLink" as const, size: 0, modified: Option.some(own) }]),
        realPath: Effect.succeed<string>
      }
      const tree = yield* Effect.provideService(FtpMirror.local("/site"), FtpLocalFile, { ...files, directories })
      const { found } = yield* tree.list("", Descent.start)
      const at = DateTime.unsafeMake(7000)
      expect(found).toMatchObject([{ entry: { type: "File", size: Option.some(7), modified: Option.some({ at }) } }])
    }).pipe(Effect.provide(MemoryFiles.layer))
  )
})
