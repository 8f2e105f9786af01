/** A `JsonLine` as text; apart from its schema, which the command itself does not need. */
import type { JsonLine } from "./JsonLine.ts"

/** The object on one line. DEL, C1 and what turns or breaks lines are escaped, which JSON itself does not do. */
export const toText = (line: JsonLine): string => {
  const text = JSON.stringify(line)
  return PRINTABLE_ASCII.test(text) ? text : text.replace(UNSAFE_TO_SHOW, escaped)
}

/** Nearly all lines, which are found out much faster than by a search for what is unsafe. */
const PRINTABLE_ASCII = /^[ -~]*$/

/** As in `WireText.toDisplay`, less what JSON escapes. */
const UNSAFE_TO_SHOW = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

const HEX_DIGITS = 4

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(HEX_DIGITS, "0")}`
