/**
 * An inbox that Node reads into: a ring of a few buffers, lent in runs as large as possible.
 *
 *     socket ──► filling ──full──► waiting ──take──► lent ──release──► free (the small first one: dropped) ──► filling
 *                   └──────the reader has waited long enough: its short run is lent
 *
 * If no buffer is free the socket is stopped; it resumes when one is released.
 */
import type * as Net from "node:net"
import * as Option from "effect/Option"
import { makeGate } from "./gate.ts"
import type { Inbox } from "./inbox.ts"
import { memory } from "./memory.ts"

/** How a ring is cut. `eager` hands bytes out as they come instead of gathering them. */
export interface RingSize {
  /** The first buffer, beside the others: most connections need no more. */
  readonly firstBytes: number
  readonly bufferBytes: number
  readonly buffers: number
  readonly eager: boolean
}

/**
 * File data: at 1 MiB the cost of a step is small beside that of the bytes, and what is passed on is in the processor's
 * cache still (at 2 MiB the kernel took a third more time, at 512 KiB the steps did). One buffer is filled, one written
 * to the disk, and the third makes up for their unevenness. The first is small: with a large one for each small file
 * the garbage collector took a fifth of all processor time.
 */
export const DATA_RING: RingSize = { firstBytes: 64 * 1024, bufferBytes: 1024 * 1024, buffers: 3, eager: false }

/** Replies: rarely more than a line. */
export const CONTROL_RING: RingSize = { firstBytes: 4 * 1024, bufferBytes: 16 * 1024, buffers: 3, eager: true }

/** One buffer of the ring: bytes from `taken` to `filled` wait for the reader. */
interface Block {
  readonly bytes: Uint8Array
  taken: number
  filled: number
}

/**
 * An inbox for a socket that is opened with the `onread` option given here. Its buffers are made when first needed, and
 * filled to the last byte: so what begins a page of a file begins a page of memory. `resume` starts the stopped socket
 * again.
 *
 * Node asks for the next buffer right after each read, also after one that stopped the socket, and keeps that one until
 * it is resumed: so the socket stops when the last free buffer starts to be filled, not when it is full.
 */
export const makeRing = (size: RingSize, resume: () => void): { inbox: Inbox; onread: Net.OnReadOpts } => {
  const full: Array<Block> = []
  const spare = makeSpare(size)
  let filling = makeBlock(size.firstBytes)
  let lent: Block | undefined
  let stopped = false

  const rotate = (): void => {
    if (filling.taken < filling.filled) {
      full.push(filling)
    } else if (filling !== lent) {
      spare.recycle(filling)
    }
    filling = spare.next()
    stopped = spare.isExhausted()
  }

  const gate = makeGate(size.eager)

  const inbox: Inbox = {
    eager: size.eager,
    ready: gate.ready,
    isEmpty: () => full.length === 0 && filling.taken === filling.filled,
    wait: gate.wait,
    end: gate.end,
    take: () => {
      const buffer = full.shift() ?? filling
      gate.taken(full.length > 0 ? "Run" : buffer !== filling && filling.taken < filling.filled ? "Some" : "Nothing")
      if (buffer.taken === buffer.filled) {
        return Option.none()
      }
      const run = buffer.bytes.subarray(buffer.taken, buffer.filled)
      buffer.taken = buffer.filled
      lent = buffer
      return Option.some(run)
    },
    release: () => {
      const buffer = lent
      lent = undefined
      if (buffer !== undefined && buffer !== filling && buffer.taken === buffer.filled) {
        spare.recycle(buffer)
        if (stopped && spare.hasFree()) {
          stopped = false
          resume()
        }
      }
    }
  }

  const onread: Net.OnReadOpts = {
    buffer: () => filling.bytes.subarray(filling.filled),
    callback: (count) => {
      filling.filled += count
      if (filling.filled === filling.bytes.byteLength) {
        rotate()
      }
      gate.arrived(full.length > 0 ? "Run" : "Some")
      return !stopped
    }
  }
  return { inbox, onread }
}

const makeBlock = (bytes: number): Block => ({ bytes: memory(bytes), taken: 0, filled: 0 })

/** The buffers of the ring that are not in use, and those that may still be made. The small first one is dropped. */
const makeSpare = (size: RingSize) => {
  const free: Array<Block> = []
  let made = 0
  return {
    hasFree: (): boolean => free.length > 0,
    isExhausted: (): boolean => free.length === 0 && made >= size.buffers,
    next: (): Block => {
      const reused = free.pop()
      if (reused !== undefined) {
        return reused
      }
      made += 1
      return makeBlock(size.bufferBytes)
    },
    recycle: (buffer: Block): void => {
      if (buffer.bytes.byteLength < size.bufferBytes) {
        return
      }
      buffer.taken = 0
      buffer.filled = 0
      free.push(buffer)
    }
  }
}
