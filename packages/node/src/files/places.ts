/** Files whose bytes have places, and those that are only read and written in order. */
import type { Stats } from "node:fs"

/** Whether its bytes are at places. */
export const isSeekable = (stats: Stats): boolean => stats.isFile() || stats.isBlockDevice()

/** `null` is where the last one ended, as devices have no other. */
export const placeOf = (start: number | null, done: number): number | null => (start === null ? null : start + done)
