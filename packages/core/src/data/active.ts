/**
 * Active mode: we listen, the server dials. By choice only, as it shows the server our address and needs a way through
 * our own NAT and firewall.
 *
 *        ... listen at the address that the control connection comes from
 *     C: EPRT |1|10.0.0.9|50000|                    RFC 2428 §2; refused, and on IPv4:
 *     C: PORT 10,0,0,9,195,80                       RFC 959 §4.1.2
 *     S: 200 ok                                     some servers dial before they answer (pyftpdlib, IIS)
 *        ... accept, after the transfer command; only the control peer is let in (RFC 2577 §8)
 */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { DataError } from "../base/FtpError.ts"
import * as Observability from "../base/observability.ts"
import {
  type Connection,
  type FtpTransport,
  FtpTransportError,
  type Listener,
  type ListenOptions
} from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as HostPort from "../protocol/HostPort.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { DataContext, Prepared } from "./dataContext.ts"

/**
 * Where to listen in active mode, and what the server is told to connect to.
 *
 * @since 0.1.0
 * @category models
 */
export interface ActiveOptions {
  /** Where to listen: any free port, the default, or a range that a firewall lets in. */
  readonly ports?: ListenOptions["ports"] | undefined
  /**
   * The address to announce to the server, if it is not the one that the control connection comes from: our address
   * outside of a NAT that forwards the ports. Numeric.
   */
  readonly advertise?: string | undefined
}

export const prepare =
  (transport: FtpTransport, options: ActiveOptions) =>
  (context: DataContext): Effect.Effect<Prepared, DataError, Scope.Scope> =>
    Effect.gen(function* () {
      const { control } = context
      const scope = yield* Effect.scope
      const listening = yield* Scope.fork(scope, ExecutionStrategy.sequential)
      const listener = yield* Effect.mapError(
        Scope.extend(transport.listen({ host: control.local.host, ports: options.ports ?? "Any" }), listening),
        (error) => control.errors.notConnected("Data", error)
      )
      const { port } = listener.address
      yield* announce(context, options.advertise ?? control.local.host, port)
      return {
        // The listener is closed from another fiber, not raced against the wait: a connection that is acquired inside a
        // race and released outside makes the FiberRefs of a long-lived fiber grow with each transfer.
        establish: (refusal) =>
          Effect.gen(function* () {
            let reason: DataError | undefined
            // No child of this fiber: of a caller who can't be interrupted, an interruption would end the guard alone.
            const guard = yield* Effect.raceFirst(refusal, tooLate(context, port)).pipe(
              Effect.catchAll((error) => {
                reason = error
                return Scope.close(listening, Exit.void)
              }),
              Effect.interruptible,
              Effect.forkIn(scope)
            )
            return yield* acceptPeer(context, listener, scope).pipe(
              Effect.mapError((error) => reason ?? control.errors.notConnected("Data", error)),
              Effect.ensuring(Fiber.interruptFork(guard))
            )
          })
      }
    })

/** EPRT, then PORT if the address has one. */
const announce = (
  { capabilities, control }: DataContext,
  host: string,
  port: number
): Effect.Effect<Reply.Reply, DataError> => {
  const extended = Command.eprt(HostPort.toEprt(host, host.includes(":") ? "IPv6" : "IPv4", port))
  const classic = Option.map(HostPort.toPort(host, port), Command.port)
  const send = (command: Command.Command) =>
    Effect.flatMap(control.send(command), (reply) => control.errors.expectSuccess(command, reply))
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

const tooLate = ({ control, timeouts }: DataContext, port: number): Effect.Effect<never, DataError> =>
  Effect.zipRight(
    Effect.sleep(timeouts.dataConnect),
    Effect.suspend(() =>
      control.errors.notConnected(
        "Data",
        new FtpTransportError({
          reason: "TimedOut",
          detail: `the server did not connect to port ${port} within ${Observability.seconds(timeouts.dataConnect)}`
        })
      )
    )
  )

/** Connections from other hosts are reset. */
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
