/** What a pool offers, and its tag. `FtpPool` is the public module, and makes it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Endpoint from "../base/FtpEndpoint.ts"
import type { OpenError } from "../base/FtpError.ts"
import type * as FtpProfile from "../base/FtpProfile.ts"
import type { FtpRate } from "../base/FtpRate.ts"
import type { Policies } from "../base/FtpRetry.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import type * as Keeping from "./keeping.ts"

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
   * evenly over the hosts. The number may depend on how many millis a host's quickest answer took. It begins when a host
   * has accepted its first login, unless the scope has closed by then; what it has begun to open goes to the pool.
   *
   * A session that is being opened takes a place, but only one that no borrower waits for: one that comes meanwhile gets
   * the session, and dials no other one. A server that takes no more connections lowers its limit as for any borrower.
   * Other failures are left to the next borrower to find.
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
