import { describe, expect, it } from "@effect/vitest"
import { FtpClient, make } from "@ftp-effect/core/FtpClient"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import type { FtpSession } from "@ftp-effect/core/FtpSession"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Tree from "#core/mirror/Tree"
import * as Descent from "#core/protocol/Descent"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"

import { onDisk, served, stage, up } from "./stage.ts"

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
      expect(result.done.map(({ _tag, path }) => `${_tag} ${path}`)).toContain("Remove css")
      expect(result.reached.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual(["Remove css/a.css"])
      expect(yield* served("/keep/")).toEqual({ "a.css": "keep" })
      const { tree } = yield* FtpTestServer.FtpTestServer
      expect((yield* tree).map(({ path }) => path)).not.toContain("/www/css")
    }).pipe(Effect.provide(Layer.unwrapEffect(withLink)))
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

describe("a directory above the login directory", () => {
  const FILES = { "home/ann/private": "stays", "home/bob/a": "stays", "www/a": "a" }
  for (const root of ["/home", "..", "../../home", "/home/", "/www/../home"]) {
    it.effect(`has nothing deleted in it unless that is forced: ${root}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ "index.html": "<h1>" })
        const options = { delete: "Extra", maxDelete: { _tag: "Count", count: 99 } } as const
        const result = yield* up(options, root)
        expect(result.plan.withheld).toMatchObject({ reason: "Home" })
        expect(yield* served("/home/")).toEqual({ "index.html": "<h1>", "ann/private": "stays", "bob/a": "stays" })
        yield* up({ ...options, force: true }, root)
        expect(yield* served("/home/")).toEqual({ "index.html": "<h1>" })
      }).pipe(Effect.provide(stage({ root: FILES, home: "/home/ann" })))
    )

    it.effect(`can't be swapped: ${root}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ "index.html": "<h1>" })
        const error = yield* Effect.flip(up({ delete: "Extra", swap: "RemovePrevious" }, root))
        expect(error).toMatchObject({ _tag: "FtpUsageError", argument: "swap" })
        expect(yield* served("/home/")).toEqual({ "ann/private": "stays", "bob/a": "stays" })
      }).pipe(Effect.provide(stage({ root: FILES, home: "/home/ann" })))
    )
  }

  it.effect("is another one if only its name begins as that of the login directory", () =>
    Effect.gen(function* () {
      yield* onDisk({ "index.html": "<h1>" })
      const result = yield* up({ delete: "Extra" }, "/home/an")
      expect(result.plan.withheld).toBeUndefined()
      expect(yield* served("/home/")).toEqual({ "ann/private": "stays", "an/index.html": "<h1>" })
    }).pipe(Effect.provide(stage({ root: { "home/ann/private": "stays", "home/an/old": "old" }, home: "/home/ann" })))
  )
})

describe("a tree that is mirrored a second time", () => {
  /** A server whose PWD shows where `/www` leads. */
  const leading = (to: () => string) =>
    Effect.gen(function* () {
      const pool = yield* FtpPool
      const leads = (found: string) => found.replace(/^\/www(?=\/|$)/, to())
      const resolving = (session: FtpSession): FtpSession => ({
        ...session,
        resolveDirectory: (path, expected) => Effect.map(session.resolveDirectory(path, expected), leads),
        whereabouts: (path) =>
          Effect.map(session.whereabouts(path), ({ directory, home }) => ({
            home,
            directory: Either.map(directory, leads)
          }))
      })
      const sessions: FtpPool = {
        ...pool,
        borrow: (options) => Effect.map(pool.borrow(options), resolving),
        lend: (use) => pool.lend((session) => use(resolving(session)))
      }
      return yield* Effect.flatMap(make, (client) =>
        Effect.provideService(FtpMirror.remote("/www"), FtpClient, client)
      ).pipe(Effect.provideService(FtpPool, sessions))
    })

  for (const [what, to, files] of [
    ["has nothing deleted in it if it is the login directory by then", "/home/ann", { "css/a": "a", "css/b": "b" }],
    ["is deleted in where a link leads by then", "/v2", { "css/b": "b" }]
  ] as const) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "css/b": "b" })
        let now = "/www"
        const [site, www] = yield* Effect.all([FtpMirror.local("/site"), leading(() => now)])
        const run = inTime(FtpMirror.mirror(site, www, { delete: "Extra" }))
        expect((yield* run).plan.withheld).toBeUndefined()
        yield* server.write("/www/css/a", "a")
        now = to
        const { failures, plan } = yield* run
        expect(failures).toEqual([])
        expect(plan.withheld?.reason).toBe(to === "/v2" ? undefined : "Home")
        expect(yield* served("/www/")).toEqual(files)
      }).pipe(Effect.provide(stage({ root: { "home/ann/": {}, "www/css/a": "a" }, home: "/home/ann" })))
    )
  }
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

describe("a directory of the target whose place can't be proven", () => {
  /** Mirrors to a server on which CWD fails just when `css` is to be proven, so many times. */
  const upFailing = (conflict: "Fail" | "Replace", reply: string, times: number) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "css/a.css": "a", "css/b.css": "b" })
      const target = yield* FtpMirror.remote("www")
      let asked = 0
      const prove: typeof target.prove = (path, why) =>
        Effect.suspend(() => {
          asked += path === "css" ? 1 : 0
          const fails = path === "css" && asked <= times
          return Effect.zipRight(
            fails ? server.fault({ _tag: "Refuse", verb: "CWD", reply }) : Effect.void,
            target.prove(path, why)
          )
        })
      const local = yield* FtpMirror.local("/site")
      const result = yield* inTime(FtpMirror.mirror(local, { ...target, prove }, { conflict }))
      return { asked, result }
    })

  for (const conflict of ["Fail", "Replace"] as const) {
    it.effect(`is asked for again when its files are tried again, ${conflict}`, () =>
      Effect.gen(function* () {
        const { asked, result } = yield* upFailing(conflict, "421 busy", 1)
        expect(result).toMatchObject({ isComplete: true, failures: [] })
        expect(asked).toBe(2)
      }).pipe(Effect.provide(oneSession({ "www/css/old.css": "old" })))
    )

    it.effect(`is the failure of each of its files, on a server that lets one session in, ${conflict}`, () =>
      Effect.gen(function* () {
        const { result } = yield* upFailing(conflict, "450 not now", Number.POSITIVE_INFINITY)
        expect(result.failures.map(({ error, step }) => [step.path, error._tag])).toEqual([
          ["css/a.css", "FtpRejected"],
          ["css/b.css", "FtpRejected"]
        ])
      }).pipe(Effect.provide(oneSession({ "www/css/old.css": "old" })))
    )
  }
})

describe("a server that lets one session in", () => {
  for (const conflict of ["Fail", "Replace"] as const) {
    it.effect(`gets files in directories that it has already, ${conflict === "Fail" ? "streamed" : "planned"}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ "css/a.css": "new", "js/a.js": "new", "js/deep/b.js": "new", "index.html": "new" })
        const result = yield* up({ conflict, compare: "Size" })
        expect(result).toMatchObject({ isComplete: true, failures: [] })
        expect(yield* served("/www/")).toMatchObject({ "css/a.css": "new", "js/a.js": "new", "js/deep/b.js": "new" })
      }).pipe(Effect.provide(oneSession({ "www/css/a.css": "older", "www/js/a.js": "older", "www/js/deep/c.js": "c" })))
    )
  }
})

describe("a local name that a server on Windows would take for a path", () => {
  for (const name of ["..\\a.txt", "b\\..\\..\\a.txt", "..\\..\\a.txt"]) {
    it.effect(`is left out: ${name}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ [name]: "a", "a\\b..txt": "b" })
        const result = yield* up()
        expect(result.plan.skipped).toMatchObject([{ path: name, reason: "Unsafe" }])
        expect(yield* served("/www/")).toEqual({ "a\\b..txt": "b" })
      }).pipe(Effect.provide(stage()))
    )
  }
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

/** The embedded server, on which only one session is used. */
function oneSession(root: Record<string, string>) {
  return layer({ server: { root }, pool: { maxPerHost: 1 } }).pipe(Layer.provideMerge(MemoryFiles.layer))
}

describe("a listing with more names than a call can have arguments", () => {
  const MANY = 200_000

  for (const [how, options] of [
    ["while it reads", {}],
    ["by a plan", { conflict: "Replace" }]
  ] as const) {
    it.effect(`is told name by name if none can be part of a path, ${how}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ a: "a" })
        const site = yield* FtpMirror.local("/site")
        const refused = Array.from({ length: MANY }, (_, index) => ({
          ...{ path: `\u0001${index}`, name: `\u0001${index}` },
          ...{ reason: "Unsafe" as const, why: "has a control character" }
        }))
        const gaps = refused.map(({ path }) => ({ path: "", reason: "Unsafe" as const, detail: path }))
        const source = { ...site, list: () => Effect.succeed({ found: [], gaps, refused }) }
        const { plan } = yield* inTime(FtpMirror.mirror(source, yield* FtpMirror.remote("www"), options))
        expect(plan.skipped.length).toBe(MANY)
      }).pipe(Effect.provide(stage()))
    )
  }

  it.effect("is made in one flight if all are directories", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "a" })
      const site = yield* FtpMirror.local("/site")
      const www = yield* FtpMirror.remote("www")
      const found = Array.from({ length: MANY }, (_, index) => ({
        entry: Tree.entry(`d${index}`, "Directory"),
        below: Descent.start
      }))
      const listing = { found, gaps: [], refused: [] }
      const full = new FtpLocalFileError({ reason: "NoSpace", operation: "Open", path: "d0", detail: "the end" })
      const source = { ...site, list: (path: string) => (path === "" ? Effect.succeed(listing) : full) }
      const target = {
        ...www,
        prove: () => Effect.void,
        makeDirectories: (paths: ReadonlyArray<string>) => Effect.succeed(paths.map(() => true))
      }
      const made: Array<string> = []
      const onEvent: FtpMirror.MirrorOptions["onEvent"] = (event) =>
        event._tag === "Done" ? void made.push(event.step.path) : undefined
      // The first of them that is read ends it, so that the test is short.
      const ended = yield* inTime(Effect.flip(FtpMirror.mirror(source, target, { onEvent })))
      expect([ended._tag, ended.message]).toEqual([full._tag, full.message])
      expect(made.length).toBe(MANY)
    }).pipe(Effect.provide(stage()))
  )
})
