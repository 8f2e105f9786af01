/**
 * Sessions that are kept and shared: an Effect `Pool` per host, over one host or several that hold the same files.
 *
 *     borrow ──► place in the queue ──► slot of the host's Pool ──► idle session? ──yes, and fresh──────────► lent
 *                     ▲                                                │ idle for long: NOOP ──answered──────► lent
 *                     │                                                └ none, dead ──► dial, log in ────────► lent
 *                     ├──another host is available──┐                                        │ failed
 *                     └──FtpRetry.connect───────────┴────────────────────────────────────────┴──► the caller's error
 *
 *     return: in step and pristine? ──yes──► kept, until idle for `timeToLive`
 *                                  └──no───► closed
 *
 * A borrowed session is presumed unusable: it is kept only when proven reusable. A server that takes no more
 * connections lowers its host's capacity: the borrower waits for a session that exists. A host that fails causes no
 * error while another is available.
 *
 *     options   closing   borrowing: attempts   host: slots   slotSession   queue: who waits   capacity: who is next, on which host
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpUsageError, type OpenError } from "../base/FtpError.ts"
import * as FtpProfile from "../base/FtpProfile.ts"
import type { FtpRate } from "../base/FtpRate.ts"
import { FtpRetry, type Policies } from "../base/FtpRetry.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import { FtpAddressFamily, FtpTransport } from "../platform/FtpTransport.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import * as Borrowing from "./borrowing.ts"
import * as Closing from "./closing.ts"
import * as Host from "./host.ts"
import * as Keeping from "./keeping.ts"
import { type Options, toSettings } from "./options.ts"
import * as Queue from "./queue.ts"
import * as SlotSession from "./slotSession.ts"
import * as Warming from "./warming.ts"

export type { Services } from "./hostState.ts"
export type { Freshness, LendMasked } from "./keeping.ts"
export type { Options } from "./options.ts"

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
  /** Whether a download begins where it was asked to (REST), as far as transfers or a profile have shown. */
  readonly restart: "Unknown" | "Works" | "Fails"
  /** Millis that the quickest answer to a command of a login took; `undefined` if there was none yet. */
  readonly quickestAnswer: number | undefined
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
  /** The limit on what is moved with its sessions: it is for a caller who moves it to keep. */
  readonly rate: FtpRate | undefined
  /**
   * A session, until the scope closes. `host` asks for one of the endpoints, or an equal one. Interruptible at any
   * moment. Fails with `FtpConnectError` `NoSessionFree` when none was free for `acquireTimeout`, and with
   * `FtpUsageError` if `host` is none of the endpoints.
   *
   * The fiber that borrows counts as the one that holds the session, until the scope closes. One that asks for another
   * session meanwhile fails at once with `FtpConnectError` `SessionsHeld` if every session is held by a caller that
   * waits in the same way. So does a fiber that it has forked, if it is found to wait for a fiber then.
   *
   * @example
   * ```ts
   * import type { FtpPool } from "@ftp-effect/core/FtpPool"
   * import * as Effect from "effect/Effect"
   *
   * declare const pool: FtpPool
   * const entries = Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.list("pub")))
   * ```
   */
  readonly borrow: (options?: {
    readonly host?: Endpoint.FtpEndpoint | undefined
  }) => Effect.Effect<FtpSession, OpenError, Scope.Scope>
  /**
   * Runs an effect with a session, which is returned when it ends: `borrow` in a scope of its own, at a small cost.
   *
   * @example
   * ```ts
   * import type { FtpPool } from "@ftp-effect/core/FtpPool"
   *
   * declare const pool: FtpPool
   * const size = pool.lend((session) => session.size("pub/a.iso"))
   * ```
   */
  readonly lend: <A, E, R>(use: (session: FtpSession) => Effect.Effect<A, E, R>) => Effect.Effect<A, E | OpenError, R>
  /**
   * The same for a caller that is masked already: it begins at the call. `then` goes on once the session is returned.
   *
   * @since 0.1.0
   */
  readonly lendMasked: Keeping.LendMasked
  /**
   * Opens sessions in the background, for callers that are about to come: as many as are missing of that number, spread
   * evenly over the hosts. The number may depend on how many millis a host's quickest answer took. It begins when a host has accepted its first login, unless the scope has closed by then; what it
   * has begun to open goes to the pool.
   *
   * A session that is being opened takes a place, but only one that no borrower waits for: one that comes meanwhile gets
   * the session, and dials no other one. A server that takes no more connections lowers its limit as for any borrower. Other failures are left
   * to the next borrower to find.
   *
   * @since 0.1.0
   */
  readonly warm: (
    sessions: number | ((quickestAnswer: number | undefined) => number)
  ) => Effect.Effect<void, never, Scope.Scope>
  readonly status: Effect.Effect<ReadonlyArray<HostStatus>>
  /** What is known by now about each host that a login was accepted by, to be given to a later pool. */
  readonly profiles: Effect.Effect<ReadonlyArray<FtpProfile.FtpProfile>>
  /** For how many millis so far the thread of its sessions had nothing to do but wait: see `FtpTransport.idle`. */
  readonly idle: Effect.Effect<number>
  /** Whether a borrower waits for a session that another one has. */
  readonly isContended: () => boolean
  /**
   * Returns the session that `keepSession` keeps and that no caller has, if there is one: to be done before a session is
   * asked for in another way, as it may be the only one.
   *
   * @since 0.1.0
   */
  readonly giveBack: Effect.Effect<void>
  /** What `keepSession` needs to know of a session that it has kept for a while. */
  readonly freshness: Keeping.Freshness
}

/**
 * The tag of `FtpPool`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpPool: Context.Tag<FtpPool, FtpPool> = Context.GenericTag<FtpPool>("@ftp-effect/core/FtpPool")

/**
 * A pool that closes all its sessions with the scope. It dials nothing until the first borrower comes.
 *
 * Sessions that are lent when the scope closes have 3 seconds to be returned, and are hung up then: what their holders do
 * fails with `FtpConnectionLost`. To borrow from a pool that is closed interrupts the borrower, as with Effect's own Pool.
 *
 * @example
 * ```ts
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as FtpPool from "@ftp-effect/core/FtpPool"
 *
 * const endpoint = FtpEndpoint.make({ host: "files.example", user: "ann", password: "secret" })
 * const pool = FtpPool.make({ endpoints: [endpoint], maxPerHost: 2, acquireTimeout: "1 minute" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<FtpPool, never, Host.Services | Scope.Scope> =>
  Effect.gen(function* () {
    const settings = toSettings(options)
    const policies = yield* FtpRetry
    // Not the scope of the pool: each session has its own.
    const services = (yield* Effect.context<Host.Services>()).pipe(
      Context.omit(Scope.Scope),
      Context.add(FtpTimeouts, yield* FtpTimeouts),
      Context.add(FtpAddressFamily, yield* FtpAddressFamily)
    )
    const queue = yield* Queue.make(options.endpoints.length, settings.maxPerHost)
    const hosts: Array<Host.Host> = []
    // All Pools begin to close at once: none lends while another one waits.
    const slots = yield* Effect.acquireRelease(
      Scope.make(options.endpoints.length === 1 ? ExecutionStrategy.sequential : ExecutionStrategy.parallel),
      (slots) => Closing.close(hosts, slots)
    )
    yield* Effect.forEach(options.endpoints, (endpoint, index) =>
      Effect.gen(function* () {
        const hint = yield* hintFor(endpoint, options.profile)
        const capabilities = ServerCapabilities.make(hint?.profile)
        if (hint?.sessionLimit !== undefined) {
          yield* queue.lower(index, hint.sessionLimit)
        }
        const onReplaced = (limit: number) =>
          Borrowing.lower(queue, { index, endpoint, capabilities }, limit, "ThisRun")
        const made = Host.make(endpoint, index, settings, services, capabilities, onReplaced)
        hosts.push(yield* Scope.extend(made, slots))
      })
    )
    const opening = yield* Effect.acquireRelease(Scope.make(ExecutionStrategy.parallel), (opening, exit) =>
      Scope.close(opening, exit)
    )
    const { idle } = Context.get(services, FtpTransport)
    const borrowing: Borrowing.Borrowing = { hosts, queue, policies, acquireTimeout: settings.acquireTimeout }
    return {
      endpoints: options.endpoints,
      size: options.endpoints.length * settings.maxPerHost,
      policies,
      rate: options.rate,
      borrow: ({ host } = {}) =>
        host === undefined
          ? Borrowing.borrow(borrowing, undefined)
          : Effect.flatMap(indexOf(hosts, host), (pin) => Borrowing.borrow(borrowing, pin)),
      lend: (use) => Effect.scoped(Effect.flatMap(Borrowing.borrow(borrowing, undefined), use)),
      lendMasked: ({ restore }, use, then) =>
        Effect.flatMap(Effect.scoped(Effect.flatMap(restore(Borrowing.borrow(borrowing, undefined)), use)), then),
      warm: (sessions) =>
        Warming.warm(
          {
            hosts,
            queue,
            scope: opening,
            onFailure: (failed) => Borrowing.learn(borrowing, failed, failed.host.index)
          },
          sessions
        ),
      idle: idle === undefined ? Clock.currentTimeMillis : Effect.sync(idle),
      isContended: queue.isContended,
      giveBack: Effect.void,
      freshness: SlotSession.freshnessOf(hosts, settings),
      profiles: Effect.map(DateTime.now, (now) =>
        hosts.flatMap(({ capabilities, endpoint }) => capabilities.profile(endpoint, now) ?? [])
      ),
      status: Effect.map(queue.status, (status) =>
        hosts.map(({ capabilities, endpoint, live }, index) => ({
          endpoint,
          live,
          inUse: status[index]?.inUse ?? 0,
          restart: capabilities.get("REST"),
          quickestAnswer: capabilities.quickestAnswer,
          limit: status[index]?.limit ?? 0
        }))
      )
    }
  })

/**
 * A pool that closes its sessions with the layer: see `make`.
 *
 * @example
 * ```ts
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as FtpPool from "@ftp-effect/core/FtpPool"
 *
 * const Pool = FtpPool.layer({ endpoints: [FtpEndpoint.make({ host: "files.example", user: "ann", password: "secret" })] })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<FtpPool, never, Host.Services> =>
  Layer.scoped(FtpPool, make(options))

/**
 * Runs an effect that does many small things, one after the other, with a pool that keeps the session of each borrower
 * for the next: to borrow and return costs more than a small file. The session goes back to the pool when the effect
 * ends, or as soon as it is returned while others wait for one. One that is returned after the end, by a scope, a stream
 * or a fiber that outlives the effect, goes to the pool.
 *
 * @example
 * ```ts
 * import * as FtpPool from "@ftp-effect/core/FtpPool"
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as Effect from "effect/Effect"
 *
 * const names = ["a", "b", "c"]
 * const program = FtpPool.keepSession(Effect.forEach(names, (name) => FtpTransfer.toFile(name, name)))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const keepSession = <A, E, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, FtpPool> | FtpPool> =>
  Effect.flatMap(FtpPool, (pool) => withKept(pool, (kept) => Effect.provideService(self, FtpPool, kept)))

/**
 * The same for an effect that is given the pool to borrow from.
 *
 * @example
 * ```ts
 * import * as FtpPool from "@ftp-effect/core/FtpPool"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.flatMap(FtpPool.FtpPool, (pool) =>
 *   FtpPool.withKept(pool, (kept) => Effect.scoped(Effect.flatMap(kept.borrow(), (session) => session.size("a"))))
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const withKept = <A, E, R>(
  pool: FtpPool,
  use: (kept: FtpPool) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const { borrow, end, giveBack, lend, lendMasked } = Keeping.make(pool)
    return Effect.ensuring(Queue.within({ giveBack }, use({ ...pool, borrow, lend, lendMasked, giveBack })), end)
  })

const indexOf = (hosts: ReadonlyArray<Host.Host>, host: Endpoint.FtpEndpoint): Effect.Effect<number, FtpUsageError> => {
  const index = hosts.findIndex(({ endpoint }) => Equal.equals(endpoint, host))
  return index < 0
    ? new FtpUsageError({ argument: "host", why: `${Endpoint.toLabel(host)} is none of the endpoints of this pool` })
    : Effect.succeed(index)
}

/** What an earlier pool learned about the endpoint. The limit is tried one higher again, as any. */
const hintFor = (endpoint: Endpoint.FtpEndpoint, given: Options["profile"]) =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const profiles = given === undefined ? [] : given instanceof FtpProfile.FtpProfile ? [given] : given
    const profile = profiles.find((profile) => FtpProfile.isUsable(profile, endpoint, now))
    return profile && { profile, sessionLimit: FtpProfile.sessionLimit(profile, now) }
  })
