/**
 * Memory for small files, cut from larger pieces: an ArrayBuffer of its own for each takes longer to make, and to collect,
 * than its bytes take to copy.
 *
 *     slab  |aaaa|bb|cccccc|  ──full──► another slab; the old one goes with the last of its files
 *
 * For what is dropped soon: a few bytes that are kept would keep all of their slab.
 */

const SIZE = 256 * 1024

/** Larger ones would waste the rest of a slab. */
const LARGEST = SIZE / 8

let slab = new Uint8Array(0)
let next = 0

/** So many bytes, of any content. */
export const take = (bytes: number): Uint8Array => {
  if (bytes > LARGEST) {
    return new Uint8Array(bytes)
  }
  if (next + bytes > slab.byteLength) {
    slab = new Uint8Array(SIZE)
    next = 0
  }
  const piece = slab.subarray(next, next + bytes)
  next += bytes
  return piece
}
