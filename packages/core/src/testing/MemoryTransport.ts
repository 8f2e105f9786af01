/**
 * `FtpTransport` in memory: a private network with bounded buffers, ruled by the Effect Clock, so that TestClock moves
 * every limit and every latency. `MemoryNetwork` beside it makes the network misbehave at will.
 *
 * A name resolves when it is a numeric address, `localhost`, or was given by `MemoryNetwork.name`. Everything lives on
 * one machine: who dials an address has that address too.
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
  type Address,
  type AddressFamily,
  type Connection,
  type ConnectOptions,
  FtpTransport,
  type FtpTransportError,
  type Listener,
  type ListenOptions
} from "../platform/FtpTransport.ts"
import {
  breakOff,
  close,
  connection,
  type End,
  failure,
  join,
  type Limit,
  type Wire,
  waitUntil,
  wake
} from "./memoryConnection.ts"

/**
 * Breaks a connection once `after` bytes went through it in one direction, whichever comes there first; those bytes
 * still arrive. `"Reset"` breaks both directions; `"End"` looks like a FIN to the reader while the writer goes on
 * writing into nothing; `"Silence"` lets nothing more through. Applies to the next `times` (default 1) connections
 * opened, of `role` or to `port` when these are given.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cut extends Limit {
  readonly role?: ConnectOptions["role"] | undefined
  readonly port?: number | undefined
  readonly times?: number | undefined
}

/**
 * Rules the network that `MemoryTransport.layer` made.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemoryNetwork {
  /** Resets every open connection; what was on its way is lost. */
  readonly resetAll: Effect.Effect<void>
  readonly cut: (rule: Cut) => Effect.Effect<void>
  /** How long bytes written from now on travel one way; a connect takes two ways. Resets travel at once. */
  readonly delay: (latency: Duration.DurationInput) => Effect.Effect<void>
  /** From now on a connect to this numeric address, or to one port of it, neither completes nor fails. */
  readonly unroutable: (host: string, port?: number) => Effect.Effect<void>
  /** Makes a name resolve to these numeric addresses, in this order. */
  readonly name: (host: string, addresses: ReadonlyArray<string>) => Effect.Effect<void>
  /** How many ends of connections are not closed, those that nobody accepted included: 0 when nothing is leaked. */
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

/** IANA's dynamic ports. */
const FIRST_DYNAMIC_PORT = 49152
const LAST_PORT = 65535

/** Connections that may wait for an accept; Linux's default backlog for a listener is larger, which no test needs. */
const BACKLOG = 128

interface Port {
  readonly address: Address
  readonly pending: Array<End>
  readonly waiters: Set<() => void>
  closed: boolean
}

interface State extends Wire {
  readonly ports: Set<Port>
  readonly cuts: Array<{ readonly rule: Cut; left: number }>
  readonly unroutable: Set<string>
  readonly names: Map<string, ReadonlyArray<string>>
  nextPort: number
}

/**
 * A new network and the transport on it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<{
  readonly transport: FtpTransport
  readonly network: MemoryNetwork
}> = Effect.sync(() => {
  const state: State = {
    ports: new Set(),
    ends: new Set(),
    cuts: [],
    unroutable: new Set(),
    names: new Map([["localhost", ["::1", "127.0.0.1"]]]),
    latency: 0,
    nextPort: FIRST_DYNAMIC_PORT
  }
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
      // Closed between the answer and here, it would keep this end for ever.
      if (found.port.closed) {
        return yield* refused
      }
      const rule = state.cuts.find(
        ({ left, rule }) => left > 0 && (rule.role ?? options.role) === options.role && (rule.port ?? port) === port
      )
      if (rule !== undefined) {
        rule.left -= 1
      }
      const [near, far] = join(
        { host: found.host, family: found.family, port: dynamicPort(state) },
        { host: found.host, family: found.family, port },
        rule?.rule,
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

/** The addresses in turn, IPv6 first: the next one when one refuses or stays silent (RFC 8305 §5, without the race). */
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

const dynamicPort = (state: State): number => {
  const taken = new Set([...state.ports].map((port) => port.address.port))
  for (;;) {
    const number = state.nextPort
    state.nextPort = number === LAST_PORT ? FIRST_DYNAMIC_PORT : number + 1
    if (!taken.has(number)) {
      return number
    }
  }
}

const freePort = (state: State, host: string, [from, to]: readonly [number, number]): number | undefined => {
  for (let number = from; number <= to; number++) {
    const taken = [...state.ports].some(
      ({ address }) =>
        address.port === number && (address.host === host || isWildcard(address.host) || isWildcard(host))
    )
    if (!taken) {
      return number
    }
  }
  return undefined
}

const reaches = (listening: Address, address: Numeric, port: number): boolean =>
  listening.port === port &&
  (listening.host === address.host ||
    listening.host === "::" ||
    (listening.host === "0.0.0.0" && address.family === "IPv4"))

const isWildcard = (host: string): boolean => host === "::" || host === "0.0.0.0"

interface Numeric {
  readonly host: string
  readonly family: Address["family"]
}

const addressesOf = (state: State, host: string, family: AddressFamily): ReadonlyArray<Numeric> =>
  (state.names.get(host.toLowerCase()) ?? [host])
    .map(numeric)
    .filter((address) => address !== undefined)
    .filter((address) => family === "Any" || family === address.family)
    .sort((left, right) => right.family.localeCompare(left.family))

const numeric = (host: string): Numeric | undefined => {
  const address = host.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "")
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) {
    return { host: address, family: "IPv4" }
  }
  return /^[0-9a-f:.]*:[0-9a-f:.]*$/.test(address) ? { host: address, family: "IPv6" } : undefined
}
