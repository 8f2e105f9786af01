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
})
