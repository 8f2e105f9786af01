/**
 * The server's side of TLS, RFC 4217: AUTH, PBSZ, PROT, and the handshakes of control and data connections.
 *
 *     C: AUTH TLS      S: 234, then a handshake on the control connection; what the client sent behind AUTH is lost
 *     C: PBSZ 0        S: 200
 *     C: PROT P        S: 200, and from now on a handshake on each data connection, behind the 150
 *
 *     Clear ──AUTH, or at once where TLS is implicit──► Secured ──PBSZ──► sized ──PROT P, PROT C──► private, clear
 *
 * A client's certificate is not refused in the handshake: USER is answered 530 then.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Connection, FtpTransportError, TlsInfo, TlsServerOptions } from "../../platform/FtpTransport.ts"
import * as Reply from "../../protocol/Reply.ts"
import { CONNECT } from "./Faults.ts"
import { type Handshakes, secure } from "./Handshake.ts"
import { sendReply } from "./Replies.ts"
import type { Handler, Session, Shared } from "./Session.ts"

/**
 * A new client's control connection, and what its handshake found where TLS is implicit. `None` if it is over already.
 */
export const acceptProtected = (
  connection: Connection,
  { faults, settings }: Shared,
  handshakes: Handshakes | undefined
): Effect.Effect<Option.Option<readonly [Connection, TlsInfo | undefined]>, FtpTransportError, Scope.Scope> =>
  Effect.gen(function* () {
    if (settings.tls?.mode !== "Implicit" || handshakes === undefined) {
      return Option.some([connection, undefined] as const)
    }
    switch (faults.take("BadHandshake", CONNECT)?.how) {
      case "Refuse":
        yield* connection.reset
        return Option.none()
      case "Withhold":
        yield* untilEnd(connection)
        return Option.none()
      case "Clear":
        return Option.some([connection, undefined] as const)
      case undefined:
        return Option.some(yield* secure(connection, handshakes.control))
    }
  })

const NO_TLS = Reply.make(500, "Unknown command.")
const NOT_SECURED = Reply.make(503, "AUTH first.")

export const auth: Handler = (session, argument, verb) =>
  Effect.gen(function* () {
    const { handshakes } = session
    if (handshakes === undefined) {
      return NO_TLS
    }
    if (session.secured !== undefined) {
      return Reply.make(503, "The control connection is protected already.")
    }
    if (!/^(TLS|TLS-C|SSL|TLS-P)$/i.test(argument.trim())) {
      return Reply.make(504, "Unknown AUTH type.")
    }
    yield* session.input.pause
    yield* sendReply(session, verb, Reply.make(234, "Proceed with negotiation."))
    yield* upgrade(session, verb, handshakes.control)
    return undefined
  })

/**
 * Turns the control connection into a protected one, unless a fault is in the way. A handshake that fails ends the
 * session without a reply, as there is no connection left that both sides can read.
 */
const upgrade = (session: Session, verb: string, options: TlsServerOptions): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    const bad = session.shared.faults.take("BadHandshake", verb)
    switch (bad?.how) {
      case "Refuse":
        session.closing = true
        return yield* session.control.reset
      case "Withhold":
        session.closing = true
        return yield* untilEnd(session.control)
      case "Clear":
        return yield* session.input.resume(session.control)
      case undefined: {
        const [secured, info] = yield* Scope.extend(secure(session.control, options), session.scope)
        session.control = secured
        session.secured = info
        yield* session.input.resume(secured)
      }
    }
  })

/** Why PBSZ and PROT are not carried out now, if they are not. */
const protectionRefusal = ({ handshakes, login, secured, shared }: Session): Reply.Reply | undefined =>
  secured === undefined
    ? handshakes === undefined
      ? NO_TLS
      : NOT_SECURED
    : shared.settings.tls?.protAfterLogin === true && login !== "LoggedIn"
      ? NOT_LOGGED_IN
      : undefined

const NOT_LOGGED_IN = Reply.make(530, "Please authenticate with USER and PASS first.")

export const pbsz: Handler = (session, argument) =>
  Effect.sync(() => {
    const refusal = protectionRefusal(session)
    if (refusal !== undefined) {
      return refusal
    }
    if (!/^\d+$/.test(argument.trim())) {
      return Reply.make(501, "PBSZ needs a number.")
    }
    session.pbszAgreed = true
    return Reply.make(200, "PBSZ set to 0.")
  })

export const prot: Handler = (session, argument) =>
  Effect.sync(() => {
    const refusal = protectionRefusal(session)
    if (refusal !== undefined) {
      return refusal
    }
    if (!session.pbszAgreed) {
      return Reply.make(503, "PBSZ first.")
    }
    switch (argument.trim().toUpperCase()) {
      case "P":
        session.privateData = true
        return Reply.make(200, "PROT now Private.")
      case "C":
        if (session.shared.settings.tls?.required === true) {
          return Reply.make(534, "Data connections must be encrypted.")
        }
        session.privateData = false
        return Reply.make(200, "PROT now Clear.")
      case "S":
      case "E":
        return Reply.make(536, "PROT not supported.")
      default:
        return Reply.make(504, "Unknown PROT level.")
    }
  })

/** Why this client may not log in, if it may not. */
export const loginRefusal = ({ secured, shared }: Session): Reply.Reply | undefined => {
  const { tls } = shared.settings
  if (tls === undefined) {
    return undefined
  }
  if (secured === undefined) {
    return tls.required === true ? Reply.make(530, "Non-anonymous sessions must use encryption.") : undefined
  }
  const showsGoodCertificate = Option.isSome(secured.peer) && Option.isNone(secured.problem)
  return (tls.clientAuthorities?.length ?? 0) > 0 && !showsGoodCertificate
    ? Reply.make(530, "A certificate of the client is needed.")
    : undefined
}

/** Why this client gets no data connection, if it gets none. */
export const dataRefusal = ({ privateData, shared }: Session): Reply.Reply | undefined =>
  shared.settings.tls?.required === true && !privateData
    ? Reply.make(522, "Data connections must be encrypted.")
    : undefined

const DATA_FAILED = Reply.make(522, "SSL connection failed: the handshake was not finished.")

const REUSE_REFUSALS = {
  vsftpd: Reply.make(522, "SSL connection failed: session reuse required: see require_ssl_reuse option in vsftpd.conf"),
  ProFTPD: Reply.make(425, "Unable to build data connection: Operation not permitted")
} as const

/** The data connection as it is to be used: protected after PROT P. Fails with the reply that says why not. */
export const protectData = (
  session: Session,
  verb: string,
  connection: Connection
): Effect.Effect<Connection, Reply.Reply, Scope.Scope> =>
  Effect.gen(function* () {
    const { handshakes, shared } = session
    if (!session.privateData || handshakes === undefined) {
      return connection
    }
    const bad = shared.faults.take("BadHandshake", verb)
    if (bad?.how === "Clear") {
      return connection
    }
    if (bad !== undefined) {
      yield* bad.how === "Refuse" ? connection.reset : Effect.ignore(untilEnd(connection))
      return yield* Effect.fail(DATA_FAILED)
    }
    if (handshakes.wasUsed && shared.faults.take("ForgetTickets", verb) !== undefined) {
      handshakes.data = { ...handshakes.data, sessions: {} }
    }
    handshakes.wasUsed = true
    const [secured, { resumed }] = yield* Effect.mapError(secure(connection, handshakes.data), () => DATA_FAILED)
    const reuse = shared.settings.tls?.requireReuse
    if (reuse !== undefined && !resumed) {
      yield* secured.reset
      return yield* Effect.fail(REUSE_REFUSALS[reuse])
    }
    return secured
  })

const untilEnd = (connection: Connection): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    while (Option.isSome(yield* connection.read)) {
      // It is not answered.
    }
  })
