/** Lines of a listing that can't be read, beside others that can: what copies, lists or removes a tree misses something. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

const LINE = "?? what is this"

/** A server whose listings all have that line too. */
const unreadable = (options: FtpTestServer.Options = {}) =>
  Effect.tap(serve({ root: { "t/a": "a", "t/in/b": "b", "u/c": "c" }, ...options }), ({ server }) =>
    server.fault({ _tag: "StrayLine", line: LINE, verb: ["LIST", "MLSD"], times: Number.POSITIVE_INFINITY })
  )

const named = (path: string) =>
  expect.stringMatching(new RegExp(`The listing of ${path} .* can't be read: \\?\\? what is this`))

describe("a line of a listing that can't be read", () => {
  it.scopedLive("is a failure of get -r, which copies the rest", () =>
    Effect.gen(function* () {
      const { url } = yield* unreadable()
      const target = join(yield* folder, "new")
      const got = yield* run(["get", "-r", "--json", `${url}t`, target])
      expect(got.code).toBe(1)
      expect(readdirSync(target, { recursive: true }).sort()).toEqual(["a", "in", "in/b"])
      expect(jsonLines(got.error)).toMatchObject([
        { tag: "FtpListingError", subject: "t", message: named("t") },
        { tag: "FtpListingError", subject: "t/in", message: named("t/in") }
      ])
      expect(jsonLines(got.out).at(-1)).toMatchObject({ kind: "summary", files: 2, failed: 2 })
      expect(yield* run(["get", "-r", "--unread", "ignore", `${url}t`, target])).toMatchObject({ code: 0 })
    })
  )

  it.scopedLive("is a failure of ls and ls -R, which show the rest", () =>
    Effect.gen(function* () {
      const { url } = yield* unreadable({ denied: ["MLST", "MLSD"] })
      expect(yield* run(["ls", `${url}t`])).toMatchObject({ code: 1, out: "a\nin/\n", error: named("t") })
      const all = yield* run(["ls", "-R", `${url}t`])
      expect(all).toMatchObject({ code: 1, out: "t:\na\nin/\n\nt/in:\nb\n" })
      expect(all.error).toEqual(named("t/in"))
      expect(all.error.match(/hint: please report the line/g)).toHaveLength(1)
      const warned = yield* run(["ls", "--unread", "warn", `${url}t`])
      expect(warned).toMatchObject({ code: 0, error: expect.stringContaining("warning: a line of the listing of t") })
      expect(yield* run(["ls", "--unread", "ignore", `${url}t`])).toMatchObject({ code: 0, error: "" })
    })
  )

  it.scopedLive("is a failure of rm -r, which removes the rest and leaves the directories", () =>
    Effect.gen(function* () {
      const { url } = yield* unreadable()
      const removed = yield* run(["rm", "-r", `${url}t`])
      expect(removed.code).toBe(1)
      expect(removed.error).toEqual(named("t"))
      expect(removed.error).toEqual(named("t/in"))
      expect((yield* run(["ls", "--unread", "ignore", `${url}t`])).out).toBe("in/\n")
      expect(yield* run(["rm", "-r", "--unread", "ignore", `${url}u`])).toMatchObject({ code: 0, error: "" })
    })
  )

  it.scopedLive("ends a copy or a removal of what a pattern matches before it begins", () =>
    Effect.gen(function* () {
      const { server, url } = yield* unreadable()
      const target = yield* folder
      for (const words of [
        ["rm", "-r", `${url}t/*`],
        ["get", `${url}t/*`, `${target}/`],
        ["mv", `${url}t/*`, `${url}u/`]
      ]) {
        expect(yield* run(words)).toMatchObject({ code: 9, error: named("t") })
      }
      expect((yield* server.commands).filter((line) => /^(DELE|RMD|RETR|RNFR)/.test(line))).toEqual([])
    })
  )
})
