/** What the test kit runs in the background ends with its scope, wherever it was made. Real time: it must not hang. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { dial } from "../support/rawClient.ts"

/** Makes it where nothing can be interrupted, uses it, and closes its scope: what that ended with. */
const closed = <A, E, R, B, F, S>(made: Effect.Effect<A, E, R>, use: (made: A) => Effect.Effect<B, F, S>) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const value = yield* Effect.uninterruptible(Scope.extend(made, scope))
    return yield* Effect.scoped(
      Effect.zipRight(
        use(value),
        Effect.timeoutTo(Effect.disconnect(Effect.exit(Scope.close(scope, Exit.void))), {
          duration: "5 seconds",
          onTimeout: () => "hangs" as const,
          onSuccess: (exit) => exit._tag
        })
      )
    )
  }).pipe(Effect.provide(MemoryTransport.layer))

describe("the test kit, made where nothing can be interrupted", () => {
  for (const [what, withClient] of [
    ["without a client", false],
    ["with one", true]
  ] as const) {
    it.live(`closes the embedded server ${what}`, () =>
      Effect.gen(function* () {
        const ended = yield* closed(FtpTestServer.make({ root: { a: "1" } }), ({ address }) =>
          withClient ? dial(address.host, address.port, "Control") : Effect.void
        )
        expect(ended).toBe("Success")
      })
    )

    it.live(`ends a script ${what} that was not played to its end`, () =>
      Effect.gen(function* () {
        const ended = yield* closed(FtpScript.make("S: 220 hi\nC: QUIT\nS: 221 bye\n"), ({ address }) =>
          withClient ? dial(address.host, address.port, "Control") : Effect.void
        )
        // The mismatch is a defect.
        expect(ended).toBe("Failure")
      })
    )
  }
})
