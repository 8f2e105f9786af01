/**
 * An inbox fed by 'data' events, for sockets that Node opens without `onread`.
 *
 *     'data' ──► chunks ──RUN_BYTES, or patience is over──► one run, copied together ──take──► lent
 *                  └──MOST_GATHERED──► the socket is paused until less than a run is left
 */
import type * as Net from "node:net"
import * as Option from "effect/Option"
import { type Held, makeGate } from "./gate.ts"
import type { Inbox } from "./inbox.ts"
import { memory } from "./memory.ts"

/** Bytes of 'data' events that are gathered before their socket is stopped, and that go out in one run. */
const MOST_GATHERED = 2 * 1024 * 1024
const RUN_BYTES = 1024 * 1024

/**
 * An inbox fed by 'data' events, for the sockets that Node opens without `onread`: those that a listener accepts, and
 * those that were open before TLS began. A lone chunk is lent as it is; several are copied together. `eager` is that of
 * a ring.
 */
export const makeGathering = (socket: Net.Socket, eager: boolean): Inbox => {
  let chunks: Array<Uint8Array> = []
  let gathered = 0
  let run: Uint8Array | undefined

  const gate = makeGate(eager)
  const held = (): Held => (gathered >= RUN_BYTES ? "Run" : gathered > 0 ? "Some" : "Nothing")

  socket.on("data", (chunk: Buffer) => {
    chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    gathered += chunk.byteLength
    if (gathered >= MOST_GATHERED) {
      socket.pause()
    }
    gate.arrived(held())
  })

  const gather = (): Uint8Array => {
    run ??= memory(RUN_BYTES)
    let length = 0
    let used = 0
    for (const chunk of chunks) {
      if (length + chunk.byteLength > RUN_BYTES) {
        break
      }
      run.set(chunk, length)
      length += chunk.byteLength
      used += 1
    }
    chunks = chunks.slice(used)
    return run.subarray(0, length)
  }

  return {
    eager,
    ready: gate.ready,
    isEmpty: () => gathered === 0,
    wait: gate.wait,
    end: gate.end,
    release: () => {},
    take: () => {
      const [first, second] = chunks
      if (first === undefined) {
        gate.taken("Nothing")
        return Option.none()
      }
      const alone = second === undefined || first.byteLength + second.byteLength > RUN_BYTES
      const bytes = alone ? first : gather()
      if (alone) {
        chunks.shift()
      }
      gathered -= bytes.byteLength
      gate.taken(held())
      if (gathered < RUN_BYTES && socket.isPaused()) {
        socket.resume()
      }
      return Option.some(bytes)
    }
  }
}
