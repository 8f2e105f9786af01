/**
 * What a person who waits sees of the progress, as lines:
 *
 *     one file     movie.mkv   45%  12.3 MiB of 27.1 MiB   5.2 MiB/s   0:03 left
 *
 *     several      ███████████▌░░░░░░░░░░░░░░░░░░  38%   5.2 MiB/s   3:41 left
 *                  12 of 340 files   45.2 MiB of 1.2 GiB   1 retry
 *                    photos/2024/a.raw   12.0 MiB of 31.5 MiB
 *                    photos/2024/b.raw   3.2 MiB of 29.9 MiB   again: connection reset by peer
 */
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Option from "effect/Option"
import * as Bar from "./Bar.ts"
import * as Measure from "./Measure.ts"

/** A transfer under way. */
export interface Active {
  readonly name: string
  readonly since: number
  bytes: number
  total: Option.Option<number>
  /** Why it is tried again, until it moves. */
  again?: string | undefined
}

/** All that is counted. */
export interface State {
  /** Bytes of this and of all finished files; what failed is taken out again. */
  bytes: number
  /** Those of them that were here before. */
  resumedFrom: number
  /** Bytes of all files whose size is known. */
  total: number
  filesDone: number
  files: number
  /** Whether more files may be found. */
  searching: boolean
  /** What is read before any file is found, in words. */
  reading?: string | undefined
  /** Bytes per second of late; 0 while there is no telling. */
  rate: number
  /** How often a transfer was tried again. */
  retries: number
  readonly active: Set<Active>
}

/** Files that take less than this come and go too quickly to be read. */
const SLOW_MILLIS = 500
const MAX_FILES_SHOWN = 4

const GAP = "   "

/** What to show; every line fits into `columns`. */
export const make = (
  state: State,
  now: number,
  columns: number,
  rows: number,
  unicode = true
): ReadonlyArray<string> => {
  // A character in the last column would wrap on some terminals.
  const shown = all(state, { now, room: columns - 1, rows, unicode })
  return unicode ? shown : shown.map(Bar.toAscii)
}

interface Terminal {
  readonly now: number
  readonly room: number
  readonly rows: number
  readonly unicode: boolean
}

const all = (state: State, { now, room, rows, unicode }: Terminal): ReadonlyArray<string> => {
  if (state.reading !== undefined) {
    return [Measure.shorten(state.reading, room)]
  }
  const [only] = state.active
  if (state.files === 1 && !state.searching && only !== undefined) {
    return [fit(WireText.toDisplay(only.name), [amount(state), ...pace(state)], room)]
  }
  const files = `${state.filesDone} of ${Measure.count(state.files, "file")}${state.searching ? " so far" : ""}`
  const retries = state.retries === 0 ? [] : [Measure.count(state.retries, "retry", "retries")]
  const share = shareOf(state)
  const head =
    share === undefined || rows < 3
      ? [inRoom([files, amount(state), ...pace(state), ...retries], room)]
      : [
          overall(share, state, room, unicode),
          inRoom([files, [bytesOf(state), Measure.bytes(state.bytes)], ...retries], room)
        ]
  const slow = [...state.active].filter(({ again, since }) => again !== undefined || now - since >= SLOW_MILLIS)
  const shown = slow.slice(0, Math.max(0, Math.min(MAX_FILES_SHOWN, rows - head.length - 1)))
  return [...head, ...shown.map((active) => fileLine(active, room))]
}

/** How much is done, from 0 to 1, once all files are known: by bytes, or by files if no size is known. */
const shareOf = ({ bytes, files, filesDone, searching, total }: State): number | undefined =>
  searching || files === 0 || bytes > total ? undefined : total === 0 ? filesDone / files : bytes / total

/** A longer bar is no clearer; a shorter one tells nothing. */
const LONGEST_BAR = 40
const SHORTEST_BAR = 5

const overall = (share: number, state: State, room: number, unicode: boolean): string => {
  const parts = [percent(share), ...pace(state)]
  const figures = parts.join(GAP)
  const left = Math.min(LONGEST_BAR, room - Measure.width(figures) - 1)
  return left < SHORTEST_BAR
    ? inRoom([percent(share).trimStart(), ...pace(state)], room)
    : `${Bar.bar(share, left, unicode)} ${figures}`
}

const fileLine = (active: Active, room: number): string => {
  const name = `  ${WireText.toDisplay(active.name)}`
  const figures = shareOfFile(active)
  const forName = Math.max(LEAST_NAME, Math.min(Measure.width(name), SHORTEST_NAME))
  const left = room - Measure.width(figures) - 2 * GAP.length - forName
  const why = active.again === undefined || left < SHORTEST_NAME ? "" : WireText.toDisplay(`again: ${active.again}`)
  return fit(name, why === "" ? [figures] : [figures, Measure.shorten(why, left)], room)
}

/** Columns of a name, or of a cause, that are worth showing. */
const SHORTEST_NAME = 16

/** With fewer columns than these, the figures stand alone. */
const LEAST_NAME = 8

/** What is shown of one thing: the longer form if there is room for it, else the shorter one. */
type Part = string | readonly [longer: string, shorter: string]

const fit = (name: string, parts: ReadonlyArray<Part>, room: number): string => {
  const figures = parts.map((part) => (typeof part === "string" ? part : part[0])).join(GAP)
  const left = room - Measure.width(figures) - GAP.length
  return left < LEAST_NAME ? inRoom(parts, room) : `${Measure.shorten(name, left)}${GAP}${figures}`
}

/** The parts that fit, each as a whole: a number without its end says something else. */
const inRoom = (parts: ReadonlyArray<Part>, room: number): string => {
  let line = ""
  for (const part of parts) {
    const forms = typeof part === "string" ? [part] : part
    const before = line === "" ? "" : `${line}${GAP}`
    const form = forms.find((form) => Measure.width(before) + Measure.width(form) <= room)
    line = form === undefined ? line : `${before}${form}`
  }
  return line
}

const shareOfFile = ({ bytes, total }: Active): string =>
  Option.match(total, {
    onNone: () => Measure.bytes(bytes),
    onSome: (total) => `${Measure.bytes(bytes)} of ${Measure.bytes(total)}`
  })

const PERCENT = 100

const percent = (share: number): string => `${Math.floor(share * PERCENT)}%`.padStart(4)

const bytesOf = ({ bytes, total }: State): string =>
  total === 0 || bytes > total ? Measure.bytes(bytes) : `${Measure.bytes(bytes)} of ${Measure.bytes(total)}`

const amount = (state: State): Part =>
  state.searching || state.total === 0 || state.bytes > state.total
    ? [bytesOf(state), Measure.bytes(state.bytes)]
    : [`${percent(state.bytes / state.total)}  ${bytesOf(state)}`, percent(state.bytes / state.total).trimStart()]

const pace = ({ bytes, rate, searching, total }: State): ReadonlyArray<string> => {
  if (rate < 1) {
    return bytes > 0 ? ["waiting"] : []
  }
  const left = searching || total < bytes ? [] : [`${Measure.clock((total - bytes) / rate)} left`]
  return [Measure.rate(rate, 1), ...left]
}
