import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import * as Option from "effect/Option"
import { CONTROL_RING, DATA_RING, makeRing, type RingSize } from "../../src/buffers/ring.ts"

/** A ring, and how bytes come into it and out of it. */
const make = (size: RingSize) => {
  const { inbox, onread } = makeRing(size, () => {})
  const offered = () => (typeof onread.buffer === "function" ? onread.buffer() : onread.buffer)
  const room = () => offered().byteLength
  const come = (count: number) => {
    const buffer = offered()
    assert.isAtLeast(buffer.byteLength, count)
    onread.callback(count, buffer)
  }
  let woken = 0
  const wait = () => inbox.wait(() => woken++)
  const take = () => {
    inbox.release()
    return Option.match(inbox.take(), { onNone: () => 0, onSome: (bytes) => bytes.byteLength })
  }
  return { inbox, come, room, wait, take, woken: () => woken }
}

const RECORD = 16 * 1024
/** More than any reader waits. */
const LONG = 1000

describe("an inbox", () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it("gathers what comes in pieces, over any number of turns, into one run", () => {
    const { come, take, wait, woken } = make(DATA_RING)
    wait()
    for (let piece = 0; piece < 3; piece++) {
      come(RECORD)
      vi.advanceTimersByTime(1)
    }
    assert.strictEqual(woken(), 0)
    come(RECORD)
    assert.strictEqual(woken(), 1)
    assert.strictEqual(take(), DATA_RING.firstBytes)
  })

  it("hands out a short run to a reader whose patience is over, and begins anew for the next", () => {
    const { come, take, wait, woken } = make(DATA_RING)
    wait()
    vi.advanceTimersByTime(LONG)
    come(10)
    assert.strictEqual(woken(), 0)
    vi.advanceTimersByTime(LONG)
    assert.strictEqual(woken(), 1)
    assert.strictEqual(take(), 10)
    wait()
    come(20)
    assert.strictEqual(woken(), 1)
    vi.advanceTimersByTime(LONG)
    assert.strictEqual(woken(), 2)
    assert.strictEqual(take(), 20)
  })

  it("lends the remaining bytes at once when the end comes", () => {
    const { come, inbox, take, wait, woken } = make(DATA_RING)
    wait()
    come(10)
    inbox.end()
    assert.strictEqual(woken(), 1)
    assert.strictEqual(take(), 10)
    assert.strictEqual(take(), 0)
  })

  it("fills its memory to the last byte, so that what begins a page of a file begins a page of memory", () => {
    const { come, inbox, room, take } = make(DATA_RING)
    come(DATA_RING.firstBytes - 1)
    assert.strictEqual(room(), 1)
    come(1)
    assert.strictEqual(room(), DATA_RING.bufferBytes)
    come(DATA_RING.bufferBytes - 1)
    assert.strictEqual(room(), 1)
    inbox.end()
    assert.strictEqual(take(), DATA_RING.firstBytes)
    assert.strictEqual(take(), DATA_RING.bufferBytes - 1)
  })

  it("of a control connection hands out bytes as they come", () => {
    const { come, take, wait, woken } = make(CONTROL_RING)
    for (const count of [10, 20]) {
      wait()
      come(count)
      assert.strictEqual(take(), count)
    }
    assert.strictEqual(woken(), 2)
  })

  it("wakes no reader that gave up, and keeps the bytes", () => {
    const { come, take, wait, woken } = make(DATA_RING)
    const giveUp = wait()
    come(10)
    giveUp()
    vi.advanceTimersByTime(LONG)
    assert.strictEqual(woken(), 0)
    wait()
    vi.advanceTimersByTime(LONG)
    assert.strictEqual(woken(), 1)
    assert.strictEqual(take(), 10)
  })
})
