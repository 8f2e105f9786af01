/** Steps that take a command or two share round trips; what becomes of each is the same as if it had been done alone. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { onDisk, served, up, withHasher } from "./stage.ts"
import { refuse } from "./swapping.ts"

const MANY = 100

const many = (folder: string) =>
  Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`${folder}/f${index}`, `content of ${index}`]))

const OLD_SERVER = ["MLST", "MLSD"]

const ALL = { _tag: "Percent", percent: 100, free: 0 } as const

/** What the second of two runs sends, if `after` is what the source has by then. */
const second = (
  after: Record<string, string>,
  options: FtpMirror.MirrorOptions,
  server: FtpTestServer.Options,
  before: Effect.Effect<unknown, never, FtpTestServer.FtpTestServer> = Effect.void
) => {
  const verbs: Record<string, number> = {}
  const onLine: FtpTestServer.Options["onLine"] = ({ from, text }) =>
    Effect.sync(() => {
      const [verb = ""] = text.split(" ")
      verbs[verb] = from === "Client" ? (verbs[verb] ?? 0) + 1 : 0
    })
  return Effect.gen(function* () {
    const all = { maxDelete: ALL, ...options }
    yield* onDisk({ keep: "k", ...many("old") })
    yield* up(all)
    yield* onDisk({ keep: "k", ...after })
    for (const verb of Object.keys(verbs)) delete verbs[verb]
    yield* before
    const result = yield* up(all)
    const { ".ftp-effect-manifest.json": _, ...files } = yield* served("/www/")
    return { result, verbs, files }
  }).pipe(Effect.provide(withHasher({ ...server, onLine })))
}

for (const denied of [[], OLD_SERVER]) {
  const server = denied.length === 0 ? "a server with MLST" : "a server without MLST"
  describe(`many steps, and ${server}`, () => {
    it.effect("delete what is too much without a question about each", () =>
      Effect.gen(function* () {
        const { files, result, verbs } = yield* second({}, { delete: "Extra" }, { denied })
        expect(result).toMatchObject({ isComplete: true, failures: [] })
        expect(files).toEqual({ keep: "k" })
        expect(verbs).toMatchObject({ DELE: MANY + 1, RMD: 1 })
        expect(verbs.SIZE ?? 0).toBeLessThan(5)
        expect(verbs.MLST ?? 0).toBeLessThan(5)
        // Each burst ends with one.
        expect(verbs.NOOP ?? 0).toBeLessThan(20)
      })
    )

    it.effect("delete what an earlier run has put there after one question about each", () =>
      Effect.gen(function* () {
        const { files, result, verbs } = yield* second({}, { delete: "Ours", manifest: true }, { denied })
        expect(result).toMatchObject({ isComplete: true, failures: [] })
        expect(files).toEqual({ keep: "k" })
        const asked = verbs[denied.length === 0 ? "MLST" : "SIZE"] ?? 0
        expect(asked).toBeGreaterThanOrEqual(MANY)
        expect(asked).toBeLessThan(MANY + 8)
        expect(verbs.NOOP ?? 0).toBeLessThan(30)
      })
    )

    it.effect("rename what was moved after one question about each", () =>
      Effect.gen(function* () {
        const { files, result, verbs } = yield* second(many("new"), { delete: "Ours", manifest: true }, { denied })
        expect(result).toMatchObject({ isComplete: true, failures: [] })
        expect(files).toEqual({ keep: "k", ...many("new") })
        expect(verbs).toMatchObject({ RNTO: MANY + 1 })
        const asked = verbs[denied.length === 0 ? "MLST" : "SIZE"] ?? 0
        expect(asked).toBeGreaterThanOrEqual(MANY)
        expect(asked).toBeLessThan(MANY + 8)
        expect(verbs.NOOP ?? 0).toBeLessThan(30)
      })
    )
  })
}

const fault = (fault: FtpTestServer.Fault) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) => server.fault(fault))

describe("one of many steps", () => {
  it.effect("that is refused has failed, and stops no other", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({})
      const root: typeof store = {
        ...store,
        removeFile: (path) => (path === "/www/old/f41" ? refuse(path) : store.removeFile(path))
      }
      const { files, result } = yield* second({}, { delete: "Extra" }, { root })
      expect(result.isComplete).toBe(false)
      expect(files).toEqual({ keep: "k", "old/f41": "content of 41" })
      expect(result.failures).toMatchObject([
        { step: { path: "old/f41" }, error: { _tag: "FtpRejected" } },
        { step: { path: "old" }, error: { _tag: "FtpRejected" } }
      ])
    })
  )

  for (const [what, verb, after, options] of [
    ["deletes", "DELE", {}, { delete: "Extra" }],
    ["deletes as ours", "DELE", {}, { delete: "Ours", manifest: true }],
    ["renames", "RNTO", many("new"), { delete: "Ours", manifest: true }]
  ] as const) {
    it.effect(`that ${what} as the connection breaks leaves nothing undone, and nothing counts as failed`, () =>
      Effect.gen(function* () {
        const broken = fault({ _tag: "CloseControl", verb, at: "FinalReply", how: "Reset" })
        const { files, result } = yield* second(after, options, {}, broken)
        expect(result).toMatchObject({ isComplete: true, failures: [], outdated: [] })
        expect(files).toEqual({ keep: "k", ...after })
      })
    )
  }

  it.effect("is another client's file by now: it stays", () =>
    Effect.gen(function* () {
      const replaced = Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
        Effect.orDie(server.write("/www/old/f41", "theirs, and longer"))
      )
      const { files, result } = yield* second({}, { delete: "Ours", manifest: true, onEvent: () => {} }, {}, replaced)
      expect(result.failures).toEqual([])
      expect(files).toEqual({ keep: "k", "old/f41": "theirs, and longer" })
    })
  )

  for (const denied of [[], OLD_SERVER]) {
    it.effect(
      `is done by another run meanwhile: a moved file is there (${denied.length === 0 ? "MLST" : "SIZE"})`,
      () =>
        Effect.gen(function* () {
          const server = yield* FtpTestServer.FtpTestServer
          const options = { delete: "Ours", maxDelete: ALL } as const
          yield* onDisk({ keep: "k", "old/a": "content of a", "old/b": "content of b" })
          yield* up(options)
          yield* onDisk({ keep: "k", "new/a": "content of a", "new/b": "content of b" })
          const result = yield* up({
            ...options,
            onEvent: ({ _tag }) => {
              if (_tag === "Planned") {
                const moved = Effect.zipRight(
                  Effect.zipRight(
                    server.store.makeDirectory("/www/new"),
                    server.store.rename("/www/old/a", "/www/new/a")
                  ),
                  Effect.zipRight(server.store.removeFile("/www/old/b"), server.write("/www/new/b", "of another size"))
                )
                Effect.runSync(Effect.orDie(moved))
              }
            }
          })
          expect(result.done.map(({ path }) => path)).toContain("new/a")
          expect(result.outdated).toMatchObject([
            { step: { _tag: "Rename", path: "new/b" }, found: { _tag: "Absent" } }
          ])
          expect(yield* served("/www/")).toMatchObject({ "new/a": "content of a", "new/b": "of another size" })
        }).pipe(Effect.provide(withHasher({ denied })))
    )
  }
})

describe("a file that another run moves in the same moment", () => {
  it.effect.each([
    ["is moved, if it has its new name then", undefined, []],
    ["fails, if another one has its new name", 1_000_000, ["new/a"]]
  ] as const)("%s", ([, time, failed]) =>
    Effect.gen(function* () {
      const memory = yield* FtpTestServer.memory({})
      let tries = 0
      // First it is tried with others, then alone: here between the question and the command.
      const raced = {
        ...memory,
        rename: (from: string, to: string) =>
          from !== "/www/old/a"
            ? memory.rename(from, to)
            : Effect.suspend(() => {
                tries++
                const theirs = time === undefined ? Effect.void : memory.setModified(to, time)
                return Effect.zipRight(
                  tries === 2 ? Effect.zipRight(memory.rename(from, to), theirs) : Effect.void,
                  refuse(from)
                )
              })
      }
      yield* Effect.gen(function* () {
        const options = { delete: "Ours", maxDelete: ALL } as const
        yield* onDisk({ keep: "k", "old/a": "content of a" })
        yield* up(options)
        yield* onDisk({ keep: "k", "new/a": "content of a" })
        const { failures } = yield* up(options)
        expect([tries, failures.map(({ step }) => step.path)]).toEqual([2, failed])
      }).pipe(Effect.provide(withHasher({ root: raced })))
    })
  )
})
