/** What another run deletes while a mirror is about to delete it. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { disk, down, onDisk, paths, served, stage, up } from "./stage.ts"
import { refuse } from "./swapping.ts"

const OLD = ["old/a", "old/b", "old/d/c"]
const EXTRA = { delete: "Extra", maxDelete: { _tag: "Count", count: 9 } } as const
const ROOT = { "www/keep": "k", ...Object.fromEntries(OLD.map((path) => [`www/${path}`, "x"])) }

/** The outcome of each step that has begun, by its events. */
const collecting = () => {
  const open = new Set<string>()
  return {
    open,
    see: (event: FtpMirror.MirrorEvent) => {
      if (event._tag === "Started") {
        open.add(event.step.path)
      } else if (event._tag === "Done" || event._tag === "Reached") {
        open.delete(event.step.path)
      }
    }
  }
}

describe.each(["Before", "During", "After"] as const)("a mirror that deletes (%s others are copied)", (deleteWhen) => {
  it.effect("takes what another run has deleted on the server for done", () =>
    Effect.flatMap(FtpTestServer.memory(ROOT), (store) =>
      Effect.gen(function* () {
        yield* onDisk({ keep: "k", new: "n" })
        const { open, see } = collecting()
        const result = yield* up({
          ...EXTRA,
          deleteWhen,
          onEvent: (event) => {
            see(event)
            if (event._tag === "Planned") {
              Effect.runSync(Effect.orDie(Effect.forEach(["/www/old/a", "/www/old/d/c"], store.removeFile)))
            }
          }
        })
        expect(result.failures.map(({ step }) => step.path)).toEqual([])
        expect([result.isComplete, result.leftOut, [...open]]).toEqual([true, [], []])
        expect(result.reached.map(({ path }) => path).sort()).toEqual(["old/a", "old/d/c"])
        expect(yield* served("/www/")).toEqual({ keep: "k", new: "n" })
      }).pipe(Effect.provide(stage({ root: store })))
    )
  )

  it.effect("fails for what is refused and still there, and for nothing else", () =>
    Effect.gen(function* () {
      yield* onDisk({ keep: "k" })
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "DELE", reply: "550 Delete operation failed.", times: 99 })
      const result = yield* up({ ...EXTRA, deleteWhen })
      expect(result.isComplete).toBe(false)
      expect(result.failures.length).toBeGreaterThan(0)
      expect(result.reached).toEqual([])
      expect(Object.keys(yield* served("/www/"))).toHaveLength(OLD.length + 1)
    }).pipe(Effect.provide(stage({ root: ROOT })))
  )
})

it.effect("a directory is not listed for each file of it that another run has deleted while others are copied", () => {
  const names = Array.from({ length: 20 }, (_, index) => `www/old/f${index}`)
  const root = { "www/keep": "k", ...Object.fromEntries(names.map((name) => [name, "x"])) }
  return Effect.flatMap(FtpTestServer.memory(root), (store) =>
    Effect.gen(function* () {
      yield* onDisk({ keep: "k" })
      const { commands } = yield* FtpTestServer.FtpTestServer
      const listings = Effect.map(commands, (lines) => lines.filter((line) => line === "MLSD www/old").length)
      const result = yield* up({
        ...EXTRA,
        maxDelete: { _tag: "Count", count: 99 },
        deleteWhen: "During",
        onEvent: ({ _tag }) => {
          if (_tag === "Planned") {
            Effect.runSync(Effect.orDie(Effect.forEach(names, (name) => store.removeFile(`/${name}`))))
          }
        }
      })
      expect([result.isComplete, result.reached.length]).toEqual([true, names.length])
      expect(yield* listings).toBe(2)
    }).pipe(Effect.provide(stage({ root: store })))
  )
})

describe("what is refused, and still there, is a failure", () => {
  for (const [server, denied] of [
    ["with MLST", []],
    ["without MLST", ["MLST", "MLSD"]]
  ] as const) {
    it.effect(`also if its directory can't be read any more, and a server ${server} lists it as empty`, () =>
      Effect.gen(function* () {
        const store = yield* FtpTestServer.memory(ROOT)
        let isClosed = false
        const isInside = (path: string) => isClosed && path.startsWith("/www/old/")
        const root: typeof store = {
          ...store,
          list: (path) => (isClosed && path === "/www/old" ? Effect.succeed([]) : store.list(path)),
          removeFile: (path) => (isInside(path) ? refuse(path) : store.removeFile(path)),
          removeDirectory: (path) => (isInside(path) ? refuse(path) : store.removeDirectory(path))
        }
        return yield* Effect.gen(function* () {
          yield* onDisk({ keep: "k" })
          const onEvent = ({ _tag }: FtpMirror.MirrorEvent) => {
            isClosed ||= _tag === "Planned"
          }
          const result = yield* up({ ...EXTRA, onEvent })
          expect(result.reached.map(({ path }) => path)).toEqual([])
          expect(result.isComplete).toBe(false)
          expect(result.failures.map(({ step }) => step.path)).toEqual(expect.arrayContaining(["old/a", "old/d"]))
          expect(yield* store.list("/www/old")).toHaveLength(3)
        }).pipe(Effect.provide(stage({ root, denied })))
      })
    )
  }

  it.effect("also if it is a link that leads nowhere, which MLST and MLSD do not show", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ ...ROOT, "www/old/l": { link: "nowhere" } })
      let isLong = false
      const root: typeof store = {
        ...store,
        lstat: (path) => (path === "/www/old/l" ? store.stat(path) : store.lstat(path)),
        list: (path) =>
          Effect.map(store.list(path), (found) => found.filter(({ info }) => isLong || info.type !== "SymbolicLink")),
        removeFile: (path) => (path === "/www/old/l" ? refuse(path) : store.removeFile(path))
      }
      const onLine: FtpTestServer.Options["onLine"] = ({ from, text }) =>
        Effect.sync(() => {
          isLong = from === "Client" && /^(?:MLSD|LIST)/.test(text) ? text.startsWith("LIST") : isLong
        })
      yield* Effect.gen(function* () {
        yield* onDisk({ keep: "k" })
        const result = yield* up({ ...EXTRA, links: "Copy" })
        expect(result.reached.map(({ path }) => path)).toEqual([])
        expect(result.failures.map(({ step }) => step.path)).toEqual(["old/l", "old"])
      }).pipe(Effect.provide(stage({ root, onLine })))
    })
  )
})

describe("a mirror that deletes in a local folder", () => {
  it.effect("takes a directory that another run has deleted for done", () =>
    Effect.gen(function* () {
      yield* onDisk({ keep: "k", ...Object.fromEntries(OLD.map((path) => [path, "x"])) })
      const memory = yield* MemoryFiles.MemoryFiles
      for (const path of ["old", "old/d"]) {
        memory.directories.add(`/site/${path}`)
      }
      const result = yield* down({
        ...EXTRA,
        onEvent: ({ _tag }) => {
          if (_tag === "Planned") {
            for (const path of OLD) {
              memory.files.delete(`/site/${path}`)
            }
            memory.directories.clear()
          }
        }
      })
      expect(result.failures.map(({ error, step }) => [step.path, error.message])).toEqual([])
      expect(result.isComplete).toBe(true)
      expect(paths(result.done)).toEqual(expect.arrayContaining(["Remove old/a"]))
      expect(yield* disk).toEqual({ keep: "k" })
    }).pipe(Effect.provide(stage({ root: { "www/keep": "k" } })))
  )
})
