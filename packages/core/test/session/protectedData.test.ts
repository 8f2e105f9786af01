/** How a transfer leaves a data connection that something stands in front of, as TLS does. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { ready, session } from "../support/scripted.ts"

/** Wraps data connections, and tells how each wrapping is left: closed means close_notify and FIN, "file complete". */
const wrapping = (tell: (event: string) => void) =>
  Layer.effect(
    FtpSecurity.FtpSecurity,
    Effect.map(FtpSecurity.FtpSecurity, (plain) => ({
      protect: (host) =>
        Effect.map(plain.protect(host), (protection) => ({
          ...protection,
          onData: (_, connection) =>
            Effect.as(
              Effect.addFinalizer(() => Effect.sync(() => tell("closed"))),
              {
                ...connection,
                reset: Effect.zipRight(
                  Effect.sync(() => tell("reset")),
                  connection.reset
                )
              }
            )
        }))
    }))
  ).pipe(Layer.provide(FtpSecurity.layerPlain))

describe("a protected data connection", () => {
  it.scoped(
    "is reset before it is closed when an upload is interrupted: closing says that the file is complete",
    () => {
      const events: Array<string> = []
      return Effect.gen(function* () {
        const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: STOR a
        D: accept
        S: 150 go on
      `)
        const begun = yield* Deferred.make<void>()
        const pull = Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never)
        const upload = yield* Effect.fork(made.transmit(Command.stor("a"), pull))
        yield* Deferred.await(begun)
        const interruption = yield* Effect.fork(Fiber.interrupt(upload))
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.join(interruption)
        expect(events).toEqual(["reset", "closed"])
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            wrapping((event) => events.push(event)),
            FtpDataChannel.layerPassive
          ).pipe(Layer.provideMerge(MemoryTransport.layer))
        )
      )
    }
  )
})
