/**
 * Who dials the data connection, and where. Passive mode, the default:
 *
 *     C: EPSV                                       RFC 2428 §3: port only, the host is the control connection's
 *     S: 229 Entering Extended Passive Mode (|||49152|)
 *        ... dial; on a refusal or a port that can't be reached:
 *     C: PASV                                       RFC 959 §4.1.2: IPv4 only
 *     S: 227 Entering Passive Mode (10,0,0,5,192,0)
 *        ... dial the control peer, whatever address the reply names
 *
 * The connection is up before the transfer command goes out: that costs no round trip, as a server can only write once
 * the handshake is over, and leaves EPSV's failure a matter of this file alone. A server sends its 150 only after it
 * accepted (vsftpd, ProFTPD, Pure-FTPd), so nothing here waits for one.
 *
 * Active mode, by choice only, as it tells the server our address and needs a way through our own NAT and firewall:
 *
 *        ... listen where the control connection comes from
 *     C: EPRT |1|10.0.0.9|50000|                    RFC 2428 §2; refused, and on IPv4:
 *     C: PORT 10,0,0,9,195,80                       RFC 959 §4.1.2
 *     S: 200 ok                                     some servers dial before they answer (pyftpdlib, IIS)
 *        ... accept, after the transfer command; only the control peer is let in (RFC 2577 §8)
 *
 * It does NOT send transfer commands, move bytes, or protect them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { type DataError, type FtpConnectError, FtpProtocolViolation } from "../base/FtpError.ts"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import * as Observability from "../base/observability.ts"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import * as ReplyErrors from "../control/replyErrors.ts"
import {
  type Connection,
  FtpTransport,
  FtpTransportError,
  type Listener,
  type ListenOptions,
  type TlsClientOptions
} from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as HostPort from "../protocol/HostPort.ts"
import * as Reply from "../protocol/Reply.ts"

/**
 * The session for which a data connection is prepared.
 *
 * @since 0.1.0
 * @category models
 */
export interface DataContext {
  readonly control: FtpControlChannel
  readonly capabilities: ServerCapabilities
  readonly timeouts: Timeouts
  /** How the connection is protected from its first byte on, where it is we who dial. */
  readonly tls: TlsClientOptions | undefined
}

/**
 * A data connection on its way. `establish` is called after the server's preliminary reply and yields the connection,
 * which closes with the scope given to `prepare`. `refusal` fails when the server takes the transfer back meanwhile.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prepared {
  readonly establish: (refusal: Effect.Effect<never, DataError>) => Effect.Effect<Connection, DataError>
}

/**
 * Opens the data connection of one transfer.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpDataChannel {
  readonly prepare: (context: DataContext) => Effect.Effect<Prepared, DataError, Scope.Scope>
}

/**
 * The tag of `FtpDataChannel`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpDataChannel: Context.Tag<FtpDataChannel, FtpDataChannel> = Context.GenericTag<FtpDataChannel>(
  "@ftp-effect/core/FtpDataChannel"
)

/**
 * @since 0.1.0
 * @category models
 */
export interface PassiveOptions {
  /**
   * Which address to dial after PASV. `"ControlPeer"`, the default, is the control connection's peer: a server, or who
   * is in between, can't send us elsewhere (CVE-2020-8284), and the private address of a server behind NAT does no harm.
   * `"Server"` dials what the 227 reply says: for clusters whose data nodes have other addresses.
   */
  readonly address?: "ControlPeer" | "Server" | undefined
  /** `"Unprivileged"`, the default, refuses data ports below 1024; `"Any"` dials them. */
  readonly ports?: "Unprivileged" | "Any" | undefined
}

const FIRST_UNPRIVILEGED_PORT = 1024

/**
 * Passive mode with options. Never shared, as no layer here is: a second client in the same app may have another transport.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPassiveWith = (options: PassiveOptions): Layer.Layer<FtpDataChannel, never, FtpTransport> =>
  Layer.fresh(
    Layer.effect(
      FtpDataChannel,
      Effect.map(FtpTransport, (transport) => {
        const dial = (
          context: DataContext,
          host: string,
          port: number
        ): Effect.Effect<Connection, FtpConnectError | FtpProtocolViolation, Scope.Scope> =>
          Effect.gen(function* () {
            const transcript = yield* context.control.transcript
            if (options.ports !== "Any" && port < FIRST_UNPRIVILEGED_PORT) {
              return yield* new FtpProtocolViolation({
                expected: "a data port above 1023",
                received: `port ${port}`,
                endpoint: context.control.label,
                transcript
              })
            }
            return yield* Effect.mapError(
              transport.connect({
                host,
                port,
                family: "Any",
                timeout: context.timeouts.dataConnect,
                role: "Data",
                tls: context.tls
              }),
              ({ detail, reason }) =>
                ReplyErrors.notConnected(
                  context.control.label,
                  "Data",
                  new FtpTransportError({ reason, detail: `${host} port ${port}: ${detail}` }),
                  transcript
                )
            )
          })

        const malformed = (context: DataContext, expected: string, reply: Reply.Reply) =>
          Effect.flatMap(
            context.control.transcript,
            (transcript) =>
              new FtpProtocolViolation({
                expected,
                received: Reply.toLine(reply),
                endpoint: context.control.label,
                transcript
              })
          )

        const extended = (context: DataContext) =>
          Effect.gen(function* () {
            const command = Command.epsv
            const reply = yield* ReplyErrors.expectSuccess(
              context.control,
              command,
              yield* context.control.send(command)
            )
            const port = HostPort.fromEpsv(reply)
            return Option.isSome(port)
              ? yield* dial(context, context.control.remote.host, port.value)
              : yield* malformed(context, "a port in the reply to EPSV", reply)
          })

        const classic = (context: DataContext) =>
          Effect.gen(function* () {
            const command = Command.pasv
            const reply = yield* ReplyErrors.expectSuccess(
              context.control,
              command,
              yield* context.control.send(command)
            )
            const named = HostPort.fromPasv(reply)
            if (Option.isNone(named)) {
              return yield* malformed(context, "an address in the reply to PASV", reply)
            }
            const host = options.address === "Server" ? named.value.host : context.control.remote.host
            return yield* dial(context, host, named.value.port)
          })

        /** What PASV may mend: a refusal for good, an unreadable answer, a port that a firewall holds shut. */
        const isEpsvTrouble = (error: DataError): boolean =>
          error._tag === "FtpConnectError" ||
          error._tag === "FtpProtocolViolation" ||
          (error._tag === "FtpRejected" && error.reply.code >= 500)

        const connect = (context: DataContext): Effect.Effect<Connection, DataError, Scope.Scope> => {
          if (context.control.remote.family === "IPv6") {
            return extended(context)
          }
          if (context.capabilities.get("EPSV") === "Fails") {
            return classic(context)
          }
          return Effect.matchEffect(extended(context), {
            onSuccess: (connection) =>
              Effect.as(
                Effect.sync(() => context.capabilities.set("EPSV", true)),
                connection
              ),
            onFailure: (error) =>
              // Not "Unknown": several sessions may have asked at once, and the refusal of another come first.
              isEpsvTrouble(error) && context.capabilities.get("EPSV") !== "Works"
                ? classic(context).pipe(
                    Effect.tap(() => Effect.sync(() => context.capabilities.set("EPSV", false))),
                    // Where PASV is refused as well, or can't be dialled either, EPSV's failure is the one to tell.
                    Effect.mapError((second) => (second._tag === "FtpConnectionLost" ? second : error))
                  )
                : Effect.fail(error)
          })
        }

        return {
          prepare: (context) =>
            Effect.map(connect(context), (connection) => ({ establish: () => Effect.succeed(connection) }))
        }
      })
    )
  )

/**
 * Passive mode: EPSV, then PASV; the control connection's peer is dialled.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPassive: Layer.Layer<FtpDataChannel, never, FtpTransport> = layerPassiveWith({})

/**
 * @since 0.1.0
 * @category models
 */
export interface ActiveOptions {
  /** Where to listen: any free port, the default, or a range that a firewall lets in. */
  readonly ports?: ListenOptions["ports"] | undefined
  /**
   * The address to tell the server, where it is not the one that the control connection comes from: our address outside
   * of a NAT that forwards the ports. Numeric.
   */
  readonly advertise?: string | undefined
}

/**
 * Active mode: we listen, the server dials.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerActive = (options: ActiveOptions = {}): Layer.Layer<FtpDataChannel, never, FtpTransport> =>
  Layer.fresh(
    Layer.effect(
      FtpDataChannel,
      Effect.map(FtpTransport, (transport) => {
        const announce = (context: DataContext, port: number): Effect.Effect<Reply.Reply, DataError> => {
          const { control, capabilities } = context
          const host = options.advertise ?? control.local.host
          const extended = Command.eprt(HostPort.toEprt(host, host.includes(":") ? "IPv6" : "IPv4", port))
          const classic = Option.map(HostPort.toPort(host, port), Command.port)
          const send = (command: Command.Command) =>
            Effect.flatMap(control.send(command), (reply) => ReplyErrors.expectSuccess(control, command, reply))
          if (Option.isNone(classic)) {
            return send(extended)
          }
          return capabilities.get("EPRT") === "Fails"
            ? send(classic.value)
            : Effect.catchIf(
                send(extended),
                (error) => error._tag === "FtpRejected" && error.reply.code >= 500,
                () => {
                  capabilities.set("EPRT", false)
                  return send(classic.value)
                }
              )
        }

        const acceptPeer = (
          context: DataContext,
          listener: Listener,
          scope: Scope.Scope
        ): Effect.Effect<Connection, FtpTransportError> =>
          Effect.flatMap(Scope.extend(listener.accept, scope), (connection) =>
            connection.remote.host === context.control.remote.host
              ? Effect.succeed(connection)
              : Effect.zipRight(connection.reset, acceptPeer(context, listener, scope))
          )

        return {
          prepare: (context) =>
            Effect.gen(function* () {
              const { control, timeouts } = context
              const scope = yield* Effect.scope
              const door = yield* Scope.fork(scope, ExecutionStrategy.sequential)
              const listener = yield* Effect.mapError(
                Scope.extend(transport.listen({ host: control.local.host, ports: options.ports ?? "Any" }), door),
                (error) => ReplyErrors.notConnected(control.label, "Data", error)
              )
              yield* announce(context, listener.address.port)
              const tooLate = Effect.zipRight(
                Effect.sleep(timeouts.dataConnect),
                Effect.fail(
                  ReplyErrors.notConnected(
                    control.label,
                    "Data",
                    new FtpTransportError({
                      reason: "TimedOut",
                      detail: `the server did not connect to port ${listener.address.port} within ${Observability.seconds(timeouts.dataConnect)}`
                    })
                  )
                )
              )
              return {
                // The door is shut from another fiber rather than the wait raced against it: a connection that is acquired
                // inside a race and released outside makes the FiberRefs of a long-lived fiber grow with each transfer.
                establish: (refusal) =>
                  Effect.gen(function* () {
                    let reason: DataError | undefined
                    const doorkeeper = yield* Effect.fork(
                      Effect.catchAll(Effect.raceFirst(refusal, tooLate), (error) => {
                        reason = error
                        return Scope.close(door, Exit.void)
                      })
                    )
                    return yield* acceptPeer(context, listener, scope).pipe(
                      Effect.mapError((error) => reason ?? ReplyErrors.notConnected(control.label, "Data", error)),
                      Effect.ensuring(Fiber.interruptFork(doorkeeper))
                    )
                  })
              }
            })
        }
      })
    )
  )
