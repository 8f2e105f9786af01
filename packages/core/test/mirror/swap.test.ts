/** A tree that is swapped as a whole: what is live at each moment, what is refused, what is left. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { inTime } from "../support/inTime.ts"
import { onDisk, SITE, served, stage, up, withHasher } from "./stage.ts"
import { beside, isBack, isSecond, OLD, refuse, SWAP, withHooks } from "./swapping.ts"

const swapped = <const P extends FtpMirror.Published["_tag"]>(published: FtpMirror.Published, tag: P) => {
  expect(published._tag, FtpMirror.describePublished(published, NO_PLAN)).toBe(tag)
  return published as Extract<FtpMirror.Published, { readonly _tag: P }>
}

const NO_PLAN = { refused: undefined, withheld: undefined } as FtpMirror.MirrorResult["plan"]

describe("a tree that is swapped", () => {
  it.effect("is live as a whole, and the old one is removed with all that was beside it", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const result = yield* up(SWAP)
      expect(result).toMatchObject({
        isComplete: true,
        failures: [],
        published: { _tag: "Swapped", gap: "TwoRenames", previous: "Removed" }
      })
      expect(yield* served("/www/")).toEqual(SITE)
      expect(yield* beside).toEqual(["/www"])
      expect(result.done.filter(({ _tag }) => _tag === "Remove").map(({ path }) => path)).toEqual(["old.txt"])
    }).pipe(Effect.provide(stage({ root: OLD })))
  )

  it.effect("changes nothing of the live tree until the two renames, between which there is no other command", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* up(SWAP)
      const lines = (yield* server.commands).filter((line) => !/^(NOOP|TYPE|EPSV)/.test(line))
      const first = lines.indexOf("RNFR www")
      expect(lines.slice(first, first + 4).map((line) => line.replace(/\d{14}-\w{8}/, "ID"))).toEqual([
        "RNFR www",
        "RNTO www.ftp-effect-previous-ID",
        "RNFR www.ftp-effect-next-ID",
        "RNTO www"
      ])
      const writes = lines.slice(0, first).filter((line) => /^(STOR|DELE|MKD|RMD|RNTO|MFMT)/.test(line))
      expect(writes.filter((line) => !line.includes("www.ftp-effect-"))).toEqual([])
    }).pipe(Effect.provide(stage({ root: OLD })))
  )

  it.effect("is put in its place by one rename if there was none", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const { published } = yield* up(SWAP, "new/place/www")
      expect(published).toMatchObject({ _tag: "Swapped", gap: "None", previous: "None" })
      expect(yield* served("/new/place/www/")).toEqual(SITE)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("keeps the old tree under the name in the result if that is asked for", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const { published } = yield* up({ ...SWAP, swap: "KeepPrevious" })
      const { previous, previousPath } = swapped(published, "Swapped")
      expect(previous).toBe("Kept")
      expect(yield* served(`/${previousPath}/`)).toEqual({ "index.html": "old", "old.txt": "old" })
      expect(yield* beside).toEqual(["/www", `/${previousPath}`])
    }).pipe(Effect.provide(stage({ root: OLD })))
  )

  it.effect("is not swapped again if both trees are equal, and has its empty directories", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up(SWAP)
      const again = yield* up(SWAP)
      expect(again).toMatchObject({ isComplete: true, done: [], plan: { steps: [], unchanged: 4 } })
      expect(again.published).toEqual({ _tag: "Unchanged" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("goes without the manifest that an earlier run has left", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      swapped((yield* up(SWAP)).published, "Swapped")
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(Effect.provide(stage({ root: { ...OLD, "www/.ftp-effect-manifest.json": "{}" } })))
  )

  it.effect("is not swapped without the manifest that it is to have", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      const left = new Set(Object.keys(SITE))
      const { manifestError, published } = yield* up({
        ...SWAP,
        manifest: true,
        onEvent: ({ _tag, ...event }) => {
          if (_tag === "Done" && "step" in event && left.delete(event.step.path) && left.size === 0) {
            Effect.runSync(server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 no.", times: 1 }))
          }
        }
      })
      expect(published).toMatchObject({ because: "Failures", live: "Old", error: { reason: "PermissionDenied" } })
      expect(manifestError).toBeDefined()
      expect(yield* served("/www/")).toEqual({ "index.html": "old", "old.txt": "old" })
    }).pipe(Effect.provide(withHasher({ root: OLD })))
  )

  it.effect("can come from a directory of a server", () =>
    Effect.gen(function* () {
      const [pub, www] = [yield* FtpMirror.remote("pub"), yield* FtpMirror.remote("www")]
      const result = yield* inTime(FtpMirror.mirror(pub, www, SWAP))
      swapped(result.published, "Swapped")
      expect(yield* served("/www/")).toEqual({ "a.txt": "a", "deep/b.txt": "b" })
      expect(yield* beside).toEqual(["/pub", "/www"])
      expect((yield* inTime(FtpMirror.mirror(pub, www, SWAP))).published._tag).toBe("Unchanged")
    }).pipe(Effect.provide(stage({ root: { ...OLD, "pub/a.txt": "a", "pub/deep/b.txt": "b" } })))
  )

  it.effect("says why each file is in the plan", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up(SWAP)
      yield* onDisk({ ...SITE, "index.html": "<h1>!", "new.txt": "new" })
      const { plan } = yield* up(SWAP)
      const why = Object.fromEntries(plan.steps.map(({ path, reason }) => [path, reason._tag]))
      expect(why).toMatchObject({
        "index.html": "SizeDiffers",
        "new.txt": "Missing",
        "css/site.css": "Unchanged",
        "img/deep": "Unchanged"
      })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("has the manifest of what it consists of", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const options = { swap: "RemovePrevious", delete: "Ours" } as const
      expect((yield* up(options)).manifestError).toBeUndefined()
      const { "css/site.css": _, ...less } = SITE
      yield* onDisk({ ...less, "index.html": "<h1>!" })
      const second = yield* up(options)
      expect(second).toMatchObject({ isComplete: true, manifestError: undefined })
      swapped(second.published, "Swapped")
      const { ".ftp-effect-manifest.json": manifest = "", ...there } = yield* served("/www/")
      expect(there).toEqual({ ...less, "index.html": "<h1>!" })
      expect(Object.keys(JSON.parse(manifest).files).sort()).toEqual(Object.keys(less).sort())
      yield* onDisk({ ...less, "index.html": "<h1>!" }, 5)
      expect((yield* up(options)).published._tag).toBe("Unchanged")
    }).pipe(Effect.provide(withHasher({ root: {} })))
  )
})

describe("a swap is refused before anything is changed", () => {
  const refusals: ReadonlyArray<
    readonly [name: string, root: Record<string, string>, options: FtpMirror.MirrorOptions, refused: unknown]
  > = [
    ["if the target has what is not to be deleted", OLD, {}, { reason: "Protected", count: 1, paths: ["old.txt"] }],
    [
      "if the target has what a pattern protects",
      { ...OLD, "www/uploads/cat.jpg": "cat" },
      { delete: "Extra", filter: { patterns: ["/uploads"] } },
      { reason: "Protected", paths: ["uploads"] }
    ],
    [
      "if visitors have put something there",
      { "www/uploads/cat.jpg": "cat" },
      { delete: "Ours" },
      { reason: "Protected", paths: ["uploads", "uploads/cat.jpg"] }
    ],
    [
      "if more would be deleted than the limit allows",
      Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`www/${index}.txt`, "x"])),
      { delete: "Extra" },
      { reason: "Withheld", count: 20 }
    ],
    [
      "if all of the source is excluded",
      OLD,
      { delete: "Extra", filter: { patterns: ["*"] } },
      { reason: "SourceEmpty" }
    ],
    [
      "if a directory is to become a file",
      { "www/index.html/a": "a" },
      {},
      { reason: "Protected", paths: ["index.html", "index.html/a"] }
    ]
  ]
  it.effect.each(refusals)("%s", ([, root, options, refused]) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const before = yield* server.tree
      yield* onDisk(SITE)
      const result = yield* up({ swap: "RemovePrevious", ...options })
      expect(result).toMatchObject({ isComplete: false, done: [], plan: { steps: [], refused } })
      expect(result.published).toMatchObject({ _tag: "NotSwapped", because: "Refused", live: "Old" })
      expect((yield* server.tree).map(({ path }) => path)).toEqual(before.map(({ path }) => path))
    }).pipe(Effect.provide(withHasher({ root })))
  )

  it.effect("if the target is the login directory, the root, a file, a link, or local", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      for (const root of ["", "/", ".", "file", "link"]) {
        const exit = yield* Effect.exit(up(SWAP, root))
        expect(Exit.isFailure(exit) && String(exit.cause), root).toMatch(/^.*FtpUsageError.*swap: /s)
      }
      const [site, pub] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("pub")]
      const exit = yield* Effect.exit(inTime(FtpMirror.mirror(pub, site, SWAP)))
      expect(Exit.isFailure(exit) && String(exit.cause)).toContain("needs a target on a server")
      expect((yield* server.commands).filter((line) => /^(STOR|MKD|RNFR|DELE)/.test(line))).toEqual([])
    }).pipe(Effect.provide(stage({ root: { file: "x", "pub/a": "a", link: { link: "pub" } } })))
  )

  it.effect("and tells so in the plan, which changes nothing", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      const [site, www] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
      const refused = yield* inTime(FtpMirror.plan(site, www, { swap: "RemovePrevious" }))
      expect(refused.refused?.paths).toEqual(["old.txt"])
      const plan = yield* inTime(FtpMirror.plan(site, www, SWAP))
      expect(plan.options.swap).toEqual({ previous: "Remove", reuse: true })
      expect((yield* server.commands).filter((line) => /^(STOR|MKD|RNFR|DELE)/.test(line))).toEqual([])
      const result = yield* inTime(FtpMirror.apply(plan, site, www))
      expect(result.published._tag).toBe("Swapped")
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(Effect.provide(stage({ root: OLD })))
  )

  it.effect("if the server does not rename directories, of which nothing is left then", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const { published } = yield* up(SWAP)
      expect(published).toMatchObject({ _tag: "NotSwapped", because: "CantRename", live: "Old" })
      expect(yield* beside).toEqual(["/www"])
      expect(yield* served("/")).toEqual(OLD)
    }).pipe(Effect.provide(stage({ root: OLD, denied: ["RNFR", "RNTO"] })))
  )
})

describe("a saved plan of a swap", () => {
  it.effect("is not done if its source has changed, or the target has got something that would be lost", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      const [site, www] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
      const plan = yield* inTime(FtpMirror.plan(site, www, SWAP))
      yield* onDisk({ ...SITE, "index.html": "<h1>!" })
      const first = yield* inTime(FtpMirror.apply(plan, site, www))
      expect(first).toMatchObject({ isComplete: false, published: { _tag: "NotSwapped", because: "Outdated" } })
      expect(first.outdated.map(({ step }) => step.path)).toEqual(["index.html"])
      yield* onDisk(SITE)
      yield* server.write("/www/visitor.txt", "mine")
      const second = yield* inTime(FtpMirror.apply(plan, site, www))
      expect(second.published).toMatchObject({ because: "TargetChanged", paths: ["visitor.txt"], live: "Old" })
      expect(yield* served("/www/")).toEqual({ "index.html": "old", "old.txt": "old", "visitor.txt": "mine" })
      yield* server.write("/www/old.txt", "changed by a visitor")
      expect((yield* inTime(FtpMirror.apply(plan, site, www))).published).toMatchObject({
        paths: ["old.txt", "visitor.txt"]
      })
    }).pipe(Effect.provide(stage({ root: OLD })))
  )

  it.effect("is done already if the run before was cut off between its renames", () =>
    withHooks(OLD, (hooks) =>
      Effect.gen(function* () {
        yield* onDisk(SITE)
        const [site, www] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
        const plan = yield* inTime(FtpMirror.plan(site, www, SWAP))
        hooks.before = (from, to) => (isSecond(from, to) || isBack(from, to) ? refuse(from) : Effect.void)
        const first = yield* inTime(FtpMirror.apply(plan, site, www))
        expect(first.published).toMatchObject({ _tag: "NotSwapped", live: "None" })
        hooks.before = () => Effect.void
        const second = yield* inTime(FtpMirror.apply(plan, site, www))
        expect(second).toMatchObject({ isComplete: true, published: { _tag: "Unchanged" } })
        expect(yield* served("/www/")).toEqual(SITE)
        expect(yield* beside).toEqual(["/www"])
      })
    )
  )
})
