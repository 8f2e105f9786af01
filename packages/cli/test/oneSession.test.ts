/** Commands with a single session: what a worker asks beside its files goes through the session that it keeps. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, run, serve } from "./support/cli.ts"
import { files } from "./support/tree.ts"

const ONE = ["-P", "1"]

const THREE_DAYS = 3 * 24 * 3_600_000

describe("with one session", () => {
  it.scopedLive("get -r fetches several trees, into folders that are there", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a/in/f": "a", "b/in/f": "b", "c/in/f": "c" } })
      const here = yield* folder
      const words = ["get", "-r", ...ONE, `${url}a`, `${url}b`, `${url}c`, here]
      expect(yield* run(words)).toMatchObject({ code: 0 })
      expect(yield* run(words)).toMatchObject({ code: 0 })
      expect(files(here)).toEqual(["a/in/f", "b/in/f", "c/in/f"])
    })
  )

  it.scopedLive("put -r -n sends several trees, into folders that are there", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { "a/in/old": "", "b/in/old": "", "c/in/old": "" } })
      const here = yield* folder
      const names = ["a", "b", "c"].map((name) => join(here, name))
      for (const name of names) {
        Fs.mkdirSync(join(name, "in"), { recursive: true })
        Fs.writeFileSync(join(name, "in", "f"), "new")
      }
      expect(yield* run(["put", "-r", "-n", ...ONE, ...names, url])).toMatchObject({ code: 0 })
      expect(Buffer.from(yield* server.read("/c/in/f")).toString()).toBe("new")
    })
  )

  it.scopedLive("get says at once that something is a directory", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "dir/f": "1", one: "1", two: "2" } })
      const here = yield* folder
      const ran = yield* run(["get", ...ONE, `${url}one`, `${url}dir`, `${url}two`, here])
      expect(ran.error).toContain("dir is a directory")
      expect(files(here)).toEqual(["one", "two"])
    })
  )

  it.scopedLive("put --no-clobber asks for each file whether it is there", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: { b: "old" } })
      const here = yield* folder
      const names = ["a", "b", "c"].map((name) => join(here, name))
      for (const name of names) {
        Fs.writeFileSync(name, "new")
      }
      expect(yield* run(["put", "--no-clobber", ...ONE, ...names, url])).toMatchObject({ code: 0 })
      const contents = yield* Effect.forEach(["/a", "/b", "/c"], server.read)
      expect(contents.map((bytes) => Buffer.from(bytes).toString())).toEqual(["new", "old", "new"])
    })
  )

  it.scopedLive("mirror deletes what is too much, and what a killed upload has left days ago", () =>
    Effect.gen(function* () {
      const dead = "www/.a.1a2b3c4d.ftp-effect"
      const store = yield* FtpTestServer.memory({
        "www/old": "",
        "www/in/old": "",
        "www/in/b": "before",
        [dead]: "part"
      })
      yield* store.setModified(`/${dead}`, Date.now() - THREE_DAYS)
      const { server, url } = yield* serve({ root: store })
      const here = yield* folder
      Fs.mkdirSync(join(here, "in"))
      for (const path of ["a", "in/b"]) {
        Fs.writeFileSync(join(here, path), "new")
      }
      const words = ["mirror", ...ONE, "--yes", "--delete", "extra", "--max-delete", "100%", here, `${url}www`]
      expect(yield* run(words)).toMatchObject({ code: 0 })
      const paths = (yield* server.tree).filter(({ type }) => type === "File").map(({ path }) => path)
      expect(paths.sort()).toEqual(["/www/a", "/www/in/b"])
    })
  )

  it.scopedLive("mirror copies from server to server, with the times", () =>
    Effect.gen(function* () {
      const from = yield* serve({ root: { "www/a": "a", "www/b": "b", "www/in/c": "c" } })
      const to = yield* serve({ root: {} })
      const words = ["mirror", ...ONE, `${from.url}www`, `${to.url}www`]
      expect(yield* run(words)).toMatchObject({ code: 0 })
      expect((yield* run([...words, "--dry-run"])).error).toContain("nothing to do")
      expect(Buffer.from(yield* to.server.read("/www/in/c")).toString()).toBe("c")
    })
  )
})
