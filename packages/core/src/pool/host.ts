/**
 * One host of a pool: its sessions, in the slots of an Effect `Pool`, and what was learned about it.
 *
 *     slot taken ──idle session? fresh──► lent ──returned: in step and pristine──► idle, until `timeToLive`
 *                   └ none, dead: dial ──►  │ └──────────────────────otherwise──► closed
 *
 * The items of the Effect Pool are slots, which cannot fail; a slot's session is dialled by the borrower itself. So a
 * dial that fails is that borrower's error alone, and it can be interrupted at any moment.
 */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Pool from "effect/Pool"
import * as Scope from "effect/Scope"
import * as Counting from "../base/counting.ts"
import type * as Endpoint from "../base/FtpEndpoint.ts"
import type { OpenError } from "../base/FtpError.ts"
import * as TimeLimit from "../base/timeLimit.ts"
import * as Command from "../protocol/Command.ts"
import type * as FtpSession from "../session/FtpSession.ts"
import { dial } from "./dial.ts"
import type { Ahead, Host, Services, Slot } from "./hostState.ts"
import type { Freshness } from "./keeping.ts"
import * as Loan from "./loan.ts"
import type { Settings } from "./options.ts"
import * as SessionLimit from "./sessionLimit.ts"

export type { Host, Services, Slot } from "./hostState.ts"

/** A session that can't answer NOOP in this time is replaced: dialling anew is quicker than waiting. */
const PROBE_LIMIT = Duration.seconds(3)

export const make = (
  endpoint: Endpoint.FtpEndpoint,
  index: number,
  settings: Settings,
  services: Context.Context<Services>,
  capabilities: Host["capabilities"],
  lower: Host["lower"]
): Effect.Effect<Host, never, Scope.Scope> =>
  Effect.gen(function* () {
    const counted: Omit<
      Host,
      | "index"
      | "endpoint"
      | "settings"
      | "services"
      | "capabilities"
      | "pool"
      | "turn"
      | "firstDial"
      | "accepted"
      | "slots"
      | "lower"
    > = {
      isClosed: false,
      live: 0,
      opening: 0,
      ahead: new Set(),
      openings: [],
      accepting: 0,
      opened: 0,
      openingTook: 0,
      coexist: false,
      perhapsReplaced: false,
      furtherFailures: 0,
      lastDeath: Number.NEGATIVE_INFINITY,
      warned: false,
      failure: undefined,
      refusal: undefined
    }
    const slots = new Set<Slot>()
    const pool = yield* inOwnFiber(
      Pool.makeWithTTL({
        acquire: Effect.acquireRelease(
          Effect.sync(() => {
            const slot: Slot = { isLent: false, current: undefined, lastUsed: 0 }
            slots.add(slot)
            return slot
          }),
          (slot) => {
            slots.delete(slot)
            return hangUp(counted, slot)
          }
        ),
        min: 0,
        max: settings.maxPerHost,
        timeToLive: settings.timeToLive,
        timeToLiveStrategy: "usage"
      })
    )
    const turn = yield* Effect.makeSemaphore(1)
    const firstDial = yield* Effect.makeSemaphore(1)
    return Object.assign(counted, {
      index,
      endpoint,
      settings,
      services,
      capabilities,
      pool,
      turn,
      firstDial,
      accepted: yield* Deferred.make<void>(),
      slots,
      lower
    })
  })

/**
 * The fibers that a Pool forks for itself can be interrupted only if its maker can, else closing it would never end. An
 * interruption that a caller who can't be interrupted has to come must not end the making.
 */
const inOwnFiber = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(Effect.interruptible(self)), Fiber.join))

/** A slot of the host, returned when the scope closes. */
export const lend = (host: Host): Effect.Effect<Slot, never, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const lease = yield* Scope.make()
      // In the same turn: until it is marked as lent, it looks empty.
      const slot = yield* host.turn.withPermits(1)(
        Effect.tap(Scope.extend(Pool.get(host.pool), lease), (slot) =>
          Effect.sync(() => giveLastUsed(host.slots, slot))
        )
      )
      yield* returnAtEnd(host, slot, lease)
      return slot
    })
  )

/** A slot without a session, if there is one. No idle session is taken from a borrower meanwhile. */
export const lendEmpty = (host: Host): Effect.Effect<Slot | undefined, never, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.flatMap(host.turn.withPermits(1)(takeEmpty(host)), (taken) =>
      taken === undefined
        ? Effect.succeed(undefined)
        : Effect.as(returnAtEnd(host, taken.slot, taken.lease), taken.slot)
    )
  )

/** The pool hands out idle slots first, so those with a session are held until one without comes. */
const takeEmpty = (host: Host) =>
  Effect.gen(function* () {
    const passed: Array<Scope.CloseableScope> = []
    let taken: { readonly slot: Slot; readonly lease: Scope.CloseableScope } | undefined
    while (taken === undefined && isAnyEmpty(host)) {
      const lease = yield* Scope.make()
      const slot = yield* Scope.extend(Pool.get(host.pool), lease)
      if (slot.current === undefined) {
        slot.isLent = true
        Counting.lent(1)
        taken = { slot, lease }
      } else {
        passed.push(lease)
      }
    }
    yield* Effect.forEach(passed, (lease) => Scope.close(lease, Exit.void), { discard: true })
    return taken
  })

/** Else the pool has no other to hand out. */
const isAnyEmpty = ({ settings, slots }: Host): boolean =>
  [...slots].filter(({ current, isLent }) => isLent || current !== undefined).length < settings.maxPerHost

const returnAtEnd = (host: Host, slot: Slot, lease: Scope.CloseableScope): Effect.Effect<void, never, Scope.Scope> =>
  Effect.addFinalizer(() =>
    Effect.zipRight(
      // The pool would wait for ever for a slot that is not returned.
      Effect.exit(retire(host, slot)),
      Effect.suspend(() => {
        slot.isLent = false
        Counting.lent(-1)
        return host.turn.withPermits(1)(Scope.close(lease, Exit.void))
      })
    )
  )

/** The slot's session if it is fresh, else a new one. */
export const sessionOf = (host: Host, slot: Slot): Effect.Effect<FtpSession.FtpSession, OpenError> =>
  Effect.gen(function* () {
    if (slot.current !== undefined) {
      if (yield* isFresh(host, slot.current.session, slot.lastUsed)) {
        return slot.current.session
      }
      yield* drop(host, slot)
    }
    yield* fromAhead(host, slot)
    return slot.current?.session ?? (yield* dial(host, slot))
  })

/** Waits for a session that is opened in advance, if no other borrower does, and has it unless that has failed. */
const fromAhead = (host: Host, slot: Slot): Effect.Effect<void> =>
  Effect.suspend(() => {
    const ahead = [...host.ahead].find(({ borrower }) => borrower === undefined)
    if (ahead === undefined) {
      return Effect.void
    }
    const decided = Deferred.unsafeMake<void>(FiberId.none)
    ahead.borrower = { slot, decided }
    return Effect.onInterrupt(Deferred.await(decided), () =>
      Effect.sync(() => {
        ahead.borrower = undefined
      })
    )
  })

/** Opens a session in advance; a borrower that comes meanwhile has it as soon as `open` has succeeded. */
export const openAhead = <E>(host: Host, slot: Slot, open: Effect.Effect<void, E>): Effect.Effect<void, E> =>
  Effect.suspend(() => {
    const ahead: Ahead = { slot, borrower: undefined }
    host.ahead.add(ahead)
    return Effect.onExit(open, (exit) =>
      Effect.sync(() => {
        host.ahead.delete(ahead)
        if (ahead.borrower === undefined) {
          return
        }
        if (Exit.isSuccess(exit)) {
          ahead.borrower.slot.current = slot.current
          slot.current = undefined
        }
        Deferred.unsafeDone(ahead.borrower.decided, Effect.void)
      })
    )
  })

/** The same for a session that a keeper has. */
export const freshnessOf = (hosts: ReadonlyArray<Host>, { probeAfter }: Settings): Freshness => ({
  probeAfter: Duration.toMillis(probeAfter),
  isFresh: (session, lastUsed) => {
    const host = hosts.find(({ endpoint }) => Equal.equals(endpoint, session.endpoint))
    return host === undefined ? session.reusable : isFresh(host, session, lastUsed)
  }
})

/** Whether a session that was used last at that time (in millis) can be lent: after a while it is asked. */
const isFresh = (
  { capabilities, settings }: Pick<Host, "capabilities" | "settings">,
  session: FtpSession.FtpSession,
  lastUsed: number
): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    if (!(yield* session.reusable)) {
      return false
    }
    if ((yield* Clock.currentTimeMillis) - lastUsed < Duration.toMillis(settings.probeAfter)) {
      return true
    }
    const probe = capabilities.optionalVerbs.isAvoided("NOOP") ? Command.pwd : Command.noop
    const answer = yield* Effect.exit(
      TimeLimit.timeoutFail(session.run(probe), { duration: PROBE_LIMIT, onTimeout: () => "Silent" as const })
    )
    // A server may not know NOOP: any answer proves that it is there and in step.
    return answer._tag === "Success" || (yield* session.reusable)
  })

/** Leaves the slot with a session that the next borrower can have, or with none. */
const retire = (host: Host, slot: Slot): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (slot.current !== undefined) {
      const unusedSince = Loan.end(slot.current.session)
      yield* slot.current.session.settle
      // Whether it is in step is asked when it is lent again: who returns it is perhaps about to stop.
      if (yield* slot.current.session.pristine) {
        slot.lastUsed = unusedSince ?? (yield* Clock.currentTimeMillis)
        host.coexist ||= SessionLimit.isProof(slot.current, host)
        return
      }
    }
    yield* drop(host, slot)
  })

/** Closes a session that can't be lent again. */
const drop = (host: Host, slot: Slot): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { current } = slot
    host.coexist ||= current !== undefined && SessionLimit.hasServedBeside(current)
    const fate = current === undefined ? "Own" : yield* SessionLimit.fateOf(current, host)
    yield* hangUp(host, slot)
    host.perhapsReplaced ||= fate === "PerhapsReplaced"
    if (fate === "Replaced") {
      yield* SessionLimit.lower(host)
    }
  })

/**
 * Closes the idle sessions of all hosts at once: a pool ends its slots one by one, and each waits for the answer to
 * QUIT.
 */
export const hangUpIdle = (hosts: ReadonlyArray<Host>): Effect.Effect<void> => hangUpAll(hosts, ({ isLent }) => !isLent)

/** Closes the sessions that are lent, and those that are being opened, as soon as they are. */
export const hangUpLent = (hosts: ReadonlyArray<Host>): Effect.Effect<void> =>
  Effect.suspend(() => {
    for (const host of hosts) host.isClosed = true
    return hangUpAll(hosts, ({ isLent }) => isLent)
  })

const hangUpAll = (hosts: ReadonlyArray<Host>, isMeant: (slot: Slot) => boolean): Effect.Effect<void> => {
  const meant = hosts.flatMap((host) => [...host.slots].filter(isMeant).map((slot) => ({ host, slot })))
  return Effect.forEach(meant, ({ host, slot }) => hangUp(host, slot), { concurrency: "unbounded", discard: true })
}

/**
 * Lends the slot with the session that was used last of the idle ones, wherever it is. A Pool hands empty slots out in
 * turn with the others, and their borrowers would dial beside idle sessions: into the limit of a full server each time.
 */
const giveLastUsed = (slots: Iterable<Slot>, slot: Slot): void => {
  let best = slot
  for (const other of slots) {
    if (
      !other.isLent &&
      other.current !== undefined &&
      (best.current === undefined || other.lastUsed > best.lastUsed)
    ) {
      best = other
    }
  }
  const { current, lastUsed } = best
  best.current = slot.current
  best.lastUsed = slot.lastUsed
  slot.current = current
  slot.lastUsed = lastUsed
  slot.isLent = true
  Counting.lent(1)
}

const hangUp = (host: { live: number }, slot: Slot): Effect.Effect<void> =>
  // A borrower who is interrupted meanwhile leaves no connection half closed.
  Effect.uninterruptible(
    Effect.suspend(() => {
      const { current } = slot
      if (current === undefined) {
        return Effect.void
      }
      slot.current = undefined
      host.live--
      Counting.live(-1)
      return Scope.close(current.scope, Exit.void)
    })
  )
