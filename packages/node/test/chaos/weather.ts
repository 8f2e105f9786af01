/**
 * The network of one scene: which of its connections break where, over whatever transport there is.
 *
 *     dial ──► the nth of its role ──► a rule of the scene? ──► over TCP: through a relay that breaks it
 *                                                               in memory: the network is told to
 *     listen ──► a relay's door is what the server is told of, in active mode over TCP
 *
 * It counts what the client leaves open.
 */
import {
  type Connection,
  type ConnectOptions,
  type DirectAddress,
  type DirectHandle,
  type DirectTransport,
  FtpTransport,
  FtpTransportError
} from "@ftp-effect/core/FtpTransport"
import type { MemoryNetwork } from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Rule, Scene } from "./plan.ts"
import * as Relay from "./relay.ts"

type Transport = FtpTransport

export interface Weather {
  readonly transport: Transport
  /** The same for the server, which dials in active mode. */
  readonly serverTransport: Transport
  /** From now on nothing breaks, and what stands still is reset. */
  readonly calm: Effect.Effect<void>
  /** Connections whose scope is open, and over TCP those that the kernel has not closed. */
  readonly open: Effect.Effect<{ readonly scopes: number; readonly sockets: number }>
}

/** Whose turn it is. */
const forecast = (rules: ReadonlyArray<Rule>) => {
  const dialled = { Control: 0, Data: 0 }
  let isCalm = false
  return {
    next: (role: ConnectOptions["role"]): Rule | undefined => {
      const nth = dialled[role]++
      return isCalm ? undefined : rules.find((rule) => rule.role === role && rule.nth === nth)
    },
    calm: () => {
      isCalm = true
    }
  }
}

const refused = new FtpTransportError({ reason: "Refused", detail: "nothing listens there, says the campaign" })

/** Counts the scopes that hold a connection. */
const counting = () => {
  let scopes = 0
  return {
    count: () => scopes,
    counted: (dial: Effect.Effect<Connection, FtpTransportError, Scope.Scope>) =>
      Effect.uninterruptible(
        Effect.zipRight(
          // Released last: the connection's own finalizer has run by then.
          Effect.acquireRelease(
            Effect.sync(() => {
              scopes++
            }),
            () =>
              Effect.sync(() => {
                scopes--
              })
          ),
          dial
        )
      )
  }
}

/** In memory the network itself breaks: `network` is the one below `transport`. */
export const inMemory = ({ rules }: Pick<Scene, "rules">, transport: Transport, network: MemoryNetwork): Weather => {
  const { calm, next } = forecast(rules)
  const { count, counted } = counting()
  const dial: Transport["connect"] = (options) =>
    Effect.suspend(() => {
      const rule = next(options.role)
      if (rule === undefined) {
        return transport.connect(options)
      }
      return rule.how === "Refuse"
        ? refused
        : Effect.zipRight(
            network.cut({ after: rule.after, how: rule.how, role: rule.role, port: options.port }),
            transport.connect(options)
          )
    })
  return {
    transport: FtpTransport.of({ listen: transport.listen, connect: (options) => counted(dial(options)) }),
    serverTransport: FtpTransport.of({ listen: transport.listen, connect: dial }),
    // What was told to break will do so: not in good weather.
    calm: Effect.zipRight(Effect.sync(calm), network.resetAll),
    open: Effect.sync(() => ({ scopes: count(), sockets: 0 }))
  }
}

/** Every connection goes through a relay of its own; they end with the scope. */
export const overTcp = (
  { latency, rules }: Pick<Scene, "latency" | "rules">,
  transport: Transport
): Effect.Effect<Weather, never, Scope.Scope> =>
  Effect.gen(function* () {
    const relays = yield* Effect.acquireRelease(
      Effect.sync(() => new Map<Relay.Relay, "Dialler" | "Dialled">()),
      (relays) =>
        Effect.sync(() => {
          for (const relay of relays.keys()) {
            relay.destroy()
          }
        })
    )
    const { calm, next } = forecast(rules)
    const { count, counted } = counting()
    /** Where to dial instead; the address itself if nothing listens there, which the transport says in its own words. */
    const route = async (address: DirectAddress, rule: Rule | undefined): Promise<Way> => {
      const server = await Relay.reach(address)
      if (server === undefined) {
        return { to: address, leave: () => {} }
      }
      const relay = await Relay.before(server, rule, latency)
      relays.set(relay, "Dialler")
      return { to: { host: HOST, port: relay.port }, leave: relay.destroy }
    }
    const dial = (options: ConnectOptions) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const rule = next(options.role)
          if (rule?.how === "Refuse") {
            return yield* refused
          }
          const { leave, to } = yield* Effect.promise(() => route(options, rule))
          return yield* Effect.onError(restore(transport.connect({ ...options, ...to })), () => Effect.sync(leave))
        })
      )
    const direct =
      transport.direct &&
      directBy(transport.direct, (address) => {
        const rule = next("Data")
        return rule?.how === "Refuse" ? undefined : route(address, rule)
      })
    const listen: Transport["listen"] = (options) =>
      Effect.gen(function* () {
        const listener = yield* transport.listen(options)
        const rule = next("Data")
        const relay = yield* Effect.acquireRelease(
          Effect.promise(() => Relay.beforeListener(listener.address, rule, latency)),
          (relay) => Effect.sync(relay.shut)
        )
        relays.set(relay, "Dialled")
        if (rule?.how === "Refuse") {
          relay.shut()
        }
        return { ...listener, address: { ...listener.address, port: relay.port } }
      })
    return {
      transport: FtpTransport.of({ listen, connect: (options) => counted(dial(options)), direct }),
      serverTransport: transport,
      calm: Effect.sync(() => {
        calm()
        for (const relay of relays.keys()) {
          relay.calm()
        }
      }),
      open: Effect.sync(() => ({
        scopes: count(),
        sockets: [...relays].filter(([relay, who]) => relay.isOpen(who)).length
      }))
    }
  })

const HOST = "127.0.0.1"

/**
 * Where to dial instead. `leave` is for who gives up before: the relay has a connection to the server by then, whose session
 * would count against the server's limit.
 */
interface Way {
  readonly to: DirectAddress
  readonly leave: () => void
}

/** The same calls to where `route` leads; without a way there, the connection is refused. */
const directBy = (
  direct: DirectTransport,
  route: (address: DirectAddress) => Promise<Way> | undefined
): DirectTransport => {
  const { protectedBy } = direct
  const lead = (
    address: DirectAddress,
    begin: (to: DirectAddress) => DirectHandle,
    refuse: (error: FtpTransportError) => void
  ): DirectHandle => {
    let handle: DirectHandle | undefined
    let isLeft = false
    Promise.resolve(route(address)).then((way) => {
      if (isLeft) {
        way?.leave()
      } else if (way === undefined) {
        refuse(refused)
      } else {
        handle = begin(way.to)
      }
    })
    const leave = (how: keyof DirectHandle) => () => {
      isLeft = true
      handle?.[how]()
    }
    return { close: leave("close"), reset: leave("reset") }
  }
  return {
    collect: (address, most, on) => lead(address, (to) => direct.collect(to, most, on), on.ended),
    receive: (address, on) => lead(address, (to) => direct.receive(to, on), on.ended),
    deliver: (address, on) => lead(address, (to) => direct.deliver(to, on), on.failed),
    protectedBy: protectedBy && ((tls) => directBy(protectedBy(tls), route))
  }
}
