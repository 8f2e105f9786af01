/** `get -r` and `put -r` with `--links`: as `mirror` has it. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { files, read } from "./support/tree.ts"

const REMOTE = {
  "t/v2/index.html": "2",
  "t/latest": { link: "v2" },
  "t/sub/home": { link: "../v2/index.html" },
  "t/chain": { link: "latest" },
  "t/out": { link: "../secret" },
  "t/dangling": { link: "gone" },
  "secret/key": "s"
}

/** The links of a folder, with their targets. */
const linksOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    files(root).flatMap((path) =>
      Fs.lstatSync(join(root, path)).isSymbolicLink() ? [[path, Fs.readlinkSync(join(root, path))]] : []
    )
  )

const pathsOf = (out: string, kind: "link" | "skipped") =>
  jsonLines(out)
    .flatMap((line) => (line.kind === kind ? [line.path] : []))
    .sort()

describe("get -r --links", () => {
  it.scopedLive("copy makes the links that stay inside the tree, once, and leaves out the others", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: REMOTE })
      const here = yield* folder
      const ran = yield* run(["get", "-r", "--json", "--links", "copy", `${url}t`, join(here, "t")])
      expect(ran).toMatchObject({ code: 0, error: "" })
      const made = { latest: "v2", "sub/home": "../v2/index.html", chain: "latest", dangling: "gone" }
      expect(linksOf(join(here, "t"))).toEqual(made)
      expect(read(here, "t/chain/index.html")).toBe("2")
      expect(pathsOf(ran.out, "link")).toEqual(
        Object.keys(made)
          .map((path) => join(here, "t", path))
          .sort()
      )
      expect(pathsOf(ran.out, "skipped")).toEqual(["t/out"])
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ kind: "summary", files: 1, linked: 4, skipped: 1 })
      const text = yield* run(["get", "-r", "--links", "copy", `${url}t`, join(here, "other")])
      expect(text.error).toMatch(/^downloaded 1 file, 1 B in .*, 4 links made, 1 skipped$/m)
      const again = yield* run(["get", "-r", "--json", "--links=copy", `${url}t`, join(here, "t")])
      expect(again).toMatchObject({ code: 0, error: "" })
      expect(pathsOf(again.out, "link")).toEqual([])
      expect(linksOf(join(here, "t"))).toEqual(made)
    })
  )

  for (const how of ["skip", "follow"]) {
    it.scopedLive(`${how} leaves out the links of a server`, () =>
      Effect.gen(function* () {
        const { url } = yield* serve({ root: REMOTE })
        const here = yield* folder
        expect(yield* run(["get", "-r", "--links", how, `${url}t`, join(here, "t")])).toMatchObject({ code: 0 })
        expect(files(join(here, "t"))).toEqual(["v2/index.html"])
      })
    )
  }

  it.scopedLive("copy writes nothing through a link of the folder, and makes none that leads out through one", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "t/a": "a", "t/d/x": "x", "t/l": { link: "mine/secret" } } })
      const here = yield* folder
      Fs.mkdirSync(join(here, "out"))
      Fs.mkdirSync(join(here, "t"))
      Fs.writeFileSync(join(here, "kept"), "kept")
      Fs.symlinkSync("../out", join(here, "t/d"))
      Fs.symlinkSync("../out", join(here, "t/mine"))
      Fs.symlinkSync("../kept", join(here, "t/a"))
      const ran = yield* run(["get", "-r", "--json", "--links=copy", `${url}t`, join(here, "t")])
      expect(ran.code).not.toBe(0)
      expect(Fs.readdirSync(join(here, "out"))).toEqual([])
      expect(read(here, "kept")).toBe("kept")
      expect(linksOf(join(here, "t"))).toEqual({ a: "../kept", d: "../out", mine: "../out" })
    })
  )

  it.scopedLive("copy replaces a link that leads elsewhere, unless --no-clobber is given", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "t/v1/a": "1", "t/v2/a": "2", "t/latest": { link: "v2" } } })
      const here = yield* folder
      Fs.symlinkSync("v1", join(here, "latest"))
      const get = (...flags: ReadonlyArray<string>) => run(["get", "-r", ...flags, "--links=copy", `${url}t`, here])
      expect(yield* get("-n")).toMatchObject({ code: 0 })
      expect(linksOf(here)).toEqual({ latest: "v1" })
      expect(yield* get()).toMatchObject({ code: 0 })
      expect(linksOf(here)).toEqual({ latest: "v2" })
    })
  )

  it.scopedLive("is an error without -r, and so is another word", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: REMOTE })
      expect(yield* run(["get", "--links=copy", `${url}t`])).toMatchObject({ code: 2 })
      expect(yield* run(["put", "--links=copy", "x", url])).toMatchObject({ code: 2 })
      expect(yield* run(["get", "-r", "--links=all", `${url}t`])).toMatchObject({ code: 2 })
    })
  )
})

describe("put -r --links", () => {
  const site = Effect.map(folder, (here) => {
    const root = join(here, "site")
    Fs.mkdirSync(join(root, "v2"), { recursive: true })
    Fs.writeFileSync(join(root, "v2/index.html"), "2")
    for (const [path, target] of [
      ["latest", "v2"],
      ["chain", "latest"],
      ["page", "v2/index.html"],
      ["out", "../.."],
      ["dangling", "gone"]
    ] as const) {
      Fs.symlinkSync(target, join(root, path))
    }
    return root
  })

  it.scopedLive("copy makes links on a server that has SITE SYMLINK, once", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const root = yield* site
      const put = run(["put", "-r", "--json", "--links=copy", root, `${url}www`])
      const ran = yield* put
      expect(ran).toMatchObject({ code: 0, error: "" })
      const links = (yield* server.tree).filter(({ type }) => type === "SymbolicLink").map(({ path }) => path)
      expect(links.sort()).toEqual(["/www/chain", "/www/latest", "/www/page"])
      expect(pathsOf(ran.out, "skipped")).toEqual([join(root, "dangling"), join(root, "out")].sort())
      const again = yield* put
      expect(again).toMatchObject({ code: 0, error: "" })
      expect(pathsOf(again.out, "link")).toEqual([])
    })
  )

  for (const [how, sent] of [
    ["skip", ["/www/v2/index.html"]],
    ["follow", ["/www/page", "/www/v2/index.html"]]
  ] as const) {
    it.scopedLive(`${how} sends ${sent.length === 1 ? "no link" : "links to files as files"}`, () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: {} })
        const root = yield* site
        expect(yield* run(["put", "-r", `--links=${how}`, root, `${url}www`])).toMatchObject({ code: 0 })
        const found = (yield* server.tree).filter(({ type }) => type !== "Directory").map(({ path }) => path)
        expect(found.sort()).toEqual(sent)
      })
    )
  }

  it.scopedLive("copy leaves out all links on a server that has no SITE SYMLINK", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {}, denied: ["SITE"] })
      const root = yield* site
      const ran = yield* run(["put", "-r", "--json", "--links=copy", root, `${url}www`])
      expect(ran).toMatchObject({ code: 0 })
      expect(pathsOf(ran.out, "skipped").length).toBe(5)
      const found = (yield* server.tree).filter(({ type }) => type !== "Directory").map(({ path }) => path)
      expect(found).toEqual(["/www/v2/index.html"])
    })
  )

  it.scopedLive("copy counts the links that it has not come to make, if the server is full", () =>
    Effect.gen(function* () {
      const memory = yield* FtpTestServer.memory({})
      const { url } = yield* serve({
        root: {
          ...memory,
          makeLink: (path, target) =>
            path.endsWith("chain")
              ? new FtpTestServer.StoreError({ reason: "NoSpace", path })
              : memory.makeLink(path, target)
        }
      })
      const ran = yield* run(["put", "-r", "--json", "--links=copy", yield* site, `${url}www`])
      expect(ran.code).not.toBe(0)
      // Those besides it are made, or left out.
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ stopped: "Error", files: 1, linked: 2, skipped: 2, notDone: 1 })
    })
  )

  it.scopedLive(
    "copy writes nothing through a link that the server lists as a directory, if PWD shows where it leads",
    () =>
      Effect.gen(function* () {
        const { server, url } = yield* serve({ root: { "t/d/": {}, "t/f/": {} } })
        // What is in "t" seems to be elsewhere.
        yield* server.fault({ _tag: "Refuse", verb: "PWD", reply: '257 "/elsewhere"', times: Number.POSITIVE_INFINITY })
        const here = yield* folder
        for (const path of ["d/x", "e/x", "f/deep/x", "f/other/x"]) {
          Fs.mkdirSync(join(here, path, ".."), { recursive: true })
          Fs.writeFileSync(join(here, path), "x")
        }
        const put = (links: string) => run(["put", "-r", `--links=${links}`, `${here}/`, `${url}t`])
        const paths = Effect.map(server.tree, (nodes) => nodes.map(({ path }) => path).sort())
        const ran = yield* put("copy")
        expect(ran.code).not.toBe(0)
        expect(ran.error).toContain("leads out of the tree")
        expect(yield* paths).toEqual(["/t", "/t/d", "/t/e", "/t/e/x", "/t/f"])
        expect(yield* put("follow")).toMatchObject({ code: 0 })
        expect(yield* paths).toContain("/t/d/x")
      })
  )
})
