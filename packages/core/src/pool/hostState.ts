/** What a host of a pool consists of, and what is known of it. */
import type * as Context from "effect/Context"
import type * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import type * as Pool from "effect/Pool"
import type * as Scope from "effect/Scope"
import type * as Endpoint from "../base/FtpEndpoint.ts"
import type { FtpAuthError, OpenError } from "../base/FtpError.ts"
import type * as ServerCapabilities from "../base/serverCapabilities.ts"
import type { FtpDataChannel } from "../data/FtpDataChannel.ts"
import type { FtpTransport } from "../platform/FtpTransport.ts"
import type { FtpSecurity } from "../security/FtpSecurity.ts"
import type { Settings } from "./options.ts"
import type * as SessionLimit from "./sessionLimit.ts"

/**
 * What it takes to open a session.
 *
 * @since 0.1.0
 * @category models
 */
export type Services = FtpTransport | FtpSecurity | FtpDataChannel

/**
 * An item of the Effect Pool. A session belongs to its host: which one comes with a slot is decided when it is lent.
 */
export interface Slot {
  isLent: boolean
  current: (SessionLimit.Opened & { readonly scope: Scope.CloseableScope }) | undefined
  lastUsed: number
}

/** A session that is opened in advance, into a slot, and the borrower that waits for it. */
export interface Ahead {
  readonly slot: Slot
  borrower: { readonly slot: Slot; readonly decided: Deferred.Deferred<Outcome> } | undefined
}

/** What became of it: `"Full"` if the server took no more sessions than it has, which its limit says by now. */
export type Outcome = "Opened" | "Failed" | "Full"

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
  /** The pool has closed, and lends nothing. */
  isClosed: boolean
  /** Sessions that are logged in. */
  live: number
  /** Sessions that are being opened. */
  opening: number
  /** Those of them that are opened in advance. */
  readonly ahead: Set<Ahead>
  /** Sessions that are about to be opened in advance, and are not dialled yet. */
  wanted: number
  /** Done when none is being opened any more. */
  readonly openings: Array<Deferred.Deferred<void>>
  /** Those of them whose login was accepted. */
  accepting: number
  /** Sessions that have been opened so far. */
  opened: number
  /** Millis that the last opening took, at least up to the accepted login. */
  openingTook: number
  /** Whether a new session is known to leave the older ones alone. */
  coexist: boolean
  /** Sessions that failed to open beside others since the last one that was opened. */
  furtherFailures: number
  /** When a session was last found to be closed by the server, in millis. */
  lastDeath: number
  /** A session was closed by the server while another one was being opened. */
  perhapsReplaced: boolean
  /** To be called when the server is found to bear no more than so many sessions. */
  readonly lower: (limit: number) => Effect.Effect<void>
  /** A warning was logged that this host is no longer used. */
  warned: boolean
  /** Done when the first login was accepted. */
  readonly accepted: Deferred.Deferred<void>
  /** Held by the one who dials before a login was accepted, until then or until its dial has failed. */
  readonly firstDial: Effect.Semaphore
  /** The last failure of such a dial that those who waited for it share. */
  failure: OpenError | undefined
  /** The server refused the login: it is not sent again. */
  refusal: FtpAuthError | undefined
}
