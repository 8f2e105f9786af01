/** Plans that are done later: which steps still hold, over trees that have changed since, and on a server. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Filter from "#core/mirror/Filter"
import { plan } from "#core/mirror/plan"
import { recheck } from "#core/mirror/recheck"
import * as Rules from "#core/mirror/rules"
import * as Tree from "#core/mirror/Tree"
import { inTime } from "../support/inTime.ts"
import { applySteps, type ModelTree, modelTree, snapshotOf } from "./modelTree.ts"
import { disk, onDisk, SITE, served, stage, up, withHasher } from "./stage.ts"

const rules: Rules.Rules = {
  ...Rules.defaults,
  delete: "Extra",
  conflict: "Replace",
  maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY }
}

const bare = (tree: ModelTree) => snapshotOf(tree, { hashes: false })

const planned = (source: ModelTree, target: ModelTree) =>
  plan({ source: bare(source), target: bare(target), ours: new Map() }, rules).steps

const rechecked = (steps: ReadonlyArray<MirrorPlan.Step>, source: ModelTree, target: ModelTree) =>
  recheck(steps, { source: bare(source), target: bare(target) }, Rules.defaults)

const paths = (steps: ReadonlyArray<MirrorPlan.Step>) => steps.map(({ _tag, path }) => `${_tag} ${path}`)

describe("the steps of a plan that is checked again", () => {
  it("hold all, if neither tree has changed", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, (source, target) => {
        const steps = planned(source, target)
        FastCheck.pre(source.size > 0)
        expect(rechecked(steps, source, target)).toEqual({ holds: steps, reached: [], outdated: [], leftOut: [] })
      }),
      { numRuns: 500 }
    )
  })

  it("are possible, and neither replace nor delete what has changed since in the target", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, modelTree, (source, target, now) => {
        FastCheck.pre(source.size > 0)
        const { holds } = rechecked(planned(source, target), source, now)
        const after = applySteps(source, now, holds)
        for (const [path, file] of now) {
          const before = target.get(path)
          const isSame =
            target.has(path) && before?.second === file?.second && before?.content.length === file?.content.length
          if (!isSame) {
            expect(after.has(path) && after.get(path)).toEqual(file)
          }
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("copy no file of the source that has changed since, and delete nothing then", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, modelTree, (source, target, now) => {
        FastCheck.pre(source.size > 0 && target.size > 0)
        const { holds, leftOut, outdated } = rechecked(planned(source, target), now, target)
        applySteps(now, target, holds)
        for (const step of holds) {
          if (step._tag === "Copy" || step._tag === "Replace") {
            expect(now.get(step.path)).toMatchObject({ second: source.get(step.path)?.second })
          }
          if (step._tag === "Remove" && step.reason._tag === "NotInSource") {
            expect(now.has(step.path)).toBe(false)
            expect(outdated.filter(({ step }) => step._tag !== "Remove")).toEqual([])
          }
        }
        if (now.size === 0) {
          expect(holds).toEqual([])
        }
        expect(leftOut.every(({ step }) => !holds.includes(step))).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("are reached all, once they were done", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, (source, target) => {
        FastCheck.pre(source.size > 0)
        const steps = planned(source, target)
        const again = rechecked(steps, source, applySteps(source, target, steps))
        expect({ holds: again.holds, leftOut: again.leftOut }).toEqual({ holds: [], leftOut: [] })
        // What was in the way of a directory or file of the same name is there under that name.
        expect(again.outdated.filter(({ step }) => step.reason._tag !== "TypeDiffers")).toEqual([])
      }),
      { numRuns: 500 }
    )
  })

  const file = (content: string, second = 1) => ({ content, second })

  it("keep what is in the way, if something new in it can't go", () => {
    const source: ModelTree = new Map([["a", file("x")]])
    const target: ModelTree = new Map([
      ["a", undefined],
      ["a/1", file("1")]
    ])
    const now: ModelTree = new Map([...target, ["a/2", file("2")]])
    const { holds, leftOut, outdated } = rechecked(planned(source, target), source, now)
    expect(holds).toEqual([])
    expect(paths(outdated.map(({ step }) => step))).toEqual(["Remove a", "Copy a"])
    expect(paths(leftOut.map(({ step }) => step))).toEqual(["Remove a/1"])
  })

  it("hold, and are reached later, if a file is moved to where a directory was", () => {
    const step = (path: string, step: Partial<MirrorPlan.Step>) =>
      ({ path, reason: { _tag: "TypeDiffers" }, precondition: { _tag: "File" }, ...step }) as MirrorPlan.Step
    const steps = [
      step("c/x", { _tag: "Remove" }),
      step("c", { _tag: "Remove", precondition: { _tag: "Directory" } }),
      step("c", {
        _tag: "Rename",
        from: "a",
        reason: { _tag: "Moved", from: "a" },
        precondition: { _tag: "Absent" },
        moved: { _tag: "File" },
        bytes: 1
      })
    ]
    const source: ModelTree = new Map([["c", file("1")]])
    const target: ModelTree = new Map([
      ["a", file("1")],
      ["c", undefined],
      ["c/x", file("x")]
    ])
    expect(rechecked(steps, source, target)).toEqual({ holds: steps, reached: [], outdated: [], leftOut: [] })
    expect(rechecked(steps, source, new Map([["c", file("1")]]))).toEqual({
      holds: [],
      reached: steps,
      outdated: [],
      leftOut: []
    })
    const gone = new Map([...target].filter(([path]) => path !== "a"))
    expect(rechecked(steps, source, gone).outdated.at(-1)).toEqual({
      step: steps[2],
      side: "Target",
      at: "a",
      found: { _tag: "Absent" }
    })
  })

  it("delete nothing if the source has nothing any more but what is excluded", () => {
    const [kept, old] = [file("1"), file("2")]
    const filter = Filter.make({ patterns: ["*.tmp"] })
    const target: ModelTree = new Map([
      ["kept", kept],
      ["old", old]
    ])
    const steps = planned(new Map([["kept", kept]]), target)
    expect(paths(steps)).toEqual(["Remove old"])
    const now = { source: bare(new Map([["a.tmp", kept]])), target: bare(target) }
    expect(recheck(steps, now, { ...Rules.defaults, filter })).toMatchObject({
      holds: [],
      leftOut: [{ step: { path: "old" } }]
    })
  })

  it("hold back what goes last if a copy is outdated", () => {
    const source: ModelTree = new Map([
      ["index", file("x")],
      ["a", file("1")]
    ])
    const steps = planned(source, new Map())
    const trees = { source: bare(new Map([["index", file("x")]])), target: bare(new Map()) }
    const result = recheck(steps, trees, { ...Rules.defaults, isLast: (path) => path === "index" })
    expect(result).toMatchObject({ holds: [], outdated: [{ step: { path: "a" } }], leftOut: [{ because: "Failures" }] })
  })

  it("do not delete in a directory that could not be read, nor below a source that could not be", () => {
    const source: ModelTree = new Map([["b", file("x")]])
    const target: ModelTree = new Map([
      ["a", undefined],
      ["a/1", file("1")],
      ["b", file("x")]
    ])
    const steps = planned(source, target)
    const gap: Tree.Gap = { path: "a", reason: "Unread", detail: "1 line" }
    const inTarget = { source: bare(source), target: snapshotOf(new Map([["a", undefined]]), { gaps: [gap] }) }
    expect(recheck(steps, inTarget, Rules.defaults).holds).toEqual([])
    const inSource = { source: snapshotOf(source, { gaps: [gap], hashes: false }), target: bare(target) }
    expect(recheck(steps, inSource, Rules.defaults).holds).toEqual([])
  })

  it("write into no directory that is gone, or is a link now", () => {
    const source: ModelTree = new Map([
      ["a", undefined],
      ["a/1", file("1")]
    ])
    const steps = planned(source, new Map([["a", undefined]]))
    for (const entries of [[], [Tree.entry("a", "SymbolicLink")]]) {
      const result = recheck(steps, { source: bare(source), target: Tree.snapshot(entries) }, Rules.defaults)
      expect(result).toMatchObject({ holds: [], outdated: [{ side: "Target" }] })
    }
  })
})

const trees = Effect.all([FtpMirror.local("/site"), FtpMirror.remote("www")])

const planUp = (options?: FtpMirror.MirrorOptions) =>
  Effect.flatMap(trees, ([source, target]) => inTime(FtpMirror.plan(source, target, options)))

/** As a file would have it. */
const saved = (made: MirrorPlan.MirrorPlan) =>
  Schema.decodeSync(MirrorPlan.Json)(Schema.encodeSync(MirrorPlan.Json)(made))

const applied = (made: MirrorPlan.MirrorPlan, options?: FtpMirror.ApplyOptions) =>
  Effect.flatMap(trees, ([source, target]) => inTime(FtpMirror.apply(saved(made), source, target, options)))

describe("a plan that is saved and applied later", () => {
  it.effect("does what it says, and is reached when it is applied again", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const made = yield* planUp({ delete: "Extra" })
      expect(yield* applied(made)).toMatchObject({ isComplete: true, outdated: [], reached: [] })
      expect(yield* served("/www/")).toEqual(SITE)
      const again = yield* applied(made)
      expect(again).toMatchObject({ isComplete: true, done: [], outdated: [] })
      expect(again.reached.length).toBe(made.steps.length)
    }).pipe(Effect.provide(stage({ root: { "www/old": "o" } })))
  )

  it.effect("replaces nothing that was changed in the target since, deletes nothing then, and is incomplete", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      const made = yield* planUp({ delete: "Extra" })
      yield* server.write("www/index.html", Buffer.from("written meanwhile"))
      const result = yield* applied(made)
      expect(result.isComplete).toBe(false)
      expect(result.outdated).toMatchObject([
        { step: { path: "index.html" }, side: "Target", found: { _tag: "File", size: 17 } }
      ])
      expect(paths(result.leftOut)).toEqual(["Remove old"])
      expect(yield* served("/www/")).toEqual({ ...SITE, "index.html": "written meanwhile", old: "o" })
    }).pipe(Effect.provide(stage({ root: { "www/old": "o", "www/index.html": "before" } })))
  )

  it.effect("copies no file of the source that was changed since", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const made = yield* planUp()
      yield* onDisk({ ...SITE, "css/site.css": "body { color: red }" })
      const result = yield* applied(made)
      expect(result.outdated).toMatchObject([{ step: { path: "css/site.css" }, side: "Source" }])
      const { "css/site.css": _, ...others } = SITE
      expect(yield* served("/www/")).toEqual(others)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is done as planned without a look, if that is asked for", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      const made = yield* planUp()
      yield* server.write("www/index.html", Buffer.from("written meanwhile"))
      expect(yield* applied(made, { recheck: false })).toMatchObject({ isComplete: true })
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(Effect.provide(stage({ root: { "www/index.html": "before" } })))
  )

  it.effect("lists only the directories that its steps are about, and asks nothing of single files", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* up()
      yield* onDisk({ ...SITE, "css/site.css": "body { color: red }" })
      const made = yield* planUp()
      const before = (yield* server.commands).length
      const [source, target] = yield* trees
      expect(paths((yield* inTime(FtpMirror.recheck(made, source, target))).holds)).toEqual(["Replace css/site.css"])
      const sent = (yield* server.commands).slice(before).map((line) => line.split(" ")[0] ?? "")
      expect(sent.filter((verb) => verb === "MLSD").length).toBe(2)
      expect(sent.filter((verb) => ["SIZE", "MDTM", "MLST"].includes(verb))).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("keeps the manifest that it was made with, and moves a file", () =>
    Effect.gen(function* () {
      yield* onDisk({ "a.txt": "the same content" })
      yield* up({ delete: "Ours" })
      yield* onDisk({ "b/c.txt": "the same content" })
      const result = yield* applied(yield* planUp({ delete: "Ours" }))
      expect(paths(result.done)).toEqual(["MakeDirectory b", "Rename b/c.txt"])
      expect(Object.keys(yield* served("/www/"))).toEqual([".ftp-effect-manifest.json", "b/c.txt"])
      expect((yield* up({ delete: "Ours" })).plan.unchanged).toBe(1)
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("is refused if the trees can't have its names, and if it deletes in a home", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const made = yield* planUp()
      const [source, home] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("")]
      const odd: MirrorPlan.Step = {
        _tag: "Remove",
        path: "a\r\nDELE b",
        reason: { _tag: "NotInSource" },
        precondition: { _tag: "File" }
      }
      expect(yield* Effect.flip(applied({ ...made, steps: [odd] }))).toMatchObject({ argument: "plan" })
      const manifest = { _tag: "InTarget", path: odd.path } as const
      const elsewhere = { ...made, options: { ...made.options, manifest } }
      expect(yield* Effect.flip(applied(elsewhere))).toMatchObject({ argument: "plan" })
      const inHome = { ...made, target: home.label, steps: [{ ...odd, path: "gone" }] }
      expect(yield* inTime(Effect.flip(FtpMirror.apply(inHome, source, home)))).toMatchObject({
        argument: "plan",
        why: expect.stringContaining("home")
      })
      expect(yield* inTime(FtpMirror.apply(inHome, source, home, { force: true }))).toMatchObject({ isComplete: true })
      expect(Object.keys(yield* disk).length).toBe(4)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is refused if a step is about what it can't be about: no listing could prove it", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const made = yield* planUp()
      const reason = { _tag: "NotInSource" } as const
      const modified = { at: DateTime.unsafeMake(0), precision: "Second", zone: "Utc" } as const
      const absent = { _tag: "Absent" } as const
      const other = { _tag: "Other" } as const
      const file = { _tag: "File" } as const
      const odd: ReadonlyArray<MirrorPlan.Step> = [
        { _tag: "Remove", path: ".hidden", reason, precondition: absent },
        { _tag: "Remove", path: "..\\outside", reason, precondition: absent },
        { _tag: "Rename", path: "b", from: "..\\outside", moved: absent, reason, precondition: absent },
        { _tag: "Rename", path: "b", from: "a", moved: file, reason, precondition: file },
        { _tag: "Copy", path: "index.html", reason, precondition: other },
        { _tag: "Replace", path: "index.html", reason, precondition: other },
        { _tag: "SetTime", path: "index.html", reason, precondition: other, modified },
        { _tag: "MakeDirectory", path: "css", reason, precondition: other }
      ]
      for (const step of odd) {
        for (const recheck of [true, false]) {
          const refused = Effect.flip(applied({ ...made, steps: [step] }, { recheck }))
          expect(yield* refused).toMatchObject({ argument: "plan", why: expect.stringContaining(step._tag) })
        }
      }
    }).pipe(Effect.provide(stage()))
  )
})
