/**
 * Entries in order, without holding up what else the process does: the timers and replies of other sessions, Ctrl-C.
 *
 *     entries ──► in order already (most servers sort) ──────────────────────────────► as they are
 *         └────► runs, each sorted at once ──► merged two by two, with pauses ──► one
 */
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as Effect from "effect/Effect"

/** Entries between two pauses: some ten milliseconds of work. */
export const AT_ONCE = 16_384

/** Gives timers and sockets a turn. */
export const pause: Effect.Effect<void> = Effect.async((resume) => {
  const turn = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(turn))
})

/** By name, in the order of the characters, whatever the machine's language. */
export const byName = (entries: ReadonlyArray<FtpEntry>): Effect.Effect<ReadonlyArray<FtpEntry>> =>
  Effect.suspend(() =>
    isSorted(entries)
      ? Effect.succeed(entries)
      : entries.length <= AT_ONCE
        ? Effect.succeed([...entries].sort(compare))
        : inRuns(entries)
  )

const compare = (left: FtpEntry, right: FtpEntry): number =>
  left.name < right.name ? -1 : left.name > right.name ? 1 : 0

const isSorted = (entries: ReadonlyArray<FtpEntry>): boolean => {
  let before = ""
  for (const { name } of entries) {
    if (name < before) {
      return false
    }
    before = name
  }
  return true
}

const inRuns = (entries: ReadonlyArray<FtpEntry>): Effect.Effect<ReadonlyArray<FtpEntry>> =>
  Effect.gen(function* () {
    let runs: Array<ReadonlyArray<FtpEntry>> = []
    for (let at = 0; at < entries.length; at += AT_ONCE) {
      runs.push(entries.slice(at, at + AT_ONCE).sort(compare))
      yield* pause
    }
    while (runs.length > 1) {
      const merged: Array<ReadonlyArray<FtpEntry>> = []
      for (let at = 0; at < runs.length; at += 2) {
        const [left = [], right] = runs.slice(at, at + 2)
        merged.push(right === undefined ? left : yield* merge(left, right))
      }
      runs = merged
    }
    return runs[0] ?? []
  })

/** Of two that are equal the left one is first. */
const merge = (left: ReadonlyArray<FtpEntry>, right: ReadonlyArray<FtpEntry>): Effect.Effect<ReadonlyArray<FtpEntry>> =>
  Effect.gen(function* () {
    const merged: Array<FtpEntry> = []
    let l = 0
    let r = 0
    while (l < left.length || r < right.length) {
      for (let end = merged.length + AT_ONCE; merged.length < end; ) {
        const one = left[l]
        const other = right[r]
        if (one !== undefined && (other === undefined || compare(one, other) <= 0)) {
          merged.push(one)
          l += 1
        } else if (other !== undefined) {
          merged.push(other)
          r += 1
        } else {
          break
        }
      }
      yield* pause
    }
    return merged
  })
