/**
 * Sessions that are kept and shared: an Effect `Pool` per host, over one host or several that hold the same files.
 *
 *     borrow ──► place in the queue ──► slot of the host's Pool ──► idle session? ──yes, and fresh──────────► lent
 *                                                                      │ idle for long: NOOP ──answered──────► lent
 *                                                                      └ none, dead ──► dial, log in ────────► lent
 *     return: in step and pristine? ──yes──► kept, until idle for `timeToLive`
 *                                  └──no───► closed
 *
 * A borrowed session is presumed unusable: it is kept only when proven reusable. A server that takes no more
 * connections lowers its host's capacity: the borrower waits for a session that exists. A host that fails causes no
 * error while another is available.
 *
 *     options   host: slots and sessions   queue · capacity: who is next   borrow: over hosts and attempts
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpUsageError, type OpenError } from "../base/FtpError.ts"
import type { FtpRate } from "../base/FtpRate.ts"
import { FtpRetry, type Policies } from "../base/FtpRetry.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import { FtpAddressFamily } from "../platform/FtpTransport.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import * as Borrow from "./borrow.ts"
import * as Host from "./host.ts"
import { type Options, toSettings } from "./options.ts"
import * as Queue from "./queue.ts"

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
   * `FtpUsageError` where `host` is none of the endpoints.
   */
  readonly borrow: (options?: {
    readonly host?: Endpoint.FtpEndpoint | undefined
  }) => Effect.Effect<FtpSession, OpenError, Scope.Scope>
  readonly status: Effect.Effect<ReadonlyArray<HostStatus>>
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
    const hosts = yield* Effect.forEach(options.endpoints, (endpoint, index) =>
      Host.make(endpoint, index, settings, services)
    )
    yield* Effect.addFinalizer(() => Host.hangUpIdle(hosts))
    const borrowing: Borrow.Borrowing = { hosts, queue, policies, acquireTimeout: settings.acquireTimeout }
    return {
      endpoints: options.endpoints,
      size: options.endpoints.length * settings.maxPerHost,
      policies,
      rate: options.rate,
      borrow: ({ host } = {}) =>
        host === undefined
          ? Borrow.borrow(borrowing, undefined)
          : Effect.flatMap(indexOf(hosts, host), (pin) => Borrow.borrow(borrowing, pin)),
      status: Effect.map(queue.status, (status) =>
        hosts.map(({ endpoint, live }, index) => ({
          endpoint,
          live,
          inUse: status[index]?.inUse ?? 0,
          limit: status[index]?.limit ?? 0
        }))
      )
    }
  })

const indexOf = (hosts: ReadonlyArray<Host.Host>, host: Endpoint.FtpEndpoint): Effect.Effect<number, FtpUsageError> => {
  const index = hosts.findIndex(({ endpoint }) => Equal.equals(endpoint, host))
  return index < 0
    ? new FtpUsageError({ argument: "host", why: `${Endpoint.toLabel(host)} is none of the endpoints of this pool` })
    : Effect.succeed(index)
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<FtpPool, never, Host.Services> =>
  Layer.scoped(FtpPool, make(options))
