/**
 * How a pool closes:
 *
 *     idle sessions: QUIT, all at once ──► those that are lent: returned in time? ──yes──► closed
 *                                                                   └──no──► hung up: what their holders do fails
 *
 * Effect's Pool waits for what is lent for as long as its holder takes. A fiber that was forked ends after the layers of
 * the program that forked it have closed: the program would wait for a transfer that only its own end stops.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { runBounded } from "../base/boundedFinalizer.ts"
import * as Host from "./host.ts"

/** For what an interruption leaves to be done: to settle, to remove a temporary file on the server, to say QUIT. */
const PATIENCE = Duration.seconds(3)

/** `slots` is the scope of the hosts' Pools. */
export const close = (hosts: ReadonlyArray<Host.Host>, slots: Scope.CloseableScope): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Host.hangUpIdle(hosts)
    const closing = yield* Effect.forkDaemon(Effect.interruptible(Scope.close(slots, Exit.void)))
    if (Option.isNone(yield* runBounded(Fiber.join(closing), PATIENCE))) {
      yield* Host.hangUpLent(hosts)
    }
  })
