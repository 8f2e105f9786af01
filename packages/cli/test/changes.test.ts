/** What changes the server without a transfer: rm, mv, mkdir. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import { tree } from "./support/tree.ts"

describe("rm, mv and mkdir", () => {
  it.scopedLive("rm, mv and mkdir change the tree on the server, and report what they can't", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: tree })
      const paths = Effect.map(server.tree, (nodes) => nodes.map(({ path }) => path))
      expect((yield* run(["rm", `${url}pub/?.txt`, "--json"])).out).toContain('"action":"Removed","path":"pub/a.txt"')
      expect((yield* run(["rm", `${url}pub/deep`])).code).toBe(11)
      expect((yield* run(["rm", "-r", `${url}pub/deep`])).code).toBe(0)
      expect((yield* run(["rm", `${url}nope`])).code).toBe(5)
      expect((yield* run(["rm", "-f", `${url}nope`])).code).toBe(0)
      expect((yield* run(["mkdir", `${url}x/y`])).code).not.toBe(0)
      expect((yield* run(["mkdir", "-p", `${url}x/y/`])).code).toBe(0)
      expect((yield* run(["mv", `${url}pub/[c].txt`, `${url}x`])).code).toBe(0)
      expect((yield* run(["mv", `${url}evil/ok.txt`, `${url}x/fine.txt`])).code).toBe(0)
      expect((yield* run(["mv", "-n", `${url}x/fine.txt`, `${url}x/%5Bc%5D.txt`])).code).toBe(11)
      expect(yield* paths).toEqual(
        expect.arrayContaining(["/x", "/x/y", "/x/[c].txt", "/x/fine.txt", "/pub", "/pub/link"])
      )
      expect(yield* paths).not.toContain("/pub/deep")
    })
  )

  it.scopedLive("rm -f and mkdir -p report with --json only what they changed", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a/b": "b" } })
      const changed = (...words: ReadonlyArray<string>) =>
        Effect.map(run(["--json", ...words]), ({ code, out }) => {
          expect(code).toBe(0)
          return jsonLines(out).flatMap((line) => (line.kind === "changed" ? [`${line.action} ${line.path}`] : []))
        })
      expect(yield* changed("rm", "-f", `${url}nope`, `${url}a/b`)).toEqual(["Removed a/b"])
      expect(yield* changed("rm", "-rf", `${url}nope`, `${url}a`)).toEqual(["Removed a"])
      expect(yield* changed("mkdir", "-p", `${url}x/y`, `${url}x`, `${url}z`)).toEqual(["Made x/y", "Made z"])
      expect(yield* changed("mkdir", "-p", `${url}x/y`)).toEqual([])
    })
  )

  it.scopedLive("mv -n to a taken name is AlreadyExists, as if the server refused it", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { a: "a", b: "b" } })
      const ran = yield* run(["mv", "-n", "--json", `${url}a`, `${url}b`])
      expect(ran.code).toBe(11)
      expect(jsonLines(ran.error)[0]).toMatchObject({ tag: "CliError", reason: "AlreadyExists", exitCode: 11 })
    })
  )

  it.scopedLive("a refusal without a reason is looked into: what exists, and a directory that is not empty", () =>
    Effect.gen(function* () {
      // As vsftpd replies.
      const { server, url } = yield* serve({ root: { "full/a": "a", file: "f" } })
      const refuse = (verb: string, reply: string) => server.fault({ _tag: "Refuse", verb, reply })
      yield* refuse("MKD", "550 Create directory operation failed.")
      const made = yield* run(["mkdir", `${url}full`])
      expect(made).toMatchObject({
        code: 11,
        error: expect.stringMatching(/it exists already: .*\n.*hint: .*mkdir -p/)
      })
      yield* refuse("MKD", "550 Create directory operation failed.")
      const onFile = yield* run(["mkdir", `${url}file`])
      expect(onFile.error).toMatch(/it exists already: .*\n.*hint: it is no directory/)
      yield* refuse("MKD", "550 Create directory operation failed.")
      const other = yield* run(["mkdir", `${url}new`])
      expect(other.error).not.toContain("exists already")
      yield* refuse("DELE", "550 Delete operation failed.")
      yield* refuse("RMD", "550 Remove directory operation failed.")
      const removed = yield* run(["rm", `${url}full`])
      expect(removed.code).toBe(11)
      expect(removed.error).toMatch(/the directory is not empty: .*\n.*hint: .*rm -r/)
    })
  )

  it.scopedLive("put, mkdir and mv say that the directory above is missing if the server gives no reason", () =>
    Effect.gen(function* () {
      // As vsftpd replies.
      const { server, url } = yield* serve({ root: { file: "f", "full/a": "a" } })
      const local = join(yield* folder, "f")
      writeFileSync(local, "x")
      const cases = [
        ["STOR", "553 Could not create file.", ["put", local, `${url}nodir/f`], ["put", local, `${url}full/f`], 6],
        ["MKD", "550 Create directory operation failed.", ["mkdir", `${url}nodir/b`], ["mkdir", `${url}full/b`], 11],
        ["RNTO", "550 Rename failed.", ["mv", `${url}file`, `${url}nodir/zz`], ["mv", `${url}file`, `${url}full/z`], 11]
      ] as const
      for (const [verb, reply, missing, there, code] of cases) {
        yield* server.fault({ _tag: "Refuse", verb, reply, times: 2 })
        const ran = yield* run(missing)
        expect([verb, ran.code]).toEqual([verb, 5])
        expect(ran.error).toMatch(/not found: .*\n.*hint: is its directory, nodir, there\? mkdir -p makes it/)
        expect([verb, (yield* run(there)).code]).toEqual([verb, code])
      }
    })
  )

  it.scopedLive("a reason that the server gives is not asked about", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: {} })
      yield* server.fault({ _tag: "Refuse", verb: "MKD", reply: "550 nodir/b: Permission denied" })
      expect((yield* run(["mkdir", `${url}nodir/b`])).code).toBe(6)
    })
  )

  it.scopedLive("rm never removes the root or the login directory", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: tree })
      for (const path of ["", "/", ".", "pub/..", "%2F"]) {
        expect((yield* run(["rm", "-rf", `${url}${path}`])).code).toBe(2)
      }
      expect((yield* server.tree).length).toBeGreaterThan(5)
    })
  )
})
