/** Files that an earlier run has put into a target, and that another client replaces while the next run is under way. */
import { expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { kinds, onDisk, served, up, withHasher } from "./stage.ts"

for (const denied of [[], ["MLST", "MLSD"]]) {
  it.effect(
    `delete: "Ours" keeps a file that another client has replaced since the plan, without ${denied[0] ?? "nothing"}`,
    () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ keep: "k", "d/old": "ours", "e/old": "ours too" })
        yield* up({ delete: "Ours" })
        yield* onDisk({ keep: "k" })
        yield* TestClock.adjust("2 minutes")
        const result = yield* up({
          delete: "Ours",
          onEvent: ({ _tag }) => {
            if (_tag === "Planned") {
              Effect.runSync(Effect.orDie(server.write("/www/d/old", "theirs, and longer")))
            }
          }
        })
        expect(result).toMatchObject({ failures: [], isComplete: true, plan: { withheld: undefined } })
        expect(result.outdated.map(({ step }) => step.path).sort()).toEqual(["d", "d/old"])
        const { ".ftp-effect-manifest.json": _, ...files } = yield* served("/www/")
        expect(Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith(".")))).toEqual({
          keep: "k",
          "d/old": "theirs, and longer"
        })
      }).pipe(Effect.provide(withHasher({ denied })))
  )
}

for (const only of ["Missing", "Newer"] as const) {
  it.effect(
    `a moved file is not renamed to a name that another client has taken since the plan (only: "${only}")`,
    () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ keep: "k", "d/old": "content", "new/other": "o" })
        yield* up({ delete: "Ours" })
        yield* onDisk({ keep: "k", "new/name": "content", "new/other": "o" })
        const result = yield* up({
          delete: "Ours",
          only,
          onEvent: ({ _tag }) => {
            if (_tag === "Planned") {
              Effect.runSync(Effect.orDie(server.write("/www/new/name", "theirs, and longer")))
            }
          }
        })
        expect(kinds(result)).toContain("Rename new/name")
        expect(result.outdated).toMatchObject([{ step: { _tag: "Rename" }, side: "Target", found: { _tag: "File" } }])
        const { ".ftp-effect-manifest.json": _, ...files } = yield* served("/www/")
        expect(files).toEqual({ keep: "k", "d/old": "content", "new/name": "theirs, and longer", "new/other": "o" })
      }).pipe(Effect.provide(withHasher()))
  )
}

for (const remove of ["Ours", "Extra"] as const) {
  for (const denied of [[], ["MLST", "MLSD"]]) {
    for (const [what, act, found] of [
      [
        "replaced",
        (server: FtpTestServer.FtpTestServer) => server.write("/www/d/old", "theirs, and longer"),
        { _tag: "File", size: 18 }
      ],
      ["deleted", (server: FtpTestServer.FtpTestServer) => server.store.removeFile("/www/d/old"), { _tag: "Absent" }]
    ] as const) {
      it.effect(
        `a moved file that another client has ${what} since the plan is not renamed (delete: "${remove}", without ${denied[0] ?? "nothing"})`,
        () =>
          Effect.gen(function* () {
            const server = yield* FtpTestServer.FtpTestServer
            yield* onDisk({ keep: "k", "d/old": "content", "e/gone": "gone" })
            yield* up({ delete: "Ours" })
            yield* onDisk({ keep: "k", "new/name": "content" })
            const result = yield* up({
              delete: remove,
              manifest: true,
              maxDelete: { _tag: "Count", count: 10 },
              onEvent: ({ _tag }) => {
                if (_tag === "Planned") {
                  Effect.runSync(Effect.orDie(act(server)))
                }
              }
            })
            expect(kinds(result)).toContain("Rename new/name")
            expect(result.failures.map(({ error }) => error.message)).toEqual([])
            expect(result.isComplete).toBe(false)
            expect(result.outdated).toMatchObject([
              { step: { _tag: "Rename", path: "new/name" }, side: "Target", at: "d/old", found }
            ])
            // As the new name has nothing, nothing else is deleted.
            expect(result.leftOut.map(({ path }) => path)).toContain("e/gone")
            const { ".ftp-effect-manifest.json": _, ...files } = yield* served("/www/")
            expect(files).toEqual({
              keep: "k",
              "e/gone": "gone",
              ...(what === "replaced" && { "d/old": "theirs, and longer" })
            })
            // The next run sends the file.
            expect(yield* up({ delete: "Ours" })).toMatchObject({ isComplete: true })
            expect((yield* served("/www/"))["new/name"]).toBe("content")
          }).pipe(Effect.provide(withHasher({ denied })))
      )
    }
  }
}
