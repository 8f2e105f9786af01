/**
 * `DirectTransport` and `DirectConnection` on sockets of Node.
 *
 *     collect   dial ──connected──► bytes … FIN ──► all of them        deliver   dial ──connected──► bytes, FIN ──► FIN
 *                 └──failed, too many bytes: RST ──► why                           └──failed ──► why
 */
import * as Net from "node:net"
import { type DirectConnection, type DirectTransport, FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as Option from "effect/Option"
import type { Owned } from "./owned.ts"
import { fromNode } from "./reasons.ts"

/** What was read is copied before anything else is read, so all connections can read into the same memory. */
const scratch = new Uint8Array(64 * 1024)

const settings = { autoSelectFamily: false, allowHalfOpen: true } as const

export const direct: DirectTransport = {
  collect: ({ host, port }, most, on) => {
    const all = new Uint8Array(most)
    let length = 0
    const callback = (count: number): boolean => {
      if (isOver()) {
        return false
      }
      if (length + count > most) {
        end(new FtpTransportError({ reason: "Other", detail: `more than ${most} bytes` }), "Reset")
        return false
      }
      all.set(scratch.subarray(0, count), length)
      length += count
      return true
    }
    const socket = Net.connect({ host, port, ...settings, onread: { buffer: scratch, callback } })
    const { end, handle, isOver } = once(socket, on.ended)
    socket.on("connect", () => isOver() || on.connected())
    socket.on("end", () => end(all.subarray(0, length), "Close"))
    return handle
  },
  deliver: ({ host, port }, on) => {
    const callback = () => true
    const socket = Net.connect({ host, port, ...settings, onread: { buffer: scratch, callback } })
    const { end, handle, isOver } = once<undefined>(socket, on.ended)
    socket.on("connect", () => isOver() || on.connected((bytes) => isOver() || socket.end(bytes)))
    socket.on("end", () => end(undefined, "Close"))
    return handle
  }
}

/** The first thing that ends a connection is its result, and the connection is gone by then. */
const once = <A>(socket: Net.Socket, ended: (result: A | FtpTransportError) => void) => {
  let over = false
  const leave = (how: "Close" | "Reset") => {
    over = true
    if (how === "Close") {
      socket.destroySoon()
    } else {
      socket.resetAndDestroy()
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
  return {
    end,
    isOver: () => over,
    handle: { close: () => over || leave("Close"), reset: () => over || leave("Reset") }
  }
}

const closed = () => new FtpTransportError({ reason: "Closed", detail: "the connection is closed" })

/** Of a connection that is not protected. `failed` says why it is gone, if it is. */
export const ofConnection = (
  owned: Owned,
  failed: (owned: Owned) => FtpTransportError | undefined
): DirectConnection => ({
  listen: (on) => {
    const { inbox } = owned
    let stopped = false
    let stopWaiting = () => {}
    const take = (): void => {
      while (!stopped) {
        inbox.release()
        if (!inbox.ready()) {
          stopWaiting = inbox.wait(take)
          return
        }
        const bytes = inbox.isEmpty() ? Option.none() : inbox.take()
        if (Option.isNone(bytes)) {
          stopped = true
          on.ended(failed(owned))
        } else {
          on.bytes(bytes.value)
        }
      }
    }
    queueMicrotask(take)
    return () => {
      stopped = true
      stopWaiting()
    }
  },
  write: (bytes, writeFailed) => {
    const failure = failed(owned)
    if (failure !== undefined) {
      queueMicrotask(() => writeFailed(failure))
      return
    }
    owned.socket.write(bytes, (error) => error && writeFailed(failed(owned) ?? fromNode(error)))
  }
})
