/** ProFTPD with required TLS session reuse drops the control connection at the data connection after a reset one. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { inTime } from "../support/inTime.ts"
import { begun, fetch, login, ready } from "../support/scripted.ts"

/** Data connections that depend on the control connection, as with TLS, over plain ones. */
const tied = Layer.effect(
  FtpSecurity.FtpSecurity,
  Effect.map(FtpSecurity.FtpSecurity, (plain) => ({
    protect: (host) => Effect.map(plain.protect(host), (protection) => ({ ...protection, isTiedToControl: true }))
  }))
).pipe(Layer.provide(FtpSecurity.layerPlain))

const provide = (security: Layer.Layer<FtpSecurity.FtpSecurity>) =>
  Effect.provide(Layer.mergeAll(security, FtpDataChannel.layerPassive).pipe(Layer.provideMerge(MemoryTransport.layer)))

const left = `${begun("RETR a")}D: send hello\nS: 426 you left`
const whole = `${begun("RETR b")}D: send hello\nD: end\nS: 226 done`
const dropped = `
  C: EPSV
  S: 229 ok (|||{port}|)
  C: RETR b
  -- close
`

const leave = (made: Effect.Effect.Success<ReturnType<typeof login>>) =>
  inTime(Effect.scoped(Effect.flatMap(made.receive(Command.retr("a")), ({ read }) => read)), "1 second")

describe("a session whose protected data connection was reset", () => {
  it.scoped("is not lent again once the server has dropped one at the next data connection", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${ready()}${left}${dropped}\n-- next connection\n${ready()}${whole}${left}`)
      const capabilities = ServerCapabilities.make()
      const first = yield* login(script, undefined, capabilities)
      yield* leave(first)
      expect(yield* first.reusable).toBe(true)
      expect(yield* inTime(Effect.flip(fetch(first, "b")))).toMatchObject({
        _tag: "FtpConnectionLost",
        channel: "Control"
      })
      const second = yield* login(script, undefined, capabilities)
      yield* fetch(second, "b")
      expect(yield* second.reusable).toBe(true)
      yield* leave(second)
      expect(yield* second.reusable).toBe(false)
    }).pipe(provide(tied))
  )

  it.scoped("is lent again by a server that took another data connection of one before", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(
        `${ready()}${left}${whole}${left}${dropped}\n-- next connection\n${ready()}${left}`
      )
      const capabilities = ServerCapabilities.make()
      const first = yield* login(script, undefined, capabilities)
      yield* leave(first)
      expect(yield* fetch(first, "b")).toBe("hello")
      yield* leave(first)
      yield* inTime(Effect.flip(fetch(first, "b")))
      const second = yield* login(script, undefined, capabilities)
      yield* leave(second)
      expect(yield* second.reusable).toBe(true)
    }).pipe(provide(tied))
  )

  it.scoped("is lent again without TLS, whatever became of the one before", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${ready()}${left}${dropped}\n-- next connection\n${ready()}${left}`)
      const capabilities = ServerCapabilities.make()
      const first = yield* login(script, undefined, capabilities)
      yield* leave(first)
      yield* inTime(Effect.flip(fetch(first, "b")))
      const second = yield* login(script, undefined, capabilities)
      yield* leave(second)
      expect(yield* second.reusable).toBe(true)
    }).pipe(provide(FtpSecurity.layerPlain))
  )
})
