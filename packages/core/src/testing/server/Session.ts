/**
 * One client of a test server: what it has set so far, and how replies go out to it.
 *
 *     Greeted ──USER──► Named ──PASS──► (Account ──ACCT──►) LoggedIn ──► closing
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { FtpHasher } from "../../platform/FtpHasher.ts"
import type {
  Address,
  Connection,
  FtpTransport,
  FtpTransportError,
  ListenOptions,
  TlsInfo
} from "../../platform/FtpTransport.ts"
import type { Algorithm } from "../../protocol/HashReply.ts"
import * as RemotePath from "../../protocol/RemotePath.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as WireText from "../../protocol/WireText.ts"
import { type FileStore, REASON_TEXT, type StoreError } from "../store/FileStore.ts"
import type { CommandLines } from "./CommandLines.ts"
import type { Fact, ListDialect } from "./EntryLine.ts"
import type { Faults } from "./Fault.ts"
import type { Handshakes, TlsSettings } from "./Handshake.ts"

/**
 * How many connections are served, and in whose words the next one is refused: vsftpd and Pure-FTPd greet it with 421,
 * ProFTPD lets it come as far as PASS and says 530.
 */
export interface Limit {
  readonly connections: number
  /** Default `"Server"`. */
  readonly per?: "Server" | "Address" | undefined
  /** Default `"vsftpd"`. */
  readonly like?: "vsftpd" | "Pure-FTPd" | "ProFTPD" | undefined
}

export interface User {
  readonly password: string
  readonly account: string | undefined
}

/** The options of the server with every default filled in. */
export interface Settings {
  readonly users: ReadonlyMap<string, User>
  readonly anonymous: boolean
  readonly readOnly: boolean
  readonly greeting: string
  readonly denied: ReadonlySet<string>
  readonly deniedReply: Reply.Reply
  readonly listing: ListDialect
  readonly limit: Limit | undefined
  readonly passivePorts: ListenOptions["ports"]
  readonly passiveHost: string | undefined
  readonly dataTimeout: Duration.Duration
  readonly tls: TlsSettings | undefined
  readonly hasher: FtpHasher | undefined
  readonly onLine: ((line: WireLine) => Effect.Effect<void>) | undefined
}

/** One line of the dialogue, for a log. Secrets are masked. `connection` counts the clients of a server from 1. */
export interface WireLine {
  readonly connection: number
  readonly peer: Address
  readonly from: "Client" | "Server"
  readonly text: string
}

/** What the sessions of one server share. */
export interface Shared {
  readonly settings: Settings
  readonly store: FileStore
  readonly transport: FtpTransport
  readonly faults: Faults
  readonly sessions: Set<Session>
  readonly log: Array<string>
  readonly resetAll: Effect.Effect<void>
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
}

/** How many lines of the log are kept: enough for any test, bounded for a server that runs for weeks. */
const MAX_LOG = 100_000

/** Carries one command out; the final reply, or `undefined` when there is none to be sent any more. */
export type Handler = (
  session: Session,
  argument: string,
  verb: string
) => Effect.Effect<Reply.Reply | undefined, FtpTransportError>

/** Notes what the client sent, masked already. */
export const noteCommand = (session: Session, text: string): Effect.Effect<void> => {
  const { log } = session.shared
  log.push(text)
  if (log.length > MAX_LOG) {
    log.splice(0, MAX_LOG / 2)
  }
  return trace(session, "Client", text)
}

const trace = (session: Session, from: WireLine["from"], text: string): Effect.Effect<void> =>
  session.shared.settings.onLine?.({ connection: session.id, peer: session.control.remote, from, text }) ?? Effect.void

/** Sends a reply to the command `verb`, spoilt by the faults that concern how replies look. */
export const sendReply = (session: Session, verb: string, reply: Reply.Reply): Effect.Effect<void, FtpTransportError> =>
  Effect.suspend(() => {
    const { faults } = session.shared
    const garbage = faults.take("Garbage", verb)
    const flood = garbage === undefined ? faults.take("Flood", verb) : undefined
    const text =
      garbage !== undefined
        ? `${garbage.text ?? GARBAGE}\r\n`
        : flood !== undefined
          ? flooded(reply, flood.bytes, flood.shape ?? "Lines")
          : toWire(reply)
    const tiny = faults.take("TinyWrites", verb)
    const behind = faults.take("Behind", verb)
    const bytes = encode(behind === undefined || behind.apart === true ? text : text + behind.text)
    const written =
      tiny === undefined ? session.control.write(bytes) : writeInPieces(session.control, bytes, tiny.bytes ?? 1)
    return Effect.all(
      [
        written,
        trace(session, "Server", garbage === undefined ? Reply.toLine(reply) : "(garbage)"),
        behind?.apart === true ? session.control.write(encode(behind.text)) : Effect.void
      ],
      { discard: true }
    )
  })

const GARBAGE = "\u0000\u0001 HTTP/1.1 400 Bad Request <html>"

const toWire = ({ code, lines }: Reply.Reply): string => {
  const last = lines.length - 1
  return lines
    .map((line, index) =>
      index === last ? `${code} ${line}\r\n` : index === 0 ? `${code}-${line}\r\n` : `${line}\r\n`
    )
    .join("")
}

const FLOOD_LINE = " and so on, and so on, and so on, and so on, and so on, and so on\r\n"

const flooded = (reply: Reply.Reply, bytes: number, shape: "Lines" | "OneLine"): string =>
  shape === "OneLine"
    ? `${reply.code} ${"x".repeat(bytes)}\r\n`
    : `${reply.code}-${reply.lines[0]}\r\n${FLOOD_LINE.repeat(Math.ceil(bytes / FLOOD_LINE.length))}${reply.code} End\r\n`

const IAC = 0xff

/** Text of a control connection or a listing as bytes; what no byte stands for becomes `?`. */
export const encodeText = (text: string): Uint8Array =>
  Either.getOrElse(WireText.encode(text), () => new TextEncoder().encode(text.replace(/\p{Surrogate}/gu, "?")))

/** The same with the byte 255 doubled, which Telnet takes for a command (RFC 854 p.14). */
const encode = (text: string): Uint8Array => {
  const bytes = encodeText(text)
  return bytes.includes(IAC)
    ? Uint8Array.from(Array.from(bytes).flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])))
    : bytes
}

const writeInPieces = (control: Connection, bytes: Uint8Array, size: number): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    for (let at = 0; at < bytes.byteLength; at += size) {
      yield* control.write(bytes.subarray(at, at + size))
      // The reader gets a turn, so that it does see pieces.
      yield* Effect.yieldNow()
    }
  })

/** Sends the final reply of the command `verb`, unless a fault keeps it back. */
export const sendFinalReply = (
  session: Session,
  verb: string,
  reply: Reply.Reply
): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    const { faults } = session.shared
    const close = faults.take("CloseControl", verb, ({ at }) => at === "FinalReply")
    if (close !== undefined) {
      return yield* closeControl(session, verb, close.announce ?? false, close.how ?? "End")
    }
    if (faults.take("WithholdFinal", verb) !== undefined) {
      return
    }
    yield* sendReply(session, verb, reply)
    if (faults.take("DoubleFinal", verb) !== undefined) {
      yield* sendReply(session, verb, reply)
    }
  })

/** Ends the control connection, perhaps with a 421 first. */
export const closeControl = (
  session: Session,
  verb: string,
  announce: boolean,
  how: "End" | "Reset"
): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    session.closing = true
    if (announce) {
      yield* sendReply(session, verb, Reply.make(421, "Service not available, closing control connection."))
    }
    if (how === "Reset") {
      yield* session.control.reset
    }
  })

/** A reply from its text, `"450 busy"` or several lines; what has no code is given 500. */
export const parseReply = (text: string): Reply.Reply => {
  const [first = "", ...rest] = text.split(/\r?\n/)
  const [, digits, words] = /^([1-6]\d\d)[ -]?(.*)$/.exec(first) ?? ["", "500", first]
  const code = Number(digits)
  const prefix = new RegExp(`^${digits}[ -]`)
  return Reply.make(code, words ?? "", ...rest.map((line) => line.replace(prefix, "")))
}

/** The absolute, clean path that an argument means. */
export const resolve = (session: Session, argument: string): string =>
  RemotePath.normalise(argument.startsWith("/") ? argument : `${session.directory}/${argument}`)

/** What the store's refusal is in FTP, about the path as the client named it. */
export const refusal = (argument: string, { reason }: StoreError): Reply.Reply =>
  Reply.make(reason === "NoSpace" ? 552 : reason === "BadName" ? 553 : 550, `${argument}: ${REASON_TEXT[reason]}`)

/** A handler's work with the store's refusals turned into replies. */
export const refusalsAsReplies = <R>(
  argument: string,
  work: Effect.Effect<Reply.Reply | undefined, FtpTransportError | StoreError, R>
): Effect.Effect<Reply.Reply | undefined, FtpTransportError, R> =>
  Effect.catchTag(work, "StoreError", (error) => Effect.succeed(refusal(argument, error)))
