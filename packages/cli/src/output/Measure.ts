/** Bytes, rates and times in words, and text cut to the width of a terminal. */

import * as Option from "effect/Option"

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
const STEP = 1024

/** `"1.4 MiB"`; whole bytes below 1 KiB. */
export const bytes = (count: number): string => {
  let value = count
  let unit = 0
  // 1023.96 would be shown as 1024.0.
  while (value >= STEP - 0.05 && unit < UNITS.length - 1) {
    value /= STEP
    unit++
  }
  return `${unit === 0 ? count : value.toFixed(1)} ${UNITS[unit]}`
}

/** `"1.4 MiB/s"`, over seconds. */
export const rate = (count: number, seconds: number): string =>
  `${bytes(Math.round(count / Math.max(seconds, 0.001)))}/s`

const FACTORS: { readonly [unit: string]: number } = { "": 1, k: STEP, m: STEP ** 2, g: STEP ** 3 }

/**
 * Bytes in `"800"`, `"500k"`, `"1.5M"`, `"2G"`, in steps of 1024 as `bytes` shows them; `None` for anything else, and
 * for 0.
 */
export const readBytes = (text: string): Option.Option<number> => {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text) ?? []
  const count = Math.floor(Number(number) * (FACTORS[unit.toLowerCase()] ?? 1))
  return count >= 1 ? Option.some(count) : Option.none()
}

/** `"0:07"`, `"12:34"`, `"1:02:03"`. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const [hours = 0, minutes = 0, rest = 0] = parts
  const two = (part: number) => String(part).padStart(2, "0")
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** `"0.32 s"`, `"4.1 s"`, `"2:05"`. */
export const duration = (seconds: number): string =>
  seconds < 1 ? `${seconds.toFixed(2)} s` : seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds)

/** `"1 file"`, `"2 files"`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`

const widthOf = (character: string): number =>
  character <= LAST_ASCII ? 1 : isCombining(character) ? 0 : isWide(character) ? 2 : 1

const LAST_ASCII = "\x7f"

// The sets of characters are made with the first text that needs them, not at each start.
const isCombining = (character: string): boolean => /\p{Mark}|\u200d/u.test(character)

/** East Asian wide and fullwidth characters, and pictographs: two columns each. */
const isWide = (character: string): boolean =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
    character
  )

/** Columns that the text takes on a terminal. */
export const width = (text: string): number => {
  let columns = 0
  for (const character of text) {
    columns += widthOf(character)
  }
  return columns
}

/** The text in at most so many columns; the middle is cut, as the ends of a path say most. */
export const shorten = (text: string, columns: number): string => {
  if (width(text) <= columns) {
    return text
  }
  if (columns < 1) {
    return ""
  }
  const head = take(Array.from(text), Math.floor((columns - 1) / 2))
  const tail = take(Array.from(text).reverse(), columns - 1 - width(head))
  return `${head}…${Array.from(tail).reverse().join("")}`
}

const take = (characters: ReadonlyArray<string>, columns: number): string => {
  let taken = ""
  let used = 0
  for (const character of characters) {
    used += widthOf(character)
    if (used > columns) {
      break
    }
    taken += character
  }
  return taken
}

/** Lines of at most so many columns, each after the indent, broken at blanks. */
export const wrap = (text: string, room: number, indent: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = indent
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && width(line) + 1 + width(word) > room) {
      lines.push(line)
      line = indent
    }
    line += line.trim() === "" ? word : ` ${word}`
  }
  return [...lines, line]
}
