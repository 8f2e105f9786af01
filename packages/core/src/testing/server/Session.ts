/**
 * The state of one client of a test server, and what all clients of one server share.
 *
 *     Greeted ──USER──► Named ──PASS──► (Account ──ACCT──►) LoggedIn ──► closing
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Address, Connection, FtpTransport, FtpTransportError, TlsInfo } from "../../platform/FtpTransport.ts"
import type { Algorithm } from "../../protocol/HashReply.ts"
import * as RemotePath from "../../protocol/RemotePath.ts"
import type * as Reply from "../../protocol/Reply.ts"
import type { FileStore } from "../store/FileStore.ts"
import type { CommandLines } from "./CommandLines.ts"
import type { CommandLog } from "./CommandLog.ts"
import { FACTS, type Fact } from "./EntryLine.ts"
import type { Faults } from "./Faults.ts"
import type { Handshakes } from "./Handshake.ts"
import * as NativePaths from "./NativePaths.ts"
import type { Settings, WireLine } from "./Settings.ts"

/** The turn to log in from one address; `users` are the connections that have it or wait for it. */
export interface Turn {
  readonly semaphore: Effect.Semaphore
  users: number
}

/** What the sessions of one server share. */
export interface Shared {
  readonly settings: Settings
  readonly store: FileStore
  readonly transport: FtpTransport
  readonly faults: Faults
  /** The clients that count for the limit. */
  readonly sessions: Set<Session>
  readonly log: CommandLog
  /** Every control connection, those that are refused too, and what ends its conversation. */
  readonly clients: Map<Session, Deferred.Deferred<void>>
  /** Control connections: the most at a time so far, and all so far. */
  readonly counts: { peak: number; total: number }
  /** By address: whose turn it is to log in, if wrong passwords are slowed down. */
  readonly turns: Map<string, Turn>
}

export type DataSetup =
  | { readonly _tag: "None" }
  | {
      readonly _tag: "Passive"
      readonly accept: Effect.Effect<Connection, FtpTransportError, Scope.Scope>
      readonly scope: Scope.CloseableScope
    }
  | { readonly _tag: "Active"; readonly address: Address }

export interface Session {
  readonly id: number
  readonly shared: Shared
  readonly input: CommandLines
  /** Ends with the control connection. */
  readonly scope: Scope.Scope
  readonly handshakes: Handshakes | undefined
  /** As it is now: AUTH puts the protected one in place of the one that was accepted. */
  control: Connection
  /** What the handshake of the control connection found, once it is protected. */
  secured: TlsInfo | undefined
  /** Whether PBSZ was agreed on. */
  pbszAgreed: boolean
  /** PROT P. */
  privateData: boolean
  user: string | undefined
  login: "None" | "Account" | "LoggedIn"
  directory: string
  type: "A" | "I"
  /** Bytes from the start, for the next transfer. */
  restart: number
  renameFrom: string | undefined
  epsvAll: boolean
  /** PRET came, and no passive port after it. */
  isAnnounced: boolean
  /** What HASH computes. */
  hash: Algorithm
  facts: ReadonlySet<Fact>
  setup: DataSetup
  /** That of the transfer under way, as it was accepted or dialled. */
  data: Connection | undefined
  /** A preliminary reply that a fault holds back until the data has gone. */
  heldPreliminary: Reply.Reply | undefined
  /** Whether an ABOR has stopped a transfer and is yet to be answered. */
  aborted: boolean
  closing: boolean
  /** Goes up with each command, reply and chunk of a transfer. */
  activity: number
  /** Wrong passwords and accounts so far, if the server limits them. */
  loginFailures: number
}

/** As on ProFTPD. */
export const DEFAULT_HASH: Algorithm = "SHA-1"

/** Of a new client. RFC 959 §5.1: TYPE is ASCII at first. */
export const INITIAL_STATE = {
  user: undefined,
  login: "None",
  type: "A",
  restart: 0,
  renameFrom: undefined,
  epsvAll: false,
  isAnnounced: false,
  hash: DEFAULT_HASH,
  facts: new Set(FACTS),
  setup: { _tag: "None" },
  data: undefined,
  pbszAgreed: false,
  privateData: false,
  heldPreliminary: undefined,
  aborted: false,
  closing: false,
  activity: 0,
  loginFailures: 0
} as const

/** Carries one command out; the final reply, or `undefined` when there is none to be sent any more. */
export type Handler = (
  session: Session,
  argument: string,
  verb: string
) => Effect.Effect<Reply.Reply | undefined, FtpTransportError>

/** Logs a command line; its secrets are already masked. */
export const noteCommand = (session: Session, text: string): Effect.Effect<void> => {
  session.activity += 1
  session.shared.log.add(text)
  return trace(session, "Client", text)
}

/** Reports one line to `onLine`. */
export const trace = (session: Session, from: WireLine["from"], text: string): Effect.Effect<void> =>
  session.shared.settings.onLine?.({ connection: session.id, peer: session.control.remote, from, text }) ?? Effect.void

/** The absolute, clean path that an argument means. */
export const resolve = (session: Session, argument: string): string => {
  const { pathsOf } = session.shared.settings
  if (pathsOf !== undefined) {
    return NativePaths.resolve(pathsOf, session.directory, argument)
  }
  // VMS lists the only version of each file.
  const name = session.shared.settings.listing === "Vms" ? argument.replace(/;1$/, "") : argument
  return RemotePath.normalise(name.startsWith("/") ? name : `${session.directory}/${name}`)
}

/** A path of the store as the server writes it. */
export const shown = ({ shared: { settings } }: Session, path: string): string =>
  settings.pathsOf === undefined ? path : NativePaths.directoryName(settings.pathsOf, path)

/** RST to every control and data connection, as when a server restarts. */
export const resetAll = ({ clients }: Shared): Effect.Effect<void> =>
  Effect.suspend(() =>
    Effect.forEach(
      [...clients],
      ([{ control, data }, stop]) =>
        Effect.all([control.reset, data?.reset ?? Effect.void, Deferred.succeed(stop, undefined)]),
      { discard: true }
    )
  )
