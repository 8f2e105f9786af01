/**
 * How clients get in: each is served in a fiber, with a scope of its own.
 *
 *     listening ──accepted──► served ──► its scope closed
 *        └──failed──► a pause ──► listening; closed ──► nothing more
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { FtpTransportError, Listener } from "../../platform/FtpTransport.ts"
import { serve } from "./Conversation.ts"
import type { Shared } from "./Session.ts"

/** How long the server leaves a listener alone that failed to accept: no descriptors free, say. */
const ACCEPT_PAUSE = Duration.millis(100)

/** Serves every client in a fiber of `serverScope`, each with a scope of its own. */
export const acceptForever = (listener: Listener, shared: Shared, serverScope: Scope.Scope): Effect.Effect<never> =>
  Effect.forever(
    Effect.catchAll(acceptOne(listener, shared, serverScope), ({ reason }) =>
      reason === "Closed" ? Effect.never : Effect.sleep(ACCEPT_PAUSE)
    )
  )

const acceptOne = (
  listener: Listener,
  shared: Shared,
  serverScope: Scope.Scope
): Effect.Effect<void, FtpTransportError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const accepted = yield* Effect.exit(restore(Scope.extend(listener.accept, scope)))
      if (Exit.isFailure(accepted)) {
        yield* Scope.close(scope, accepted)
        return yield* Effect.failCause(accepted.cause)
      }
      const served = Effect.ignore(Scope.extend(serve(accepted.value, shared), scope))
      const reported = Effect.tapDefect(restore(served), (cause) => Effect.logError("FtpTestServer: a defect", cause))
      yield* Effect.forkIn(
        Effect.onExit(reported, (exit) => Scope.close(scope, exit)),
        serverScope
      )
    })
  )
