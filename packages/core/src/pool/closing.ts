/**
 * How a pool closes:
 *
 *     idle sessions: QUIT, all at once ──► those that are lent: returned in time? ──yes──► closed
 *                                                                   └──no──► hung up: what their holders do fails
 *
 * Effect's Pool waits for what is lent for as long as its holder takes. A fiber that was forked ends after the layers of
 * the program that forked it have closed: the program would wait for a transfer that only its own end stops.
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Host, Slot } from "./hostState.ts"
import * as SlotSession from "./slotSession.ts"

/** For what an interruption leaves to be done: to settle, to remove a temporary file on the server, to say QUIT. */
const PATIENCE = Duration.seconds(3)

/** `slots` is the scope of the hosts' Pools. A limit costs two fibers here, and four by `runBounded`. */
export const close = (hosts: ReadonlyArray<Host>, slots: Scope.CloseableScope): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* hangUpIdle(hosts)
    const inTime = yield* Deferred.make<boolean>()
    yield* Effect.forkDaemon(
      Effect.ensuring(Effect.interruptible(Scope.close(slots, Exit.void)), Deferred.succeed(inTime, true))
    )
    const limit = yield* Effect.forkDaemon(
      Effect.interruptible(Effect.delay(Deferred.succeed(inTime, false), PATIENCE))
    )
    if (yield* Deferred.await(inTime)) limit.unsafeInterruptAsFork(limit.id())
    else yield* hangUpLent(hosts)
  })

/**
 * Closes the idle sessions of all hosts at once: a pool ends its slots one by one, and each waits for the answer to
 * QUIT.
 */
const hangUpIdle = (hosts: ReadonlyArray<Host>): Effect.Effect<void> => hangUpAll(hosts, ({ isLent }) => !isLent)

/** Closes the sessions that are lent, and those that are being opened, as soon as they are. */
const hangUpLent = (hosts: ReadonlyArray<Host>): Effect.Effect<void> =>
  Effect.suspend(() => {
    for (const host of hosts) host.isClosed = true
    return hangUpAll(hosts, ({ isLent }) => isLent)
  })

const hangUpAll = (hosts: ReadonlyArray<Host>, isMeant: (slot: Slot) => boolean): Effect.Effect<void> => {
  const meant = hosts.flatMap((host) => [...host.slots].filter(isMeant).map((slot) => ({ host, slot })))
  return Effect.forEach(meant, ({ host, slot }) => SlotSession.hangUp(host, slot), {
    concurrency: "unbounded",
    discard: true
  })
}
