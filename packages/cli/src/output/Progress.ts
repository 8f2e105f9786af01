/**
 * How far a command is, for a person who waits: counted by plain calls of the transfers, and painted.
 *
 *     found, start, at, done ──► State ──`ProgressLines`──► painted a few times a second
 *
 * It appears after a moment, and is gone when the scope ends.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Active, State } from "./ProgressLines.ts"
import * as ProgressLines from "./ProgressLines.ts"
import { Screen } from "./Screen.ts"

export type { State } from "./ProgressLines.ts"

/** Where a transfer reports. */
export interface Reporter {
  /** Bytes that an earlier run transferred; `at` includes them. */
  readonly resumedFrom: (bytes: number) => void
  /** `total` is `None` if it is as it was found, or not known. */
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
        state.total += Option.isSome(size) ? size.value : 0
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
      yield* screen.progress(ProgressLines.make(state, now, columns, rows, screen.unicode))
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
