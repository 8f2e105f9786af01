/** Whole trees that `get -r` and `put -r` copy into what is there already. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { files, read } from "./support/tree.ts"

const why = (out: string, path: string) =>
  jsonLines(out).flatMap((line) => (line.kind === "skipped" && line.path === path ? [line.why] : []))

describe("get -r into a folder that has something already", () => {
  it.scopedLive("replaces files, also those that links lead to, and leaves the links and all else", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "t/a": "new a", "t/b": "new b", "t/in/c": "new c" } })
      const here = yield* folder
      Fs.mkdirSync(join(here, "t"))
      Fs.mkdirSync(join(here, "elsewhere"))
      Fs.writeFileSync(join(here, "t/a"), "old")
      Fs.writeFileSync(join(here, "t/mine"), "mine")
      Fs.writeFileSync(join(here, "outside"), "old")
      Fs.chmodSync(join(here, "outside"), 0o640)
      Fs.symlinkSync("../outside", join(here, "t/b"))
      Fs.symlinkSync("../elsewhere", join(here, "t/in"))
      expect(yield* run(["get", "-r", `${url}t`, join(here, "t")])).toMatchObject({ code: 0 })
      expect([read(here, "t/a"), read(here, "outside"), read(here, "elsewhere/c"), read(here, "t/mine")]).toEqual([
        "new a",
        "new b",
        "new c",
        "mine"
      ])
      expect(Fs.readlinkSync(join(here, "t/b"))).toBe("../outside")
      expect(Fs.statSync(join(here, "outside")).mode & 0o777).toBe(0o640)
      expect(files(here).filter((name) => name.includes(".part"))).toEqual([])
    })
  )

  it.scopedLive("keeps what is there with --no-clobber, and gets the rest", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "t/a": "new a", "t/in/b": "new b", "t/in/c": "new c" } })
      const here = yield* folder
      Fs.mkdirSync(join(here, "in"))
      Fs.writeFileSync(join(here, "in/b"), "mine")
      const ran = yield* run(["get", "-r", "-n", "--json", `${url}t`, here])
      expect(ran).toMatchObject({ code: 0, error: "" })
      expect([read(here, "a"), read(here, "in/b"), read(here, "in/c")]).toEqual(["new a", "mine", "new c"])
      expect(why(ran.out, "t/in/b")).toEqual([`${join(here, "in/b")} exists`])
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ kind: "summary", files: 2, skipped: 1, failed: 0 })
    })
  )

  it.scopedLive("does not replace with --no-clobber what appears meanwhile", () =>
    Effect.gen(function* () {
      const here = yield* folder
      const store = yield* FtpTestServer.memory({ "t/a": "new" })
      const root: FtpTestServer.FileStore = {
        ...store,
        openReader: (path, offset) => {
          Fs.writeFileSync(join(here, "a"), "appeared")
          return store.openReader(path, offset)
        }
      }
      const { url } = yield* serve({ root })
      const ran = yield* run(["get", "-r", "-n", "--json", `${url}t`, here])
      expect(ran).toMatchObject({ code: 0, error: "" })
      expect(why(ran.out, "t/a")).toEqual([`${join(here, "a")} exists`])
      expect(read(here, "a")).toBe("appeared")
    })
  )

  it.scopedLive(
    "fails for a file that is a directory here, for the reverse, and for a dangling link, and gets the rest",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serve({ root: { "t/a": "a", "t/b/c": "c", "t/d": "d", "t/e": "e" } })
        const here = yield* folder
        Fs.mkdirSync(join(here, "a"))
        Fs.writeFileSync(join(here, "b"), "mine")
        Fs.symlinkSync("nothing", join(here, "d"))
        const ran = yield* run(["get", "-r", `${url}t`, here])
        expect(ran.code).toBe(1)
        expect(ran.error).toContain("t/a is not copied to")
        expect(ran.error).toContain("a file in the source, a directory in the target")
        expect(ran.error).toContain("a directory in the source, a file in the target")
        expect(ran.error).toContain("hint: --conflict replace deletes what is there")
        expect(ran.error).toContain("1 file")
        expect(ran.error).toContain("3 failed")
        expect([read(here, "b"), read(here, "e"), Fs.existsSync(join(here, "nothing"))]).toEqual(["mine", "e", false])
      })
  )
})

describe("get -r of a tree", () => {
  it.scopedLive("begins to download before all directories are listed", () =>
    Effect.gen(function* () {
      const root = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`t/${index}/f`, `${index}`]))
      const { server, url } = yield* serve({ root })
      expect(yield* run(["get", "-r", "-P", "2", `${url}t`, yield* folder])).toMatchObject({ code: 0 })
      const commands = yield* server.commands
      const firstFile = commands.findIndex((line) => line.startsWith("RETR"))
      const lastListing = commands.findLastIndex((line) => line.startsWith("MLSD"))
      expect(firstFile).toBeGreaterThan(0)
      expect(firstFile).toBeLessThan(lastListing)
      expect(commands.slice(firstFile).filter((line) => line.startsWith("MLSD")).length).toBeGreaterThan(20)
    })
  )
})

describe("a tree that is too deep", () => {
  const names = Array.from({ length: 300 }, () => "d")

  it.scopedLive("is copied as far as walks go, and the rest is a failure that is named", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": "a" } })
      const [here, there] = [yield* folder, yield* folder]
      Fs.mkdirSync(join(here, ...names), { recursive: true })
      Fs.writeFileSync(join(here, ...names, "lost"), "lost")
      const sent = yield* run(["put", "-r", here, `${url}t`])
      expect(sent).toMatchObject({ code: 1, error: expect.stringContaining("the directory is too deep") })
      yield* server.store.makeDirectory("/deep")
      yield* Effect.forEach(
        names,
        (_, index) => server.store.makeDirectory(`/deep/${names.slice(0, index + 1).join("/")}`),
        {
          discard: true
        }
      )
      const fetched = yield* run(["get", "-r", `${url}deep`, there])
      expect(fetched).toMatchObject({ code: 1, error: expect.stringContaining("the directory is too deep") })
    })
  )
})

describe("put -r into a directory that has something already", () => {
  const local = Effect.map(folder, (here) => {
    Fs.mkdirSync(join(here, "t/in"), { recursive: true })
    Fs.writeFileSync(join(here, "t/a"), "new a")
    Fs.writeFileSync(join(here, "t/.hidden"), "new")
    Fs.writeFileSync(join(here, "t/in/b"), "new b")
    return join(here, "t")
  })
  const text = (server: FtpTestServer.FtpTestServer, path: string) =>
    Effect.map(server.read(path), (bytes) => new TextDecoder().decode(bytes))

  it.scopedLive("replaces files, and leaves all else, without a listing", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/a": "old", "t/in/mine": "mine" } })
      expect(yield* run(["put", "-r", yield* local, `${url}t`])).toMatchObject({ code: 0 })
      expect([yield* text(server, "/t/a"), yield* text(server, "/t/in/b"), yield* text(server, "/t/in/mine")]).toEqual([
        "new a",
        "new b",
        "mine"
      ])
      expect((yield* server.commands).filter((line) => /^(MLSD|LIST|NLST)/.test(line))).toEqual([])
    })
  )

  it.scopedLive("keeps what is there with --no-clobber, also what listings don't show", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "t/.hidden": "theirs", "t/in/b": "theirs" })
      const list: typeof store.list = (path) =>
        Effect.map(store.list(path), (entries) => entries.filter(({ name }) => !name.startsWith(".")))
      const { server, url } = yield* serve({ root: { ...store, list } })
      const ran = yield* run(["put", "-r", "-n", "--json", "-P", "2", yield* local, `${url}t`])
      expect(ran).toMatchObject({ code: 0, error: "" })
      expect(jsonLines(ran.out).at(-1)).toMatchObject({ kind: "summary", files: 1, skipped: 2, failed: 0 })
      expect([yield* text(server, "/t/.hidden"), yield* text(server, "/t/in/b"), yield* text(server, "/t/a")]).toEqual([
        "theirs",
        "theirs",
        "new a"
      ])
    })
  )

  it.scopedLive("fails with --no-clobber for files of a directory whose listing is refused, and replaces none", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "t/in/b": "theirs" })
      const list: typeof store.list = (path) =>
        path === "/t/in"
          ? Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))
          : store.list(path)
      const { server, url } = yield* serve({ root: { ...store, list } })
      const ran = yield* run(["put", "-r", "-n", yield* local, `${url}t`])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining("could not be read") })
      expect([yield* text(server, "/t/in/b"), yield* text(server, "/t/a")]).toEqual(["theirs", "new a"])
    })
  )

  it.scopedLive("says that a directory that can't be made or read counts with all that is in it", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "t/in/b": "b", "t/in/c": "c", "t/a": "a", "up/x": "x" } })
      const here = yield* folder
      Fs.mkdirSync(join(here, "in/deep"), { recursive: true })
      Fs.writeFileSync(join(here, "a"), "a")
      Fs.writeFileSync(join(here, "in/deep/b"), "b")
      const refuse = (verb: ReadonlyArray<string>) =>
        server.fault({ _tag: "Refuse", verb, reply: "550 no", times: Number.POSITIVE_INFINITY })
      yield* refuse(["MKD"])
      const put = yield* run(["put", "-r", here, `${url}up`])
      expect(put).toMatchObject({
        code: 1,
        error: expect.stringContaining("1 failed (1 directory, with all that is in it)\n")
      })
      const json = jsonLines((yield* run(["put", "-r", "--json", here, `${url}up`])).out)
      expect(json.at(-1)).toMatchObject({ kind: "summary", files: 1, failed: 1, failedDirectories: 1 })
      const file = yield* run(["put", "-r", join(here, "nothing"), here, `${url}up`])
      expect(file.error).toContain("2 failed (1 directory, with all that is in it)\n")
      const store = yield* FtpTestServer.memory({ "t/closed/b": "b", "t/closed/c": "c", "t/a": "a" })
      const closed = (path: string) =>
        path === "/t/closed"
          ? Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))
          : store.list(path)
      const other = yield* serve({ root: { ...store, list: closed } })
      const got = yield* run(["get", "-r", `${other.url}t`, join(here, "got")])
      expect(got).toMatchObject({
        code: 1,
        error: expect.stringContaining("1 failed (1 directory, with all that is in it)\n")
      })
    })
  )

  it.scopedLive("leaves out what is left of interrupted downloads, and reports it", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      const here = yield* folder
      Fs.writeFileSync(join(here, "a"), "a")
      Fs.writeFileSync(join(here, "b.ftp-effect.part"), "part of b")
      const ran = yield* run(["put", "-r", here, `${url}t`])
      expect(ran).toMatchObject({ code: 0, error: expect.stringContaining("reserved for partial downloads") })
      expect((yield* server.tree).map(({ path }) => path)).toEqual(["/t", "/t/a"])
    })
  )
})
