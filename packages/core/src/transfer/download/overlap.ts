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

/** Bytes to compare, and how many follow them that are not worth comparing. */
export interface Overlap {
  readonly bytes: Uint8Array
  readonly alike: number
}

/** The last bytes that were delivered, and the last ones before them that are not all alike. */
export class Tail {
  private last: Uint8Array
  private distinctive: Uint8Array
  private alike = 0

  constructor(last: Uint8Array) {
    this.last = last
    this.distinctive = last
  }

  overlap(isSizeKnown: boolean): Overlap {
    const most = isSizeKnown ? MOST_IF_SIZE_IS_KNOWN : Number.POSITIVE_INFINITY
    return this.distinctive.byteLength + this.alike <= most
      ? { bytes: this.distinctive, alike: this.alike }
      : { bytes: this.last, alike: 0 }
  }

  push(bytes: Uint8Array): void {
    this.last = this.lastWith(bytes)
    if (this.last.some((byte) => byte !== this.last[0])) {
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

export const lengthOf = ({ alike, bytes }: Overlap): number => bytes.byteLength + alike

/** Reads the overlap and compares it; returns what came after it in the same chunk. */
export const expect = (
  read: Pull<DataError>,
  overlap: Overlap,
  subject: Integrity.Subject
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
          "IgnoredOffset",
          "the bytes before the offset once more",
          "other bytes: REST was ignored, or the file was replaced"
        )
      }
      at += bytes.value.byteLength
      if (at > length) {
        return bytes.value.slice(length - at)
      }
    }
    return undefined
  })
