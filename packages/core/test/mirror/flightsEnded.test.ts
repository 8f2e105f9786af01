/** Steps that share round trips, as the server goes away. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layer } from "../support/embedded.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { onDisk, served, stage, up, withHasher } from "./stage.ts"

const ALL = { maxDelete: { _tag: "Percent", percent: 100, free: 0 } } as const

const many = (folder: string, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/f${index}`, `content of ${index}`]))

/** The steps that some event said to have failed. */
const collecting = () => {
  const failed: Array<string> = []
  const onEvent: FtpMirror.MirrorOptions["onEvent"] = (event) => {
    if (event._tag === "Failed" || event._tag === "Outdated") {
      failed.push(event.step.path)
    }
  }
  return { failed, onEvent }
}

/** Faults from the first of these commands for a file on. */
const fromFirst = (verb: string, faults: ReadonlyArray<FtpTestServer.Fault>) => {
  let onLine: FtpTestServer.Options["onLine"] = () => Effect.void
  const server: FtpTestServer.Options = { onLine: (line) => onLine?.(line) ?? Effect.void }
  const begin = Effect.map(FtpTestServer.FtpTestServer, ({ fault }) => {
    onLine = ({ from, text }) => {
      if (from === "Client" && text.startsWith(`${verb} `) && text.includes("/f")) {
        onLine = () => Effect.void
        return Effect.forEach(faults, fault, { discard: true })
      }
      return Effect.void
    }
  })
  return { begin, server }
}

const withOneSession = (server: FtpTestServer.Options) =>
  layer({ server, pool: { maxPerHost: 1 } }).pipe(Layer.provideMerge(MemoryFiles.layer))

it.effect("a server that is gone is not dialled for each share of what is to be deleted", () => {
  const { begin, server } = fromFirst("DELE", [
    { _tag: "ResetAll", verb: "DELE" },
    { _tag: "Refuse", verb: "CONNECT", reply: "500 gone", times: Number.POSITIVE_INFINITY }
  ])
  const files = Object.entries(many("old", 6000)).map(([path, content]) => [`www/${path}`, content])
  return Effect.gen(function* () {
    yield* onDisk({ keep: "k" })
    const { connections } = yield* FtpTestServer.FtpTestServer
    yield* begin
    const error = yield* Effect.flip(up({ ...ALL, delete: "Extra" }))
    expect(error._tag).toBe("FtpConnectError")
    const { total } = yield* connections
    // The question that follows the burst is asked again and again; 23 more shares would take 4 each.
    expect(total).toBeGreaterThan(1)
    expect(total).toBeLessThan(100)
  }).pipe(Effect.provide(withOneSession({ ...server, root: Object.fromEntries(files) })))
})

it.effect("a link that leads nowhere is deleted although its DELE had no reply, and MLST does not find it", () =>
  Effect.gen(function* () {
    const { begin, server } = fromFirst("DELE", [{ _tag: "CloseControl", verb: "DELE" }])
    const store = yield* FtpTestServer.memory({ "www/old/f": "", "www/old/link": { link: "nowhere" } })
    const root: typeof store = {
      ...store,
      lstat: (path) => (path === "/www/old/link" ? store.stat(path) : store.lstat(path))
    }
    yield* Effect.gen(function* () {
      yield* onDisk({ keep: "k" })
      yield* begin
      const result = yield* up({ ...ALL, delete: "Extra" })
      expect(result.failures.map(({ step }) => step.path)).toEqual([])
      expect(yield* Effect.map(store.list("/www"), (found) => found.map(({ name }) => name))).toEqual(["keep"])
    }).pipe(Effect.provide(stage({ ...server, root })))
  })
)

describe("renames of which no reply came", () => {
  it.effect("count as done, also if the next connection ends at the question", () => {
    const { begin, server } = fromFirst("RNFR", [
      { _tag: "CloseControl", verb: "NOOP" },
      { _tag: "CloseControl", verb: "MLST" }
    ])
    return Effect.gen(function* () {
      const options = { ...ALL, delete: "Ours", manifest: true } as const
      yield* onDisk({ keep: "k", ...many("old", 16) })
      yield* up(options)
      yield* onDisk({ keep: "k", ...many("new", 16) })
      yield* begin
      const { failed, onEvent } = collecting()
      const result = yield* up({ ...options, onEvent })
      const { ".ftp-effect-manifest.json": _, ...files } = yield* served("/www/")
      expect(files).toEqual({ keep: "k", ...many("new", 16) })
      expect(failed).toEqual([])
      expect(result).toMatchObject({ isComplete: true, failures: [], outdated: [] })
    }).pipe(Effect.provide(withHasher(server)))
  })
})
