/**
 * Files for `demo`: the same every time, some hundred small ones of mixed sizes and one large, in a few directories.
 */
const DIRECTORIES = ["letters", "photos", "photos/2024", "photos/2025", "music", "music/live", "code", "code/src"]
const FILES = 120
const LARGE_BYTES = 6 * 1024 * 1024
const MAX_SMALL_BYTES = 48 * 1024
const ENDINGS = ["txt", "jpg", "ogg", "ts"]
/** Names that a careless client trips over. */
const ODD_NAMES = ["empty.txt", "with spaces and [brackets].txt", "-dash.txt", "naïve café ☕.txt", '"quoted".txt']

/** Contents by path. */
export const make = (): { readonly [path: string]: Uint8Array } => {
  const random = mulberry32(2026)
  const tree: Record<string, Uint8Array> = { "large.bin": bytes(random, LARGE_BYTES) }
  for (const name of ODD_NAMES) {
    tree[`odd names/${name}`] = bytes(random, name === "empty.txt" ? 0 : 1000)
  }
  for (let index = 0; index < FILES; index++) {
    const directory = DIRECTORIES[index % DIRECTORIES.length]
    const ending = ENDINGS[index % ENDINGS.length]
    // Mostly small, as files are.
    const size = Math.floor(MAX_SMALL_BYTES * random() ** 3)
    tree[`${directory}/${String(index).padStart(3, "0")}.${ending}`] = bytes(random, size)
  }
  return tree
}

/** A small generator of good enough numbers from 0 to 1. */
const mulberry32 = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const bytes = (random: () => number, size: number): Uint8Array => {
  const words = new Uint32Array(Math.ceil(size / Uint32Array.BYTES_PER_ELEMENT))
  for (let index = 0; index < words.length; index++) {
    words[index] = random() * 2 ** 32
  }
  return new Uint8Array(words.buffer, 0, size)
}
