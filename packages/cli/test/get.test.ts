/** Downloads: targets, trees, failures. */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { files, read, tree } from "./support/tree.ts"

describe("get", () => {
  it.scopedLive("get chooses its target by the rules of cp", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const get = (...words: ReadonlyArray<string>) => run(["get", ...words])
      expect((yield* get(`${url}pub/a.txt`, join(here, "x"))).code).toBe(0)
      expect(read(here, "x")).toBe("a\n")
      expect((yield* get(`${url}pub/a.txt`, here)).code).toBe(0)
      expect((yield* get(`${url}pub/a.txt`, `${url}pub/b.txt`, `${join(here, "new")}/`)).code).toBe(0)
      expect(files(here)).toEqual(["a.txt", "new/a.txt", "new/b.txt", "x"])
      expect((yield* get(`${url}pub/*.txt`, join(here, "missing"))).code).toBe(2)
      expect((yield* get(`${url}pub/a.txt`, `${url}pub/b.txt`, join(here, "x"))).code).toBe(2)
      expect((yield* get("-r", `${url}pub/deep`, join(here, "tree"))).code).toBe(0)
      expect((yield* get(`${url}pub/deep`, `${here}/`, "-r")).code).toBe(0)
      expect(files(here)).toContain("tree/er/d.bin")
      expect(files(here)).toContain("deep/er/d.bin")
    })
  )

  it.scopedLive("get makes the folders of a new name, and leaves none behind for a file that is missing", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      Fs.mkdirSync(join(here, "mine"))
      const get = (name: string, ...to: ReadonlyArray<string>) => run(["get", `${url}pub/${name}`, join(here, ...to)])
      expect((yield* get("missing", "new", "dir", "x")).code).toBe(5)
      expect((yield* get("missing", "mine", "x")).code).toBe(5)
      expect(Fs.readdirSync(here)).toEqual(["mine"])
      expect((yield* get("a.txt", "new", "dir", "x")).code).toBe(0)
      expect((yield* get("missing", "new", "dir", "deep", "x")).code).toBe(5)
      expect(files(here)).toEqual(["new/dir/x"])
      expect(Fs.readdirSync(join(here, "new", "dir"))).toEqual(["x"])
    })
  )

  it.scopedLive("get -r opens the sessions for the files while it asks if there is a directory", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "dir/a": "a", "dir/b": "b" } })
      const here = yield* folder
      yield* server.fault({ _tag: "Delay", verb: "MLST", duration: "500 millis" })
      expect((yield* run(["get", "-r", "-P", "3", `${url}dir`, here])).code).toBe(0)
      const verbs = (yield* server.commands).map((line) => line.split(" ")[0])
      const beforeListing = verbs.slice(0, verbs.indexOf("MLSD"))
      expect(beforeListing.filter((verb) => verb === "USER")).toHaveLength(3)
    })
  )

  it.scopedLive.skipIf(process.platform === "win32")(
    "get -r removes the lock that a killed run has left of a file that has nothing to do",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serve({ root: { "dir/a": "a" } })
        const here = yield* folder
        const get = run(["get", "-r", "--no-clobber", `${url}dir`, `${here}/`])
        expect((yield* get).code).toBe(0)
        const lock = join(here, "dir", "a.ftp-effect.part.lock")
        const owner = yield* Effect.scoped(
          Effect.map(NodeFtpFile.make().claim(join(here, "any")), () => Fs.readlinkSync(join(here, "any.lock")))
        )
        Fs.symlinkSync(owner.replace(` ${process.pid} `, " 4194305 "), lock)
        expect((yield* get).code).toBe(0)
        expect(Fs.readdirSync(join(here, "dir"))).toEqual(["a"])
      })
  )

  it.scopedLive("get -r puts a tree into the same place when it is called again", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const get = () => run(["get", "-r", `${url}pub/deep`, join(here, "x")])
      const into = () => run(["get", "-r", `${url}pub/deep`, `${join(here, "y")}/`])
      for (let time = 0; time < 2; time++) {
        expect((yield* get()).code).toBe(0)
        expect((yield* into()).code).toBe(0)
        expect(files(here)).toEqual(["x/er/d.bin", "y/deep/er/d.bin"])
      }
      expect((yield* run(["get", "-r", `${url}pub/a.txt`, join(here, "x")])).code).toBe(0)
      expect(files(here)).toContain("x/a.txt")
    })
  )

  it.scopedLive("get -r refuses to put a tree in the place of a file", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      Fs.writeFileSync(join(here, "x"), "mine")
      const ran = yield* run(["get", "-r", `${url}pub/deep`, join(here, "x")])
      expect(ran).toMatchObject({ code: 2, error: expect.stringContaining("a directory can't be copied onto a file") })
      expect(read(here, "x")).toBe("mine")
    })
  )

  it.scopedLive("get refuses a target that ends in a slash but is a file", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const target = join(here, "hello.txt")
      Fs.writeFileSync(target, "mine")
      const ran = yield* run(["get", `${url}pub/a.txt`, `${target}/`])
      expect(ran).toMatchObject({ code: 2, error: expect.stringContaining("hello.txt/ is a file, not a directory\n") })
      const below = yield* run(["get", `${url}pub/a.txt`, `${target}/below/`])
      expect(below).toMatchObject({
        code: 7,
        error: expect.stringContaining("below/ (a part of the path is not a directory)\n")
      })
      expect(read(target)).toBe("mine")
    })
  )

  it.scopedLive("get -r --json downloads a tree, skips links, and prints lines that follow the schema", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const ran = yield* run(["get", "-r", "-P", "3", "--json", `${url}pub`, `${here}/`])
      expect(ran).toMatchObject({ code: 0, error: "" })
      expect(files(here)).toEqual(["pub/[c].txt", "pub/a.txt", "pub/b.txt", "pub/deep/er/d.bin"])
      expect(Fs.existsSync(join(here, "pub/empty"))).toBe(true)
      const lines = jsonLines(ran.out)
      expect(lines.filter(({ kind }) => kind === "transfer")).toHaveLength(4)
      expect(lines).toContainEqual({ kind: "skipped", path: "pub/link", why: "a symbolic link" })
      expect(lines[lines.length - 1]).toMatchObject({
        kind: "summary",
        files: 4,
        bytes: 100_007,
        skipped: 1,
        failed: 0
      })
    })
  )

  it.scopedLive("get -r refuses unsafe names, downloads the rest, and exits with 1", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const ran = yield* run(["get", "-r", `${url}evil`, `${here}/`])
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("\\x1b[2Jname is not downloaded: its name holds a control character")
      expect(ran.error).not.toContain("\x1b")
      expect(files(here)).toEqual(["evil/ok.txt"])
    })
  )

  it.scopedLive("get -r continues after a failed file, and leaves no partial file", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: tree })
      const here = yield* folder
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "550 broken" })
      const ran = yield* run(["get", "-r", "-P", "1", `${url}pub`, `${here}/`])
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("downloaded 3 files")
      expect(ran.error).toContain("1 failed")
      expect(files(here).filter((name) => name.endsWith(".part"))).toEqual([])
    })
  )

  it.scopedLive("get -r continues after a directory that can't be listed", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "t/a": "a", "t/closed/b": "b", "t/open/c": "c" })
      const list: typeof store.list = (path) =>
        path === "/t/closed"
          ? Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))
          : store.list(path)
      const { url } = yield* serve({ root: { ...store, list } })
      const here = yield* folder
      const ran = yield* run(["get", "-r", `${url}t`, `${here}/`])
      expect(ran.code).toBe(1)
      expect(ran.error).toContain("t/closed")
      expect(files(here)).toEqual(["t/a", "t/open/c"])
    })
  )

  it.scopedLive("get reports that a remote directory needs -r, also beside a local directory of the same name", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      Fs.mkdirSync(join(here, "pub"))
      const ran = yield* run(["get", `${url}pub`, here])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("pub is a directory") })
      expect(ran.error).toContain("get -r")
      // It is the local one that is in the way of a file.
      Fs.mkdirSync(join(here, "a.txt"))
      const blocked = yield* run(["get", `${url}pub/a.txt`, here])
      expect(blocked).toMatchObject({ code: 7, error: expect.stringContaining(`${join(here, "a.txt")} failed`) })
    })
  )

  it.scopedLive("get refuses a name with a tab for the reason that it has", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "t/a\tb": "x" } })
      const ran = yield* run(["get", "-r", `${url}t`, yield* folder])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("holds a control character") })
      expect(ran.error).toContain("under another name")
      expect(ran.error).not.toContain("outside")
    })
  )

  it.scopedLive("get reports that a directory needs -r", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      const ran = yield* run(["get", `${url}pub`, `${here}/`])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("pub is a directory") })
      expect(ran.error).toContain("get -r")
      expect(files(here)).toEqual([])
    })
  )

  it.scopedLive("get --segments downloads a large file over that many connections", () =>
    Effect.gen(function* () {
      const large = Crypto.randomBytes(13 * 1024 * 1024)
      const { server, url } = yield* serve({ root: { large } })
      const here = yield* folder
      expect((yield* run(["get", "--segments", "3", `${url}large`, here])).code).toBe(0)
      expect(Buffer.compare(Fs.readFileSync(join(here, "large")), large)).toBe(0)
      expect((yield* server.connections).peak).toBe(3)
      expect((yield* run(["get", "--segments", "auto", `${url}large`, join(here, "again")])).code).toBe(0)
      expect(Buffer.compare(Fs.readFileSync(join(here, "again")), large)).toBe(0)
      expect(files(here)).toEqual(["again", "large"])
      const wrong = yield* run(["get", "--segments", "many", `${url}large`, here])
      expect(wrong).toMatchObject({ code: 2 })
      expect(wrong.error).toContain('--segments: "many" is not a whole number from 1 to 64, or auto')
    })
  )

  it.scopedLive("get replaces local files, unless --no-clobber is given", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const here = yield* folder
      Fs.writeFileSync(join(here, "a.txt"), "mine")
      const kept = yield* run(["get", "-n", `${url}pub/a.txt`, here])
      expect(kept).toMatchObject({ code: 0, error: expect.stringContaining("skipped pub/a.txt") })
      expect(read(here, "a.txt")).toBe("mine")
      yield* run(["get", `${url}pub/a.txt`, here])
      expect(read(here, "a.txt")).toBe("a\n")
    })
  )

  it.scopedLive("get --limit-rate limits all files together", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { a: new Uint8Array(100_000), b: new Uint8Array(100_000) } })
      const began = Date.now()
      const ran = yield* run(["get", "--limit-rate", "200k", `${url}a`, `${url}b`, yield* folder])
      expect(ran.code).toBe(0)
      expect(Date.now() - began).toBeGreaterThan(800)
    })
  )

  it.scopedLive("get into a full device exits with 7, and leaves the device in place", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const ran = yield* run(["get", `${url}pub/a.txt`, "/dev/full"])
      expect(ran).toMatchObject({ code: 7, error: expect.stringContaining("no space left") })
      expect(Fs.statSync("/dev/full").isCharacterDevice()).toBe(true)
      expect(Fs.existsSync("/dev/full.ftp-effect.part")).toBe(false)
    })
  )
})
