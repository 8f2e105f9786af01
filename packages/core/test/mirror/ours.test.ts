/** Files that an earlier run has put into a target, and that another client replaces while the next run is under way. */
import { expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { onDisk, served, up, withHasher } from "./stage.ts"

for (const denied of [[], ["MLST", "MLSD"]]) {
  it.effect(
    `delete: "Ours" keeps a file that another client has replaced since the plan, without ${denied[0] ?? "nothing"}`,
    () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ keep: "k", "d/old": "ours", "e/old": "ours too" })
        yield* up({ delete: "Ours" })
        yield* onDisk({ keep: "k" })
        yield* TestClock.adjust("1 day")
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
