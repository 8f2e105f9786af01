/**
 * Sessions that are opened before they are asked for, while another one is busy:
 *
 *     warm ──first login accepted──► a place is free, and no borrower waits? ──yes──► dial ──► port ──► idle
 *                                                         └──no──► none                └─ failed ──► the limit is learned
 *
 * Before the first login is accepted nothing is dialled: a password that is wrong goes out once. A place is held for as
 * long as its dial takes, and a borrower that comes meanwhile waits for the session, and dials none of its own beside it.
 * What is being opened is of use to the next caller too, so it does not end with the one that wanted it.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { OpenError } from "../base/FtpError.ts"
import * as Ahead from "./ahead.ts"
import type { Availability } from "./capacity.ts"
import { dial } from "./dial.ts"
import * as Host from "./host.ts"
import type * as Queue from "./queue.ts"

/** What it takes of a pool. */
export interface Warming {
  readonly hosts: ReadonlyArray<Host.Host>
  readonly queue: Queue.Queue
  /** Of the pool: what is being opened when it closes is given up. */
  readonly scope: Scope.Scope
  /** Learns from a dial that failed. `"Available"` if the server takes no more sessions than it has. */
  readonly onFailure: (failed: { readonly host: Host.Host; readonly error: OpenError }) => Effect.Effect<Availability>
}

/** How many, over all hosts; or that for a host whose quickest answer took so many millis. */
export type Wanted = number | ((quickestAnswer: number | undefined) => number)

/** Opens what is missing of so many sessions, over all hosts, unless the scope closes before a login was accepted. */
export const warm = (warming: Warming, sessions: Wanted): Effect.Effect<void, never, Scope.Scope> =>
  Effect.forEach(
    warming.hosts,
    // The scope ends it, also that of a caller who can't be interrupted: a first login may never be accepted.
    (host) => Effect.forkScoped(Effect.interruptible(warmHost(warming, host, sessions))),
    { discard: true }
  )

const warmHost = (warming: Warming, host: Host.Host, sessions: Wanted): Effect.Effect<void> =>
  Effect.zipRight(Deferred.await(host.accepted), Effect.uninterruptible(openMissing(warming, host, sessions)))

/** Those that are noted as wanted have to be forked: each is noted until its fiber ends. */
const openMissing = (warming: Warming, host: Host.Host, sessions: Wanted): Effect.Effect<void> =>
  Effect.flatMap(limitOf(warming, host), (limit) => {
    const wanted = typeof sessions === "number" ? sessions : sessions(host.capabilities.quickestAnswer)
    const share = Math.ceil(wanted / warming.hosts.length)
    const missing = Math.max(0, Math.min(share, limit) - host.live - host.opening - host.wanted)
    return Effect.forEach(
      Array.from({ length: missing }, () => want(host)),
      (dialled) =>
        openOne(warming, host, dialled).pipe(
          Effect.scoped,
          Effect.interruptible,
          Effect.ensuring(dialled),
          Effect.forkIn(warming.scope)
        ),
      { discard: true }
    )
  })

/** Notes one that is wanted, so that no other caller wants it too, until it counts as one that is being opened. */
const want = (host: Host.Host): Effect.Effect<void> => {
  let isWanted = true
  host.wanted++
  return Effect.sync(() => {
    host.wanted -= isWanted ? 1 : 0
    isWanted = false
  })
}

const limitOf = ({ queue }: Warming, { index }: Host.Host): Effect.Effect<number> =>
  Effect.map(queue.status, (hosts) => hosts[index]?.limit ?? 0)

const openOne = (
  { onFailure, queue }: Warming,
  host: Host.Host,
  dialled: Effect.Effect<void>
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    if (!(yield* queue.placeNow(host.index))) {
      return
    }
    const slot = yield* Host.lendEmpty(host)
    if (slot === undefined) {
      return
    }
    let isFull = false
    // Before the place is returned: the next in the queue would run into the same.
    const learnt = (error: OpenError) =>
      Effect.map(onFailure({ host, error }), (availability) => {
        isFull = availability === "Available"
      })
    const session = Effect.flatMap(
      Effect.tapError(Effect.zipRight(dialled, dial(host, slot, { expectsTransfer: true })), learnt),
      // One that is lost by that is lent to no borrower.
      ({ askPort }) => askPort
    )
    yield* Effect.catchAll(
      Ahead.open(host, slot, session, () => isFull),
      (error) => Effect.logDebug("a session could not be opened in advance", error)
    )
  })
