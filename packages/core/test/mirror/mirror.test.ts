import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Descent from "#core/protocol/Descent"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"

import { disk, down, kinds, onDisk, SITE, served, stage, up } from "./stage.ts"

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

  it.effect("has its directories made in bursts, also one that is there by then, if both trees are read first", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const files = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`d${index % 10}/e${index}/f`, "f"]))
      yield* onDisk(files)
      const result = yield* up({
        conflict: "Replace",
        onEvent: ({ _tag }) => {
          if (_tag === "Planned") {
            Effect.runSync(server.write("/www/d5/theirs", "theirs"))
          }
        }
      })
      expect(result).toMatchObject({ isComplete: true, failures: [], leftOut: [] })
      expect(result.done.filter(({ _tag }) => _tag === "MakeDirectory").length).toBe(40)
      expect(yield* served("/www/")).toEqual({ ...files, "d5/theirs": "theirs" })
      const lines = yield* server.commands
      const first = lines.findIndex((line) => line.startsWith("MKD") && line.endsWith("d0"))
      expect(lines.slice(first, first + 11).map((line) => line.split(" ")[0])).toEqual([
        ...Array.from({ length: 10 }, () => "MKD"),
        "NOOP"
      ])
    }).pipe(Effect.provide(stage()))
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

describe("a name in the source that no path can have", () => {
  it.effect("makes the result incomplete, and is named in it", () =>
    Effect.gen(function* () {
      const result = yield* down()
      expect(result.isComplete).toBe(false)
      expect(result.plan.skipped).toMatchObject([{ path: "css/\u0001", reason: "Unsafe" }])
      expect(yield* disk).toEqual({ "index.html": "<h1>" })
    }).pipe(Effect.provide(stage({ root: { "www/index.html": "<h1>", "www/css/\u0001": "odd" } })))
  )
})

describe("a directory that is mirrored to another one of the same server", () => {
  const root = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`from/${index}`, `${index}`]))

  it.effect("is copied with no more sessions than the pool has, two for each file", () =>
    Effect.gen(function* () {
      const run = FtpMirror.mirror(yield* FtpMirror.remote("from"), yield* FtpMirror.remote("to"))
      expect(yield* inTime(run)).toMatchObject({ isComplete: true, failures: [] })
      expect(Object.keys(yield* served("/to/")).length).toBe(6)
    }).pipe(
      Effect.provide(layer({ server: { root }, pool: { maxPerHost: 2 } }).pipe(Layer.provideMerge(MemoryFiles.layer)))
    )
  )
})

describe("a plan", () => {
  it.effect("of other trees is refused", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const source = yield* FtpMirror.local("/site")
      const plan = yield* inTime(FtpMirror.plan(source, yield* FtpMirror.remote("www")))
      const other = yield* FtpMirror.remote("other")
      expect(yield* Effect.flip(FtpMirror.apply(plan, source, other))).toMatchObject({
        _tag: "FtpUsageError",
        argument: "plan"
      })
    }).pipe(Effect.provide(stage()))
  )
})

describe("the events of a mirror", () => {
  it.effect.each([
    { conflict: "Replace" as const, plans: 1 },
    // Nothing can be deleted: it is copied while it is read, and there is no plan before.
    { conflict: "Fail" as const, plans: 0 }
  ])("tell what was read, the plan, each retry with its cause, and the result: %o", ({ conflict, plans }) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "a.bin": "x".repeat(500_000), "b.txt": "b", "no.txt": "no" })
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 100_000 })
      const events: Array<FtpMirror.MirrorEvent> = []
      const result = yield* up({ conflict, filter: { patterns: ["no.*"] }, onEvent: (event) => events.push(event) })
      const of = <T extends FtpMirror.MirrorEvent["_tag"]>(tag: T) =>
        events.filter((event): event is Extract<FtpMirror.MirrorEvent, { _tag: T }> => event._tag === tag)
      expect(of("Scanned")).toMatchObject([{ side: "Source", directories: 1, entries: 3 }])
      expect(of("Planned").map(({ plan }) => plan)).toEqual(Array.from({ length: plans }, () => result.plan))
      expect(of("Retried")).toMatchObject([{ step: { path: "a.bin" }, cause: { _tag: "FtpTransferInterrupted" } }])
      expect(
        of("Done")
          .map(({ step }) => step.path)
          .sort()
      ).toEqual(["a.bin", "b.txt"])
      expect(events.at(-1)).toEqual({ _tag: "Summary", result })
    }).pipe(Effect.provide(stage()))
  )
})

describe("a file that goes last", () => {
  it.effect("is not begun before all others are done", () =>
    Effect.gen(function* () {
      yield* onDisk({ "index.html": "<h1>", "a.png": "png", "b.png": "p".repeat(100_000) })
      const events: Array<string> = []
      yield* up({
        last: ["index.html"],
        onEvent: (event) => {
          if (event._tag === "Started" || event._tag === "Done") {
            events.push(`${event._tag} ${event.step.path}`)
          }
        }
      })
      expect(events.slice(-2)).toEqual(["Started index.html", "Done index.html"])
    }).pipe(Effect.provide(stage()))
  )
})

describe("a file that goes last, after another one failed", () => {
  it.effect("is held back and reported, as it may name the other", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "index.html": "<h1>", "new.png": "png" })
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 not this one", times: 9 })
      const { failures, leftOut } = yield* up({ last: ["index.html"] })
      expect(failures).toMatchObject([{ step: { path: "new.png" } }])
      expect(leftOut).toMatchObject([{ path: "index.html" }])
      expect(yield* served("/www/")).toEqual({ "index.html": "before" })
    }).pipe(Effect.provide(stage({ root: { "www/index.html": "before" } })))
  )
})

describe("a file that goes last, if a directory of the source can't be read", () => {
  for (const conflict of ["Fail", "Replace"] as const) {
    it.effect(`is held back and reported, ${conflict === "Fail" ? "streamed" : "planned"}`, () =>
      Effect.gen(function* () {
        const { isComplete, leftOut } = yield* down({ last: ["index.html"], conflict })
        expect(isComplete).toBe(false)
        expect(leftOut).toMatchObject([{ path: "index.html" }])
        expect(Object.keys(yield* disk)).toEqual(["a.txt"])
      }).pipe(Effect.provide(stage({ root: { "www/index.html": "<h1>", "www/a.txt": "a", "www/img/\u0001": "odd" } })))
    )
  }
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

describe("files that are deleted while others are copied", () => {
  const root = { "www/old/a": "a", "www/old/b": "b", "www/gone": "gone" }

  it.effect("are gone in the end, with their directories", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const result = yield* up({ delete: "Extra", deleteWhen: "During" })
      expect(result).toMatchObject({ isComplete: true, failures: [], leftOut: [] })
      expect(yield* served("/www/")).toEqual(SITE)
      expect(result.done.at(-1)).toMatchObject({ _tag: "Remove", path: "old" })
    }).pipe(Effect.provide(stage({ root })))
  )

  it.effect("stay as soon as one could not be copied", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "new.html": "new" })
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 not this one", times: 9 })
      yield* server.fault({ _tag: "Refuse", verb: "DELE", reply: "550 not now", times: Number.POSITIVE_INFINITY })
      const { done, leftOut } = yield* up({ delete: "Extra", deleteWhen: "During" })
      expect(done).toEqual([])
      expect(leftOut.map(({ path }) => path)).toContain("old")
    }).pipe(Effect.provide(stage({ root })))
  )
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
