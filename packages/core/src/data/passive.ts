/**
 * Passive mode, the default: we dial.
 *
 *     C: PRET RETR a                                only where FEAT has it: DrFTPD chooses the port by the file
 *     S: 200 OK
 *     C: EPSV                                       RFC 2428 §3: port only, the host is the control connection's
 *     S: 229 Entering Extended Passive Mode (|||49152|)
 *        ... dial; on a refusal, even for now, or a port that can't be reached:
 *     C: PASV                                       RFC 959 §4.1.2: IPv4 only
 *     S: 227 Entering Passive Mode (10,0,0,5,192,0)
 *        ... dial the control peer, whatever address the reply names
 *
 * The connection is up before the transfer command goes out. That costs no round trip, as a server can only write once
 * the handshake is over, and keeps EPSV's failure within this file. A port that was asked for with other commands, ahead
 * of the transfer, is dialled at once. A server sends its 150 only after it accepted
 * (vsftpd, ProFTPD, Pure-FTPd), so nothing here waits for one.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { CommandError, DataError } from "../base/FtpError.ts"
import {
  type Connection,
  type DirectAddress,
  type DirectTransport,
  type FtpTransport,
  FtpTransportError
} from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as HostPort from "../protocol/HostPort.ts"
import * as Reply from "../protocol/Reply.ts"
import type { DataContext, DirectContext, DirectData, Prepared, Question } from "./dataContext.ts"

/**
 * Which data addresses and ports of a server may be dialled.
 *
 * @since 0.1.0
 * @category models
 */
export interface PassiveOptions {
  /**
   * Which address to dial after PASV. `"ControlPeer"`, the default, is the control connection's peer: a server, or an
   * attacker in between, can't send us elsewhere (CVE-2020-8284), and the private address of a server behind NAT does
   * no harm. `"Server"` dials what the 227 reply says: for clusters whose data nodes have other addresses.
   */
  readonly address?: "ControlPeer" | "Server" | undefined
  /**
   * `"Never"` asks for PASV at once, for servers or firewalls that give an unusable port to EPSV and cost a wait each
   * time it is tried. IPv6 has no way but EPSV (RFC 2428 §1), so it is used there all the same. Default `"First"`.
   */
  readonly epsv?: "First" | "Never" | undefined
  /** `"Unprivileged"`, the default, refuses data ports below 1024; `"Any"` dials them. */
  readonly ports?: "Unprivileged" | "Any" | undefined
}

const FIRST_UNPRIVILEGED_PORT = 1024

type Opened = Effect.Effect<Connection, DataError, Scope.Scope>

export const prepare =
  (transport: FtpTransport, options: PassiveOptions) =>
  (context: DataContext): Effect.Effect<Prepared, DataError, Scope.Scope> =>
    Effect.map(connect({ ...context, transport, options }), (connection) => ({
      establish: () => Effect.succeed(connection)
    }))

/** At the port that is open already; if that can't be reached, at a new one. */
const connect = (context: PassiveContext): Opened =>
  context.port === undefined
    ? ask(context)
    : Effect.catchIf(
        Effect.tap(dial(context, context.port.host, context.port.port), () => Effect.sync(() => provesEpsv(context))),
        (error) => error._tag === "FtpConnectError" && error.stage !== "Tls",
        () => ask(context)
      )

/** A port of PASV was asked for only if EPSV is known to fail, or not wanted. */
const provesEpsv = ({ capabilities, options }: PassiveContext): void => {
  if (options.epsv !== "Never" && capabilities.get("EPSV") !== "Fails") {
    capabilities.set("EPSV", true)
  }
}

/** Only what the host is known to answer is asked here, as nothing tries the other way if it is refused. */
export const direct = (
  { capabilities, control, wantsPret }: DirectContext,
  transport: DirectTransport,
  options: PassiveOptions
): DirectData | undefined => {
  const question = wantsPret ? undefined : questionFor({ capabilities, control }, options, false)
  return question && { transport, ...question }
}

/**
 * What `prepare` would ask first. `mayHaveEpsv`: a server that has not answered EPSV yet is asked for it, as `prepare`
 * finds out what to do instead.
 */
export const questionFor = (
  { capabilities, control }: Pick<DataContext, "capabilities" | "control">,
  options: PassiveOptions,
  mayHaveEpsv: boolean
): Question | undefined => {
  const { host } = control.remote
  const at = (host: string, port: number): DirectAddress | undefined =>
    options.ports === "Any" || port >= FIRST_UNPRIVILEGED_PORT ? { host, port } : undefined
  const known = capabilities.get("EPSV")
  const wantsPasv = options.epsv === "Never" && control.remote.family === "IPv4"
  if ((known === "Works" || (known === "Unknown" && mayHaveEpsv)) && !wantsPasv && !control.verbs.isAvoided("EPSV")) {
    return {
      question: Command.epsv,
      addressOf: (reply) => {
        const port = Reply.isCompletion(reply) ? HostPort.fromEpsv(reply) : Option.none()
        return Option.isSome(port) ? at(host, port.value) : undefined
      }
    }
  }
  return wantsPasv || known === "Fails"
    ? {
        question: Command.pasv,
        addressOf: (reply) => {
          const named = Reply.isCompletion(reply) ? HostPort.fromPasv(reply) : Option.none()
          return Option.isSome(named)
            ? at(options.address === "Server" ? named.value.host : host, named.value.port)
            : undefined
        }
      }
    : undefined
}

interface PassiveContext extends DataContext {
  readonly transport: FtpTransport
  readonly options: PassiveOptions
}

const ask = (context: PassiveContext): Opened => {
  const { capabilities, control } = context
  if (control.remote.family === "IPv6") {
    return extended(context)
  }
  if (capabilities.get("EPSV") === "Fails" || context.options.epsv === "Never") {
    return classic(context)
  }
  if (control.verbs.isAvoided("EPSV")) {
    return Effect.tap(classic(context), () => Effect.sync(() => capabilities.set("EPSV", false)))
  }
  return Effect.matchEffect(extended(context), {
    onSuccess: (connection) =>
      Effect.as(
        Effect.sync(() => capabilities.set("EPSV", true)),
        connection
      ),
    onFailure: (error) =>
      // Not "Unknown": several sessions may have asked at once, and the refusal of another come first.
      isEpsvTrouble(error) && capabilities.proven("EPSV") !== "Works"
        ? classic(context).pipe(
            Effect.tap(() => Effect.sync(() => capabilities.set("EPSV", false))),
            Effect.mapError((second) => (weight(second) > weight(error) ? second : error))
          )
        : Effect.fail(error)
  })
}

/**
 * What PASV may mend: a refusal, an unreadable answer, a port that a firewall holds shut. A port whose TLS
 * handshake began was reached.
 */
const isEpsvTrouble = (error: DataError): boolean =>
  (error._tag === "FtpConnectError" && error.stage !== "Tls") ||
  error._tag === "FtpProtocolViolation" ||
  (error._tag === "FtpRejected" && error.verb === "EPSV")

/**
 * Of the failures of EPSV and PASV, the one to report: a server that does not know the one says less than a port of the
 * other that can't be reached. The first of two that say as much.
 */
const weight = ({ _tag }: DataError): number => WEIGHTS[_tag] ?? 0

const WEIGHTS: { readonly [tag: string]: number } = {
  FtpRejected: 1,
  FtpProtocolViolation: 2,
  FtpConnectError: 3,
  FtpConnectionLost: 4
}

const extended = (context: PassiveContext): Opened =>
  Effect.gen(function* () {
    yield* announce(context)
    const reply = yield* answerTo(context, Command.epsv)
    const port = HostPort.fromEpsv(reply)
    return Option.isSome(port)
      ? yield* dial(context, context.control.remote.host, port.value)
      : yield* context.control.errors.violation("a port in the reply to EPSV", reply)
  })

const classic = (context: PassiveContext): Opened =>
  Effect.gen(function* () {
    yield* announce(context)
    const reply = yield* answerTo(context, Command.pasv)
    const named = HostPort.fromPasv(reply)
    if (Option.isNone(named)) {
      return yield* context.control.errors.violation("an address in the reply to PASV", reply)
    }
    const host = context.options.address === "Server" ? named.value.host : context.control.remote.host
    return yield* dial(context, host, named.value.port)
  })

/** A refusal is that of the transfer: the file is not there, or may not be had. */
const announce = ({ announced, control }: DataContext): Effect.Effect<void, CommandError> => {
  if (announced === undefined) {
    return Effect.void
  }
  const { command, path } = announced
  return Effect.flatMap(
    control.send(Command.pret(command)),
    (reply): Effect.Effect<void, CommandError> =>
      Reply.isNegative(reply) && !UNKNOWN.has(reply.code)
        ? control.errors.rejected(command, reply, { path })
        : Effect.void
  )
}

/** PRET itself, or with this verb. */
const UNKNOWN: ReadonlySet<number> = new Set([500, 501, 502, 503, 504])

const answerTo = ({ control }: DataContext, command: Command.Command): Effect.Effect<Reply.Reply, CommandError> =>
  Effect.flatMap(control.send(command), (reply) => control.errors.expectSuccess(command, reply))

const dial = ({ control, options, timeouts, tls, transport }: PassiveContext, host: string, port: number): Opened =>
  options.ports !== "Any" && port < FIRST_UNPRIVILEGED_PORT
    ? control.errors.violation("a data port above 1023", `port ${port}`)
    : Effect.mapError(
        transport.connect({ host, port, family: "Any", timeout: timeouts.dataConnect, role: "Data", tls }),
        ({ detail, proxy, reason, stage }) =>
          control.errors.notConnected(
            "Data",
            new FtpTransportError({ reason, stage, proxy, detail: `${host} port ${port}: ${detail}` })
          )
      )
