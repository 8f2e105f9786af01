/** Links of one side never lead a mirror to what is outside the trees, or to what its filter excludes. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { onDisk, stage } from "./stage.ts"

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
