/**
 * A proxy in this process, on node:net alone; `ProxyDialects` has the handshakes.
 *
 *     accept ──► handshake ──► dial the target ──► relay: bytes, FIN and RST, both ways
 *
 * It is strict: a byte of the client that is not the very one expected, or comes before its turn, is a fault. It
 * resolves only the names it is given, so that a client which resolves by itself never gets through.
 */
import * as Net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface ProxyServer {
  readonly port: number
  /** What was asked for, as `host:port`, in order; what could not be reached included. */
  readonly asked: ReadonlyArray<string>
  readonly faults: ReadonlyArray<string>
  /** How many connections of clients are open now, and how many there ever were. */
  readonly open: () => number
  readonly total: () => number
}

export interface ProxyOptions {
  /** Default: nobody is asked for one. */
  readonly login?: { readonly user: string; readonly password: string } | undefined
  /** Default none. */
  readonly names?: { readonly [name: string]: string } | undefined
  /** Targets that the rules forbid. Default none. */
  readonly forbids?: ((target: Target) => boolean) | undefined
  /**
   * `"Glued"` sends the last answer in one packet with the first bytes of the target, where the target speaks first;
   * `"Dripping"` sends every byte of its answers by itself. Default `"Apart"`.
   */
  readonly answers?: "Apart" | "Glued" | "Dripping" | undefined
}

export interface Target {
  readonly host: string
  readonly port: number
}

/** The client, as a handshake hears it. A promise of bytes that never come is rejected. */
export interface Client {
  readonly bytes: (count: number) => Promise<Buffer>
  /** Up to and with an empty line. */
  readonly head: () => Promise<string>
  readonly say: (bytes: Uint8Array | string) => Promise<void>
}

export interface Dialect {
  /** Whom to reach, or nobody: then the client was told why. It throws what the client did wrong. */
  readonly hear: (client: Client) => Promise<Target | undefined>
  readonly granted: Uint8Array | string
  readonly unreachable: Uint8Array | string
}

/** Clients may leave at any time: no fault. */
const LEFT = new Error("the client left")

export const make = (options: ProxyOptions, dialect: Dialect): Effect.Effect<ProxyServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const faults: Array<string> = []
    const serve = async (socket: Net.Socket) => {
      const client = clientOf(socket, options)
      const target = await dialect.hear(client)
      if (target === undefined) {
        socket.end()
        return
      }
      const { host, port } = target
      asked.push(Net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`)
      const address = Net.isIP(host) === 0 ? options.names?.[host] : host
      const upstream = address === undefined ? undefined : await dial(address, port)
      if (upstream === undefined || socket.destroyed) {
        upstream?.destroy()
        socket.end(dialect.unreachable)
        return
      }
      await grant(client, socket, upstream, options, dialect)
      const early = client.stop()
      if (early.length > 0) {
        upstream.destroy()
        throw new Error(`bytes out of turn: ${early.toString("hex")}`)
      }
      relay(socket, upstream)
      relay(upstream, socket)
    }
    const { clients, port, total } = yield* listen((socket) => {
      serve(socket).catch((fault: unknown) => {
        if (fault !== LEFT) {
          faults.push(String(fault))
        }
        socket.destroy()
      })
    })
    return { port, asked, faults, open: () => clients.size, total }
  })

/** Answers the n-th packet of a client with the n-th answer, and never relays. `said` is all that clients said. */
export const scripted = (answers: ReadonlyArray<Uint8Array | string | "Hang up">) =>
  Effect.gen(function* () {
    const said: Array<Buffer> = []
    const { clients, port } = yield* listen((socket) => {
      let turn = 0
      socket.on("data", (bytes) => {
        said.push(bytes)
        const answer = answers[turn++]
        if (answer === "Hang up") {
          socket.end()
        } else if (answer !== undefined) {
          socket.write(answer)
        }
      })
      socket.on("end", () => socket.end())
    })
    return { port, said: () => Buffer.concat(said), open: () => clients.size }
  })

const listen = (onClient: (socket: Net.Socket) => void) =>
  Effect.acquireRelease(
    Effect.async<{ clients: Set<Net.Socket>; server: Net.Server; port: number; total: () => number }>((resume) => {
      const clients = new Set<Net.Socket>()
      let total = 0
      const server = Net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        total += 1
        clients.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => clients.delete(socket))
        onClient(socket)
      })
      server.listen({ host: "127.0.0.1", port: 0 }, () => {
        const at = server.address()
        const port = typeof at === "object" && at !== null ? at.port : 0
        resume(Effect.succeed({ clients, server, port, total: () => total }))
      })
    }),
    ({ clients, server }) =>
      Effect.sync(() => {
        server.close()
        for (const socket of clients) {
          socket.destroy()
        }
      })
  )

const dial = (host: string, port: number): Promise<Net.Socket | undefined> =>
  new Promise((resolve) => {
    const socket = Net.connect({ host, port, allowHalfOpen: true, noDelay: true })
    socket.on("error", () => resolve(undefined))
    socket.on("connect", () => resolve(socket))
  })

const grant = async (
  client: Client,
  socket: Net.Socket,
  upstream: Net.Socket,
  { answers }: ProxyOptions,
  { granted }: Dialect
): Promise<void> => {
  if (answers !== "Glued") {
    return client.say(granted)
  }
  const first = await new Promise<Buffer>((resolve) => upstream.once("data", resolve))
  upstream.pause()
  socket.write(Buffer.concat([Buffer.from(granted), first]))
}

/** A RST that comes with the last bytes looks like a FIN to Node, but not to a write (libuv hides it from reads). */
const relay = (from: Net.Socket, to: Net.Socket): void => {
  from.on("end", () => from.write("", (error) => (error ? to.resetAndDestroy() : to.end())))
  from.on("error", () => to.resetAndDestroy())
  from.pipe(to, { end: false })
  if (from.errored !== null) {
    to.resetAndDestroy()
  }
}

const clientOf = (socket: Net.Socket, { answers }: ProxyOptions): Client & { readonly stop: () => Buffer } => {
  let held: Buffer = Buffer.alloc(0)
  let left = false
  let wake = () => {}
  const onData = (bytes: Buffer) => {
    held = Buffer.concat([held, bytes])
    wake()
  }
  const onGone = () => {
    left = true
    wake()
  }
  socket.on("data", onData)
  socket.on("end", onGone)
  socket.on("close", onGone)
  const take = async (ready: () => number): Promise<Buffer> => {
    for (let count = ready(); ; count = ready()) {
      if (count > 0 && held.length >= count) {
        const taken = held.subarray(0, count)
        held = held.subarray(count)
        return taken
      }
      if (left) {
        throw LEFT
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const write = (bytes: Uint8Array | string) => new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
  return {
    bytes: (count) => take(() => count),
    head: async () => {
      const end = "\r\n\r\n"
      return (await take(() => (held.includes(end) ? held.indexOf(end) + end.length : 0))).toString("latin1")
    },
    say: async (bytes) => {
      if (answers !== "Dripping") {
        return write(bytes)
      }
      for (const byte of Buffer.from(bytes)) {
        await write(Buffer.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    stop: () => {
      socket.off("data", onData)
      socket.off("end", onGone)
      socket.pause()
      return held
    }
  }
}
