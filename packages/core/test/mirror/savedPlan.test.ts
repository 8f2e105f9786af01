/** Plans that are saved and done later, on a server. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { inTime } from "../support/inTime.ts"
import { disk, onDisk, paths, SITE, served, stage, up, withHasher } from "./stage.ts"

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
