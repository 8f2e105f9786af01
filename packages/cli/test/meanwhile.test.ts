/** What get and put do with names and files that they must not touch. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, run, serve } from "./support/cli.ts"

// Real time: sockets don't run by the TestClock.
describe("get", () => {
  it.scopedLive("refuses remote names that are reserved for partial downloads, and downloads the rest", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({
        root: { "d/x": "x", "d/x.ftp-effect.part": "planted", "d/X.FTP-EFFECT.part.json": "{}" }
      })
      const here = yield* folder
      const ran = yield* run(["get", "-r", `${url}d`, `${here}/`])
      expect(ran.code).not.toBe(0)
      expect(ran.error).toContain("x.ftp-effect.part is not downloaded: its name is reserved for partial downloads")
      expect(ran.error).toContain(
        "X.FTP-EFFECT.part.json is not downloaded: its name is reserved for partial downloads"
      )
      expect(ran.error).toContain("hint: download it on its own, under another name\n")
      expect(Fs.readdirSync(join(here, "d"))).toEqual(["x"])
    })
  )

  it.scopedLive("--no-clobber does not replace a file that appears during the transfer", () =>
    Effect.gen(function* () {
      const here = yield* folder
      const store = yield* FtpTestServer.memory({ x: "new" })
      const root: FtpTestServer.FileStore = {
        ...store,
        openReader: (path, offset) => {
          Fs.writeFileSync(join(here, "x"), "appeared")
          return store.openReader(path, offset)
        }
      }
      const { url } = yield* serve({ root })
      const ran = yield* run(["get", "--no-clobber", `${url}x`, `${here}/`])
      expect(ran).toMatchObject({ code: 0, error: expect.stringContaining("skipped x: ") })
      expect(Fs.readFileSync(join(here, "x"), "utf8")).toBe("appeared")
      expect(Fs.readdirSync(here)).toEqual(["x"])
    })
  )
})

describe("put", () => {
  it.scopedLive("--no-clobber does not replace a file that appears during the upload", () =>
    Effect.gen(function* () {
      const here = yield* folder
      // A small one is renamed in the round trip that it is sent in.
      Fs.writeFileSync(join(here, "x"), "n".repeat(300 * 1024))
      const store = yield* FtpTestServer.memory({ "elsewhere/x": "appeared" })
      const root: FtpTestServer.FileStore = {
        ...store,
        openWriter: (path, options) =>
          Effect.zipRight(store.rename("/elsewhere/x", "/x"), store.openWriter(path, options))
      }
      const { server, url } = yield* serve({ root })
      const ran = yield* run(["put", "--no-clobber", join(here, "x"), url])
      expect(ran).toMatchObject({ code: 0, error: expect.stringContaining("x exists on the server") })
      expect(Buffer.from(yield* server.read("/x")).toString()).toBe("appeared")
      expect((yield* server.tree).map(({ path }) => path)).toEqual(["/elsewhere", "/x"])
    })
  )
})
