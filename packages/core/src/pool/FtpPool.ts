/**
 * Sessions that are kept and shared: an Effect `Pool` per host, over one host or several that hold the same files.
 *
 *     borrow ──► queue for capacity ──► slot of the host's Pool ──► idle session? ──yes, and fresh──────────► lent
 *                                                                      │ idle for long: NOOP ──answered──────► lent
 *                                                                      └ none, dead ──► dial, log in ────────► lent
 *     give back: in step and neutral? ──yes──► kept, until idle for `timeToLive`
 *                                     └──no───► closed
 *
 * A borrowed session is presumed spoiled: it is kept only when proven reusable. The items of the Effect Pool are slots,
 * which cannot fail; a slot's session is dialled by the borrower itself. So a dial that fails is that borrower's error
 * alone, it can be interrupted at any moment, and nobody waits for somebody else's dial.
 *
 * A server that takes no more connections lowers its host's capacity: the borrower waits for a session that exists. A
 * host that fails is nobody's error while another serves: see `capacity`.
 * Nothing here waits for a second session while holding one. It does NOT run commands.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Pool from "effect/Pool"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpConnectError, FtpUsageError, type OpenError } from "../base/FtpError.ts"
import type { FtpRate } from "../base/FtpRate.ts"
import { FtpRetry, type Policies } from "../base/FtpRetry.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as Observability from "../base/observability.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import type { FtpDataChannel } from "../data/FtpDataChannel.ts"
import { FtpAddressFamily, type FtpTransport } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import type { FtpSecurity } from "../security/FtpSecurity.ts"
import * as FtpSession from "../session/FtpSession.ts"
import * as Capacity from "./capacity.ts"
import * as Slots from "./slots.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** One server, or several that hold the same files for the same user. */
  readonly endpoints: readonly [Endpoint.FtpEndpoint, ...Array<Endpoint.FtpEndpoint>]
  /** Sessions at most on each. Default 4, which most servers grant; what a server refuses is learned. */
  readonly maxPerHost?: number | undefined
  /** How long a session is kept unused. Default 45 seconds, as servers and NATs forget idle connections after minutes. */
  readonly timeToLive?: Duration.DurationInput | undefined
  /** A session unused for longer is asked NOOP before it is lent. Default 15 seconds. */
  readonly probeAfter?: Duration.DurationInput | undefined
  /**
   * How long a borrower waits for a free session, dialling not counted. It begins anew after each dial that failed and is
   * tried again. Default 2 minutes.
   */
  readonly acquireTimeout?: Duration.DurationInput | undefined
  /** Where the times of LIST are read. Default UTC. */
  readonly zone?: DateTime.TimeZone | undefined
  /** A limit on all that `FtpTransfer` and `FtpClient` move with its sessions, listings excepted. Default none. */
  readonly rate?: FtpRate | undefined
}

/**
 * One host's numbers: sessions that are logged in, of these or being opened those lent out, and how many it may have.
 *
 * @since 0.1.0
 * @category models
 */
export interface HostStatus {
  readonly endpoint: Endpoint.FtpEndpoint
  readonly live: number
  readonly inUse: number
  readonly limit: number
}

/**
 * Lends sessions.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpPool {
  readonly endpoints: ReadonlyArray<Endpoint.FtpEndpoint>
  /** Sessions at most, over all hosts. */
  readonly size: number
  /** The schedules that were in force when the pool was made: they hold for all that is done with its sessions. */
  readonly policies: Policies
  /** The limit on what is moved with its sessions: it is for whoever moves it to keep. */
  readonly rate: FtpRate | undefined
  /**
   * A session, until the scope closes. `host` asks for one of the endpoints, or an equal one. Interruptible at any
   * moment. Fails with `FtpConnectError` `NoSessionFree` when none was free for `acquireTimeout`, and with `FtpUsageError`
   * where `host` is none of the endpoints.
   */
  readonly borrow: (options?: {
    readonly host?: Endpoint.FtpEndpoint | undefined
  }) => Effect.Effect<FtpSession.FtpSession, OpenError, Scope.Scope>
  readonly status: Effect.Effect<ReadonlyArray<HostStatus>>
}

/**
 * The tag of `FtpPool`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpPool: Context.Tag<FtpPool, FtpPool> = Context.GenericTag<FtpPool>("@ftp-effect/core/FtpPool")

interface Host {
  readonly index: number
  readonly endpoint: Endpoint.FtpEndpoint
  readonly capabilities: ServerCapabilities.ServerCapabilities
  readonly pool: Pool.Pool<Slots.Slot>
  /**
   * One at a time takes a slot or gives one back: a `Pool.get` that waits for a slot to be made never hears of one that is
   * given back meanwhile, and waits for ever (effect 3.22).
   */
  readonly turn: Effect.Semaphore
  readonly slots: ReadonlySet<Slots.Slot>
  /** Sessions that are logged in. */
  live: number
  /** Sessions that are being opened. */
  opening: number
  /** It was told that this host is used no more. */
  warned: boolean
}

const DEFAULT_MAX_PER_HOST = 4
const DEFAULT_TIME_TO_LIVE = Duration.seconds(45)
const DEFAULT_PROBE_AFTER = Duration.seconds(15)
const DEFAULT_ACQUIRE_TIMEOUT = Duration.minutes(2)
/** A session that can't answer NOOP in this time is replaced: dialling anew is quicker than waiting. */
const PROBE_LIMIT = Duration.seconds(3)

/**
 * A pool that closes all its sessions with the scope. It dials nothing until the first borrower comes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<FtpPool, never, FtpTransport | FtpSecurity | FtpDataChannel | Scope.Scope> =>
  Effect.gen(function* () {
    const maxPerHost = Math.max(1, options.maxPerHost ?? DEFAULT_MAX_PER_HOST)
    const probeAfter = Duration.toMillis(options.probeAfter ?? DEFAULT_PROBE_AFTER)
    const acquireTimeout = Duration.decode(options.acquireTimeout ?? DEFAULT_ACQUIRE_TIMEOUT)
    const policies = yield* FtpRetry
    // Not the scope of the pool: each session has its own. The settings are the pool's, as a session outlives who dials it.
    const services = (yield* Effect.context<FtpTransport | FtpSecurity | FtpDataChannel>()).pipe(
      Context.omit(Scope.Scope),
      Context.add(FtpTimeouts, yield* FtpTimeouts),
      Context.add(FtpAddressFamily, yield* FtpAddressFamily)
    )
    const capacity = yield* Capacity.make(options.endpoints.length, maxPerHost)

    const hosts = yield* Effect.forEach(options.endpoints, (endpoint, index) =>
      Effect.gen(function* () {
        const counted = { live: 0, opening: 0, warned: false }
        const slots = new Set<Slots.Slot>()
        const pool = yield* Pool.makeWithTTL({
          acquire: Effect.acquireRelease(
            Effect.sync(() => {
              const slot = Slots.make()
              slots.add(slot)
              return slot
            }),
            (slot) => {
              slots.delete(slot)
              return Slots.hangUp(counted, slot)
            }
          ),
          min: 0,
          max: maxPerHost,
          timeToLive: options.timeToLive ?? DEFAULT_TIME_TO_LIVE,
          timeToLiveStrategy: "usage"
        })
        const turn = yield* Effect.makeSemaphore(1)
        return Object.assign(counted, {
          index,
          endpoint,
          pool,
          turn,
          slots,
          capabilities: ServerCapabilities.make()
        }) satisfies Host
      })
    )

    // A pool ends its slots one after the other, and each would wait for the answer to its QUIT.
    yield* Effect.addFinalizer(() => {
      const idle = hosts.flatMap((host) =>
        [...host.slots].filter(({ isLent }) => !isLent).map((slot) => ({ host, slot }))
      )
      return Effect.forEach(idle, ({ host, slot }) => Slots.hangUp(host, slot), {
        concurrency: "unbounded",
        discard: true
      })
    })

    /** Dials into the slot. Whatever happens, nothing is left open but a session that the slot owns. */
    const dial = (host: Host, slot: Slots.Slot): Effect.Effect<FtpSession.FtpSession, OpenError> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const scope = yield* Scope.make()
          host.opening++
          const exit = yield* FtpSession.make({
            endpoint: host.endpoint,
            capabilities: host.capabilities,
            zone: options.zone
          }).pipe(
            Effect.provide(services),
            Scope.extend(scope),
            // A session outlives the caller that opened it, so its span is no part of the caller's.
            Effect.withSpan("FtpPool.open", {
              root: true,
              captureStackTrace: false,
              attributes: { [Observability.Attribute.server]: Endpoint.toLabel(host.endpoint) }
            }),
            restore,
            Effect.exit
          )
          host.opening--
          if (Exit.isFailure(exit)) {
            yield* Scope.close(scope, exit)
            return yield* exit
          }
          slot.current = { session: exit.value, scope }
          host.live++
          return exit.value
        })
      )

    const isFresh = (slot: Slots.Slot, session: FtpSession.FtpSession): Effect.Effect<boolean> =>
      Effect.gen(function* () {
        if (!(yield* session.reusable)) {
          return false
        }
        if ((yield* Clock.currentTimeMillis) - slot.lastUsed < probeAfter) {
          return true
        }
        const answer = yield* Effect.exit(Effect.timeout(session.run(Command.noop), PROBE_LIMIT))
        // A server may not know NOOP: any answer proves that it is there and in step.
        return answer._tag === "Success" || (yield* session.reusable)
      })

    const live = (host: Host, slot: Slots.Slot): Effect.Effect<FtpSession.FtpSession, OpenError> =>
      Effect.gen(function* () {
        if (slot.current !== undefined) {
          if (yield* isFresh(slot, slot.current.session)) {
            return slot.current.session
          }
          yield* Slots.hangUp(host, slot)
        }
        return yield* dial(host, slot)
      })

    /** A slot of the host, given back when the scope closes. */
    const lend = (host: Host): Effect.Effect<Slots.Slot, never, Scope.Scope> =>
      Effect.uninterruptible(
        Effect.gen(function* () {
          const lease = yield* Scope.make()
          const slot = yield* host.turn.withPermits(1)(Scope.extend(Pool.get(host.pool), lease))
          Slots.lend(host.slots, slot)
          yield* Effect.addFinalizer(() =>
            Effect.zipRight(
              // A slot that is not given back is waited for by the pool for ever.
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

    /** Leaves the slot with a session that the next borrower can have, or with none. */
    const retire = (host: Host, slot: Slots.Slot): Effect.Effect<void> =>
      Effect.gen(function* () {
        if (slot.current !== undefined) {
          yield* slot.current.session.settle
          if (yield* slot.current.session.reusable) {
            slot.lastUsed = yield* Clock.currentTimeMillis
            return
          }
        }
        yield* Slots.hangUp(host, slot)
      })

    const noneFree = Effect.sync(
      () =>
        new FtpConnectError({
          reason: "NoSessionFree",
          channel: "Control",
          stage: "Pool",
          detail: `no session was free for ${Observability.seconds(acquireTimeout)}`,
          endpoint: options.endpoints.map(Endpoint.toLabel).join(", "),
          transcript: []
        })
    )

    /** One try, in a scope of its own: a place in the queue, a slot, a live session. */
    const attempt = (pin: number | undefined): Effect.Effect<FtpSession.FtpSession, Failed, Scope.Scope> =>
      Effect.gen(function* () {
        const ticket = yield* capacity.join(pin)
        const index = yield* ticket.wait(acquireTimeout)
        const granted = Option.isSome(index) ? hosts[index.value] : undefined
        if (granted === undefined) {
          return yield* Effect.fail({ host: undefined, error: yield* noneFree })
        }
        const slot = yield* lend(granted)
        const session = yield* Effect.mapError(live(granted, slot), (error) => ({ host: granted, error }))
        yield* capacity.markHealthy(granted.index)
        return session
      })

    /** What a failed try says about its host, and whether there is a session elsewhere. */
    const learn = ({ error, host }: Failed, pin: number | undefined): Effect.Effect<Capacity.Availability> =>
      Effect.gen(function* () {
        if (host === undefined) {
          return "None"
        }
        const others = host.live + host.opening
        if (error._tag === "FtpConnectError" && error.reason === "TooManyConnections" && others > 0) {
          yield* capacity.lower(host.index, others)
          yield* Effect.logInfo(`${Endpoint.toLabel(host.endpoint)} takes no more than ${others} connections`)
          return "Available"
        }
        if (pin !== undefined || hosts.length === 1) {
          return "None"
        }
        const availability = yield* capacity.markFailed(host.index, error.isRetryable ? "ForNow" : "ForGood")
        if (!error.isRetryable && availability !== "None" && !host.warned) {
          host.warned = true
          yield* Effect.logWarning(`${Endpoint.toLabel(host.endpoint)} is used no more: ${error.message}`)
        }
        return availability
      })

    const borrow = (pin: number | undefined): Effect.Effect<FtpSession.FtpSession, OpenError, Scope.Scope> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const outer = yield* Effect.scope
          const driver = yield* Schedule.driver(policies.connect)
          let elsewhere = hosts.length - 1
          while (true) {
            const scope = yield* Scope.fork(outer, ExecutionStrategy.sequential)
            const exit = yield* attempt(pin).pipe(Scope.extend(scope), restore, Effect.either, Effect.exit)
            if (Exit.isFailure(exit)) {
              yield* Scope.close(scope, exit)
              return yield* Effect.failCause(exit.cause)
            }
            if (exit.value._tag === "Right") {
              return exit.value.right
            }
            const { error, host } = exit.value.left
            // Before the place is given back: the next in the queue would run into the same.
            const availability = yield* learn(exit.value.left, pin)
            yield* Scope.close(scope, exit)
            if (availability === "Available" || (availability === "Recovering" && elsewhere-- > 0)) {
              continue
            }
            if (host === undefined || !error.isRetryable) {
              return yield* Effect.fail(error)
            }
            yield* restore(Effect.mapError(driver.next(error), () => error))
          }
        })
      )

    const toPin = (host: Endpoint.FtpEndpoint): Effect.Effect<number, FtpUsageError> => {
      const pin = hosts.findIndex(({ endpoint }) => Equal.equals(endpoint, host))
      return pin < 0
        ? Effect.fail(
            new FtpUsageError({
              argument: "host",
              why: `${Endpoint.toLabel(host)} is none of the endpoints of this pool`
            })
          )
        : Effect.succeed(pin)
    }

    return {
      endpoints: options.endpoints,
      size: options.endpoints.length * maxPerHost,
      policies,
      rate: options.rate,
      borrow: (which) => (which?.host === undefined ? borrow(undefined) : Effect.flatMap(toPin(which.host), borrow)),
      status: Effect.map(capacity.status, (status) =>
        hosts.map((host, index) => ({
          endpoint: host.endpoint,
          live: host.live,
          inUse: status[index]?.inUse ?? 0,
          limit: status[index]?.limit ?? 0
        }))
      )
    }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<FtpPool, never, FtpTransport | FtpSecurity | FtpDataChannel> =>
  Layer.scoped(FtpPool, make(options))

interface Failed {
  readonly host: Host | undefined
  readonly error: OpenError
}
