/** `mirror --conflict`: a file on one side, a directory on the other. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
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
    server,
    site,
    url,
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

  for (const style of ["text", "JSON"]) {
    it.scopedLive(`says in its summary as ${style} what is not where it belongs if it is stopped`, () =>
      Effect.gen(function* () {
        const { mirror, server, site } = yield* begin
        Fs.rmSync(join(site, "page"))
        yield* server.fault({ _tag: "Refuse", verb: "DELE", reply: "452 no room", times: Number.POSITIVE_INFINITY })
        const ran = yield* mirror("--conflict", "replace", ...(style === "JSON" ? ["--json"] : []))
        expect(ran.code).not.toBe(0)
        const left = (yield* server.tree).find(({ path }) => path.startsWith("/www/.css"))?.path.slice("/www/".length)
        expect(left).toBeDefined()
        if (style === "JSON") {
          expect(jsonLines(ran.out).at(-1)).toMatchObject({
            kind: "mirrorSummary",
            stopped: "Error",
            displaced: [{ path: "css", live: "New", old: left }]
          })
        }
        const told = ran.error.match(/^.*\bleft as .*$/gm) ?? []
        expect(told).toHaveLength(1)
        expect(told[0]).toContain(style === "JSON" ? `{"kind":"warning"` : "ftp-effect: warning: ")
        expect(told[0]).toContain(`css was replaced: the old one, or a part of it, is left as ${left}`)
      })
    )
  }

  it.scopedLive("has no other value", () =>
    Effect.gen(function* () {
      const { mirror } = yield* begin
      const ran = yield* mirror("--conflict", "overwrite")
      expect(ran.code).toBe(2)
      expect(ran.error).toContain("fail")
    })
  )
})

describe("get -r and put -r --conflict", () => {
  const begun = Effect.map(begin, (all) => {
    Fs.writeFileSync(join(all.site, "new [1]*"), "n")
    return all
  })
  const put = (url: string, site: string, ...flags: ReadonlyArray<string>) =>
    run(["put", "-r", ...flags, site, `${url}www`])

  it.scopedLive("fail leaves both as they are and names the flag; the rest is copied", () =>
    Effect.gen(function* () {
      const { server, site, url } = yield* begun
      const ran = yield* put(url, site, "--conflict", "fail", "--no-clobber")
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("page is not copied to www/page: a file in the source, a directory in the target")
      expect(ran.error).toContain("hint: --conflict replace deletes what is there, once the new one is whole")
      const paths = (yield* server.tree).map(({ path }) => path)
      expect(paths).toEqual(expect.arrayContaining(["/www/new [1]*", "/www/page/a", "/www/css"]))
    })
  )

  it.scopedLive("is named if a server's file is in the way of a directory, of which no listing has told", () =>
    Effect.gen(function* () {
      const { site, url } = yield* begun
      const ran = yield* put(url, site)
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("css: it exists already: ")
      expect(ran.error).toContain("hint: --conflict replace deletes what is there, once the new one is whole")
      expect(ran.error).not.toContain("mkdir")
    })
  )

  it.scopedLive("replace exchanges both ways on the server, with the rest copied, and counts each file once", () =>
    Effect.gen(function* () {
      const { site, tree, url } = yield* begun
      const ran = yield* put(url, site, "--conflict", "replace", "--json")
      expect(ran).toMatchObject({ code: 0, error: "" })
      const lines = jsonLines(ran.out)
      expect(lines.at(-1)).toMatchObject({ kind: "summary", files: 3, bytes: 8, failed: 0 })
      expect(
        lines.flatMap((line) => (line.kind === "transfer" ? [`${line.remote} ${line.bytes}`] : [])).sort()
      ).toEqual(["www/css/a.css 3", "www/new [1]* 1", "www/page 4"])
      expect(yield* tree).toEqual(
        ["Directory /www", "Directory /www/css", "File /www/css/a.css", "File /www/new [1]*"].concat(
          "File /www/page",
          "File /www/same"
        )
      )
      const again = yield* put(url, site, "--conflict", "replace")
      expect(again).toMatchObject({ code: 0, error: expect.stringMatching(/^uploaded 3 files, 8 B in /) })
    })
  )

  it.scopedLive("replace tells of each file how long it took alone", () =>
    Effect.gen(function* () {
      const { server, site, url } = yield* begun
      yield* server.fault({ _tag: "Delay", verb: "DELE", duration: "1 seconds" })
      const lines = jsonLines((yield* put(url, site, "--conflict", "replace", "--json")).out)
      const took = lines.flatMap((line) => (line.kind === "transfer" ? [line.seconds] : []))
      const inAll = lines.flatMap((line) => (line.kind === "summary" ? [line.seconds] : []))
      expect(took).toHaveLength(3)
      expect(Math.max(...took) + 0.9).toBeLessThanOrEqual(Math.max(...inAll))
    })
  )

  it.scopedLive("replace exchanges both ways in a local folder", () =>
    Effect.gen(function* () {
      const { site, url } = yield* begun
      const ran = yield* run(["get", "-r", "--conflict", "replace", `${url}www`, site])
      expect(ran).toMatchObject({ code: 0, error: expect.stringMatching(/^downloaded 4 files, /) })
      expect(Fs.readFileSync(join(site, "css"), "utf8")).toBe("old")
      expect(Fs.readdirSync(join(site, "page")).sort()).toEqual(["a", "b"])
      expect(Fs.readdirSync(site).sort()).toEqual(["css", "new [1]*", "page", "same"])
    })
  )

  it.scopedLive("replace is about what is in the way alone, whatever the names", () =>
    Effect.gen(function* () {
      const odd = "deep/ q [1]!*\\ "
      const { server, url } = yield* serve({
        root: { [`www/${odd}/old`]: "o", "www/deep/z/keep": "k", "www/deep/w": "w" }
      })
      const site = join(yield* folder, "site")
      Fs.mkdirSync(join(site, "deep/z"), { recursive: true })
      Fs.writeFileSync(join(site, odd), "new")
      expect(yield* put(url, site, "--conflict", "replace")).toMatchObject({ code: 0 })
      expect((yield* server.tree).flatMap(({ path, type }) => (type === "File" ? [path] : []))).toEqual([
        `/www/${odd}`,
        "/www/deep/w",
        "/www/deep/z/keep"
      ])
    })
  )

  it.scopedLive("replace copies what a link leads to elsewhere in the tree, also below a new directory", () =>
    Effect.gen(function* () {
      const { server, site, url } = yield* begun
      Fs.rmSync(join(site, "page"))
      Fs.symlinkSync("new [1]*", join(site, "page"))
      Fs.symlinkSync("../new [1]*", join(site, "css/b.css"))
      expect(yield* put(url, site, "--conflict", "replace", "--json")).toMatchObject({ code: 0, error: "" })
      expect((yield* server.tree).map(({ path, type }) => `${type} ${path}`)).toEqual(
        expect.arrayContaining(["File /www/page", "File /www/css/a.css", "File /www/css/b.css", "File /www/new [1]*"])
      )
    })
  )

  it.scopedLive("replace leaves the old one if the new one can't be made whole, and says so", () =>
    Effect.gen(function* () {
      const { server, site, tree, url } = yield* begun
      const before = yield* tree
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "553 No.", times: Number.POSITIVE_INFINITY })
      const ran = yield* put(url, site, "--conflict", "replace")
      expect(ran.code).not.toBe(0)
      expect(ran.error).toContain("css is not copied to www/css: not all of it could be copied, so the old one stays")
      expect(yield* tree).toEqual(before)
    })
  )

  it.scopedLive("is about trees, and replace contradicts what keeps files", () =>
    Effect.gen(function* () {
      const { site, url } = yield* begun
      for (const words of [
        ["put", "--conflict", "fail", join(site, "page"), url],
        ["put", "-r", "-n", "--conflict", "replace", site, url],
        ["get", "-r", "--max-bytes", "1k", "--conflict", "replace", url, site],
        ["get", "-r", "--ignore-size", "--conflict", "replace", url, site]
      ]) {
        expect((yield* run(words)).code).toBe(2)
      }
    })
  )
})

describe("put -r --conflict replace", () => {
  it.scopedLive("counts what it has not come to replace, if the server is full", () =>
    Effect.gen(function* () {
      const { server, site, tree, url } = yield* begin
      Fs.writeFileSync(join(site, "new"), "n")
      yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "552 Disk full.", times: 99 })
      const ran = yield* run(["put", "-r", "--json", "--conflict", "replace", `${site}/`, `${url}www`])
      expect(ran.code).not.toBe(0)
      // The file that is refused is the failure.
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ stopped: "Error", files: 0, failed: 1, notDone: 2 })
      expect(yield* tree).toEqual(BEFORE)
    })
  )

  it.scopedLive("counts what it has replaced before an error ends it", () =>
    Effect.gen(function* () {
      const memory = yield* FtpTestServer.memory(ON_SERVER)
      const { server, url } = yield* serve({
        root: {
          ...memory,
          // Of the directory that was replaced.
          removeFile: (path) =>
            path.endsWith("/a") ? new FtpTestServer.StoreError({ reason: "NoSpace", path }) : memory.removeFile(path)
        }
      })
      const { site } = yield* begin
      const ran = yield* run(["put", "-r", "--json", "--conflict", "replace", `${site}/`, `${url}www`])
      expect(ran.code).not.toBe(0)
      expect((yield* server.tree).map(({ path, type }) => `${type} ${path}`)).toEqual(
        expect.arrayContaining(["File /www/page", "File /www/css/a.css"])
      )
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ stopped: "Error", files: 2, bytes: 7, notDone: 0 })
    })
  )

  it.scopedLive("reports what had failed by itself before an error ends it", () =>
    Effect.gen(function* () {
      const memory = yield* FtpTestServer.memory(ON_SERVER)
      const { url } = yield* serve({
        root: {
          ...memory,
          openWriter: (path, from) =>
            path.endsWith("a.css") || path.includes(".page.")
              ? new FtpTestServer.StoreError({ reason: path.endsWith("a.css") ? "NoSpace" : "PermissionDenied", path })
              : memory.openWriter(path, from)
        }
      })
      const { site } = yield* begin
      // Over one connection one comes after the other.
      const ran = yield* run(["put", "-r", "-P1", "--json", "--conflict", "replace", `${site}/`, `${url}www`])
      expect(ran.error).toMatch(/"PermissionDenied".*\n.*"StorageFull"/)
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ stopped: "Error", files: 0, failed: 1, notDone: 2 })
    })
  )
})
