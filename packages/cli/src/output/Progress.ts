/**
 * How far a command is, for a person who waits:
 *
 *     one file     movie.mkv   45%  12.3 MiB of 27.1 MiB   5.2 MiB/s   0:03 left
 *
 *     several      ███████████▌░░░░░░░░░░░░░░░░░░  38%   5.2 MiB/s   3:41 left
 *                  12 of 340 files   45.2 MiB of 1.2 GiB   1 retry
 *                    photos/2024/a.raw   12.0 MiB of 31.5 MiB
 *                    photos/2024/b.raw   3.2 MiB of 29.9 MiB   again: connection reset by peer
 *
 * It appears after a moment, is painted a few times a second, and is gone when the scope ends. Transfers report by
 * plain calls, which only count.
 */
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Bar from "./Bar.ts"
import * as Measure from "./Measure.ts"
import { Screen } from "./Screen.ts"

/** A transfer under way. */
interface Active {
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

/** Where a transfer reports. */
export interface Reporter {
  /** Bytes that an earlier run transferred; `at` includes them. */
  readonly resumedFrom: (bytes: number) => void
  readonly at: (bytes: number, total: Option.Option<number>) => void
  /** It was interrupted, and is tried again. */
  readonly again: (why: string) => void
  readonly done: () => void
  readonly failed: () => void
  /** It begins again later, from its first byte. */
  readonly postponed: () => void
}

/** Counts; shows itself where there is a terminal. */
export interface Progress {
  readonly state: State
  /** A file that will be transferred. */
  readonly found: (size: Option.Option<number>) => void
  /** `size` is what was said when it was found. A plain call, as each small file makes it. */
  readonly start: (name: string, size: Option.Option<number>) => Reporter
}

/** What is over sooner needs no display. */
const DELAY = Duration.millis(400)
/** Eight times a second: smooth, and readable. */
const INTERVAL = Duration.millis(125)
/** The rate follows changes in about this time: shorter jumps, longer lags. */
const SMOOTHING_SECONDS = 3
/** Files that take less than this come and go too quickly to be read. */
const SLOW_MILLIS = 500
const MAX_FILES_SHOWN = 4

/** Counting, and painting with the scope if `show`. */
export const make = (show: boolean): Effect.Effect<Progress, never, Screen | Scope.Scope> =>
  Effect.gen(function* () {
    const state: State = {
      bytes: 0,
      resumedFrom: 0,
      total: 0,
      filesDone: 0,
      files: 0,
      searching: true,
      rate: 0,
      retries: 0,
      active: new Set()
    }
    const screen = yield* Screen
    const clock = yield* Effect.clock
    if (show && screen.errorIsTerminal) {
      yield* Effect.addFinalizer(() => screen.progress([]))
      yield* Effect.forkScoped(
        Effect.interruptible(Effect.delay(paintForever(state, clock.unsafeCurrentTimeMillis()), DELAY))
      )
    }
    return {
      state,
      found: (size) => {
        state.files++
        state.total += Option.getOrElse(size, () => 0)
      },
      start: (name, size) => start(state, name, size, clock.unsafeCurrentTimeMillis())
    }
  })

const start = (state: State, name: string, size: Option.Option<number>, now: number): Reporter => {
  const active: Active = { name, since: now, bytes: 0, total: size }
  state.active.add(active)
  return new Report(state, active)
}

/** A class, as each small file has one: a closure for each of its functions would take longer than what they do. */
class Report implements Reporter {
  private readonly state: State
  private readonly active: Active

  constructor(state: State, active: Active) {
    this.state = state
    this.active = active
  }

  resumedFrom(bytes: number): void {
    this.state.resumedFrom += bytes
  }

  at(bytes: number, total: Option.Option<number>): void {
    const { active, state } = this
    state.bytes += bytes - active.bytes
    active.again = bytes === active.bytes ? active.again : undefined
    active.bytes = bytes
    if (Option.isNone(total)) {
      return
    }
    // The size at the time of the transfer counts, not the one in the listing.
    const before = Option.isSome(active.total) ? active.total.value : 0
    if (before !== total.value) {
      state.total += total.value - before
      active.total = total
    }
  }

  again(why: string): void {
    this.state.retries++
    this.active.again = why
  }

  done(): void {
    this.at(this.active.bytes, Option.some(this.active.bytes))
    this.end()
  }

  failed(): void {
    this.at(0, Option.some(0))
    this.end()
  }

  postponed(): void {
    this.state.retries++
    this.at(0, this.active.total)
    this.state.active.delete(this.active)
  }

  private end(): void {
    this.state.active.delete(this.active)
    this.state.filesDone++
  }
}

const paintForever = (state: State, since: number): Effect.Effect<never, never, Screen> =>
  Effect.gen(function* () {
    const screen = yield* Screen
    let last = { at: since, bytes: 0 }
    while (true) {
      const now = yield* Clock.currentTimeMillis
      const moved = state.bytes - state.resumedFrom
      state.rate = smooth(state.rate, moved - last.bytes, now - last.at)
      last = { at: now, bytes: moved }
      const { columns, rows } = yield* screen.size
      yield* screen.progress(lines(state, now, columns, rows, screen.unicode))
      yield* Effect.sleep(INTERVAL)
    }
  })

const MILLIS_PER_SECOND = 1000

/** The rate after `bytes` more in `millis`. */
export const smooth = (rate: number, bytes: number, millis: number): number => {
  const seconds = millis / MILLIS_PER_SECOND
  if (seconds <= 0) {
    return rate
  }
  const weight = rate === 0 ? 1 : 1 - Math.exp(-seconds / SMOOTHING_SECONDS)
  return rate + (Math.max(0, bytes) / seconds - rate) * weight
}

const GAP = "   "

/** What to show; every line fits into `columns`. */
export const lines = (
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
