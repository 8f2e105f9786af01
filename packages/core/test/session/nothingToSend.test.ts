/** What a data connection that is closed in place of its TLS handshake means: the control connection says it. */
import { describe, expect, it } from "@effect/vitest"
import { FtpConnectError } from "@ftp-effect/core/FtpError"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Effect from "effect/Effect"
import * as GuardedData from "../support/guardedData.ts"
import { inTime } from "../support/inTime.ts"
import { begun, fetch, ready, session } from "../support/scripted.ts"

/** Every data connection ends so. */
const over = (reason: "Unreachable" | "Tls" = "Unreachable") =>
  Effect.provide(
    GuardedData.layer(() =>
      Effect.fail(
        new FtpConnectError({
          reason,
          channel: "Data",
          stage: "Tls",
          detail: "test",
          endpoint: "test",
          transcript: []
        })
      )
    )
  )

describe("a data connection that is closed in place of its TLS handshake", () => {
  it.scoped("is an empty file if the transfer is confirmed", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}${begun("RETR a")}S: 226 done`)
      expect(yield* inTime(fetch(made, "a"))).toBe("")
      expect(yield* made.reusable).toBe(true)
    }).pipe(over())
  )

  it.scoped("is an empty directory if the listing is confirmed", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("MLST type*;")}${begun("MLSD")}S: 226 done`)
      expect(yield* inTime(made.list(""))).toMatchObject({ entries: [], unreadCount: 0 })
    }).pipe(over())
  )

  it.scoped("is a failure if the transfer is refused", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}${begun("RETR a")}S: 426 broken`)
      expect(yield* inTime(Effect.flip(fetch(made, "a")))).toMatchObject({ _tag: "FtpRejected" })
    }).pipe(over())
  )

  it.scoped("is a failure if the server says nothing more", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}${begun("RETR a")}`)
      expect(yield* inTime(Effect.flip(fetch(made, "a")))).toMatchObject({ _tag: "FtpConnectError", channel: "Data" })
    }).pipe(over())
  )

  it.scoped("is a failure of an upload, whatever the server says", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}${begun("STOR a")}S: 226 done`)
      const failure = Effect.flip(made.transmit(Command.stor("a"), Effect.succeedNone))
      expect(yield* inTime(failure)).toMatchObject({ _tag: "FtpConnectError", channel: "Data" })
    }).pipe(over())
  )

  it.scoped("is a failure if the handshake failed for another reason", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}${begun("RETR a")}S: 226 done`)
      expect(yield* inTime(Effect.flip(fetch(made, "a")))).toMatchObject({ _tag: "FtpConnectError", reason: "Tls" })
    }).pipe(over("Tls"))
  )
})
