/** Files compared by the server's hash. */
import { describe, expect, it } from "@effect/vitest"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import { kinds, onDisk, SITE, served, up, withHasher } from "./stage.ts"

const hashing = () => withHasher({ hasher })

const questions = Effect.map(
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ commands }) => commands),
  (lines) => lines.filter((line) => /^(HASH|X|MD5)/.test(line))
)

describe("a mirror that compares by hash", () => {
  it.effect("replaces a file of the same size and time, and asks for no other than those of the same size", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up()
      yield* onDisk({ ...SITE, "css/site.css": "BODY {}", "index.html": "<h1>!!", empty: "" })
      const result = yield* up({ compare: "Hash" })
      expect(kinds(result).sort()).toEqual(["Copy empty", "Replace css/site.css", "Replace index.html"])
      expect((yield* questions).length).toBe(3)
      expect(yield* served("/www/")).toMatchObject({ "css/site.css": "BODY {}" })
      expect(kinds(yield* up({ compare: "Hash" }))).toEqual([])
    }).pipe(Effect.provide(hashing()))
  )

  it.effect("copies a file whose hash the server refuses, and compares the others", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* up()
      yield* server.fault({ _tag: "Refuse", verb: "XSHA256", reply: "550 no access", times: 1 })
      const { plan } = yield* up({ compare: "Hash" })
      expect(plan.steps).toMatchObject([{ _tag: "Replace", reason: { _tag: "Unknown", fact: "Hash" } }])
      expect(plan.unchanged).toBe(3)
    }).pipe(Effect.provide(hashing()))
  )

  it.effect("is refused if the server has no hash, and takes those of the manifest if there is one", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      expect(yield* Effect.flip(up({ compare: "Hash" }))).toMatchObject({ _tag: "FtpUsageError", argument: "compare" })
      yield* up({ compare: "Hash", manifest: true })
      yield* onDisk({ ...SITE, "css/site.css": "BODY {}" }, 1)
      expect(kinds(yield* up({ compare: "Hash", manifest: true }))).toEqual(["Replace css/site.css"])
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("needs nothing of this machine between two directories of servers", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* FtpMirror.remote("from"), yield* FtpMirror.remote("to")]
      const { steps } = yield* inTime(FtpMirror.plan(from, to, { compare: "Hash" })).pipe(
        Effect.provideService(FtpHasher, { make: () => Effect.succeed(Option.none()) })
      )
      expect(steps.map(({ path }) => path)).toEqual(["b"])
    }).pipe(Effect.provide(withHasher({ hasher, root: { "from/a": "1", "from/b": "2", "to/a": "1", "to/b": "3" } })))
  )
})
