/**
 * `DirectTransport` on sockets of Node.
 *
 *     collect   dial ──connected──► bytes … FIN ──► all of them        deliver   dial ──connected──► bytes, FIN
 *                 └──failed, too many bytes: RST ──► why                           └──failed ──► why
 *
 * On a protected one the bytes wait until the handshake is over and accepted, and each FIN comes behind a close_notify.
 */
import * as Net from "node:net"
import * as Tls from "node:tls"
import {
  type DirectAddress,
  type DirectHandle,
  type DirectTls,
  type DirectTransport,
  FtpTransportError,
  type TlsInfo
} from "@ftp-effect/core/FtpTransport"
import * as Either from "effect/Either"
import * as Slab from "../buffers/slab.ts"
import { abandon } from "./abandon.ts"
import * as Handshake from "./handshake.ts"
import * as PeerEnd from "./peerEnd.ts"
import { fromNode } from "./reasons.ts"
import * as TlsOptions from "./tlsOptions.ts"

/** What was read is copied before anything else is read, so all connections can read into the same memory. */
const scratch = new Uint8Array(64 * 1024)

/** Bytes that are written at once: how far they have come is reported after each. */
const PIECE = 32 * 1024

/**
 * Bytes that leave at once: 10 segments (RFC 6928), of 1220 bytes at the least (RFC 8200 §5). Once the system has them, a
 * reset stops none of them.
 */
const FIRST_FLIGHT = 10 * 1220

const NOTHING = new Uint8Array(0)

/** A socket that is being dialled. */
interface Dialled {
  readonly socket: Net.Socket
  readonly handshake: Handshake.Handshake | undefined
}

/** `read` gets how many bytes of `scratch` were read, and says whether more are wanted. */
type Dial = (address: DirectAddress, read: (count: number) => boolean) => Dialled | FtpTransportError

/**
 * Node copies the options of a socket by a spread, and sets the first three. If it has to add them, or copies a literal,
 * V8 gives each copy a new hidden class, and a socket takes 15 µs instead of 2.
 */
class DialOptions implements Net.TcpNetConnectOpts {
  readonly emitClose = false
  readonly autoDestroy = true
  readonly decodeStrings = false
  readonly autoSelectFamily = false
  readonly allowHalfOpen = true
  readonly host: string
  readonly port: number
  readonly onread: Net.OnReadOpts

  constructor(host: string, port: number, callback: Net.OnReadOpts["callback"]) {
    this.host = host
    this.port = port
    this.onread = { buffer: scratch, callback }
  }
}

const dial: Dial = ({ host, port }, read) => ({
  socket: Net.connect(new DialOptions(host, port, read)),
  handshake: undefined
})

const dialProtected =
  ({ options }: DirectTls): Dial =>
  ({ host, port }, read) =>
    TlsOptions.mayDial(host, options)
      ? Either.merge(
          Either.map(TlsOptions.clientSettings(options), (protection) => {
            // Node hands `onread` on to the socket of TCP.
            const all: Tls.ConnectionOptions & Net.TcpNetConnectOpts = {
              ...protection,
              host,
              port,
              autoSelectFamily: false,
              allowHalfOpen: true,
              onread: { buffer: scratch, callback: read }
            }
            const socket = Tls.connect(all)
            // The first bytes would wait for the server to acknowledge the end of the handshake.
            socket.setNoDelay(true)
            return { socket, handshake: Handshake.follow(socket, options) }
          })
        )
      : new FtpTransportError({ reason: "Tls", detail: `a handshake for ${options.host} can't begin with ${host}` })

const transportOf = (dial: Dial, accepts: DirectTls["accepts"]): DirectTransport => ({
  collect: (address, most, on) => {
    const all = Slab.take(most)
    let length = 0
    return begin<Uint8Array>(dial, accepts, address, {
      connected: () => on.connected(),
      take: (bytes, line) => {
        if (length + bytes.byteLength > most) {
          end(line, new FtpTransportError({ reason: "Other", detail: `more than ${most} bytes` }), "Reset")
          return false
        }
        all.set(bytes, length)
        length += bytes.byteLength
        on.moved(bytes.byteLength)
        return true
      },
      finished: (line) => end(line, all.subarray(0, length), "Close"),
      ended: on.ended
    })
  },
  receive: (address, on) =>
    begin<undefined>(dial, accepts, address, {
      connected: () => on.connected(),
      take: (bytes, line) => {
        const isMore = on.bytes(bytes)
        isMore || leave(line, "Reset")
        return isMore
      },
      // Of bytes whose number is not known, a RST costs the last ones unseen.
      finished: (line) => PeerEnd.confirm(line.socket, () => end(line, undefined, "Close")),
      ended: on.ended
    }),
  deliver: (address, on) =>
    begin<never>(dial, accepts, address, {
      connected: (line) => on.connected((bytes) => whenOpen(line, () => write(line, bytes, on.moved))),
      take: () => true,
      finished: (line) => {
        leave(line, "Close")
        on.finished?.()
      },
      ended: on.failed
    })
})

/**
 * A peer that sends nothing sees no difference between the end of our output and the end of the connection. So what
 * leaves at once needs no more of us: the system brings it there. Anything else can be reset until the peer has it.
 */
const write = (line: Line<never>, bytes: Uint8Array, moved: (bytes: number) => void): void => {
  const { handshake, socket } = line
  if (handshake === undefined && bytes.byteLength <= FIRST_FLIGHT) {
    const taken = () => {
      leave(line, "Close")
      moved(bytes.byteLength)
    }
    socket.write(bytes)
    if (socket.writableLength === 0 && !socket.errored) {
      taken()
    } else {
      // A failure is reported by the socket's own event.
      socket.write(NOTHING, (error) => error || line.isOver || taken())
    }
    return
  }
  for (let at = 0; at < bytes.byteLength; at += PIECE) {
    const piece = bytes.byteLength <= PIECE ? bytes : bytes.subarray(at, at + PIECE)
    socket.write(piece, (error) => error || line.isOver || moved(piece.byteLength))
  }
  socket.end()
}

export const direct: DirectTransport = {
  ...transportOf(dial, () => true),
  protectedBy: (tls) => transportOf(dialProtected(tls), tls.accepts)
}

/** A connection from the dialling to its end. */
interface Line<A> extends Dialled {
  readonly ended: (result: A | FtpTransportError) => void
  /** Nothing is called back any more. */
  isOver: boolean
  /** Whether bytes may move: at once, or when the handshake is over and accepted. */
  isOpen: boolean
  /** What waits for that. */
  readonly waiting: Array<() => void>
}

/** What a connection is for. */
interface Use<A> {
  readonly connected: (line: Line<A>) => void
  /** Gets bytes, lent for the call, and says whether it wants more. */
  readonly take: (bytes: Uint8Array, line: Line<A>) => boolean
  /** The peer has sent its FIN. */
  readonly finished: (line: Line<A>) => void
  readonly ended: Line<A>["ended"]
}

const begin = <A>(
  dial: Dial,
  accepts: DirectTls["accepts"],
  address: DirectAddress,
  { connected, ended, finished, take }: Use<A>
): DirectHandle => {
  const dialled = dial(address, (count) => receive(line, scratch.subarray(0, count), take))
  if (dialled instanceof FtpTransportError) {
    let isLeft = false
    const leave = () => {
      isLeft = true
    }
    queueMicrotask(() => isLeft || ended(dialled))
    return { close: leave, reset: leave }
  }
  const { handshake, socket } = dialled
  // Without a spread, whose result has a new hidden class each time.
  const line: Line<A> = { socket, handshake, ended, isOver: false, isOpen: handshake === undefined, waiting: [] }
  // An error is made only where it is told: its stack takes longer than the rest.
  socket.on("error", (error) => line.isOver || end(line, fromNode(error), "Close"))
  socket.on("close", () => line.isOver || end(line, closed(), "Close"))
  handshake?.whenFound((found) => judge(line, found, accepts))
  socket.on("connect", () => line.isOver || connected(line))
  socket.on("end", () => whenOpen(line, () => finished(line)))
  return { close: () => leave(line, "Close"), reset: () => leave(line, "Reset") }
}

/** Bytes that come before the handshake is accepted wait: it is judged in the next turn of the event loop. */
const receive = <A>(line: Line<A>, bytes: Uint8Array, take: Use<A>["take"]): boolean => {
  if (line.isOver || line.isOpen) {
    return !line.isOver && take(bytes, line)
  }
  const kept = bytes.slice()
  line.waiting.push(() => take(kept, line))
  return true
}

const judge = <A>(
  line: Line<A>,
  found: Either.Either<TlsInfo, FtpTransportError>,
  accepts: DirectTls["accepts"]
): void => {
  if (line.isOver) {
    return
  }
  if (Either.isLeft(found)) {
    end(line, found.left, "Close")
  } else if (accepts(found.right)) {
    line.isOpen = true
    for (const run of line.waiting) {
      line.isOver || run()
    }
  } else {
    end(line, new FtpTransportError({ reason: "Tls", detail: "what the server shows is not accepted" }), "Reset")
  }
}

/** Runs it once bytes may move, unless the connection is over before. */
const whenOpen = <A>(line: Line<A>, run: () => void): void => {
  if (line.isOpen) {
    line.isOver || run()
  } else {
    line.waiting.push(run)
  }
}

/** The first thing that ends a connection is its result, and the connection is gone by then. */
const end = <A>(line: Line<A>, result: A | FtpTransportError, how: "Close" | "Reset"): void => {
  if (!line.isOver) {
    leave(line, how)
    line.ended(result)
  }
}

/** Ends it without a result. */
const leave = <A>(line: Line<A>, how: "Close" | "Reset"): void => {
  if (!line.isOver) {
    line.isOver = true
    how === "Close" ? close(line) : abandon(line.socket)
  }
}

/** Millis: how long the peer may take for the last bytes of a protected connection. */
const CLOSE_LIMIT = 2000

/** FIN behind what was written. What a peer still sends of its handshake is read first, as a RST could cost its bytes. */
const close = ({ handshake, socket }: Dialled): void => {
  if (handshake === undefined || socket.destroyed) {
    // With nothing left to write, the system sends the FIN: a turn of the event loop and a call less.
    if (socket.writableLength === 0) {
      socket.destroy()
    } else {
      socket.destroySoon()
    }
    return
  }
  socket.end()
  const timer = setTimeout(() => abandon(socket), CLOSE_LIMIT)
  socket.once("close", () => clearTimeout(timer))
  handshake.whenQuiet(() => socket.destroySoon())
}

const closed = () => new FtpTransportError({ reason: "Closed", detail: "the connection is closed" })
