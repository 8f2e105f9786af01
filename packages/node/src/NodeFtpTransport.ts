/**
 * `FtpTransport` on node:net and node:tls. File data is read into a ring of large buffers (`buffers/ring`),
 * back-pressure reaches the peer in both directions, and both address families are tried as RFC 8305 says
 * (`sockets/dial`).
 *
 * It does not use platform-node's sockets, which hold a fast peer back in neither direction.
 *
 * @since 0.1.0
 */

import * as Net from "node:net"
import * as PerformanceHooks from "node:perf_hooks"
import {
  type Connection,
  type ConnectOptions,
  FtpTransport,
  FtpTransportError,
  type Listener,
  type ListenOptions
} from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { makeGathering } from "./buffers/gathering.ts"
import { abandon } from "./sockets/abandon.ts"
import { address, addresses, inWords } from "./sockets/address.ts"
import { dial, type Lookup, systemLookup } from "./sockets/dial.ts"
import { direct } from "./sockets/direct.ts"
import { type Owned, own } from "./sockets/owned.ts"
import { fromNode } from "./sockets/reasons.ts"
import { connection, protect } from "./sockets/socket.ts"

/**
 * How a name becomes addresses; see `layerLookup`.
 *
 * @since 0.1.0
 * @category models
 */
export type { Lookup } from "./sockets/dial.ts"

export {
  /**
   * The system's resolver (getaddrinfo): /etc/hosts, DNS and whatever else the system asks.
   *
   * @since 0.1.0
   * @category constructors
   */
  systemLookup
} from "./sockets/dial.ts"

/**
 * The transport itself: it holds nothing, its connections and listeners belong to their scopes. `lookup` defaults to
 * `systemLookup`.
 *
 * @example
 * ```ts
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 *
 * const transport = NodeFtpTransport.make()
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (lookup: Lookup = systemLookup): FtpTransport =>
  FtpTransport.of({ connect: (options) => connect(options, lookup), listen, direct, idle })

/** In millis, of the event loop. Bun and Deno count nothing: there all time counts as waiting. */
const idle = () => {
  const { active, idle } = PerformanceHooks.performance.eventLoopUtilization()
  return active + idle === 0 ? performance.now() : idle
}

/**
 * Names are resolved by the system.
 *
 * @example
 * ```ts
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as FtpPool from "@ftp-effect/core/FtpPool"
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 * import * as Layer from "effect/Layer"
 *
 * const Pool = FtpPool.layer({ endpoints: [FtpEndpoint.make({ host: "files.example" })] }).pipe(Layer.provide(NodeFtpTransport.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FtpTransport> = Layer.sync(FtpTransport, () => make())

/**
 * Names are resolved by `lookup`: DNS over HTTPS, a fixed table, a cache. Numeric addresses never ask it.
 *
 * @example
 * ```ts
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 * import * as Effect from "effect/Effect"
 *
 * const Local = NodeFtpTransport.layerLookup(() => Effect.succeed(["127.0.0.1"]))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerLookup = (lookup: Lookup): Layer.Layer<FtpTransport> => Layer.sync(FtpTransport, () => make(lookup))

const connect = (options: ConnectOptions, lookup: Lookup): Effect.Effect<Connection, FtpTransportError, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.flatMap(dial(options, lookup), (owned) => {
      const ends = addresses(owned.socket)
      if (ends !== undefined) {
        const opened = connection(owned, ...ends)
        return options.tls === undefined || owned.handshake !== undefined
          ? opened
          : Effect.zipRight(opened, protect(owned, ...ends, options.tls))
      }
      owned.socket.destroy()
      const stage = owned.handshake === undefined ? undefined : "Tls"
      return new FtpTransportError({
        reason: "Reset",
        stage,
        detail: "connection reset by the peer",
        cause: owned.failure
      })
    })
  )

const listen = (on: ListenOptions): Effect.Effect<Listener, FtpTransportError, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const [from, to] = on.ports === "Any" ? [0, 0] : on.ports
      for (let port = from; ; port++) {
        const listener = open(on.role)
        const bound = yield* Effect.either(
          Effect.onError(Effect.interruptible(bind(listener, on.host, port)), () => Effect.sync(() => close(listener)))
        )
        if (bound._tag === "Right") {
          yield* Effect.addFinalizer(() => Effect.sync(() => close(listener)))
          return { address: address(bound.right.address, bound.right.port), accept: accept(listener, on.host) }
        }
        if (bound.left.reason !== "AddressInUse" || port >= to) {
          return yield* bound.left
        }
      }
    })
  )

/** A listening socket and those who came and were not accepted yet. */
interface PortListener {
  readonly server: Net.Server
  readonly waiting: Array<Arrival>
  readonly accepters: Set<() => void>
  failure: unknown
}

interface Arrival {
  readonly owned: Owned
  readonly ends: NonNullable<ReturnType<typeof addresses>>
}

const open = (role: ListenOptions["role"]): PortListener => {
  const server = Net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true })
  const listener: PortListener = { server, waiting: [], accepters: new Set(), failure: undefined }
  server.on("connection", (socket) => {
    const owned = own(socket, makeGathering(socket, role === "Control"))
    const ends = addresses(socket)
    if (ends === undefined) {
      socket.destroy()
      return
    }
    listener.waiting.push({ owned, ends })
    wakeAll(listener)
  })
  server.on("error", (error) => {
    listener.failure ??= error
    wakeAll(listener)
  })
  return listener
}

const bind = (
  { server }: PortListener,
  host: string,
  port: number
): Effect.Effect<Net.AddressInfo, FtpTransportError> =>
  Effect.async((resume) => {
    if (Net.isIP(host) === 0) {
      resume(new FtpTransportError({ reason: "Other", detail: `${host} is not a numeric address to listen on` }))
      return
    }
    server.once("error", (error) => resume(fromNode(error, inWords(host, port))))
    server.listen({ host, port, exclusive: true }, () => {
      const at = server.address()
      if (at !== null && typeof at === "object") {
        resume(Effect.succeed(at))
      }
    })
  })

const close = (listener: PortListener): void => {
  listener.failure ??= new FtpTransportError({ reason: "Closed", detail: "the listener is closed" })
  listener.server.close()
  for (const { owned } of listener.waiting.splice(0)) {
    abandon(owned.socket)
  }
  wakeAll(listener)
}

const accept = (listener: PortListener, host: string): Effect.Effect<Connection, FtpTransportError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      for (;;) {
        const arrival = listener.waiting.shift()
        if (arrival !== undefined) {
          const opened = yield* connection(arrival.owned, ...arrival.ends)
          arrival.owned.socket.resume()
          return opened
        }
        if (listener.failure !== undefined) {
          return yield* fromNode(listener.failure, host)
        }
        yield* restore(arrivalAt(listener))
      }
    })
  )

const arrivalAt = (listener: PortListener): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (listener.waiting.length > 0 || listener.failure !== undefined) {
      resume(Effect.void)
      return
    }
    const wake = () => resume(Effect.void)
    listener.accepters.add(wake)
    return Effect.sync(() => void listener.accepters.delete(wake))
  })

const wakeAll = (listener: PortListener): void => {
  for (const wake of [...listener.accepters]) {
    listener.accepters.delete(wake)
    wake()
  }
}
