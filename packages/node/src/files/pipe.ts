/**
 * Local names that bytes only run through, in order: pipes and terminals.
 *
 *     opened ──taken over by a socket of Node──► the loop waits for bytes, or for room
 *                                         ├──scope, or an interrupted write──► gone, even if the other end is silent
 *                                         └──the other end is closed─────────► the end when reading, EPIPE when writing
 *
 * A read of libuv's pool would hold one of its four threads until the writer speaks, and its descriptor could not be
 * closed before.
 */

import type { Stats } from "node:fs"
import * as Net from "node:net"
import * as Tty from "node:tty"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { makeGathering } from "../buffers/gathering.ts"

export const isPipe = (descriptor: number, stats: Stats): boolean =>
  stats.isFIFO() || (stats.isCharacterDevice() && Tty.isatty(descriptor))

/**
 * Why a pipe did not do what was asked of it, as Node reports it. `ESPIPE` is ours: it was asked for another place than
 * the next one.
 */
export type Failure = Pick<NodeJS.ErrnoException, "code" | "message">

const OUT_OF_ORDER: Failure = { code: "ESPIPE", message: "not the next byte" }

/** The descriptor is the pipe's from now on if `hasTaken`. */
export const makeReader = (descriptor: number) => {
  const socket = Tty.isatty(descriptor)
    ? new Tty.ReadStream(descriptor)
    : new Net.Socket({ fd: descriptor, readable: true, writable: false })
  const inbox = makeGathering(socket, false)
  let broken: Failure | undefined
  socket.on("error", (error) => {
    broken = error
  })
  socket.on("end", inbox.end)
  socket.on("close", inbox.end)
  const ready = Effect.async<void>((resume) => {
    const stop = inbox.wait(() => resume(Effect.void))
    return Effect.sync(stop)
  })
  // A `sync` at the end, and nothing changed before it: an interrupted read loses nothing.
  const take = Effect.sync(inbox.take)
  return {
    close: close(socket),
    hasTaken: hasTaken(socket, descriptor),
    read: Effect.flatMap(
      ready,
      (): Effect.Effect<Option.Option<Uint8Array>, Failure> =>
        broken !== undefined && inbox.isEmpty() ? Effect.fail(broken) : take
    )
  }
}

/**
 * The descriptor is the pipe's from now on if `hasTaken`. A write that is interrupted ends the pipe: what was taken of it can't be
 * told, and the caller may change the bytes.
 */
export const makeWriter = (descriptor: number) => {
  const socket = Tty.isatty(descriptor)
    ? new Tty.WriteStream(descriptor)
    : new Net.Socket({ fd: descriptor, readable: false, writable: true })
  // The write in flight gets the error, or the next one does.
  socket.on("error", () => {})
  let position = 0
  return {
    close: close(socket),
    hasTaken: hasTaken(socket, descriptor),
    write: (bytes: Uint8Array, at: number): Effect.Effect<void, Failure> =>
      Effect.async((resume) => {
        if (at !== position) {
          resume(Effect.fail(OUT_OF_ORDER))
          return
        }
        position += bytes.byteLength
        socket.write(bytes, (error) => resume(error ? Effect.fail(error) : Effect.void))
        return Effect.sync(() => {
          socket.destroy()
        })
      })
  }
}

/**
 * libuv opens a terminal once more, and leaves the descriptor that it was given open. Only the handle of the socket shows
 * which one it has; a runtime without it takes what it is given.
 */
const hasTaken = (socket: Net.Socket, descriptor: number): boolean => {
  const own: unknown = Reflect.get(socket, "_handle")?.fd
  return typeof own !== "number" || own === descriptor
}

/**
 * What was written has been taken by the kernel when its write was over, so there is nothing to wait for but the loop.
 */
const close = (socket: Net.Socket): Effect.Effect<void> =>
  Effect.uninterruptible(
    Effect.async((resume) => {
      if (socket.closed) {
        resume(Effect.void)
        return
      }
      socket.once("close", () => resume(Effect.void))
      socket.destroy()
    })
  )
