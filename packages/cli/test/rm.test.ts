/** `rm -r` where not everything can be removed. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { run, serve } from "./support/cli.ts"

const denied = (path: string) => Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))

describe("rm -r", () => {
  it.scopedLive("rm -r continues after a failure, reports each remaining entry, and exits with 1", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({
        "t/a": "a",
        "t/x/locked": "",
        "t/y/locked": "",
        "t/y/free": "",
        "u/b": "b"
      })
      const removeFile: typeof store.removeFile = (path) =>
        path.endsWith("locked") ? denied(path) : store.removeFile(path)
      const { server, url } = yield* serve({ root: { ...store, removeFile } })
      const ran = yield* run(["rm", "-r", `${url}t`, `${url}u`])
      expect(ran).toMatchObject({ code: 1, out: "" })
      const lines = ran.error.split("\n").filter((line) => line.startsWith("ftp-effect: "))
      expect(lines).toHaveLength(2)
      expect(ran.error).toContain("t/x/locked")
      expect(ran.error).toContain("t/y/locked")
      expect((yield* server.tree).map(({ path }) => path)).toEqual(["/t", "/t/x", "/t/x/locked", "/t/y", "/t/y/locked"])
    })
  )

  it.scopedLive("rm -r does not suggest -r if the server hides the files in a directory", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "t/.hidden": "" })
      const list: typeof store.list = (path) =>
        Effect.map(store.list(path), (infos) => infos.filter(({ name }) => !name.startsWith(".")))
      const { url } = yield* serve({ root: { ...store, list } })
      const ran = yield* run(["rm", "-r", `${url}t`])
      expect(ran).toMatchObject({
        code: 11,
        error: expect.stringContaining("may have files in it that it does not list")
      })
      expect(ran.error).not.toContain("rm -r")
      expect((yield* run(["rm", `${url}t`])).error).toContain(
        "hint: to remove a directory with everything in it: rm -r"
      )
    })
  )

  for (const isUnix of [false, true]) {
    it.scopedLive(
      `rm -r ${isUnix ? "removes a directory" : "refuses the login directory"} under its name in another case`,
      () =>
        Effect.gen(function* () {
          const store = yield* FtpTestServer.memory({ "Ann/a": "a", ...(isUnix && { "ann/b": "b" }) })
          const actual = (path: string) => (isUnix ? path : path.replace(/^\/ann/i, "/Ann"))
          const root = {
            ...store,
            stat: (path: string) => store.stat(actual(path)),
            lstat: (path: string) => store.lstat(actual(path)),
            list: (path: string) => store.list(actual(path)),
            removeFile: (path: string) => store.removeFile(actual(path)),
            removeDirectory: (path: string) => store.removeDirectory(actual(path))
          }
          const { server, url } = yield* serve({ root, home: "/Ann" })
          const ran = yield* run(["rm", "-r", `${url}%2Fann`])
          expect(ran.code === 0).toBe(isUnix)
          expect(ran.error.includes("login directory")).toBe(!isUnix)
          expect((yield* server.tree).map(({ path }) => path)).toEqual(["/Ann", "/Ann/a"])
        })
    )
  }
})
