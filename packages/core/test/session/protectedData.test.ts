/** How a transfer leaves a data connection that something stands in front of, as TLS does. */
import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as GuardedData from "../support/guardedData.ts"
import { ready, session } from "../support/scripted.ts"

/** Reports how each data connection is left: closed means close_notify and FIN, "file complete". */
const reporting = (report: (event: string) => void) =>
  Effect.provide(
    GuardedData.layer((_, connection) =>
      Effect.as(
        Effect.addFinalizer(() => Effect.sync(() => report("closed"))),
        {
          ...connection,
          reset: Effect.zipRight(
            Effect.sync(() => report("reset")),
            connection.reset
          )
        }
      )
    )
  )

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
      }).pipe(reporting((event) => events.push(event)))
    }
  )
})
