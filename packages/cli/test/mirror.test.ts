/** Trees made equal by the command: what it shows, what it does, and what it refuses. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

const write = (root: string, files: Readonly<Record<string, string>>) => {
  Fs.rmSync(root, { recursive: true, force: true })
  for (const [name, content] of Object.entries(files)) {
    Fs.mkdirSync(join(root, name, ".."), { recursive: true })
    Fs.writeFileSync(join(root, name), content)
  }
}

const SITE = { "index.html": "<h1>", "css/a.css": "x{}", "old.txt": "old" }

const site = Effect.map(folder, (here) => {
  write(join(here, "site"), SITE)
  return join(here, "site")
})

describe("mirror", () => {
  it.scopedLive("shows its plan with --dry-run, and does nothing", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const ran = yield* run(["mirror", "-n", yield* site, `${url}www`])
      expect(ran).toMatchObject({ code: 0, error: "dry run: 3 files to copy, 1 directory to make, 10 B\n" })
      expect(ran.out.split("\n")).toEqual([
        "make      css/  (not in the target)",
        "copy      index.html  (not in the target, 4 B)",
        "copy      css/a.css  (not in the target, 3 B)",
        "copy      old.txt  (not in the target, 3 B)",
        ""
      ])
      expect(yield* server.tree).toEqual([])
    })
  )

  it.scopedLive("publishes, and then only what changed; what is gone is deleted if that is asked for", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const local = yield* site
      const mirror = (...flags: ReadonlyArray<string>) => run(["mirror", "--json", ...flags, local, `${url}www`])
      expect((yield* mirror("--delete", "ours")).code).toBe(0)
      write(local, { "index.html": "<h1>", "css/b.css": "x{}" })
      const ran = yield* mirror("--delete", "ours")
      const done = jsonLines(ran.out).flatMap((line) => (line.kind === "mirror" ? [`${line.action} ${line.path}`] : []))
      expect(done).toEqual(["Rename css/b.css", "Remove old.txt"])
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ kind: "mirrorSummary", renamed: 1, removed: 1, unchanged: 1 })
      const files = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(files).toEqual(["/www/.ftp-effect-manifest.json", "/www/css/b.css", "/www/index.html"])
    })
  )

  it.scopedLive(
    "--delete ours says of files why they stay if an earlier run kept no manifest, and how to begin one",
    () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const local = yield* site
        const mirror = (...flags: ReadonlyArray<string>) => run(["mirror", ...flags, local, `${url}www`])
        expect((yield* mirror()).code).toBe(0)
        Fs.rmSync(join(local, "old.txt"))
        const ours = yield* mirror("--delete", "ours")
        expect(ours.code).toBe(0)
        expect(ours.error).toMatch(
          /^1 file only in the target stays, .*; --delete extra deletes such files; --compare nothing, once, /m
        )
        expect((yield* mirror("--delete", "ours", "-q")).error).toBe("")
        const json = yield* mirror("--delete", "ours", "--json")
        expect(jsonLines(json.out).at(-1)).toMatchObject({ kind: "mirrorSummary", unclaimed: 1, removed: 0 })
        expect((yield* mirror()).error).not.toContain("only in the target")
        expect((yield* mirror("--delete", "ours", "--compare", "nothing")).code).toBe(0)
        Fs.rmSync(join(local, "css/a.css"))
        const known = yield* mirror("--delete", "ours")
        expect(known.error).not.toContain("only in the target")
        const files = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
        // What no manifest knows stays.
        expect(files).toEqual(["/www/.ftp-effect-manifest.json", "/www/index.html", "/www/old.txt"])
      })
  )

  it.scopedLive("fetches a directory without what is excluded, and leaves that alone here", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "in/a.txt": "a", "in/b.tmp": "b", "in/sub/c.txt": "c" } })
      const here = yield* folder
      write(join(here, "in"), { "mine.tmp": "mine", "gone.txt": "gone" })
      Fs.writeFileSync(join(here, "patterns"), "# temporary\n*.tmp\n")
      const flags = ["--delete", "extra", "--exclude-from", join(here, "patterns"), "--exclude", "sub/"]
      expect((yield* run(["mirror", ...flags, `${url}in`, join(here, "in")])).code).toBe(0)
      expect(Fs.readdirSync(join(here, "in")).sort()).toEqual(["a.txt", "mine.tmp"])
    })
  )

  it.scopedLive("takes --exclude and --include in the order of its words, and explains what they do", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "www/a.css": "theirs" } })
      const local = yield* site
      const mirror = (...flags: ReadonlyArray<string>) => run(["mirror", ...flags, local, `${url}www`])
      const [some, none] = [
        ["--exclude", "*", "--include", "*/", "--include", "*.html"],
        ["--include", "*.html", "--exclude", "*"]
      ]
      const ran = yield* mirror(...some, "--explain", "index.html", "--explain", "css/a.css", "--explain", "a.css")
      expect(ran).toMatchObject({ code: 0, error: "" })
      expect(ran.out.split("\n")).toEqual([
        "index.html is copied: not in the target, and included by !*.html",
        "css/a.css is left alone: excluded by *",
        "a.css is left alone: excluded by *",
        ""
      ])
      const shown = yield* mirror(...none, "--json", "--explain", "index.html")
      expect(jsonLines(shown.out)).toMatchObject([
        { kind: "explained", path: "index.html", source: "File", target: "Absent", verdict: "Excluded" }
      ])
      expect((yield* mirror(...some, "--delete", "extra", "--delete-excluded", "--delete-when", "before")).code).toBe(0)
      const files = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(files).toEqual(["/www/index.html"])
      expect((yield* mirror("--delete-excluded")).code).toBe(2)
    })
  )

  for (const [how, flags, isFirst] of [
    ["while it reads", [], true],
    ["after it has read all if the whole plan is needed", ["--last", "none"], false]
  ] as const) {
    it.scopedLive(`copies ${how}, and says what it leaves as it is once`, () =>
      Effect.gen(function* () {
        const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`in/${index}/f`, `${index}`]))
        const { server, url } = yield* serve({ root: { ...many, "in/3/link": { link: "f" }, "in/4/same": "same" } })
        const here = yield* folder
        Fs.mkdirSync(join(here, "3"))
        Fs.mkdirSync(join(here, "3/f"))
        const ran = yield* run(["mirror", "--json", "-P", "2", ...flags, `${url}in`, here])
        expect(ran.code).toBe(1)
        const lines = yield* server.commands
        const first = lines.findIndex((line) => line.startsWith("RETR"))
        expect(lines.slice(first).some((line) => line.startsWith("MLSD"))).toBe(isFirst)
        const [summary, ...reports] = [...jsonLines(ran.out)].reverse()
        expect(reports.flatMap((line) => (line.kind === "skipped" ? [line.path] : [])).sort()).toEqual([
          "3/f",
          "3/link"
        ])
        expect(reports.filter((line) => line.kind === "mirror" && line.state === "Done")).toHaveLength(30 + 29)
        const skipped = { Conflict: 1, Link: 1 }
        expect(summary).toMatchObject({ kind: "mirrorSummary", copied: 30, made: 29, unchanged: 0, failed: 0, skipped })
      })
    )
  }

  it.scopedLive("copies from server to server", () =>
    Effect.gen(function* () {
      const from = yield* serve({ root: { "pub/a.txt": "a", "pub/deep/b.txt": "b" } })
      const to = yield* serve({ root: {} })
      expect((yield* run(["mirror", `${from.url}pub`, `${to.url}copy`])).code).toBe(0)
      const files = (yield* to.server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(files).toEqual(["/copy/a.txt", "/copy/deep/b.txt"])
    })
  )

  it.scopedLive("deletes nothing above the limit, says so, and exits with 1", () =>
    Effect.gen(function* () {
      const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`www/${index}.txt`, "x"]))
      const { server, url } = yield* serve({ root: many })
      const ran = yield* run(["mirror", "--delete", "extra", yield* site, `${url}www`])
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("20 entries not deleted: at most 10 may be deleted; --max-delete changes the limit")
      expect((yield* server.tree).length).toBe(20 + 5)
    })
  )

  it.scopedLive("reports what was done if it stops before the end", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {}, quota: 4 })
      const here = yield* folder
      write(here, { a: "aaaa", b: "b" })
      const ran = yield* run(["mirror", "-P1", here, `${url}www`])
      expect(ran).toMatchObject({ code: 11, error: expect.stringContaining("no space left on the server") })
      expect(ran.error).toMatch(/^stopped: 1 file copied, 4 B, 1 failed, in /m)
      const again = yield* run(["mirror", "-P1", "--json", here, `${url}www`])
      expect(jsonLines(again.out).find(({ kind }) => kind === "mirrorSummary")).toMatchObject({
        done: false,
        copied: 0,
        failed: 1
      })
    })
  )

  it.scopedLive("refuses a source that is not there, two folders, and a limit that is none", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "www/a": "a" } })
      expect((yield* run(["mirror", "--delete", "extra", "/nowhere/at/all", `${url}www`])).code).toBe(7)
      expect((yield* run(["mirror", "a", "b"])).code).toBe(2)
      expect((yield* run(["mirror", "a", `${url}www`, "--max-delete", "many"])).code).toBe(2)
      expect((yield* server.tree).length).toBe(2)
    })
  )
})
