/**
 * One host of a pool: the slots for its sessions, which are the items of an Effect `Pool`, and how they are lent.
 *
 *     lent: with the idle session that was used last ──► its borrower dials if it has none ──► returned: kept, or emptied
 *     lent empty: with none, for a session that is opened in advance
 *
 * A slot cannot fail; its session is dialled by the borrower itself (`slotSession`). So a dial that fails is that
 * borrower's error alone, and it can be interrupted at any moment.
 */
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pool from "effect/Pool"
import * as Scope from "effect/Scope"
import * as Counting from "../base/counting.ts"
import type * as Endpoint from "../base/FtpEndpoint.ts"
import type { Host, Services, Slot } from "./hostState.ts"
import type { Settings } from "./options.ts"
import * as SlotSession from "./slotSession.ts"

export type { Host, Services, Slot } from "./hostState.ts"

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
      wanted: 0,
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
            return SlotSession.hangUp(counted, slot)
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
      Effect.exit(SlotSession.retire(host, slot)),
      Effect.suspend(() => {
        slot.isLent = false
        Counting.lent(-1)
        return host.turn.withPermits(1)(Scope.close(lease, Exit.void))
      })
    )
  )

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
