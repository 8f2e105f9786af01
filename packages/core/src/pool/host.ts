/**
 * One host of a pool: its sessions, in the slots of an Effect `Pool`, and what was learned about it.
 *
 *     slot taken ──idle session? fresh──► lent ──returned: in step and pristine──► idle, until `timeToLive`
 *                   └ none, dead: dial ──►  │ └──────────────────────otherwise──► closed
 *
 * The items of the Effect Pool are slots, which cannot fail; a slot's session is dialled by the borrower itself. So a
 * dial that fails is that borrower's error alone, and it can be interrupted at any moment.
 *
 * Until a login was accepted, one borrower dials and the others wait, as each dial may send a password that is wrong.
 * What it fails with is theirs too, if their own dials would fail in the same way:
 *
 *     first dial ──in──► all dial at once
 *         ├─ refused ──► no more dials: the refusal is the error of every later one
 *         ├─ unconfirmed, timed out, no TLS ──► the error of all who waited
 *         └─ else ──► the next one dials
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Pool from "effect/Pool"
import * as Scope from "effect/Scope"
import * as Endpoint from "../base/FtpEndpoint.ts"
import type { FtpAuthError, OpenError } from "../base/FtpError.ts"
import * as Observability from "../base/observability.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import type { FtpDataChannel } from "../data/FtpDataChannel.ts"
import type { FtpTransport } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import type { FtpSecurity } from "../security/FtpSecurity.ts"
import * as FtpSession from "../session/FtpSession.ts"
import type { Settings } from "./options.ts"

/** What it takes to open a session. */
export type Services = FtpTransport | FtpSecurity | FtpDataChannel

/**
 * An item of the Effect Pool. A session belongs to its host: which one comes with a slot is decided when it is lent.
 */
export interface Slot {
  isLent: boolean
  current: { readonly session: FtpSession.FtpSession; readonly scope: Scope.CloseableScope } | undefined
  lastUsed: number
}

export interface Host {
  readonly index: number
  readonly endpoint: Endpoint.FtpEndpoint
  readonly settings: Settings
  /** Those of the pool: a session outlives the caller that opened it. */
  readonly services: Context.Context<Services>
  readonly capabilities: ServerCapabilities.ServerCapabilities
  readonly pool: Pool.Pool<Slot>
  /**
   * One borrower at a time takes or returns a slot: a `Pool.get` that waits for a slot to be made does not notice one
   * that is returned meanwhile, and waits for ever (effect 3.22).
   */
  readonly turn: Effect.Semaphore
  readonly slots: ReadonlySet<Slot>
  /** Sessions that are logged in. */
  live: number
  /** Sessions that are being opened. */
  opening: number
  /** A warning was logged that this host is no longer used. */
  warned: boolean
  /** Held by the one who dials before a login was accepted. */
  readonly firstDial: Effect.Semaphore
  /** The last failure of such a dial that those who waited for it share. */
  failure: OpenError | undefined
  /** The server refused the login: it is not sent again. */
  refusal: FtpAuthError | undefined
}

/** A session that can't answer NOOP in this time is replaced: dialling anew is quicker than waiting. */
const PROBE_LIMIT = Duration.seconds(3)

export const make = (
  endpoint: Endpoint.FtpEndpoint,
  index: number,
  settings: Settings,
  services: Context.Context<Services>
): Effect.Effect<Host, never, Scope.Scope> =>
  Effect.gen(function* () {
    const counted: Pick<Host, "live" | "opening" | "warned" | "failure" | "refusal"> = {
      live: 0,
      opening: 0,
      warned: false,
      failure: undefined,
      refusal: undefined
    }
    const slots = new Set<Slot>()
    const pool = yield* Pool.makeWithTTL({
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
    const turn = yield* Effect.makeSemaphore(1)
    const firstDial = yield* Effect.makeSemaphore(1)
    const capabilities = ServerCapabilities.make()
    return Object.assign(counted, { index, endpoint, settings, services, capabilities, pool, turn, firstDial, slots })
  })

/** A slot of the host, returned when the scope closes. */
export const lend = (host: Host): Effect.Effect<Slot, never, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const lease = yield* Scope.make()
      const slot = yield* host.turn.withPermits(1)(Scope.extend(Pool.get(host.pool), lease))
      giveLastUsed(host.slots, slot)
      yield* Effect.addFinalizer(() =>
        Effect.zipRight(
          // The pool would wait for ever for a slot that is not returned.
          Effect.exit(retire(host, slot)),
          Effect.suspend(() => {
            slot.isLent = false
            return host.turn.withPermits(1)(Scope.close(lease, Exit.void))
          })
        )
      )
      return slot
    })
  )

/** The slot's session if it is fresh, else a new one. */
export const sessionOf = (host: Host, slot: Slot): Effect.Effect<FtpSession.FtpSession, OpenError> =>
  Effect.gen(function* () {
    if (slot.current !== undefined) {
      if (yield* isFresh(host, slot, slot.current.session)) {
        return slot.current.session
      }
      yield* hangUp(host, slot)
    }
    return yield* dial(host, slot)
  })

const isFresh = ({ settings }: Host, slot: Slot, session: FtpSession.FtpSession): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    if (!(yield* session.reusable)) {
      return false
    }
    if ((yield* Clock.currentTimeMillis) - slot.lastUsed < Duration.toMillis(settings.probeAfter)) {
      return true
    }
    const answer = yield* Effect.exit(Effect.timeout(session.run(Command.noop), PROBE_LIMIT))
    // A server may not know NOOP: any answer proves that it is there and in step.
    return answer._tag === "Success" || (yield* session.reusable)
  })

/** Dials when it is this borrower's turn, and only if those before did not fail for all. */
const dial = (host: Host, slot: Slot): Effect.Effect<FtpSession.FtpSession, OpenError> =>
  Effect.suspend(() => {
    if (host.refusal !== undefined) {
      return Effect.fail(host.refusal)
    }
    if (isProven(host)) {
      return open(host, slot)
    }
    const before = host.failure
    const inTurn = Effect.suspend((): Effect.Effect<FtpSession.FtpSession | undefined, OpenError> => {
      const error = host.refusal ?? (host.failure === before ? undefined : host.failure)
      return error !== undefined ? Effect.fail(error) : isProven(host) ? Effect.succeed(undefined) : open(host, slot)
    })
    return Effect.flatMap(host.firstDial.withPermits(1)(inTurn), (session) =>
      session === undefined ? open(host, slot) : Effect.succeed(session)
    )
  })

/** Whether the server has accepted the login. */
const isProven = ({ capabilities }: Host): boolean => capabilities.get("Login") === "Works"

const learn = (host: Host, error: OpenError): void => {
  if (error._tag === "FtpAuthError") {
    host.refusal = error
  } else if (isShared(error)) {
    host.failure = error
  }
}

/** What would be the same for those who wait, or would cost each of them a whole time limit. */
const isShared = (error: OpenError): boolean =>
  !error.isRetryable ||
  ((error._tag === "FtpConnectError" || error._tag === "FtpConnectionLost") && error.reason === "TimedOut")

/** Dials into the slot. Whatever happens, nothing is left open but a session that the slot owns. */
const open = (host: Host, slot: Slot): Effect.Effect<FtpSession.FtpSession, OpenError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const { capabilities, endpoint, services, settings } = host
      const scope = yield* Scope.make()
      host.opening++
      const exit = yield* FtpSession.make({
        endpoint,
        capabilities,
        zone: settings.zone,
        dialect: settings.dialect,
        dateOrder: settings.dateOrder
      }).pipe(
        Effect.provide(services),
        Scope.extend(scope),
        // A session outlives the caller that opened it, so its span is no part of the caller's.
        Effect.withSpan("FtpPool.open", {
          root: true,
          captureStackTrace: false,
          attributes: { [Observability.Attribute.server]: Endpoint.toLabel(endpoint) }
        }),
        restore,
        Effect.exit
      )
      host.opening--
      if (Exit.isFailure(exit)) {
        Option.map(Cause.failureOption(exit.cause), (error) => learn(host, error))
        yield* Scope.close(scope, exit)
        return yield* exit
      }
      slot.current = { session: exit.value, scope }
      host.live++
      return exit.value
    })
  )

/** Leaves the slot with a session that the next borrower can have, or with none. */
const retire = (host: Host, slot: Slot): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (slot.current !== undefined) {
      yield* slot.current.session.settle
      if (yield* slot.current.session.reusable) {
        slot.lastUsed = yield* Clock.currentTimeMillis
        return
      }
    }
    yield* hangUp(host, slot)
  })

/**
 * Closes the idle sessions of all hosts at once: a pool ends its slots one by one, and each waits for the answer to
 * QUIT.
 */
export const hangUpIdle = (hosts: ReadonlyArray<Host>): Effect.Effect<void> => {
  const idle = hosts.flatMap((host) => [...host.slots].filter(({ isLent }) => !isLent).map((slot) => ({ host, slot })))
  return Effect.forEach(idle, ({ host, slot }) => hangUp(host, slot), { concurrency: "unbounded", discard: true })
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
}

const hangUp = (host: { live: number }, slot: Slot): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { current } = slot
    if (current === undefined) {
      return Effect.void
    }
    slot.current = undefined
    host.live--
    // A borrower who is interrupted meanwhile leaves no connection half closed.
    return Effect.uninterruptible(Scope.close(current.scope, Exit.void))
  })
