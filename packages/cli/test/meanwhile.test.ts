/** What get does with names and files that it must not touch. */
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
      expect(ran.error).toContain('"x.ftp-effect.part" is reserved for partial downloads')
      expect(ran.error).toContain('"X.FTP-EFFECT.part.json" is reserved for partial downloads')
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
