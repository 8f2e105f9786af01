/** What a deletion, a move and a new time take of a mirror, where a server bears many commands at once. */
import Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { serve } from "./support/byUrl.ts"
import { counted } from "./support/cost.ts"

const MANY = 800

const WHEN = new Date("2001-02-03T04:05:06Z")

/** A local tree with one file in `kept`, and so many in `old`, each with a content of its own. */
const tree = Effect.acquireRelease(
  Effect.sync(() => {
    const root = Fs.mkdtempSync(join(tmpdir(), "ftp-effect-steps-"))
    for (const folder of ["kept", "old"]) Fs.mkdirSync(join(root, folder))
    Fs.writeFileSync(join(root, "kept", "file"), "kept")
    for (let index = 0; index < MANY; index++) {
      const file = join(root, "old", `f${index}`)
      Fs.writeFileSync(file, `content of ${index}`)
      Fs.utimesSync(file, WHEN, WHEN)
    }
    return root
  }),
  (root) => Effect.sync(() => Fs.rmSync(root, { recursive: true, force: true }))
)

for (const [what, change, options, budget] of [
  ["deleted", "Delete", { delete: "Extra" }, { steps: 20, fibers: 0.1 }],
  ["deleted while others are copied", "Delete", { delete: "Extra", deleteWhen: "During" }, { steps: 55, fibers: 0.2 }],
  [
    "deleted as it is ours while others are copied",
    "Delete",
    { delete: "Ours", manifest: true, deleteWhen: "During" },
    { steps: 95, fibers: 0.2 }
  ],
  ["deleted as it is ours", "Delete", { delete: "Ours", manifest: true }, { steps: 34, fibers: 0.1 }],
  ["moved", "Move", { delete: "Ours", manifest: true }, { steps: 45, fibers: 0.1 }]
] as const) {
  it.scopedLive(
    `a file that is ${what} by a mirror, which asks and tells the server with many others, is below its budget`,
    () =>
      Effect.gen(function* () {
        const server = yield* serve({ root: {} })
        const folder = yield* tree
        const mirror = Effect.gen(function* () {
          const [source, target] = [yield* FtpMirror.local(folder), yield* FtpMirror.remote("site")]
          return yield* FtpMirror.mirror(source, target, {
            ...options,
            maxDelete: { _tag: "Percent", percent: 100, free: 0 }
          })
        })
        const cost = yield* Effect.provide(
          counted((costOf) =>
            Effect.gen(function* () {
              expect((yield* mirror).isComplete).toBe(true)
              if (change === "Move") {
                Fs.renameSync(join(folder, "old"), join(folder, "new"))
              } else {
                Fs.rmSync(join(folder, "old"), { recursive: true })
              }
              return yield* costOf(
                Effect.map(mirror, ({ done, isComplete }) => {
                  expect(isComplete).toBe(true)
                  expect(done.length).toBeGreaterThan(MANY)
                })
              )
            })
          ),
          NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
        )
        expect(cost.fibers / MANY).toBeLessThan(budget.fibers)
        expect(cost.steps / MANY).toBeLessThan(budget.steps)
      })
  )
}

it.scopedLive("a file whose time alone is set, with those of many others, is below its budget", () =>
  Effect.gen(function* () {
    const server = yield* serve({ root: {} })
    const folder = yield* tree
    const cost = yield* Effect.provide(
      counted((costOf) =>
        Effect.gen(function* () {
          const [source, target] = [yield* FtpMirror.local(folder), yield* FtpMirror.remote("site")]
          yield* FtpMirror.mirror(source, target)
          const plan = yield* FtpMirror.plan(source, target)
          const steps = Array.from(
            { length: MANY },
            (_, index): MirrorPlan.Step => ({
              _tag: "SetTime",
              path: `old/f${index}`,
              reason: { _tag: "TimeDiffers", order: "SourceNewer" },
              precondition: { _tag: "File" },
              modified: { at: DateTime.unsafeFromDate(WHEN), precision: "Second", zone: "Utc" }
            })
          )
          return yield* costOf(
            Effect.map(FtpMirror.apply({ ...plan, steps }, source, target, { recheck: false }), ({ done }) =>
              expect(done.length).toBe(MANY)
            )
          )
        })
      ),
      NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
    )
    expect(cost.steps / MANY).toBeLessThan(12)
    expect(cost.fibers / MANY).toBeLessThan(0.1)
  })
)
