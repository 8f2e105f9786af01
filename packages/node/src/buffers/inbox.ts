/**
 * What a socket received and its reader has not taken: bounded, and handed out in runs as large as they come.
 *
 *     socket ──► filling ──full──► waiting ──take──► lent ──release──► free (the small first one: gone) ──► filling …
 *                   └──────the reader has waited long enough: its short run is lent
 *
 * When no buffer is free the socket is stopped, and goes on when one comes back.
 *
 * It does NOT own the socket: `socket.ts` does.
 */

import type * as Net from "node:net"
import * as Option from "effect/Option"
import { memory } from "./memory.ts"

/** A socket's bytes for one reader. `take` may be called once `ready`; what it gives is lent until `release`. */
export interface Inbox {
  /** Whether bytes are handed out as they come, instead of gathered. */
  readonly eager: boolean
  readonly ready: () => boolean
  /** Whether no bytes are left to take. */
  readonly isEmpty: () => boolean
  readonly take: () => Option.Option<Uint8Array>
  readonly release: () => void
  /** Calls back once `ready`; at most one waits. Returns how to give up. */
  readonly wait: (wake: () => void) => () => void
  /** No more bytes will come; those that came can still be taken. */
  readonly end: () => void
}

/** How a ring is cut. `eager` hands bytes out as they come instead of gathering them. */
export interface RingSize {
  /** The first buffer, beside the others: most connections need no more. */
  readonly firstBytes: number
  readonly bufferBytes: number
  readonly buffers: number
  readonly eager: boolean
}

/**
 * File data: at 1 MiB the cost of a step is small beside that of the bytes, and what is passed on is in the processor's cache
 * still (at 2 MiB the kernel took a third more time, at 512 KiB the steps did). One buffer is filled, one written to the
 * disk, and the third makes up for their unevenness. The first is small: with a large one for each small file the garbage
 * collector took a fifth of all processor time.
 */
export const DATA_RING: RingSize = { firstBytes: 64 * 1024, bufferBytes: 1024 * 1024, buffers: 3, eager: false }

/** Replies: rarely more than a line. */
export const CONTROL_RING: RingSize = { firstBytes: 4 * 1024, bufferBytes: 16 * 1024, buffers: 3, eager: true }

/** Bytes of 'data' events that are gathered before their socket is stopped, and that go out in one run. */
const MOST_GATHERED = 2 * 1024 * 1024
const RUN_BYTES = 1024 * 1024

/** One buffer of the ring: bytes from `taken` to `filled` wait for the reader. */
interface Block {
  readonly bytes: Uint8Array
  taken: number
  filled: number
}

/**
 * An inbox for a socket that is opened with the `onread` option given here. Its buffers are made when first needed, and
 * filled to the last byte: so what begins a page of a file begins a page of memory. `resume` starts the stopped socket again.
 *
 * Node asks for the next buffer right after each read, also after one that stopped the socket, and keeps that one until
 * it is resumed: hence the socket stops when the last free buffer starts to be filled, not when it is full.
 */
export const makeRing = (size: RingSize, resume: () => void): { inbox: Inbox; onread: Net.OnReadOpts } => {
  const make = (bytes: number): Block => ({ bytes: memory(bytes), taken: 0, filled: 0 })
  const full: Array<Block> = []
  const free: Array<Block> = []
  let made = 0
  let filling = make(size.firstBytes)
  let lent: Block | undefined
  let stopped = false

  const next = (): Block => {
    const reused = free.pop()
    if (reused !== undefined) {
      return reused
    }
    made += 1
    return make(size.bufferBytes)
  }

  const recycle = (buffer: Block): void => {
    if (buffer.bytes.byteLength < size.bufferBytes) {
      return
    }
    buffer.taken = 0
    buffer.filled = 0
    free.push(buffer)
  }

  const rotate = (): void => {
    if (filling.taken < filling.filled) {
      full.push(filling)
    } else if (filling !== lent) {
      recycle(filling)
    }
    filling = next()
    stopped = free.length === 0 && made >= size.buffers
  }

  const gate = makeGate(
    size.eager,
    () => full.length > 0,
    () => filling.taken < filling.filled
  )

  const inbox: Inbox = {
    eager: size.eager,
    ready: gate.ready,
    isEmpty: () => full.length === 0 && filling.taken === filling.filled,
    wait: gate.wait,
    end: gate.end,
    take: () => {
      const buffer = full.shift() ?? filling
      gate.taken()
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
        recycle(buffer)
        if (stopped && free.length > 0) {
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
      gate.arrived()
      return !stopped
    }
  }
  return { inbox, onread }
}

/**
 * An inbox fed by 'data' events, for the sockets that Node opens without `onread`: those that a listener accepts, and
 * those that were open before TLS began. A lone chunk is lent as it is; several are copied together. `eager` is that of
 * a ring.
 */
export const makeGathering = (socket: Net.Socket, eager: boolean): Inbox => {
  let chunks: Array<Uint8Array> = []
  let gathered = 0
  let run: Uint8Array | undefined

  const gate = makeGate(
    eager,
    () => gathered >= RUN_BYTES,
    () => gathered > 0
  )

  socket.on("data", (chunk: Buffer) => {
    chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    gathered += chunk.byteLength
    if (gathered >= MOST_GATHERED) {
      socket.pause()
    }
    gate.arrived()
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
      gate.taken()
      const [first, second] = chunks
      if (first === undefined) {
        return Option.none()
      }
      const alone = second === undefined || first.byteLength + second.byteLength > RUN_BYTES
      const bytes = alone ? first : gather()
      if (alone) {
        chunks.shift()
      }
      gathered -= bytes.byteLength
      if (gathered < RUN_BYTES && socket.isPaused()) {
        socket.resume()
      }
      return Option.some(bytes)
    }
  }
}

/**
 * Millis that a reader waits, once there are bytes, for a whole run. A TLS connection gives 16 KiB at a time: handed out as
 * they come, a fast server made nine times as many steps and writes to the disk, and slowed itself by it.
 */
const PATIENCE = 5

/** Decides when a reader is woken: for a full run, at the end, or for a short run when its patience is over. */
const makeGate = (eager: boolean, hasRun: () => boolean, hasBytes: () => boolean) => {
  let waiting: (() => void) | undefined
  let ended = false
  let impatient = eager
  let timing = false

  const ready = () => hasRun() || ended || (impatient && hasBytes())

  const wake = () => {
    const woken = waiting
    waiting = undefined
    woken?.()
  }

  const isOver = () => {
    timing = false
    if (waiting !== undefined) {
      impatient = true
      watch()
    }
  }

  const watch = () => {
    if (ready()) {
      wake()
    } else if (!timing && hasBytes()) {
      timing = true
      setTimeout(isOver, PATIENCE)
    }
  }

  return {
    ready,
    arrived: () => {
      if (waiting !== undefined) {
        watch()
      }
    },
    taken: () => {
      impatient = eager
    },
    end: () => {
      ended = true
      wake()
    },
    wait: (callback: () => void) => {
      waiting = callback
      watch()
      return () => {
        if (waiting === callback) {
          waiting = undefined
        }
      }
    }
  }
}
