/**
 * Opens a socket to a host by RFC 8305 (Happy Eyeballs): its addresses in turn, the families alternating, IPv6 first;
 * the next one starts when one failed or a quarter of a second passed, and the first that answers wins.
 *
 * Node's own `autoSelectFamily` gives an address up after that quarter of a second instead of letting it go on, and so
 * cannot reach a host behind a slow line.
 */

import * as Dns from "node:dns"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { type Address, type AddressFamily, type ConnectOptions, FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { CONTROL_RING, DATA_RING, makeRing } from "../buffers/ring.ts"
import * as Handshake from "./handshake.ts"
import { type Owned, own } from "./owned.ts"
import { fromNode, mostTelling } from "./reasons.ts"
import * as TlsOptions from "./tlsOptions.ts"

/** RFC 8305 §5: "Connection Attempt Delay". */
const ATTEMPT_DELAY = Duration.millis(250)

/** Millis. Below the 60 s after which the strictest home routers forget an idle connection. */
const KEEPALIVE_IDLE = 45_000

/**
 * Turns a name into numeric addresses, best first. `families` are those that are wanted; others may be given too.
 *
 * @since 0.1.0
 * @category models
 */
export type Lookup = (
  name: string,
  families: ReadonlyArray<Address["family"]>
) => Effect.Effect<ReadonlyArray<string>, FtpTransportError>

/**
 * The system's resolver (getaddrinfo): /etc/hosts, DNS and whatever else the system asks.
 *
 * @example
 * ```ts
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 *
 * const Transport = NodeFtpTransport.layerLookup(NodeFtpTransport.systemLookup)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const systemLookup: Lookup = (name, [family, other]) =>
  Effect.async((resume) => {
    Dns.lookup(name, { all: true, family: other !== undefined ? 0 : family === "IPv4" ? 4 : 6 }, (error, found) =>
      resume(error === null ? Effect.succeed(found.map(({ address }) => address)) : fromNode(error))
    )
  })

/**
 * A connected socket, within `timeout`, on which a handshake has begun where one is asked for and Node can do that from
 * the start (`handshake`); the caller owns it, so this runs where it cannot be interrupted and is itself interruptible
 * while it waits. Whatever else it opened is closed when it ends, however it ends.
 * @category constructors
 */
export const dial = (options: ConnectOptions, lookup: Lookup): Effect.Effect<Owned, FtpTransportError> =>
  isNumeric(options.host) && isOf(options.family, options.host) ? dialOne(options) : dialAll(options, lookup)

/**
 * One address, as each data connection has it: there is nothing to look up and nothing to race, and so no fiber.
 */
const dialOne = (options: ConnectOptions): Effect.Effect<Owned, FtpTransportError> =>
  Effect.flatMap(open(options.host, options), (owned) =>
    connectedInTime(owned, options.timeout).pipe(
      Effect.interruptible,
      Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.sync(() => owned.socket.destroy())))
    )
  )

const connectedInTime = (owned: Owned, limit: Duration.Duration): Effect.Effect<Owned, FtpTransportError> =>
  Effect.async((resume) => {
    const timer = setTimeout(() => end(noAnswer(limit)), Math.min(Duration.toMillis(limit), LONGEST_TIMER))
    const onConnect = () => end(Effect.succeed(owned))
    const onError = (error: Error) => end(fromNode(error))
    const stop = () => {
      clearTimeout(timer)
      owned.socket.off("connect", onConnect)
      owned.socket.off("error", onError)
    }
    const end = (result: Effect.Effect<Owned, FtpTransportError>) => {
      stop()
      resume(result)
    }
    owned.socket.once("connect", onConnect)
    owned.socket.once("error", onError)
    return Effect.sync(stop)
  })

/** Millis, 24 days: a longer one would be due at once. */
const LONGEST_TIMER = 2 ** 31 - 1

const noAnswer = (limit: Duration.Duration): FtpTransportError =>
  new FtpTransportError({ reason: "TimedOut", detail: `no answer within ${Duration.format(limit)}` })

const dialAll = (options: ConnectOptions, lookup: Lookup): Effect.Effect<Owned, FtpTransportError> =>
  Effect.suspend(() => {
    const opened = new Set<Owned>()
    const attempt = (host: string): Effect.Effect<Owned, FtpTransportError> =>
      Effect.flatMap(open(host, options), (owned) => {
        opened.add(owned)
        return Effect.as(connected(owned, host === options.host ? undefined : host), owned)
      })
    return resolve(options.host, options.family, lookup).pipe(
      Effect.flatMap(([host, ...rest]) => inTurn(attempt, host, rest)),
      Effect.mapErrorCause((cause) => {
        const errors = [...Cause.failures(cause)]
        return errors.length > 1 ? Cause.fail(mostTelling(errors)) : cause
      }),
      Effect.interruptible,
      Effect.timeoutFail({
        duration: options.timeout,
        onTimeout: () => noAnswer(options.timeout)
      }),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          for (const owned of opened) {
            if (!Exit.isSuccess(exit) || exit.value !== owned) {
              owned.socket.destroy()
            }
          }
        })
      )
    )
  })

const inTurn = (
  attempt: (host: string) => Effect.Effect<Owned, FtpTransportError>,
  host: string,
  [next, ...rest]: ReadonlyArray<string>
): Effect.Effect<Owned, FtpTransportError> =>
  next === undefined
    ? attempt(host)
    : Effect.flatMap(Deferred.make<void>(), (failed) =>
        Effect.race(
          Effect.tapError(attempt(host), () => Deferred.succeed(failed, undefined)),
          Deferred.await(failed).pipe(Effect.timeoutOption(ATTEMPT_DELAY), Effect.zipRight(inTurn(attempt, next, rest)))
        )
      )

const open = (host: string, { port, role, tls }: ConnectOptions): Effect.Effect<Owned, FtpTransportError> => {
  const settings = {
    host,
    port,
    autoSelectFamily: false,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: role === "Control",
    keepAliveInitialDelay: KEEPALIVE_IDLE
  }
  const size = role === "Control" ? CONTROL_RING : DATA_RING
  if (tls === undefined || !TlsOptions.mayDial(host, tls)) {
    return Effect.sync(() => {
      const { inbox, onread } = makeRing(size, () => socket.resume())
      const socket = Net.connect({ ...settings, onread })
      return own(socket, inbox)
    })
  }
  return Effect.map(TlsOptions.clientSettings(tls), (protection) => {
    const { inbox, onread } = makeRing(size, () => socket.resume())
    // Node hands all of this on to the socket of TCP but `noDelay` and `keepAlive`, which it knows in net.connect only.
    const all: Tls.ConnectionOptions & Net.TcpNetConnectOpts = { ...protection, ...settings, onread }
    const socket = Tls.connect(all)
    socket.setNoDelay(settings.noDelay)
    socket.setKeepAlive(settings.keepAlive, settings.keepAliveInitialDelay)
    return own(socket, inbox, Handshake.follow(socket, tls))
  })
}

const connected = ({ socket }: Owned, about: string | undefined): Effect.Effect<void, FtpTransportError> =>
  Effect.async((resume) => {
    const onConnect = () => resume(Effect.void)
    const onError = (error: Error) => resume(fromNode(error, about))
    socket.once("connect", onConnect)
    socket.once("error", onError)
    return Effect.sync(() => {
      socket.off("connect", onConnect)
      socket.off("error", onError)
    })
  })

const resolve = (
  host: string,
  family: AddressFamily,
  lookup: Lookup
): Effect.Effect<readonly [string, ...Array<string>], FtpTransportError> => {
  const families: ReadonlyArray<Address["family"]> = family === "Any" ? ["IPv6", "IPv4"] : [family]
  return Effect.flatMap(isNumeric(host) ? Effect.succeed([host]) : lookup(host, families), (hosts) => {
    const wanted = hosts.filter((each) => families.includes(familyOf(each)))
    const [first, ...rest] = alternating(wanted)
    return first !== undefined
      ? Effect.succeed([first, ...rest] as const)
      : new FtpTransportError({
          reason: "Resolve",
          detail: `the host has no ${family === "Any" ? "" : `${family} `}address`
        })
  })
}

/** Node asks a regular expression for IPv6 that takes milliseconds to compile: not for what has no colon. */
const isNumeric = (host: string): boolean => Net.isIPv4(host) || (host.includes(":") && Net.isIPv6(host))

const isOf = (family: AddressFamily, host: string): boolean => family === "Any" || family === familyOf(host)

const familyOf = (address: string): Address["family"] => (address.includes(":") ? "IPv6" : "IPv4")

/** RFC 8305 §4: within a family the resolver's order stays. */
const alternating = (hosts: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [sixes, fours] = [
    hosts.filter((host) => familyOf(host) === "IPv6"),
    hosts.filter((host) => familyOf(host) === "IPv4")
  ]
  return Array.from({ length: Math.max(sixes.length, fours.length) }, (_, index) => [sixes[index], fours[index]])
    .flat()
    .filter((host) => host !== undefined)
}
