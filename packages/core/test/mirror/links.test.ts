/** Links that are copied as links, between a folder in memory and the embedded server: nothing is written through one. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { disk, down, kinds, onDisk, served, stage, up, withHasher } from "./stage.ts"

const links = Effect.map(MemoryFiles.MemoryFiles, ({ links }) =>
  Object.fromEntries([...links].map(([path, target]) => [path.replace(/^\/site\//, ""), target]))
)

const link = (path: string, target: string) =>
  Effect.map(MemoryFiles.MemoryFiles, ({ links }) => void links.set(`/site/${path}`, target))

const servedLinks = (root: string) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) =>
    Effect.map(tree, (entries) =>
      Object.fromEntries(
        entries.flatMap(({ linkTarget, path, type }) =>
          type === "SymbolicLink" && path.startsWith(root) ? [[path.slice(root.length), linkTarget]] : []
        )
      )
    )
  )

const SERVED = {
  "www/v2/index.html": "2",
  "www/latest": { link: "v2" },
  "www/v2/home": { link: "../v2/index.html" },
  "www/absolute": { link: "/www/v2" },
  "www/passwd": { link: "/etc/passwd" },
  "www/up": { link: "../secret" },
  "www/dangling": { link: "gone" },
  secret: "s"
}

describe("links that are downloaded", () => {
  for (const [what, server] of [
    ["by MLSD and LIST", {}],
    ["by LIST alone", { denied: ["MLSD", "MLST"] }]
  ] as const) {
    it.effect(`are made with the same target, inside the folder only (${what})`, () =>
      Effect.gen(function* () {
        yield* onDisk({})
        const first = yield* down({ links: "Copy" })
        expect(yield* links).toEqual({
          latest: "v2",
          "v2/home": "index.html",
          absolute: "v2",
          dangling: "gone"
        })
        expect(yield* disk).toEqual({ "v2/index.html": "2" })
        expect(first.isComplete).toBe(true)
        expect(first.plan.skipped.map(({ detail, path, reason }) => `${reason} ${path}: ${detail}`)).toEqual([
          "Link passwd: a link to /etc/passwd, which may be outside the tree",
          "Link up: a link to ../secret, which may be outside the tree"
        ])
        expect((yield* down({ links: "Copy" })).plan.steps).toEqual([])
      }).pipe(Effect.provide(stage({ root: SERVED, ...server })))
    )
  }

  it.effect("replace a link that leads elsewhere, and no file", () =>
    Effect.gen(function* () {
      yield* onDisk({ dangling: "mine", "v1/index.html": "1" })
      yield* link("latest", "v1")
      const { plan } = yield* down({ links: "Copy", filter: { patterns: ["v2/home"] } })
      expect(yield* links).toEqual({ latest: "v2", absolute: "v2" })
      expect(plan.steps.find(({ path }) => path === "latest")).toMatchObject({
        _tag: "MakeLink",
        reason: { _tag: "LinkDiffers", from: "v1", to: "v2" },
        precondition: { _tag: "Link", to: "v1" }
      })
      expect(plan.skipped.find(({ path }) => path === "dangling")?.reason).toBe("Conflict")
      expect((yield* disk).dangling).toBe("mine")
    }).pipe(Effect.provide(stage({ root: SERVED })))
  )

  it.effect("are not made if what they name is behind a link of the user's that leads out of the folder", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      yield* link("mine", "/home/ann")
      const { failures, plan } = yield* down({ links: "Copy" })
      expect(failures).toEqual([])
      expect(plan.skipped).toEqual([
        { path: "sub", reason: "Link", detail: "a link to mine/.ssh: a link of the folder leads out of it there" }
      ])
      expect(yield* links).toEqual({ mine: "/home/ann" })
    }).pipe(Effect.provide(stage({ root: { "www/sub": { link: "mine/.ssh" }, "www/x": "x" } })))
  )

  it.effect("are never written through: a name that is a link here takes no directory of the server", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      yield* link("docs", "/etc")
      const { plan } = yield* down({ links: "Copy" })
      expect(plan.skipped).toMatchObject([{ path: "docs", reason: "Conflict" }])
      expect(yield* disk).toEqual({})
    }).pipe(Effect.provide(stage({ root: { "www/docs/cron": "evil" } })))
  )

  it.effect("are deleted as links, and what they lead to stays", () =>
    Effect.gen(function* () {
      yield* onDisk({ "v2/index.html": "2", "keep/a": "a" })
      yield* link("old", "keep")
      yield* down({ links: "Copy", delete: "Extra", filter: { patterns: ["keep/"] } })
      expect(yield* links).toEqual({ latest: "v2", "v2/home": "index.html", absolute: "v2", dangling: "gone" })
      expect((yield* disk)["keep/a"]).toBe("a")
    }).pipe(Effect.provide(stage({ root: SERVED })))
  )

  it.effect("are left out if they are skipped, or followed, as the default is", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      for (const policy of ["Skip", "Follow", undefined] as const) {
        const { plan } = yield* down({ links: policy })
        expect(plan.skipped.filter(({ reason }) => reason === "Link").length).toBe(6)
        expect(yield* links).toEqual({})
      }
    }).pipe(Effect.provide(stage({ root: SERVED })))
  )
})

describe("links that are uploaded", () => {
  const planted = Effect.gen(function* () {
    yield* onDisk({ "v2/index.html": "2", "a b/x": "x" })
    yield* link("latest", "v2")
    yield* link("chain", "latest")
    yield* link("v2/home", "../v2/index.html")
    yield* link("secret", "/etc/passwd")
    yield* link("spaced", "a b/x")
    yield* link("dangling", "gone")
    yield* link("loop", "loop2")
    yield* link("loop2", "loop")
  })

  it.effect("are made by SITE SYMLINK, those that others lead to first; what can't be is told", () =>
    Effect.gen(function* () {
      yield* planted
      const first = yield* up({ links: "Copy" })
      expect([first.isComplete, first.failures]).toEqual([true, []])
      expect(yield* servedLinks("/www/")).toEqual({ latest: "v2", chain: "latest", "v2/home": "index.html" })
      expect(first.plan.skipped.map(({ path, reason }) => `${reason} ${path}`).sort()).toEqual([
        "Link dangling",
        "Link loop",
        "Link loop2",
        "Link secret",
        "Link spaced"
      ])
      expect((yield* up({ links: "Copy" })).plan.steps).toEqual([])
      expect(yield* served("/www/")).toEqual({ "v2/index.html": "2", "a b/x": "x" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each([
    ["are reached if another run has made the same meanwhile", "v2", []],
    ["fail if another run has made others there meanwhile", "v2/index.html", ["latest"]]
  ] as const)("%s", ([, to, failed]) =>
    Effect.gen(function* () {
      yield* onDisk({ "v2/index.html": "2" })
      yield* link("latest", "v2")
      const { store } = yield* FtpTestServer.FtpTestServer
      const { failures, isComplete, reached } = yield* up({
        links: "Copy",
        onEvent: (event) => {
          if (event._tag === "Started" && event.step._tag === "MakeLink") {
            Effect.runSync(Effect.orDie(store.makeLink("/www/latest", to)))
          }
        }
      })
      expect(failures.map(({ step }) => step.path)).toEqual(failed)
      expect([isComplete, reached.map(({ path }) => path)]).toEqual(
        failed.length === 0 ? [true, ["latest"]] : [false, []]
      )
      expect(yield* servedLinks("/www/")).toEqual({ latest: to })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("take the place of links that lead elsewhere, and what they named stays", () =>
    Effect.gen(function* () {
      yield* planted
      yield* up({ links: "Copy" })
      yield* onDisk({ "v2/index.html": "2", "a b/x": "x", "v3/index.html": "3" })
      yield* link("latest", "v3")
      const { failures, plan } = yield* up({ links: "Copy" })
      expect(failures).toEqual([])
      expect(plan.steps.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual([
        "MakeDirectory v3",
        "Copy v3/index.html",
        "MakeLink latest"
      ])
      expect(yield* servedLinks("/www/")).toMatchObject({ latest: "v3" })
      expect((yield* served("/www/"))["v2/index.html"]).toBe("2")
    }).pipe(Effect.provide(stage()))
  )

  for (const [reply, times, links] of [
    ["450 Busy, try later.", 3, { l: "v1" }],
    ["550 Permission denied.", 3, { l: "v1" }],
    ["550 File exists.", 1, { l: "v2" }],
    ["550 Rename failed.", 1, { l: "v2" }]
  ] as const) {
    it.effect(`leave one of the two links, if the new one is refused its name ${times} times: ${reply}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ v1: "1", v2: "2" })
        yield* link("l", "v2")
        const server = yield* FtpTestServer.FtpTestServer
        yield* up({ filter: { patterns: ["l"] } })
        yield* server.fault({ _tag: "Refuse", verb: "RNTO", reply, times })
        const result = yield* up({ links: "Copy" })
        expect(result.failures.map(({ step }) => step.path)).toEqual(times === 1 ? [] : ["l"])
        expect(yield* servedLinks("/www/")).toEqual(links)
      }).pipe(Effect.provide(stage({ root: { "www/l": { link: "v1" } } })))
    )
  }

  it.effect("keep the new one under its temporary name, if the old one went and the name is refused again", () =>
    Effect.gen(function* () {
      yield* onDisk({ v1: "1", v2: "2" })
      yield* link("l", "v2")
      const server = yield* FtpTestServer.FtpTestServer
      yield* up({ filter: { patterns: ["l"] } })
      yield* server.fault({ _tag: "Refuse", verb: "RNTO", reply: "550 File exists.", times: 2 })
      const result = yield* up({ links: "Copy" })
      expect(result.failures.map(({ step }) => step.path)).toEqual(["l"])
      expect(Object.values(yield* servedLinks("/www/"))).toEqual(["v2"])
    }).pipe(Effect.provide(stage({ root: { "www/l": { link: "v1" } } })))
  )

  it.effect("leave nothing under a temporary name if the run is interrupted before the new one has its name", () =>
    Effect.gen(function* () {
      yield* onDisk({ v1: "1", v2: "2" })
      yield* link("l", "v2")
      const server = yield* FtpTestServer.FtpTestServer
      yield* up({ filter: { patterns: ["l"] } })
      yield* server.fault({ _tag: "Delay", verb: "RNFR", duration: "10 seconds" })
      const running = yield* Effect.fork(up({ links: "Copy" }))
      while (!(yield* server.commands).some((command) => command.startsWith("RNFR www/.l."))) {
        yield* TestClock.adjust("100 millis")
      }
      const stopping = yield* Effect.fork(Fiber.interrupt(running))
      yield* inTime(Fiber.join(stopping))
      expect(yield* servedLinks("/www/")).toEqual({ l: "v1" })
    }).pipe(Effect.provide(stage({ root: { "www/l": { link: "v1" } } })))
  )

  it.effect("are left out and reported if the server has no SITE SYMLINK", () =>
    Effect.gen(function* () {
      yield* planted
      const { isComplete, plan } = yield* up({ links: "Copy" })
      expect(isComplete).toBe(true)
      expect(plan.skipped.find(({ path }) => path === "latest")).toMatchObject({
        reason: "Link",
        detail: "a link to v2: the server has no way to make links (SITE SYMLINK)"
      })
      expect(yield* servedLinks("/www/")).toEqual({})
    }).pipe(Effect.provide(stage({ denied: ["SITE"] })))
  )

  it.effect("are known by the manifest as ours", () =>
    Effect.gen(function* () {
      yield* planted
      yield* up({ links: "Copy", delete: "Ours" })
      const disk = yield* MemoryFiles.MemoryFiles
      disk.links.clear()
      const { plan } = yield* up({ links: "Copy", delete: "Ours" })
      expect(plan.steps.map(({ _tag, path }) => `${_tag} ${path}`).sort()).toEqual([
        "Remove chain",
        "Remove latest",
        "Remove v2/home"
      ])
      expect(yield* servedLinks("/www/")).toEqual({})
      expect((yield* served("/www/"))["v2/index.html"]).toBe("2")
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("can't go with a swap", () =>
    Effect.gen(function* () {
      yield* planted
      expect(yield* Effect.flip(up({ links: "Copy", swap: "RemovePrevious" }))).toMatchObject({
        _tag: "FtpUsageError",
        argument: "links"
      })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("are in a saved plan, which is checked again: a link that has changed is outdated", () =>
    Effect.gen(function* () {
      yield* planted
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
      const made = yield* inTime(FtpMirror.plan(...trees, { links: "Copy" }))
      const saved = yield* MirrorPlan.decode(Schema.encodeSync(MirrorPlan.Json)(made))
      expect(saved.options.links).toBe("Copy")
      yield* link("latest", "a b")
      const result = yield* inTime(FtpMirror.apply(saved, ...trees))
      expect(result.outdated.map(({ found, step }) => [step.path, found])).toEqual([
        ["latest", { _tag: "Link", to: "a b" }]
      ])
      const again = yield* inTime(FtpMirror.apply(saved, ...trees))
      expect(again.reached.map(({ path }) => path)).toContain("v2/home")
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each([
    ["with a blank", ".. evil"],
    ["that begins with a tilde", "~ann"]
  ] as const)("are refused in a saved plan if no plan has them: one to a name %s", ([, to]) =>
    Effect.gen(function* () {
      yield* planted
      yield* link("l", to)
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
      const made = yield* inTime(FtpMirror.plan(...trees, { links: "Copy" }))
      const step = { _tag: "MakeLink", path: "l", reason: { _tag: "Missing" }, precondition: { _tag: "Absent" }, to }
      const json = JSON.parse(Schema.encodeSync(MirrorPlan.Json)(made))
      const saved = yield* MirrorPlan.decode(JSON.stringify({ ...json, steps: [step] }))
      expect(yield* Effect.flip(inTime(FtpMirror.apply(saved, ...trees)))).toMatchObject({
        _tag: "FtpUsageError",
        argument: "plan"
      })
      const { commands } = yield* FtpTestServer.FtpTestServer
      expect((yield* commands).filter((command) => command.startsWith("SITE SYMLINK"))).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("follow what they lead to by default, if that is a file inside the folder", () =>
    Effect.gen(function* () {
      yield* planted
      expect(kinds(yield* up()).some((step) => step.includes("latest"))).toBe(false)
      expect(Option.isNone(Option.fromNullable((yield* servedLinks("/www/")).latest))).toBe(true)
    }).pipe(Effect.provide(stage()))
  )
})
