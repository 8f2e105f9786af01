/** Uploads: targets, trees, failures. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

describe("put", () => {
  const local = Effect.map(folder, (here) => {
    Fs.mkdirSync(join(here, "site/css"), { recursive: true })
    Fs.writeFileSync(join(here, "site/index.html"), "<html>")
    Fs.writeFileSync(join(here, "site/css/main.css"), "x{}")
    Fs.writeFileSync(join(here, "site/-odd name.txt"), "odd")
    Fs.symlinkSync("index.html", join(here, "site/inside"))
    Fs.symlinkSync("/etc/hostname", join(here, "site/outside"))
    Fs.symlinkSync("css", join(here, "site/directory"))
    Fs.symlinkSync("nothing", join(here, "site/broken"))
    return here
  })

  it.scopedLive("opens its sessions while it looks the target up, and no more than there are entries", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* folder
      Fs.mkdirSync(join(here, "three"))
      for (const name of ["a", "b", "c"]) {
        Fs.writeFileSync(join(here, "three", name), name)
      }
      expect(yield* run(["put", "-r", "--parallel", "8", join(here, "three"), `${url}new`])).toMatchObject({ code: 0 })
      const logins = (lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith("USER")).length
      const lines = yield* server.commands
      expect(logins(lines)).toBe(3)
      expect(logins(lines.slice(0, lines.indexOf("MKD new")))).toBe(3)
      expect(yield* run(["put", join(here, "three", "a"), `${url}one`])).toMatchObject({ code: 0 })
      expect(logins(yield* server.commands)).toBe(4)
    })
  )

  it.scopedLive("put -r asks a server without MLST for a size and lists nothing before it makes a new target", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {}, denied: ["MLST", "MLSD"] })
      const here = yield* local
      expect(yield* run(["put", "-r", join(here, "site"), `${url}new`])).toMatchObject({ code: 0 })
      const lines = yield* server.commands
      const questions = lines
        .slice(0, lines.indexOf("MKD new"))
        .filter((line) => /^(CWD|SIZE|MDTM|EPSV|LIST)/.test(line))
      expect(questions).toEqual(["CWD new", "SIZE new"])
    })
  )

  it.scopedLive.each([
    ["with MLST", []],
    ["without MLST", ["MLST", "MLSD"]],
    ["without MLST and SIZE", ["MLST", "MLSD", "SIZE"]]
  ] as const)("put -r replaces no file by a directory on a server %s", ([, denied]) =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { taken: "x" }, denied })
      const here = yield* local
      expect((yield* run(["put", "-r", join(here, "site"), `${url}taken`])).code).not.toBe(0)
      expect((yield* server.tree).map(({ path, type }) => [path, type])).toEqual([["/taken", "File"]])
    })
  )

  it.scopedLive("put -r uploads a tree, makes each directory once, and skips links that leave the tree", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* local
      const ran = yield* run(["put", "-r", join(here, "site"), `${url}www/`, "--json"])
      expect(ran).toMatchObject({ code: 0, error: "" })
      const paths = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(paths).toEqual([
        "/www/site/-odd name.txt",
        "/www/site/css/main.css",
        "/www/site/index.html",
        "/www/site/inside"
      ])
      const skipped = jsonLines(ran.out).flatMap((line) => (line.kind === "skipped" ? [line.why] : []))
      expect(skipped.sort()).toEqual(["a dangling link", "a link that leaves the tree", "a link to a directory"])
      const made = (yield* server.commands).filter((line) => line.startsWith("MKD"))
      expect(made).toEqual([...new Set(made)])
    })
  )

  it.scopedLive("put -r uploads into folders of which some are there, and fails for one whose name a file has", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/b/old": "old", "t/c": "a file" } })
      const here = yield* folder
      for (const name of ["a", "b", "c", "d"]) {
        Fs.mkdirSync(join(here, "t", name, "deep"), { recursive: true })
        Fs.writeFileSync(join(here, "t", name, "deep/new"), name)
      }
      const ran = yield* run(["put", "-r", join(here, "t"), url])
      expect(ran.code).not.toBe(0)
      expect(ran.error).toContain("t/c")
      const files = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(files).toEqual(["/t/a/deep/new", "/t/b/deep/new", "/t/b/old", "/t/c", "/t/d/deep/new"])
    })
  )

  it.scopedLive("put -r puts a tree into the same place when it is called again", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* folder
      Fs.mkdirSync(join(here, "t"))
      Fs.writeFileSync(join(here, "t/a"), "a")
      for (let time = 0; time < 2; time++) {
        expect((yield* run(["put", "-r", join(here, "t"), `${url}x`])).code).toBe(0)
        expect((yield* run(["put", "-r", join(here, "t"), `${url}y/`])).code).toBe(0)
        expect((yield* server.tree).map(({ path }) => path)).toEqual(["/x", "/x/a", "/y", "/y/t", "/y/t/a"])
      }
    })
  )

  it.scopedLive("put chooses its target by the rules of cp, and expands quoted patterns", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "in/": {} } })
      const here = yield* local
      const put = (...words: ReadonlyArray<string>) => run(["put", ...words])
      expect((yield* put(join(here, "site/index.html"), `${url}in`)).code).toBe(0)
      expect((yield* put(join(here, "site/index.html"), `${url}in/new.html`)).code).toBe(0)
      expect((yield* put(join(here, "site/*.html"), `${url}more/`)).code).toBe(0)
      expect((yield* put(join(here, "site/*.html"), `${url}nowhere`)).code).toBe(2)
      expect((yield* put(join(here, "site"), `${url}in`)).code).toBe(1)
      const paths = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(paths).toEqual(["/in/index.html", "/in/new.html", "/more/index.html"])
    })
  )

  it.scopedLive("put keeps remote files with --no-clobber, and reports a missing local file", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "index.html": "theirs" } })
      const here = yield* local
      expect((yield* run(["put", "-n", join(here, "site/index.html"), url])).code).toBe(0)
      expect(new TextDecoder().decode(yield* server.read("/index.html"))).toBe("theirs")
      const missing = yield* run(["put", join(here, "nope"), url])
      expect(missing).toMatchObject({ code: 7, out: "" })
      expect(missing.error).toBe(
        `ftp-effect: not found on this machine: ${join(here, "nope")} (no such file or directory)\n`
      )
      const relative = yield* run(["put", "no/such.txt", url])
      expect(relative.error).toBe(
        "ftp-effect: not found on this machine: no/such.txt (no such file or directory)\n" +
          "  hint: is the path right? It begins at the current directory\n"
      )
      const there = yield* run(["get", `${url}nope`, join(here, "x")])
      expect(there).toMatchObject({
        code: 5,
        error: expect.stringMatching(/^ftp-effect: not found: \S+ answered RETR nope /)
      })
    })
  )

  it.scopedLive("put -r fails for a name that is not UTF-8, even with --quiet, and uploads the rest", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* folder
      Fs.mkdirSync(join(here, "t"))
      Fs.writeFileSync(Buffer.concat([Buffer.from(`${join(here, "t")}/l`), Buffer.of(0xe9)]), "latin")
      Fs.writeFileSync(join(here, "t/ok"), "ok")
      const ran = yield* run(["put", "-r", "--quiet", join(here, "t"), `${url}t`])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("its name is not UTF-8") })
      expect((yield* server.tree).map(({ path }) => path)).toEqual(["/t", "/t/ok"])
    })
  )

  it.scopedLive("put -r stops when the server is full", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {}, quota: 4 })
      const here = yield* local
      const ran = yield* run(["put", "-r", join(here, "site"), url, "-P1"])
      expect(ran).toMatchObject({ code: 11, error: expect.stringContaining("no space left on the server") })
    })
  )
})
