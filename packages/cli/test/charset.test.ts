/** Names that are not in UTF-8. */
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, run, serve } from "./support/cli.ts"

describe("--charset", () => {
  it.scopedLive("shows the names of a server in that charset, and gives them to local files", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ charset: "shift_jis", root: { "日本/表示.txt": "a" } })
      const here = yield* folder
      const flags = ["--charset", "shift_jis"]
      expect(yield* run(["ls", "-R", ...flags, url])).toMatchObject({ code: 0, out: ".:\n日本/\n\n日本:\n表示.txt\n" })
      expect(yield* run(["get", "-r", ...flags, `${url}日本`, `${here}/`])).toMatchObject({ code: 0 })
      expect(readdirSync(here, { recursive: true }).sort()).toEqual(["日本", "日本/表示.txt"])
      expect((yield* run(["cat", ...flags, `${url}${encodeURIComponent("日本")}/表示.txt`])).out).toBe("a")
      expect((yield* run(["cat", `${url}%93%FA%96%7B/%95%5C%8E%A6.txt`])).out).toBe("a")
      writeFileSync(join(here, "新.txt"), "b")
      const [put] = [yield* run(["put", ...flags, join(here, "新.txt"), `${url}日本/`])]
      expect(put).toMatchObject({ code: 0 })
      expect(new TextDecoder().decode(yield* Effect.orDie(server.read("日本/新.txt")))).toBe("b")
      expect(yield* run(["rm", "-r", ...flags, `${url}日本`])).toMatchObject({ code: 0, error: "" })
    })
  )

  it.scopedLive("refuses a local name that the charset can't write", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ charset: "latin1", users: {}, root: {} })
      const here = yield* folder
      writeFileSync(join(here, "日本.txt"), "a")
      writeFileSync(join(here, "grün.txt"), "b")
      const put = yield* run(["put", "-r", "--charset", "latin1", `${here}/`, `${url}t`])
      expect(put).toMatchObject({ code: 1, error: expect.stringContaining("is not in latin1") })
      expect((yield* run(["ls", "--charset", "latin1", `${url}t`])).out).toBe("grün.txt\n")
    })
  )

  it.scopedLive("is hinted at, once, for names of a server that are not UTF-8", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "t/l\udce9": "x", "t/m\udce9": "y", "t/ok": "ok" } })
      const here = yield* folder
      const hint = "--charset says what the server's names are in, as --charset latin1"
      const got = yield* run(["get", "-r", `${url}t`, join(here, "got")])
      expect(got).toMatchObject({
        code: 1,
        error: expect.stringContaining("t/l\\xe9 is not downloaded: its name is not UTF-8\n")
      })
      expect(got.error.split(hint)).toHaveLength(2)
      const mirrored = yield* run(["mirror", `${url}t`, join(here, "mirrored")])
      expect(mirrored).toMatchObject({
        code: 1,
        error: expect.stringContaining("skipped l\\xe9: its name is not UTF-8; ")
      })
      expect(mirrored.error.split(hint)).toHaveLength(2)
      expect(yield* run(["mirror", "--charset", "latin1", `${url}t`, join(here, "mirrored")])).toMatchObject({
        code: 0
      })
      expect(readdirSync(join(here, "mirrored")).sort()).toEqual(["lé", "mé", "ok"])
    })
  )

  it.scopedLive("is not hinted at for a local name that is not UTF-8", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: {} })
      const here = yield* folder
      writeFileSync(Buffer.concat([Buffer.from(`${here}/l`), Buffer.of(0xe9)]), "x")
      const ran = yield* run(["mirror", here, `${url}t`])
      expect(ran).toMatchObject({ code: 1, error: expect.stringContaining(": its name is not UTF-8\n") })
      expect(ran.error).not.toContain("--charset")
    })
  )

  it.scopedLive("names a charset that is known", () =>
    Effect.gen(function* () {
      const wrong = yield* run(["ls", "--charset", "klingon", "ftp://127.0.0.1:9/"])
      expect(wrong).toMatchObject({ code: 2, error: expect.stringContaining('--charset: "klingon" is not latin1, ') })
    })
  )
})
