/**
 * A bar of block characters, and what a terminal shows that has no more than ASCII:
 *
 *     ███████████▌░░░░░░░░░░░░░░░░░        [===========>                 ]
 */
import * as Measure from "./Measure.ts"

/** Eighths of a column. */
const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
const EIGHTHS = 8

/** So many columns, of which `share` (0 to 1) is full. */
export const bar = (share: number, columns: number, unicode: boolean): string => {
  const full = Math.min(1, Math.max(0, share))
  if (!unicode) {
    const room = Math.max(0, columns - 2)
    const done = Math.floor(full * room)
    const head = "=".repeat(Math.max(0, done - 1))
    return `[${`${head}${done === 0 ? "" : done === room ? "=" : ">"}`.padEnd(room)}]`
  }
  const eighths = Math.floor(full * columns * EIGHTHS)
  return `${"█".repeat(Math.floor(eighths / EIGHTHS))}${PARTS[eighths % EIGHTHS]}`.padEnd(columns, "░")
}

/** The same columns in ASCII: a terminal that reads bytes one by one would shift what follows. */
export const toAscii = (text: string): string =>
  text.replace(/[^\x20-\x7e]/gu, (character) => (character === "…" ? "~" : "?".repeat(Measure.width(character))))

/** Whether the locale of these variables is one of UTF-8. The first that is set decides, as in POSIX. */
export const isUnicode = (
  { LANG, LC_ALL, LC_CTYPE }: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform
): boolean => platform === "win32" || /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "")
