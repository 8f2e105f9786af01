/**
 * The server's side of data connections: one address per transfer, passive or active.
 *
 *     C: EPSV                          C: PORT 127,0,0,1,200,10
 *     S: 229 …(|||50000|)              S: 200
 *     C: (dials) RETR a                C: RETR a
 *     S: (accepts) 150                 S: (dials) 150
 *
 * RFC 959 §3.2, RFC 2428, RFC 2577 §3: only the peer of the control connection is connected with.
 */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { type Address, type Connection, FtpTransportError } from "../../platform/FtpTransport.ts"
import * as HostPort from "../../protocol/HostPort.ts"
import * as Reply from "../../protocol/Reply.ts"
import { canonical, fromEprt, fromPort } from "./PortArgument.ts"
import { dataRefusal } from "./Protection.ts"
import type { Handler, Session } from "./Session.ts"

/** Ports below are services; a server that dials them can be used as a weapon (RFC 2577 §3). */
const FIRST_FREE_PORT = 1024

/** How many wrong peers are turned away before a passive transfer is given up. */
const MAX_STRANGERS = 16

const NOT_OPENED = Reply.make(425, "Failed to establish connection.")

/** The next passive port is for this transfer. */
export const pret: Handler = (session) =>
  Effect.sync(() => {
    session.isAnnounced = true
    return Reply.make(200, "OK, will use PRET for the upcoming transfer.")
  })

const PRET_FIRST = Reply.make(500, "You need to use a client supporting PRET (PRE Transfer).")

/** EPSV, EPSV 1, EPSV 2, EPSV ALL. */
export const epsv: Handler = (session, argument, verb) =>
  Effect.gen(function* () {
    const { family } = session.control.local
    const wanted = argument.trim().toUpperCase()
    if (wanted === "ALL") {
      session.epsvAll = true
      return Reply.make(200, "EPSV ALL ok.")
    }
    if (wanted !== "" && wanted !== (family === "IPv4" ? "1" : "2")) {
      return Reply.make(522, `Network protocol not supported, use (${family === "IPv4" ? "1" : "2"})`)
    }
    if (!isReady(session)) {
      return PRET_FIRST
    }
    const port = yield* listen(session, verb)
    return port === undefined ? NOT_OPENED : Reply.make(229, `Entering Extended Passive Mode (|||${port}|)`)
  })

export const pasv: Handler = (session, _, verb) =>
  Effect.gen(function* () {
    if (session.epsvAll) {
      return ONLY_EPSV
    }
    const host =
      session.shared.faults.take("ForeignPasv", verb)?.host ??
      session.shared.settings.passiveHost ??
      session.control.local.host
    if (host.includes(":")) {
      return Reply.make(425, "You cannot use PASV on IPv6 connections. Use EPSV instead.")
    }
    if (!isReady(session)) {
      return PRET_FIRST
    }
    const port = yield* listen(session, verb)
    const numbers = port === undefined ? Option.none() : HostPort.toPort(host, port)
    return Option.match(numbers, {
      onNone: () => NOT_OPENED,
      onSome: (numbers) => Reply.make(227, `Entering Passive Mode (${numbers}).`)
    })
  })

const ONLY_EPSV = Reply.make(501, "Not allowed after EPSV ALL.")

/** Whether a passive port may be had now; uses the announcement up. */
const isReady = (session: Session): boolean => {
  const { isAnnounced, shared } = session
  session.isAnnounced = false
  return isAnnounced || shared.settings.pret !== true
}

/** Opens a port for the next transfer in place of any other; `undefined` if there is none to be had. */
const listen = (session: Session, verb: string): Effect.Effect<number | undefined> =>
  Effect.gen(function* () {
    yield* release(session)
    const { faults, settings, transport } = session.shared
    const scope = yield* Scope.fork(session.scope, ExecutionStrategy.sequential)
    const listener = yield* Effect.option(
      Scope.extend(transport.listen({ host: session.control.local.host, ports: settings.passivePorts }), scope)
    )
    if (Option.isNone(listener)) {
      yield* Scope.close(scope, Exit.void)
      return undefined
    }
    const { accept, address } = listener.value
    if (faults.take("DeafEpsv", verb, (fault) => verb === "EPSV" || fault.verb !== undefined) !== undefined) {
      yield* Scope.close(scope, Exit.void)
      return address.port
    }
    session.setup = { _tag: "Passive", accept, scope }
    return address.port
  })

export const port: Handler = (session, argument) => active(session, fromPort(argument))

export const eprt: Handler = (session, argument) => active(session, fromEprt(argument))

const active = (session: Session, address: Address | "Syntax" | "Protocol"): Effect.Effect<Reply.Reply> =>
  Effect.gen(function* () {
    yield* release(session)
    if (session.epsvAll) {
      return ONLY_EPSV
    }
    if (address === "Syntax") {
      return Reply.make(501, "Syntax error in parameters or arguments.")
    }
    const { family, host } = session.control.remote
    if (address === "Protocol" || address.family !== family) {
      return Reply.make(522, `Network protocol not supported, use (${family === "IPv4" ? "1" : "2"})`)
    }
    if (address.host !== canonical(host) || address.port < FIRST_FREE_PORT) {
      return Reply.make(500, "Illegal PORT command.")
    }
    session.setup = { _tag: "Active", address }
    return Reply.make(200, "PORT command successful.")
  })

/**
 * The data connection of the transfer that starts now, or the reply that says why there is none. It belongs to the
 * caller's scope; the port that it came through is closed.
 */
export const connect = (session: Session): Effect.Effect<Connection, Reply.Reply, Scope.Scope> =>
  Effect.suspend(() => {
    const { setup } = session
    const refusal = dataRefusal(session)
    if (refusal !== undefined) {
      return Effect.zipRight(release(session), Effect.fail(refusal))
    }
    const { dataTimeout } = session.shared.settings
    switch (setup._tag) {
      case "None":
        return Effect.fail(Reply.make(425, "Use PORT or PASV first."))
      case "Passive":
        return acceptPeer(session, setup.accept).pipe(
          Effect.timeoutFail({ duration: dataTimeout, onTimeout: () => NOT_OPENED }),
          Effect.mapError(() => NOT_OPENED),
          Effect.ensuring(release(session))
        )
      case "Active": {
        session.setup = { _tag: "None" }
        const to = { ...setup.address, timeout: dataTimeout, role: "Data" } as const
        return Effect.mapError(session.shared.transport.connect(to), () => NOT_OPENED)
      }
    }
  })

const acceptPeer = (
  session: Session,
  accept: Effect.Effect<Connection, FtpTransportError, Scope.Scope>
): Effect.Effect<Connection, FtpTransportError, Scope.Scope> =>
  Effect.gen(function* () {
    for (let strangers = 0; strangers < MAX_STRANGERS; strangers += 1) {
      const connection = yield* accept
      if (canonical(connection.remote.host) === canonical(session.control.remote.host)) {
        return connection
      }
      yield* connection.reset
    }
    return yield* new FtpTransportError({ reason: "Other", detail: "too many strangers" })
  })

/** Closes the port that was opened and not used; who dialled it is reset. */
const release = (session: Session): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { setup } = session
    session.setup = { _tag: "None" }
    return setup._tag === "Passive" ? Scope.close(setup.scope, Exit.void) : Effect.void
  })

/**
 * What becomes of the port after a transfer was refused: closed, or by the fault `KeepDataOpen` accepted and held, as
 * vsftpd and Pure-FTPd do.
 */
export const abandon = (session: Session, verb: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (session.setup._tag !== "Passive" || session.shared.faults.take("KeepDataOpen", verb) === undefined) {
      return release(session)
    }
    const { accept } = session.setup
    session.setup = { _tag: "None" }
    return Effect.asVoid(Effect.forkIn(Scope.extend(accept, session.scope), session.scope))
  })
