/**
 * `DirectTransport` on sockets of Node.
 *
 *     collect   dial ──connected──► bytes … FIN ──► all of them        deliver   dial ──connected──► bytes, FIN ──► FIN
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
  FtpTransportError
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

/** A socket that is being dialled. */
interface Dialled {
  readonly socket: Net.Socket
  readonly handshake: Handshake.Handshake | undefined
}

/** `read` gets how many bytes of `scratch` were read, and says whether more are wanted. */
type Dial = (address: DirectAddress, read: (count: number) => boolean) => Either.Either<Dialled, FtpTransportError>

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

const dial: Dial = ({ host, port }, callback) =>
  Either.right({
    socket: Net.connect(new DialOptions(host, port, callback)),
    handshake: undefined
  })

const dialProtected =
  ({ options }: DirectTls): Dial =>
  ({ host, port }, callback) =>
    TlsOptions.mayDial(host, options)
      ? Either.map(TlsOptions.clientSettings(options), (protection) => {
          // Node hands `onread` on to the socket of TCP.
          const all: Tls.ConnectionOptions & Net.TcpNetConnectOpts = {
            ...protection,
            host,
            port,
            autoSelectFamily: false,
            allowHalfOpen: true,
            onread: { buffer: scratch, callback }
          }
          const socket = Tls.connect(all)
          // The first bytes would wait for the server to acknowledge the end of the handshake.
          socket.setNoDelay(true)
          return { socket, handshake: Handshake.follow(socket, options) }
        })
      : Either.left(
          new FtpTransportError({ reason: "Tls", detail: `a handshake for ${options.host} can't begin with ${host}` })
        )

const transportOf = (dial: Dial, accepts: DirectTls["accepts"]): DirectTransport => ({
  collect: (address, most, on) => {
    const all = Slab.take(most)
    let length = 0
    const take = (bytes: Uint8Array, line: Line<Uint8Array>): boolean => {
      if (length + bytes.byteLength > most) {
        line.end(new FtpTransportError({ reason: "Other", detail: `more than ${most} bytes` }), "Reset")
        return false
      }
      all.set(bytes, length)
      length += bytes.byteLength
      on.moved(bytes.byteLength)
      return true
    }
    return begin<Uint8Array>(dial, accepts, address, take, on.ended, (line) => {
      line.socket.on("connect", () => line.isOver() || on.connected())
      line.socket.on("end", () => line.whenOpen(() => line.end(all.subarray(0, length), "Close")))
    })
  },
  receive: (address, on) => {
    const take = (bytes: Uint8Array, line: Line<undefined>): boolean => {
      const isMore = on.bytes(bytes)
      isMore || line.leave("Reset")
      return isMore
    }
    return begin<undefined>(dial, accepts, address, take, on.ended, (line) => {
      line.socket.on("connect", () => line.isOver() || on.connected())
      // Of bytes whose number is not known, a RST costs the last ones unseen.
      line.socket.on("end", () => line.whenOpen(() => PeerEnd.confirm(line.socket, () => line.end(undefined, "Close"))))
    })
  },
  deliver: (address, on) =>
    begin<undefined>(
      dial,
      accepts,
      address,
      () => true,
      on.ended,
      (line) => {
        const send = (bytes: Uint8Array) => line.whenOpen(() => write(line, bytes, on.moved))
        line.socket.on("connect", () => line.isOver() || on.connected(send))
        line.socket.on("end", () => line.end(undefined, "Close"))
      }
    )
})

const write = ({ isOver, socket }: Line<undefined>, bytes: Uint8Array, moved: (bytes: number) => void): void => {
  for (let at = 0; at < bytes.byteLength; at += PIECE) {
    const piece = bytes.byteLength <= PIECE ? bytes : bytes.subarray(at, at + PIECE)
    // A failure is reported by the socket's own event.
    socket.write(piece, (error) => error || isOver() || moved(piece.byteLength))
  }
  socket.end()
}

export const direct: DirectTransport = {
  ...transportOf(dial, () => true),
  protectedBy: (tls) => transportOf(dialProtected(tls), tls.accepts)
}

/** A connection from the dialling to its end. */
interface Line<A> extends Dialled {
  /** The first thing that ends a connection is its result, and the connection is gone by then. */
  readonly end: (result: A | FtpTransportError, how: "Close" | "Reset") => void
  /** Ends it without a result. */
  readonly leave: (how: "Close" | "Reset") => void
  readonly isOver: () => boolean
  /** Whether bytes may move. */
  readonly isOpen: () => boolean
  /** Runs it once bytes may move: at once, or when the handshake is over and accepted, unless it is over before. */
  readonly whenOpen: (run: () => void) => void
}

/** Gets bytes, lent for the call, and says whether it wants more. */
type Take<A> = (bytes: Uint8Array, line: Line<A>) => boolean

const begin = <A>(
  dial: Dial,
  accepts: DirectTls["accepts"],
  address: DirectAddress,
  take: Take<A>,
  ended: (result: A | FtpTransportError) => void,
  start: (line: Line<A>) => void
): DirectHandle => {
  const dialled = dial(address, (count) => receive(scratch.subarray(0, count)))
  if (Either.isLeft(dialled)) {
    let isLeft = false
    const leave = () => {
      isLeft = true
    }
    queueMicrotask(() => isLeft || ended(dialled.left))
    return { close: leave, reset: leave }
  }
  const { handle, line } = lineOf(dialled.right, accepts, ended)
  const receive = receiving(line, take)
  start(line)
  return handle
}

/** Bytes that come before the handshake is accepted wait: it is judged in the next turn of the event loop. */
const receiving = <A>(line: Line<A>, take: Take<A>): ((bytes: Uint8Array) => boolean) => {
  const takeIfWanted = (bytes: Uint8Array): boolean => !line.isOver() && take(bytes, line)
  if (line.handshake === undefined) {
    return takeIfWanted
  }
  const early: Array<Uint8Array> = []
  line.whenOpen(() => early.every(takeIfWanted))
  return (bytes) => {
    if (line.isOpen()) {
      return takeIfWanted(bytes)
    }
    early.push(bytes.slice())
    return !line.isOver()
  }
}

const lineOf = <A>(
  dialled: Dialled,
  accepts: DirectTls["accepts"],
  ended: (result: A | FtpTransportError) => void
): { readonly line: Line<A>; readonly handle: DirectHandle } => {
  const { handshake, socket } = dialled
  let over = false
  let isOpen = handshake === undefined
  const waiting: Array<() => void> = []
  const leave = (how: "Close" | "Reset") => {
    over = true
    if (how === "Close") {
      close(dialled)
    } else {
      abandon(socket)
    }
  }
  const end = (result: A | FtpTransportError, how: "Close" | "Reset") => {
    if (!over) {
      leave(how)
      ended(result)
    }
  }
  // An error is made only where it is told: its stack takes longer than the rest.
  socket.on("error", (error) => over || end(fromNode(error), "Close"))
  socket.on("close", () => over || end(closed(), "Close"))
  handshake?.whenFound((found) => {
    if (over) {
      return
    }
    if (Either.isLeft(found)) {
      end(found.left, "Close")
    } else if (accepts(found.right)) {
      isOpen = true
      for (const run of waiting) {
        over || run()
      }
    } else {
      end(new FtpTransportError({ reason: "Tls", detail: "what the server shows is not accepted" }), "Reset")
    }
  })
  const whenOpen = (run: () => void) => {
    if (isOpen) {
      over || run()
    } else {
      waiting.push(run)
    }
  }
  return {
    // Without a spread, whose result has a new hidden class each time.
    line: {
      socket,
      handshake,
      end,
      leave: (how) => over || leave(how),
      isOver: () => over,
      isOpen: () => isOpen,
      whenOpen
    },
    handle: { close: () => over || leave("Close"), reset: () => over || leave("Reset") }
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
