import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { onDisk, stage } from "./stage.ts"

const content = "x".repeat(300_000)

const step: FtpTreeCopy.OneFile = {
  _tag: "Copy",
  path: "a",
  bytes: content.length,
  reason: { _tag: "Missing" },
  precondition: { _tag: "Absent" }
}

describe("a file of a tree that is copied", () => {
  it.effect.each(["RETR", "STOR"])("tells of each interruption: %s", (verb) =>
    Effect.gen(function* () {
      yield* onDisk({ a: content })
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "DropData", verb, afterBytes: 100_000, how: "Reset" })
      const [remote, local] = [yield* FtpMirror.remote("www"), yield* FtpMirror.local("/site")]
      const copy = verb === "RETR" ? FtpTreeCopy.make(remote, local) : FtpTreeCopy.make(local, remote)
      let retries = 0
      const onRetry = () => {
        retries++
      }
      yield* inTime(FtpTreeCopy.perform(copy, step, { keepsTimes: false, atomic: false, replaces: true, onRetry }))
      expect(retries).toBe(1)
    }).pipe(Effect.provide(stage({ root: { "www/a": content } })))
  )

  const fromServerToServer = (fault: FtpTestServer.Fault, options: Partial<FtpTreeCopy.CopyOptions>) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault(fault)
      const copy = FtpTreeCopy.make(yield* FtpMirror.remote("www"), yield* FtpMirror.remote("copy"))
      yield* inTime(FtpTreeCopy.perform(copy, step, { keepsTimes: false, atomic: false, replaces: true, ...options }))
      // Not the content: what is shown of a failure would be long.
      return Buffer.from(yield* server.read("/copy/a")).toString() === content
    })

  const twoPlaces = stage({ root: { "www/a": content, "copy/other": "" } })
  const wrongSize = { _tag: "WrongSize", verb: "SIZE", by: 1, times: Number.POSITIVE_INFINITY } as const
  const noSize = { _tag: "Refuse", verb: "SIZE", reply: "550 no", times: Number.POSITIVE_INFINITY } as const

  it.effect("from server to server is as long as it comes, if sizes don't count", () =>
    Effect.gen(function* () {
      expect(yield* fromServerToServer(wrongSize, { ignoreSize: true })).toBe(true)
    }).pipe(Effect.provide(twoPlaces))
  )

  it.effect("from server to server may not have more bytes than allowed", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(fromServerToServer(noSize, { maxBytes: content.length - 1 }))
      expect(error).toMatchObject({ _tag: "FtpIntegrityError", reason: "TooLarge" })
    }).pipe(Effect.provide(twoPlaces))
  )

  it.effect("from server to server tells of each interruption of the source too", () =>
    Effect.gen(function* () {
      let retries = 0
      const onRetry = () => {
        retries++
      }
      const fault = { _tag: "DropData", verb: "RETR", afterBytes: 100_000, how: "Reset" } as const
      expect(yield* fromServerToServer(fault, { onRetry })).toBe(true)
      expect(retries).toBe(1)
    }).pipe(Effect.provide(twoPlaces))
  )
})
