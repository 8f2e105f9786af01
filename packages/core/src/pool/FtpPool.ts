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
 *     service: what it offers       host: slots   slotSession: their sessions   ahead, warming: those opened in advance
 *     borrowing: attempts           queue: who waits   capacity: who is next, on which host   closing   options
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
import { FtpUsageError } from "../base/FtpError.ts"
import * as FtpProfile from "../base/FtpProfile.ts"
import { FtpRetry } from "../base/FtpRetry.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import { FtpAddressFamily, FtpTransport } from "../platform/FtpTransport.ts"
import * as Borrowing from "./borrowing.ts"
import * as Closing from "./closing.ts"
import * as Host from "./host.ts"
import * as Keeping from "./keeping.ts"
import { type Options, toSettings } from "./options.ts"
import * as Queue from "./queue.ts"
import { FtpPool } from "./service.ts"
import * as SlotSession from "./slotSession.ts"
import * as Warming from "./warming.ts"

export type { Services } from "./hostState.ts"
export type { Freshness, LendMasked } from "./keeping.ts"
export type { Options } from "./options.ts"
export { FtpPool, type HostStatus } from "./service.ts"

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
        Effect.flatMap(
          Effect.scoped(
            Effect.flatMap(restore(Borrowing.borrow(borrowing, undefined)), (session) =>
              use(session, Keeping.isNeverFree)
            )
          ),
          then
        ),
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
