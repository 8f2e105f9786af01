/** Reading and writing one file in memory. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { BYTES_PER_CHUNK, StoreError, type StoreReader, type StoreWriter, type WriteFrom } from "./FileStore.ts"
import type { FileNode, State } from "./memoryNodes.ts"

export const reader = (file: FileNode, offset: number): StoreReader => {
  let position = offset
  return {
    size: file.size,
    pull: Effect.sync(() => {
      if (position >= file.size) {
        return Option.none()
      }
      const chunk = file.bytes.subarray(position, Math.min(position + BYTES_PER_CHUNK, file.size))
      position += chunk.byteLength
      return Option.some(chunk)
    })
  }
}

export const writer = (state: State, file: FileNode, from: WriteFrom): StoreWriter => {
  if (from === "Truncate") {
    state.used -= file.size
    Object.assign(file, { bytes: new Uint8Array(0), owned: true, size: 0 })
  }
  let position = from === "Append" ? file.size : from === "Truncate" ? 0 : from
  return {
    write: (bytes) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const growth = Math.max(position + bytes.byteLength - file.size, 0)
        const refused = Math.max(state.used + growth - state.quota, 0)
        const fits = bytes.subarray(0, Math.max(bytes.byteLength - refused, 0))
        reserve(file, position + fits.byteLength)
        file.bytes.set(fits, position)
        position += fits.byteLength
        state.used += Math.max(position - file.size, 0)
        file.size = Math.max(file.size, position)
        file.modified = now
        return refused > 0 ? Effect.fail(new StoreError({ reason: "NoSpace", path: "" })) : Effect.void
      })
  }
}

/** Makes room for `size` bytes: exactly that at first, then doubled, so that appending stays linear. */
const reserve = (file: FileNode, size: number): void => {
  if (file.owned && size <= file.bytes.byteLength) {
    return
  }
  const capacity = file.size === 0 ? size : Math.max(size, file.size * 2)
  const grown = new Uint8Array(capacity)
  grown.set(file.bytes.subarray(0, file.size))
  file.bytes = grown
  file.owned = true
}
