/**
 * A socket of Node with a listener for every event: what broke it, and whether its input has ended.
 */
import type * as Net from "node:net"
import { FtpTransportError } from "@ftp-effect/core/FtpTransport"
import type { Inbox } from "../buffers/inbox.ts"
import type * as Handshake from "./handshake.ts"
import * as PeerEnd from "./peerEnd.ts"

/** A socket, owned from the moment it exists: every event of its life has a listener. */
export interface Owned {
  readonly socket: Net.Socket
  readonly inbox: Inbox
  readonly handshake: Handshake.Handshake | undefined
  /** Who has it since `startTls`. */
  heir: Owned | undefined
  /** What broke the connection, once something did. */
  failure: unknown
  /** Whether this end gave it up: it was reset, or its scope is closed. */
  gone: boolean
  outputEnded: boolean
}

/** Takes a socket over. To be called in the turn in which it was made. */
export const own = (socket: Net.Socket, inbox: Inbox, handshake?: Handshake.Handshake): Owned => {
  const owned: Owned = {
    socket,
    inbox,
    handshake,
    heir: undefined,
    failure: undefined,
    gone: false,
    outputEnded: false
  }
  let inputEnded = false
  socket.on("error", (error) => {
    owned.failure ??= error
    inbox.end()
  })
  const onEnd = () => {
    inputEnded = true
    inbox.end()
  }
  socket.on("end", () => {
    if (owned.outputEnded || owned.gone) {
      onEnd()
    } else {
      PeerEnd.confirm(socket, onEnd)
    }
  })
  socket.on("close", () => {
    if (!inputEnded) {
      owned.failure ??= new FtpTransportError({ reason: "Closed", detail: "the connection is closed" })
    }
    inbox.end()
  })
  return owned
}
