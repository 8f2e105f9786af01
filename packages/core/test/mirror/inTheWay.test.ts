/** What the target has under the name of a file or a link of the source, and is of another type. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { plan } from "#core/mirror/plan"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { type ModelTree, snapshotOf } from "./modelTree.ts"
import { everythingGoes, ownOf } from "./planned.ts"
import { kinds, onDisk, served, stage, up } from "./stage.ts"

const SERVED = { "www/current/a": "a", "www/current/b": "b", "www/keep": "k" }

describe("a directory of the server in the way", () => {
  it.effect("stays if the link of its name would lead to nothing", () =>
    Effect.gen(function* () {
      yield* onDisk({ keep: "k" })
      const { links } = yield* MemoryFiles.MemoryFiles
      links.set("/site/current", "releases/v2")
      const result = yield* up({ links: "Copy", conflict: "Replace" })
      expect(kinds(result).filter((kind) => kind.includes("current"))).toEqual([])
      expect(result.plan.skipped).toMatchObject([{ path: "current", reason: "Link" }])
      expect(yield* served("/www/")).toEqual({ "current/a": "a", "current/b": "b", keep: "k" })
    }).pipe(Effect.provide(stage({ root: SERVED })))
  )

  it.effect("goes if that link can be made", () =>
    Effect.gen(function* () {
      yield* onDisk({ keep: "k", "releases/v2": "2" })
      const { links } = yield* MemoryFiles.MemoryFiles
      links.set("/site/current", "releases/v2")
      const result = yield* up({ links: "Copy", conflict: "Replace" })
      expect(result).toMatchObject({ failures: [], isComplete: true })
      expect(kinds(result)).toContain("MakeLink current")
      expect(yield* served("/www/")).toEqual({ "releases/v2": "2", keep: "k" })
    }).pipe(Effect.provide(stage({ root: SERVED })))
  )

  for (const denied of [[], ["MLST"]]) {
    it.effect(`stays if only missing files are copied${denied.length === 0 ? "" : ", on a server without MLST"}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ keep: "k", current: "file" })
        const result = yield* up({ only: "Missing", conflict: "Replace" })
        expect(kinds(result)).toEqual([])
        expect(result.plan.skipped).toContainEqual(expect.objectContaining({ path: "current", reason: "Conflict" }))
        expect(yield* served("/www/")).toEqual({ "current/a": "a", "current/b": "b", keep: "k" })
      }).pipe(Effect.provide(stage({ root: SERVED, denied })))
    )
  }
})

describe("a file whose new name is that of a directory which can't be listed", () => {
  it("keeps its old name: the target has its content nowhere else", () => {
    const file = { content: "content of y", second: 1 }
    const target: ModelTree = new Map([
      ["old", undefined],
      ["old/y", file],
      ["page", undefined]
    ])
    const { skipped, steps } = plan(
      {
        source: snapshotOf(new Map([["page", file]])),
        target: snapshotOf(target, { gaps: [{ path: "page", reason: "Unread", detail: "550" }] }),
        ours: ownOf(target, () => true)
      },
      { ...everythingGoes, delete: "Ours" }
    )
    expect(steps).toEqual([])
    expect(skipped.map(({ path, reason }) => `${reason} ${path}`).sort()).toEqual(["Conflict old/y", "Conflict page"])
  })
})
