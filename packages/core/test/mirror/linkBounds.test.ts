/** Links of one side never lead a mirror to what is outside the trees, or to what its filter excludes. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as LocalLinks from "#core/mirror/localLinks"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { disk, down, kinds, onDisk, served, stage, up } from "./stage.ts"

const links = Effect.map(MemoryFiles.MemoryFiles, ({ links }) =>
  Object.fromEntries([...links].map(([path, target]) => [path.replace(/^\/site\//, ""), target]))
)

describe("a local folder that follows all of its links", () => {
  const trees = Effect.all([FtpMirror.remote("www"), FtpMirror.local("/site", "All")])

  it.effect("takes no links as links, on either side, and neither tree is read", () =>
    Effect.gen(function* () {
      yield* onDisk({ x: "x" })
      const [remote, local] = yield* trees
      const runs: ReadonlyArray<Effect.Effect<unknown, FtpMirror.MirrorError>> = [
        FtpMirror.mirror(remote, local, { links: "Copy" }),
        FtpMirror.mirror(local, remote, { links: "Copy" }),
        FtpMirror.plan(remote, local, { links: "Copy" }),
        FtpMirror.explain("l", remote, local, { links: "Copy" })
      ]
      for (const run of runs) {
        expect(yield* Effect.flip(inTime(Effect.asVoid(run)))).toMatchObject({
          _tag: "FtpUsageError",
          argument: "links"
        })
      }
      const { commands } = yield* FtpTestServer.FtpTestServer
      expect((yield* commands).filter((command) => /^(MLSD|LIST|STOR|RETR)/.test(command))).toEqual([])
    }).pipe(Effect.provide(stage({ root: { "www/d/l": { link: "../.ssh" } } })))
  )

  it.effect("takes none of a plan that was made for a folder of the same name", () =>
    Effect.gen(function* () {
      yield* onDisk({ x: "x" })
      const [remote, local] = yield* trees
      const made = yield* inTime(FtpMirror.plan(remote, yield* FtpMirror.local("/site"), { links: "Copy" }))
      expect(made.steps.map(({ _tag }) => _tag)).toContain("MakeLink")
      const saved = yield* MirrorPlan.decode(Schema.encodeSync(MirrorPlan.Json)(made))
      expect(yield* Effect.flip(inTime(FtpMirror.apply(saved, remote, local)))).toMatchObject({ argument: "links" })
      // Whatever its options say.
      const { links: _, ...options } = saved.options
      const run = inTime(FtpMirror.apply({ ...saved, options }, remote, local, { recheck: false }))
      const errors = yield* Effect.match(run, {
        onFailure: (error) => [error],
        onSuccess: ({ failures }) => failures.map(({ error }) => error)
      })
      expect(errors).toMatchObject([{ _tag: "FtpUsageError", argument: "links" }])
      expect(yield* links).toEqual({})
    }).pipe(Effect.provide(stage({ root: { "www/d/l": { link: "../.ssh" } } })))
  )
})

const link = (path: string, target: string) =>
  Effect.map(MemoryFiles.MemoryFiles, ({ links }) => void links.set(`/site/${path}`, target))

describe("what a filter excludes", () => {
  const filter = { patterns: [".env", "/private/"] }

  it.effect("is named by no link that is downloaded", () =>
    Effect.gen(function* () {
      yield* onDisk({ ".env": "SECRET", "private/key": "KEY" })
      const { isComplete, plan } = yield* down({ links: "Copy", filter })
      expect(yield* links).toEqual({ fine: "x", "sub/up": "../x" })
      expect(plan.skipped.map(({ detail, path, reason }) => `${reason} ${path}: ${detail}`)).toEqual([
        "Link dir: a link to private, which /private/ excludes",
        "Link env.txt: a link to .env, which .env excludes",
        "Link below/env.txt: a link to ../sub/.env, which .env excludes",
        "Link below/key: a link to ../private/key, which /private/ excludes"
      ])
      expect(isComplete).toBe(true)
    }).pipe(
      Effect.provide(
        stage({
          root: {
            "www/x": "x",
            "www/fine": { link: "x" },
            "www/sub/up": { link: "../x" },
            "www/dir": { link: "private" },
            "www/env.txt": { link: ".env" },
            "www/below/env.txt": { link: "../sub/.env" },
            "www/below/key": { link: "../private/key" }
          }
        })
      )
    )
  )

  const SHARED = {
    "data/photo": "of a visitor",
    "www/x": "old",
    "www/stale": "stale",
    "www/private": { link: "../data" }
  } as const

  it.effect("is not deleted if it is a link of the target, which may lead to a directory", () =>
    Effect.gen(function* () {
      yield* onDisk({ x: "x" })
      for (const links of ["Follow", "Copy"] as const) {
        const { failures, plan } = yield* up({ links, filter, delete: "Extra", conflict: "Replace" })
        expect(failures).toEqual([])
        expect(plan.steps.map(({ path }) => path)).not.toContain("private")
      }
      const { tree } = yield* FtpTestServer.FtpTestServer
      expect((yield* tree).map(({ path, type }) => `${type} ${path}`)).toEqual(
        expect.arrayContaining(["SymbolicLink /www/private", "File /data/photo"])
      )
      expect(yield* served("/www/")).toEqual({ x: "x" })
    }).pipe(Effect.provide(stage({ root: SHARED })))
  )

  it.effect("is not lost by a swap if it is a link of the target", () =>
    Effect.gen(function* () {
      yield* onDisk({ x: "x" })
      const { plan } = yield* up({ filter, delete: "Extra", swap: "RemovePrevious" })
      expect(plan.refused).toMatchObject({ reason: "Protected", paths: ["private"] })
    }).pipe(Effect.provide(stage({ root: SHARED })))
  )

  /** In memory no file is found through a link, so a test puts what it leads to in its place. */
  const followed = (path: string, target: string, content: string) =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      files.set(`/site/${path}`, Buffer.from(content))
      yield* link(path, target)
    })

  const planted = Effect.gen(function* () {
    yield* onDisk({ x: "x", ".env": "SECRET", "private/key": "KEY" })
    yield* followed("env.txt", ".env", "SECRET")
    yield* followed("key.txt", "door/key", "KEY")
    yield* followed("fine", "x", "x")
    yield* link("door", "private")
  })

  for (const [how, options] of [
    ["while the trees are read", { filter }],
    ["by a plan", { filter, delete: "Extra" }],
    ["by a swap", { filter, swap: "RemovePrevious" }]
  ] as const) {
    it.effect(`is not uploaded under the name of a link (${how})`, () =>
      Effect.gen(function* () {
        yield* planted
        const { isComplete, plan } = yield* up(options)
        expect(yield* served("/www/")).toEqual({ x: "x", fine: "x" })
        const told = plan.skipped.filter(({ path, reason }) => reason === "Link" && path !== "door")
        expect(told.map(({ detail, path }) => `${path}: ${detail}`)).toEqual([
          "env.txt: a link to .env, which .env excludes",
          "key.txt: a link to private/key, which /private/ excludes"
        ])
        expect(isComplete).toBe(true)
      }).pipe(Effect.provide(stage()))
    )
  }

  it.effect("is told of a link of a folder that follows all of them", () =>
    Effect.gen(function* () {
      yield* planted
      const trees = [yield* FtpMirror.local("/site", "All"), yield* FtpMirror.remote("www")] as const
      yield* inTime(FtpMirror.mirror(...trees, { filter }))
      expect(yield* served("/www/")).toEqual({ x: "x", fine: "x" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is explained for the link", () =>
    Effect.gen(function* () {
      yield* planted
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
      const explanation = yield* inTime(FtpMirror.explain("env.txt", ...trees, { filter }))
      expect(FtpMirror.describeExplanation(explanation)).toBe("is left alone: a link to .env, which .env excludes")
    }).pipe(Effect.provide(stage()))
  )
})

describe("links that can't be made in a local folder", () => {
  it.effect("are told, and what is too much is deleted all the same", () =>
    Effect.gen(function* () {
      yield* onDisk({ stale: "s" })
      yield* link("mine", "/home/ann")
      const first = yield* down({ links: "Copy", filter: { patterns: ["mine"] }, delete: "Extra" })
      expect([first.failures, first.leftOut, first.isComplete]).toEqual([[], [], true])
      expect(first.plan.skipped.map(({ path, reason }) => `${reason} ${path}`)).toContain("Link sub")
      expect(yield* disk).toEqual({ x: "x" })
      expect(yield* links).toEqual({ mine: "/home/ann" })
    }).pipe(Effect.provide(stage({ root: { "www/sub": { link: "mine/.ssh" }, "www/x": "x" } })))
  )

  it.effect("are none of those that lead in circles", () =>
    Effect.gen(function* () {
      yield* onDisk({ stale: "s" })
      for (const steps of [["MakeLink a", "MakeLink b", "MakeLink c", "Copy x", "Remove stale"], []]) {
        const result = yield* down({ links: "Copy", delete: "Extra" })
        expect([result.failures, result.isComplete, kinds(result).sort()]).toEqual([[], true, steps.sort()])
      }
      expect(yield* links).toEqual({ a: "b", b: "a", c: "a" })
    }).pipe(
      Effect.provide(
        stage({ root: { "www/a": { link: "b" }, "www/b": { link: "a" }, "www/c": { link: "a" }, "www/x": "x" } })
      )
    )
  )
})

describe("a link that takes the place of another", () => {
  const replaced = (at: string) =>
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      return yield* LocalLinks.make(files, { at: `/site/${at}`, target: "new", existing: "Replace" })
    })

  it.effect("leaves nothing beside it if it is interrupted, whenever that is", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      yield* link("l", "old")
      const files = yield* FtpLocalFile
      const { symlink } = files.directories
      const slow: FtpLocalFile = {
        ...files,
        directories: {
          ...files.directories,
          symlink: (target, path) =>
            Effect.uninterruptible(Effect.zipRight(Effect.sleep("1 second"), symlink(target, path)))
        }
      }
      const fiber = yield* Effect.fork(Effect.provideService(replaced("l"), FtpLocalFile, slow))
      yield* TestClock.adjust("100 millis")
      const stopping = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("2 seconds")
      expect(Exit.isInterrupted(yield* Fiber.join(stopping))).toBe(true)
      expect(yield* links).toEqual({ l: "old" })
      yield* replaced("l")
      expect(yield* links).toEqual({ l: "new" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not made if there is a file by now", () =>
    Effect.gen(function* () {
      yield* onDisk({ l: "mine" })
      expect(yield* Effect.flip(replaced("l"))).toMatchObject({ reason: "AlreadyExists", operation: "MakeLink" })
      expect([yield* disk, yield* links]).toEqual([{ l: "mine" }, {}])
      yield* replaced("vanished")
      expect(yield* links).toEqual({ vanished: "new" })
    }).pipe(Effect.provide(stage()))
  )
})

describe("a manifest of a server", () => {
  const folding = Effect.map(
    FtpLocalFile,
    (files): FtpLocalFile => ({
      ...files,
      directories: { ...files.directories, foldsNames: true }
    })
  )
  const root = { "www/.FTP-effect-manifest.json": "{}", "www/.ftp-effect-MANIFEST.json": "no", "www/x": "x" }

  for (const [how, options] of [
    ["while the trees are read", {}],
    ["by a plan", { delete: "Extra" }]
  ] as const) {
    it.effect(`is not taken for our own on a disk where case does not count (${how})`, () =>
      Effect.gen(function* () {
        yield* onDisk({})
        const local = yield* Effect.provideServiceEffect(FtpMirror.local("/site"), FtpLocalFile, folding)
        yield* inTime(FtpMirror.mirror(yield* FtpMirror.remote("www"), local, options))
        expect(yield* disk).toEqual({ x: "x" })
      }).pipe(Effect.provide(stage({ root })))
    )
  }
})
