/**
 * The last bytes of an attempt, which the next attempt asks for again and compares before it takes new ones.
 *
 *     delivered   1 2 3 4 0 0 0 0 0 0 0 0 │ offset
 *                     └─┬─┘ └─────┬─────┘
 *                       │         alike: a server that ignores REST may send the same
 *                       compared, and so REST is sent from its first byte on
 *
 * So a server that ignores REST, or a file that was replaced by one of the same size and time, is recognised before any
 * of its bytes are taken.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Bytes from "../../base/bytes.ts"
import type { DataError, FtpIntegrityError } from "../../base/FtpError.ts"
import type { Pull } from "../../base/FtpSource.ts"
import * as Integrity from "../integrity.ts"

/** How many bytes are asked for again: more than a block of most formats, and too few to matter on the line. */
export const OVERLAP = 4096

/**
 * The most bytes that are asked for again if the size is known. More bytes that are alike are not worth it, as the size
 * at the end shows too if REST was ignored.
 */
const MOST_IF_SIZE_IS_KNOWN = 1024 * 1024

/** How much of a partial file is read at once in search of bytes that differ. */
const BLOCK = 1024 * 1024

const NOTHING: Uint8Array = new Uint8Array(0)

const isDistinctive = (bytes: Uint8Array): boolean => bytes.some((byte) => byte !== bytes[0])

/** Bytes to compare, and how many follow them that are not worth comparing. */
export interface Overlap {
  readonly bytes: Uint8Array
  readonly alike: number
}

/** The last bytes that were received, and the last ones before them that are not all alike. */
export class Tail {
  private last: Uint8Array
  private distinctive: Uint8Array
  private alike: number

  constructor(last: Uint8Array = NOTHING, { alike, bytes }: Overlap = { bytes: last, alike: 0 }) {
    this.last = last
    this.distinctive = bytes
    this.alike = alike
  }

  overlap(isSizeKnown: boolean): Overlap {
    const most = isSizeKnown ? MOST_IF_SIZE_IS_KNOWN : Number.POSITIVE_INFINITY
    return this.distinctive.byteLength + this.alike <= most
      ? { bytes: this.distinctive, alike: this.alike }
      : { bytes: this.last, alike: 0 }
  }

  push(bytes: Uint8Array): void {
    this.last = this.lastWith(bytes)
    if (isDistinctive(this.last)) {
      this.distinctive = this.last
      this.alike = 0
    } else {
      this.alike += bytes.byteLength
    }
  }

  private lastWith(bytes: Uint8Array): Uint8Array {
    return bytes.byteLength >= OVERLAP
      ? bytes.slice(-OVERLAP)
      : Bytes.concat([this.last.subarray(Math.max(0, this.last.byteLength + bytes.byteLength - OVERLAP)), bytes])
  }
}

/** The tail of the bytes `[from, at)` of a partial file: the same as if this run had received them. */
export const tailOf = <E, R>(
  read: (from: number, length: number) => Effect.Effect<Uint8Array, E, R>,
  { at, from }: { readonly from: number; readonly at: number },
  isSizeKnown: boolean
): Effect.Effect<Tail, E, R> =>
  Effect.gen(function* () {
    let start = Math.max(from, at - OVERLAP)
    if (start === at) {
      return new Tail()
    }
    const last = yield* read(start, at - start)
    if (isDistinctive(last)) {
      return new Tail(last)
    }
    const lowest = isSizeKnown ? Math.max(from, at - MOST_IF_SIZE_IS_KNOWN) : from
    while (start > lowest) {
      const end = start
      start = Math.max(lowest, end - BLOCK)
      const block = yield* read(start, end - start)
      const other = block.findLastIndex((byte) => byte !== last[0])
      if (other >= 0) {
        // With the first of the bytes that are alike: no two bytes of it may differ otherwise.
        const until = start + other + 2
        const first = Math.max(from, until - OVERLAP)
        return new Tail(last, { bytes: yield* read(first, until - first), alike: at - until })
      }
    }
    return lowest === from ? new Tail(last, { bytes: NOTHING, alike: at - from }) : new Tail(last)
  })

export const lengthOf = ({ alike, bytes }: Overlap): number => bytes.byteLength + alike

/** Reads the overlap and compares it; returns what came after it in the same chunk. */
export const expect = (
  read: Pull<DataError>,
  overlap: Overlap,
  subject: Integrity.Subject,
  /** Whether no REST was sent, which the server could have ignored. */
  isReread = false
): Effect.Effect<Uint8Array | undefined, DataError | FtpIntegrityError> =>
  Effect.gen(function* () {
    const length = lengthOf(overlap)
    let at = 0
    while (at < length) {
      const bytes = yield* read
      if (
        Option.isNone(bytes) ||
        !Bytes.isPrefix(bytes.value, overlap.bytes.subarray(at, at + bytes.value.byteLength))
      ) {
        return yield* Integrity.make(
          subject,
          isReread ? "Changed" : "IgnoredOffset",
          "the bytes before the offset once more",
          isReread ? "other bytes: the file was replaced" : "other bytes: REST was ignored, or the file was replaced"
        )
      }
      at += bytes.value.byteLength
      if (at > length) {
        return bytes.value.slice(length - at)
      }
    }
    return undefined
  })
