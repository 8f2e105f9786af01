/** Bytes in pieces, and bytes compared. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Pull } from "./FtpSource.ts"

/** All of them in one new copy. */
export const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  let length = 0
  for (const part of parts) {
    length += part.byteLength
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

export const isPrefix = (bytes: Uint8Array, prefix: Uint8Array): boolean =>
  prefix.every((byte, at) => bytes[at] === byte)

export const isEqual = (left: Uint8Array, right: Uint8Array): boolean =>
  left.byteLength === right.byteLength && isPrefix(left, right)

/** So many bytes, or as many as there are. */
export const readUpTo = <E, R>(pull: Pull<E, R>, length: number): Effect.Effect<Uint8Array, E, R> =>
  Effect.gen(function* () {
    const whole = new Uint8Array(length)
    let at = 0
    while (at < length) {
      const bytes = yield* pull
      if (Option.isNone(bytes)) {
        break
      }
      const part = bytes.value.subarray(0, length - at)
      whole.set(part, at)
      at += part.byteLength
    }
    return whole.subarray(0, at)
  })
