/**
 * Who dials the data connection, and where. Passive mode:
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
 * It does NOT send transfer commands, move bytes, or protect them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { FtpControlChannel } from "./FtpControlChannel.ts"
import { type ConnectError, type DataError, ProtocolViolation } from "./FtpError.ts"
import type { Timeouts } from "./FtpTimeouts.ts"
import { type Connection, FtpTransport } from "./FtpTransport.ts"
import type { HostMemory } from "./internal/hostMemory.ts"
import * as Judge from "./internal/judge.ts"
import * as Command from "./protocol/Command.ts"
import * as HostPort from "./protocol/HostPort.ts"
import * as Reply from "./protocol/Reply.ts"

/**
 * The session for which a data connection is prepared.
 *
 * @since 0.1.0
 * @category models
 */
export interface DataContext {
  readonly control: FtpControlChannel
  readonly memory: HostMemory
  readonly timeouts: Timeouts
}

/**
 * A data connection on its way. `establish` is called after the server's preliminary reply and yields the connection,
 * not yet protected; it closes with the scope given to `prepare`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prepared {
  readonly establish: Effect.Effect<Connection, ConnectError>
}

/**
 * Opens the data connection of one transfer.
 *
 * @since 0.1.0
 * @category tags
 */
export class FtpDataChannel extends Context.Tag("@ftp-effect/core/FtpDataChannel")<
  FtpDataChannel,
  { readonly prepare: (context: DataContext) => Effect.Effect<Prepared, DataError, Scope.Scope> }
>() {}

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
 * Passive mode with options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPassiveWith = (options: PassiveOptions): Layer.Layer<FtpDataChannel, never, FtpTransport> =>
  Layer.effect(
    FtpDataChannel,
    Effect.map(FtpTransport, (transport) => {
      const dial = (
        context: DataContext,
        host: string,
        port: number
      ): Effect.Effect<Connection, ConnectError | ProtocolViolation, Scope.Scope> =>
        Effect.gen(function* () {
          const transcript = yield* context.control.transcript
          if (options.ports !== "Any" && port < FIRST_UNPRIVILEGED_PORT) {
            return yield* new ProtocolViolation({
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
              role: "Data"
            }),
            (error) => Judge.notConnected(context.control.label, "Data", error, transcript)
          )
        })

      const malformed = (context: DataContext, expected: string, reply: Reply.Reply) =>
        Effect.flatMap(
          context.control.transcript,
          (transcript) =>
            new ProtocolViolation({
              expected,
              received: Reply.toLine(reply),
              endpoint: context.control.label,
              transcript
            })
        )

      const extended = (context: DataContext) =>
        Effect.gen(function* () {
          const command = Command.epsv
          const reply = yield* Judge.accept(context.control, command, yield* context.control.send(command))
          const port = HostPort.fromEpsv(reply)
          return Option.isSome(port)
            ? yield* dial(context, context.control.remote.host, port.value)
            : yield* malformed(context, "a port in the reply to EPSV", reply)
        })

      const classic = (context: DataContext) =>
        Effect.gen(function* () {
          const command = Command.pasv
          const reply = yield* Judge.accept(context.control, command, yield* context.control.send(command))
          const named = HostPort.fromPasv(reply)
          if (Option.isNone(named)) {
            return yield* malformed(context, "an address in the reply to PASV", reply)
          }
          const host = options.address === "Server" ? named.value.host : context.control.remote.host
          return yield* dial(context, host, named.value.port)
        })

      /** What PASV may mend: a refusal for good, an unreadable answer, a port that a firewall holds shut. */
      const isEpsvTrouble = (error: DataError): boolean =>
        error._tag === "ConnectError" ||
        error._tag === "ProtocolViolation" ||
        (error._tag === "Rejected" && error.reply.code >= 500)

      const connect = (context: DataContext): Effect.Effect<Connection, DataError, Scope.Scope> => {
        if (context.control.remote.family === "IPv6") {
          return extended(context)
        }
        if (context.memory.get("EPSV") === "Fails") {
          return classic(context)
        }
        return Effect.matchEffect(extended(context), {
          onSuccess: (connection) =>
            Effect.as(
              Effect.sync(() => context.memory.set("EPSV", true)),
              connection
            ),
          onFailure: (error) =>
            isEpsvTrouble(error) && context.memory.get("EPSV") === "Unknown"
              ? classic(context).pipe(
                  Effect.tap(() => Effect.sync(() => context.memory.set("EPSV", false))),
                  // Where PASV is refused as well, or can't be dialled either, EPSV's failure is the one to tell.
                  Effect.mapError((second) => (second._tag === "ConnectionLost" ? second : error))
                )
              : Effect.fail(error)
        })
      }

      return {
        prepare: (context) => Effect.map(connect(context), (connection) => ({ establish: Effect.succeed(connection) }))
      }
    })
  )

/**
 * Passive mode: EPSV, then PASV; the control connection's peer is dialled.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPassive: Layer.Layer<FtpDataChannel, never, FtpTransport> = layerPassiveWith({})
