/** Lines of a listing that can't be read beside others that can. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { layer } from "../support/embedded.ts"
import { commandsLike, withFault } from "../support/server.ts"

const LINE = "?? what is this"
const stray = withFault({ _tag: "StrayLine", line: LINE, verb: ["LIST", "MLSD"], times: Number.POSITIVE_INFINITY })
const root = { "t/a": "a", "t/in/b": "b", "u/c": "c" }

const unreadable = { _tag: "FtpListingError", reason: "Unreadable", path: "t", line: LINE }

describe.each([
  ["MLSD", {}],
  ["LIST", { denied: ["MLST", "MLSD"] }]
] as const)("a line of %s that can't be read", (_, options) => {
  const served = layer({ server: { root, ...options } })

  it.scoped("is a warning, a failure, nothing, or the caller's, as the caller wants", () =>
    Effect.gen(function* () {
      yield* stray
      const client = yield* FtpClient.FtpClient
      const names = (onUnread?: FtpClient.OnUnread) =>
        Effect.map(client.list("t", { onUnread }), (entries) => entries.map(({ name }) => name).sort())
      expect(yield* names()).toEqual(["a", "in"])
      expect(yield* names("Ignore")).toEqual(["a", "in"])
      expect(yield* Effect.flip(names("Fail"))).toMatchObject(unreadable)
      const errors: Array<unknown> = []
      expect(yield* names((error) => Effect.sync(() => void errors.push(error)))).toEqual(["a", "in"])
      expect(errors).toMatchObject([unreadable])
    }).pipe(Effect.provide(served))
  )

  it.scoped("fails a walk that wants to see everything, and no other", () =>
    Effect.gen(function* () {
      yield* stray
      const client = yield* FtpClient.FtpClient
      expect(yield* Stream.runCount(client.walk("t"))).toBe(3)
      expect(yield* Effect.flip(Stream.runCount(client.walk("t", { onUnread: "Fail" })))).toMatchObject(unreadable)
    }).pipe(Effect.provide(served))
  )

  it.scoped("keeps a directory from being removed, not what was read in it", () =>
    Effect.gen(function* () {
      yield* stray
      const client = yield* FtpClient.FtpClient
      const told: Array<string> = []
      const removal = client.remove("t", {
        recursive: true,
        onFailure: (error, path) => Effect.sync(() => void told.push(`${path} ${error.message}`))
      })
      expect(yield* Effect.flip(removal)).toMatchObject(unreadable)
      expect(told.sort()).toEqual([
        expect.stringMatching(/^t The listing of t \(.*\) has a line that can't be read: \?\? what is this$/),
        expect.stringMatching(/^t\/in The listing of t\/in .*: \?\? what is this$/)
      ])
      expect(yield* commandsLike(/^RMD/)).toEqual([])
      expect(yield* commandsLike(/^DELE/)).toEqual(expect.arrayContaining(["DELE t/a", "DELE t/in/b"]))
      yield* client.remove("u", { recursive: true, onUnread: "Ignore" })
      const { tree } = yield* FtpTestServer.FtpTestServer
      expect((yield* tree).map(({ path }) => path)).not.toContain("/u")
    }).pipe(Effect.provide(served))
  )
})

it.scoped("the first ten lines that can't be read are named, and the others are counted", () =>
  Effect.gen(function* () {
    const lines = Array.from({ length: 13 }, (_, index) => `?? ${index}`)
    yield* withFault({ _tag: "StrayLine", line: lines.join("\r\n"), verb: "MLSD" })
    const client = yield* FtpClient.FtpClient
    const details: Array<string> = []
    yield* client.list("", {
      onUnread: (error) => Effect.sync(() => void details.push(`${error.detail} ${error.line}`))
    })
    expect(details).toEqual([
      ...lines.slice(0, 10).map((line) => `has a line that can't be read ${line}`),
      "has 3 more lines that can't be read "
    ])
  }).pipe(Effect.provide(layer({ server: { root } })))
)
