/**
 * The lines of a listing, while its bytes arrive. A line ends with LF, with or without CR; the last one may lack it.
 *
 *     bytes ──up to the last LF, decoded at once──► lines ──► onLine
 *        └──the rest──► held, at most what a line may have ──┘
 *
 * Lines are slices of the text of one arrival: an entry that is kept does not keep the whole listing.
 */
import type { TextCodec } from "../FtpCharset.ts"
import * as WireText from "../WireText.ts"

/** What a line may have at most, in UTF-16 units: no path is longer than 4 KiB, and facts need little. */
export const MAX_LINE_LENGTH = 64 * 1024

/** Returns whether more lines are wanted. */
export type OnLine = (line: string) => boolean

export interface Lines {
  /** Takes the next bytes, which may be overwritten afterwards; false when `onLine` wanted no more. */
  readonly push: (bytes: Uint8Array) => boolean
  /** The end of the listing: a line that did not end counts. */
  readonly end: () => boolean
}

/** Calls `onLine` with each line of a text. */
export const split = (text: string, onLine: OnLine): boolean => {
  let start = 0
  while (start < text.length) {
    const feed = text.indexOf("\n", start)
    const end = feed === -1 ? text.length : feed
    if (!onLine(text.slice(start, end > start && text[end - 1] === "\r" ? end - 1 : end))) {
      return false
    }
    start = end + 1
  }
  return true
}

/** `codec` reads their text. */
export const make = (onLine: OnLine, codec: TextCodec = WireText): Lines => {
  let held = new Uint8Array(FIRST_HELD_BYTES)
  let length = 0

  const hold = (bytes: Uint8Array): void => {
    const kept = bytes.subarray(0, MAX_HELD_BYTES - length)
    if (length + kept.length > held.length) {
      const larger = new Uint8Array(Math.max(length + kept.length, 2 * held.length))
      larger.set(held.subarray(0, length))
      held = larger
    }
    held.set(kept, length)
    length += kept.length
  }

  /** The line that was held, which ends here. */
  const release = (): boolean => {
    const line = codec.decode(held.subarray(0, length))
    length = 0
    return onLine(line.endsWith("\r") ? line.slice(0, -1) : line)
  }

  return {
    push: (bytes) => {
      let from = 0
      if (length > 0) {
        const feed = bytes.indexOf(LF)
        hold(feed === -1 ? bytes : bytes.subarray(0, feed))
        if (feed === -1) return true
        if (!release()) return false
        from = feed + 1
      }
      const whole = bytes.lastIndexOf(LF) + 1
      if (whole > from) {
        if (!split(codec.decode(bytes.subarray(from, whole)), onLine)) return false
        from = whole
      }
      hold(bytes.subarray(from))
      return true
    },
    end: () => length === 0 || release()
  }
}

const LF = 0x0a

/** Most lines fit. */
const FIRST_HELD_BYTES = 512

/** A UTF-16 unit takes at most three bytes: a line with more of them is too long, and its rest is dropped. */
const MAX_HELD_BYTES = 3 * (MAX_LINE_LENGTH + 1)
