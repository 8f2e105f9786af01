/** `mirror --conflict`: a file on one side, a directory on the other. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

/** On the server `page` is a directory and `css` a file; here it is the other way round. */
const ON_SERVER = { "www/page/a": "a", "www/page/b": "b", "www/css": "old", "www/same": "s" }

const begin = Effect.gen(function* () {
  const { server, url } = yield* serve({ root: ON_SERVER })
  const site = join(yield* folder, "site")
  Fs.mkdirSync(join(site, "css"), { recursive: true })
  Fs.writeFileSync(join(site, "page"), "page")
  Fs.writeFileSync(join(site, "css/a.css"), "x{}")
  return {
    site,
    mirror: (...flags: ReadonlyArray<string>) => run(["mirror", ...flags, site, `${url}www`]),
    fetch: (...flags: ReadonlyArray<string>) => run(["mirror", ...flags, `${url}www`, site]),
    terminal: (typed: string, ...flags: ReadonlyArray<string>) =>
      run(["mirror", ...flags, site, `${url}www`], { terminal: { answer: "", typed } }),
    tree: Effect.map(server.tree, (entries) => entries.map(({ path, type }) => `${type} ${path}`).sort())
  }
})

const BEFORE = [
  "Directory /www",
  "Directory /www/page",
  "File /www/css",
  "File /www/page/a",
  "File /www/page/b",
  "File /www/same"
]

const AFTER = ["Directory /www", "Directory /www/css", "File /www/css/a.css", "File /www/page", "File /www/same"]

describe("mirror --conflict", () => {
  for (const flags of [[], ["--conflict", "fail"]]) {
    it.scopedLive(`leaves both as they are, and is not complete (${flags.join(" ") || "default"})`, () =>
      Effect.gen(function* () {
        const { mirror, tree } = yield* begin
        const ran = yield* mirror("--json", ...flags)
        expect(ran.code).toBe(1)
        expect(jsonLines(ran.out).at(-1)).toMatchObject({ skipped: { Conflict: 2 }, incomplete: 2, copied: 0 })
        expect(yield* tree).toEqual(BEFORE)
      })
    )
  }

  it.scopedLive("replace exchanges a file and a directory on the server, both ways", () =>
    Effect.gen(function* () {
      const { mirror, tree } = yield* begin
      const ran = yield* mirror("--json", "--conflict", "replace")
      expect(ran).toMatchObject({ code: 0, error: "" })
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ copied: 2, made: 1, removed: 4, displaced: [], incomplete: 0 })
      expect(yield* tree).toEqual(AFTER)
      const again = yield* mirror("--conflict", "replace")
      expect(again).toMatchObject({ code: 0 })
      expect(again.error).toContain("nothing to do")
    })
  )

  it.scopedLive("replace does so in a local folder", () =>
    Effect.gen(function* () {
      const { fetch, site } = yield* begin
      expect(yield* fetch("--conflict", "replace")).toMatchObject({ code: 0 })
      expect(Fs.readdirSync(site).sort()).toEqual(["css", "page", "same"])
      expect(Fs.readFileSync(join(site, "css"), "utf8")).toBe("old")
      expect(Fs.readdirSync(join(site, "page")).sort()).toEqual(["a", "b"])
    })
  )

  it.scopedLive("replace shows what it would delete, and asks on a terminal", () =>
    Effect.gen(function* () {
      const { mirror, terminal, tree } = yield* begin
      const dry = yield* mirror("-n", "--conflict", "replace")
      expect(dry.code).toBe(0)
      expect(dry.out).toContain("delete    page/  (a file on one side, a directory on the other)\n")
      const refused = yield* terminal("n", "--conflict", "replace")
      expect(refused.asked.join()).toContain("delete 4 entries of")
      expect(refused.code).not.toBe(0)
      expect(yield* tree).toEqual(BEFORE)
      expect((yield* terminal("y", "--conflict", "replace")).code).toBe(0)
      expect(yield* tree).toEqual(AFTER)
    })
  )

  it.scopedLive("replace counts for --max-delete: above that both stay", () =>
    Effect.gen(function* () {
      const { mirror, tree } = yield* begin
      const ran = yield* mirror("--conflict", "replace", "--max-delete", "3")
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("4 entries not deleted: at most 3 may be deleted; --max-delete changes the limit")
      expect(yield* tree).toEqual(BEFORE)
    })
  )

  it.scopedLive("is kept in a saved plan", () =>
    Effect.gen(function* () {
      const { mirror, site, tree } = yield* begin
      const file = join(site, "../site.plan")
      expect((yield* mirror("--conflict", "replace", "--plan", file)).code).toBe(0)
      expect(yield* tree).toEqual(BEFORE)
      expect(yield* run(["apply", file])).toMatchObject({ code: 0 })
      expect(yield* tree).toEqual(AFTER)
    })
  )

  it.scopedLive("is explained for a path", () =>
    Effect.gen(function* () {
      const { mirror } = yield* begin
      const explain = (how: string) => mirror("--json", "--conflict", how, "--explain", "page")
      expect(jsonLines((yield* explain("fail")).out)).toMatchObject([{ verdict: "Conflict" }])
      expect(jsonLines((yield* explain("replace")).out)).toMatchObject([{ verdict: "Copy" }])
    })
  )

  it.scopedLive("has no other value", () =>
    Effect.gen(function* () {
      const { mirror } = yield* begin
      const ran = yield* mirror("--conflict", "overwrite")
      expect(ran.code).toBe(2)
      expect(ran.error).toContain("fail")
    })
  )
})
