/**
 * `FtpTransport` in memory: a private network with bounded buffers, ruled by the Effect Clock, so that TestClock moves
 * every limit and every latency. `MemoryNetwork` makes the network misbehave.
 *
 * A name resolves if it is a numeric address, `localhost`, or was given by `MemoryNetwork.name`. Everything is on one
 * machine: a dialler has the address that it dials.
 *
 * Bytes are never lost, repeated or reordered; there are no routes and no DNS.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import {
  type Connection,
  type ConnectOptions,
  FtpTransport,
  type FtpTransportError,
  type Listener,
  type ListenOptions
} from "../platform/FtpTransport.ts"
import { breakOff, close, connection, failure, join, waitUntil, wake } from "./memoryConnection.ts"
import {
  addressesOf,
  type Cut,
  dynamicPort,
  emptyNetwork,
  freePort,
  type Numeric,
  numeric,
  type Port,
  reaches,
  type State,
  takeCut
} from "./memoryNetwork.ts"

export type { Limit } from "./memoryConnection.ts"
export type { Cut } from "./memoryNetwork.ts"

/**
 * Controls the network that `MemoryTransport.layer` made.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemoryNetwork {
  /** Resets every open connection; bytes in flight are lost. */
  readonly resetAll: Effect.Effect<void>
  readonly cut: (rule: Cut) => Effect.Effect<void>
  /** How long bytes written from now on travel one way; a connect takes two ways. Resets travel at once. */
  readonly delay: (latency: Duration.DurationInput) => Effect.Effect<void>
  /** From now on a connect to this numeric address, or to one port of it, neither completes nor fails. */
  readonly unroutable: (host: string, port?: number) => Effect.Effect<void>
  /** Makes a name resolve to these numeric addresses, in this order. */
  readonly name: (host: string, addresses: ReadonlyArray<string>) => Effect.Effect<void>
  /** How many ends of connections are not closed, those not accepted included: 0 when nothing is leaked. */
  readonly openEnds: Effect.Effect<number>
  /** How many listeners are not closed. */
  readonly listeners: Effect.Effect<number>
}

/**
 * The tag of `MemoryNetwork`.
 *
 * @since 0.1.0
 * @category tags
 */
export const MemoryNetwork: Context.Tag<MemoryNetwork, MemoryNetwork> = Context.GenericTag<MemoryNetwork>(
  "@ftp-effect/core/testing/MemoryNetwork"
)

/** RFC 8305 §5: how long an address may stay silent before the next one is tried. */
const ATTEMPT_DELAY = Duration.millis(250)

/** Connections that may wait for an accept; Linux's default backlog for a listener is larger, which no test needs. */
const BACKLOG = 128

/**
 * A new network and the transport on it.
 *
 * @example
 * ```ts
 * import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
 * import * as Effect from "effect/Effect"
 *
 * const network = Effect.map(MemoryTransport.make, ({ network }) => network)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<{
  readonly transport: FtpTransport
  readonly network: MemoryNetwork
}> = Effect.sync(() => {
  const state = emptyNetwork()
  return {
    transport: FtpTransport.of({ connect: (options) => connect(state, options), listen: (on) => listen(state, on) }),
    network: MemoryNetwork.of({
      resetAll: Effect.sync(() => state.ends.forEach(breakOff)),
      cut: (rule) => Effect.sync(() => void state.cuts.push({ rule, left: rule.times ?? 1 })),
      delay: (latency) =>
        Effect.sync(() => {
          state.latency = Duration.toMillis(latency)
        }),
      unroutable: (host, port) =>
        Effect.sync(() => void state.unroutable.add(port === undefined ? host : `${host} ${port}`)),
      name: (host, addresses) => Effect.sync(() => void state.names.set(host.toLowerCase(), addresses)),
      openEnds: Effect.sync(() => state.ends.size),
      listeners: Effect.sync(() => state.ports.size)
    })
  }
})

/**
 * The transport and its network, private to where this layer is built.
 *
 * @example
 * ```ts
 * import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
 * import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
 * import * as Layer from "effect/Layer"
 *
 * const Server = Layer.provideMerge(FtpTestServer.layer(), MemoryTransport.layer)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FtpTransport | MemoryNetwork> = Layer.effectContext(
  Effect.map(make, ({ network, transport }) =>
    Context.make(FtpTransport, transport).pipe(Context.add(MemoryNetwork, network))
  )
)

const connect = (state: State, options: ConnectOptions): Effect.Effect<Connection, FtpTransportError, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const { port } = options
      const found = yield* Effect.timeoutFail(Effect.interruptible(dial(state, options)), {
        duration: options.timeout,
        onTimeout: () => failure("TimedOut", `no answer within ${Duration.format(options.timeout)}`)
      })
      const now = yield* Clock.currentTimeMillis
      // A port that was closed after the dial would keep this end for ever.
      if (found.port.closed) {
        return yield* refused
      }
      const [near, far] = join(
        { host: found.host, family: found.family, port: dynamicPort(state) },
        { host: found.host, family: found.family, port },
        takeCut(state, options),
        now
      )
      for (const end of [near, far]) {
        state.ends.add(end)
      }
      found.port.pending.push(far)
      wake(found.port.waiters)
      yield* Effect.addFinalizer(() => close(state, near))
      return connection(state, near)
    })
  )

const listen = (state: State, on: ListenOptions): Effect.Effect<Listener, FtpTransportError, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const address = numeric(on.host)
      if (address === undefined) {
        return yield* failure("Other", `${on.host} is not a numeric address to listen on`)
      }
      const number = on.ports === "Any" ? dynamicPort(state) : freePort(state, address.host, on.ports)
      if (number === undefined) {
        return yield* failure("AddressInUse", `every port of ${on.host} from ${[...on.ports].join(" to ")} is taken`)
      }
      const port: Port = {
        address: { ...address, port: number },
        pending: [],
        waiters: new Set(),
        closed: false
      }
      state.ports.add(port)
      yield* Effect.addFinalizer(() =>
        Effect.suspend(() => {
          port.closed = true
          state.ports.delete(port)
          wake(port.waiters)
          return Effect.forEach(
            port.pending.splice(0),
            (end) => {
              breakOff(end)
              return close(state, end)
            },
            { discard: true }
          )
        })
      )
      return { address: port.address, accept: accept(state, port) }
    })
  )

const accept = (state: State, port: Port): Effect.Effect<Connection, FtpTransportError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      for (;;) {
        yield* restore(waitUntil(port.waiters, () => port.closed || port.pending.length > 0))
        const end = port.pending.shift()
        if (end !== undefined) {
          wake(port.waiters)
          yield* Effect.addFinalizer(() => close(state, end))
          return connection(state, end)
        }
        if (port.closed) {
          return yield* failure("Closed", "the listener is closed")
        }
      }
    })
  )

interface Found extends Numeric {
  readonly port: Port
}

/**
 * Tries the addresses in turn, IPv6 first: the next one if one refuses or stays silent (RFC 8305 §5, without the race).
 */
const dial = (state: State, options: ConnectOptions): Effect.Effect<Found, FtpTransportError> =>
  Effect.gen(function* () {
    const addresses = addressesOf(state, options.host, options.family)
    if (addresses.length === 0) {
      return yield* failure("Resolve", `the host has no ${options.family === "Any" ? "" : `${options.family} `}address`)
    }
    if (state.latency > 0) {
      yield* Effect.sleep(state.latency * 2)
    }
    let silent = false
    for (const address of addresses) {
      if (state.unroutable.has(address.host) || state.unroutable.has(`${address.host} ${options.port}`)) {
        silent = true
        yield* Effect.sleep(ATTEMPT_DELAY)
        continue
      }
      const port = [...state.ports].find((port) => reaches(port.address, address, options.port))
      if (port !== undefined) {
        yield* waitUntil(port.waiters, () => port.closed || port.pending.length < BACKLOG)
        if (!port.closed) {
          return { ...address, port }
        }
      }
    }
    return yield* silent ? Effect.never : refused
  })

const refused = failure("Refused", "nothing listens there")
