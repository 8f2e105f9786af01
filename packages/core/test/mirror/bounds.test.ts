import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
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

describe("a directory of the target that could not be asked for once", () => {
  it.effect("is asked for again when its files are tried again", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "css/a.css": "a" })
      let failed = 0
      const result = yield* up({
        // So that both trees are read before anything is done.
        conflict: "Replace",
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
