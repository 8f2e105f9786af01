/** What a data connection that is closed in place of its TLS handshake means: the control connection says it. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import { FtpConnectError } from "@ftp-effect/core/FtpError"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { inTime } from "../support/inTime.ts"
import { begun, fetch, ready, session } from "../support/scripted.ts"

/** Every data connection ends so. */
const handshakeEnds = (reason: "Unreachable" | "Tls") =>
  Layer.effect(
    FtpSecurity.FtpSecurity,
    Effect.map(FtpSecurity.FtpSecurity, (plain) => ({
      protect: (host) =>
        Effect.map(plain.protect(host), (protection) => ({
          ...protection,
          onData: () =>
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
        }))
    }))
  ).pipe(Layer.provide(FtpSecurity.layerPlain))

const over = (reason: "Unreachable" | "Tls" = "Unreachable") =>
  Effect.provide(
    Layer.mergeAll(handshakeEnds(reason), FtpDataChannel.layerPassive).pipe(Layer.provideMerge(MemoryTransport.layer))
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
