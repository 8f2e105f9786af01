/** Contents of files, and how they are compared. */

export const KIB = 1024
export const MIB = 1024 * KIB

/** Bytes without a pattern that a mistake could repeat; the same for the same seed. */
export const noise = (length: number, seed = 1): Uint8Array => {
  const words = new Uint32Array(Math.ceil(length / Uint32Array.BYTES_PER_ELEMENT))
  let state = seed * 2_654_435_761
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
  return new Uint8Array(words.buffer, 0, length)
}

/** A failed comparison by `expect` would print both files. */
export const isSame = (bytes: Uint8Array | undefined, content: Uint8Array): boolean =>
  bytes !== undefined && Buffer.compare(bytes, content) === 0
