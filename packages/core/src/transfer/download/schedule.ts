/**
 * Which sessions fetch which ranges of a file: the policy of a download in segments, without time, sessions or bytes of
 * its own. `segments` carries it out.
 *
 *     step(state, event, moment) ──► [state, actions]
 *
 *     single ──the size is known, and it is large──► segmented: more workers while the pool has sessions to spare
 *        ▲                                              │ a worker ends: its range is left to the others;
 *        │                                              │   the failure of the last one is the download's
 *        │                                              │ each tick: journal · more workers · a range that stands still
 *        │                                              │   begins again · other callers' turn
 *        └──REST refused or ignored, or other bytes─────┘
 *
 * `ranges` is the one thing that is not copied: the workers move it on with each chunk, and allocate nothing for it.
 */
import * as Option from "effect/Option"
import * as Identity from "../identity.ts"
import * as AutoScale from "./autoScale.ts"
import { MIN_SEGMENT, type Range, type Ranges } from "./ranges.ts"

export interface State {
  readonly segments: number | "auto"
  /** Workers at most. */
  readonly most: number
  readonly ranges: Ranges
  /** What is known of the file. */
  readonly identity: Identity.Identity
  readonly isSegmented: boolean
  /** How many workers there should be. */
  readonly wanted: number
  /** How many bytes of another worker's range a new one takes at most. */
  readonly share: number
  readonly scale: AutoScale.AutoScale | undefined
  readonly working: ReadonlySet<Range>
  /** How many workers have begun in all. */
  readonly begun: number
  /** Sessions that log in for workers to come. */
  readonly warming: number
  /** Millis of the clock: the last journal. */
  readonly journalAt: number
  readonly isWritingJournal: boolean
  /** Whether the server was asked again if the file is the same. */
  readonly isConfirmed: boolean
}

/** The sessions of the pool, over all hosts. */
export interface Sessions {
  readonly limit: number
  readonly inUse: number
  readonly live: number
}

/** When an event happens. */
export interface Moment {
  /** Millis of the clock. */
  readonly now: number
  /** When bytes landed last. */
  readonly landedAt: number
  readonly sessions: Sessions
}

/**
 * How a worker ended. `OffsetRefused`: the server refused REST. `WrongBytes`: other bytes than asked for, or more.
 * `OtherFile`: the file has changed. `Local`: the disk, or a defect. `Lost`: anything else.
 */
export type Ending = "Done" | "Stopped" | "OffsetRefused" | "WrongBytes" | "OtherFile" | "Local" | "Lost"

export type Event =
  | { readonly _tag: "Begun"; readonly expectedSize: number | undefined }
  | { readonly _tag: "Segmented" | "AllHere" | "Tick" | "Warmed" | "JournalWritten" | "FellBack" | "KeptFirst" }
  | { readonly _tag: "Ended"; readonly range: Range; readonly ending: Ending }

export type Action =
  | { readonly _tag: "Start" | "Stop"; readonly range: Range }
  /** Stops all workers but that of the first range, and then forgets their bytes. */
  | { readonly _tag: "KeepFirst" }
  | { readonly _tag: "WarmUp"; readonly sessions: number }
  | { readonly _tag: "StartTicking" | "WriteFirstJournal" | "WriteJournal" | "Confirm" }
  /** The download fails as this worker did. */
  | { readonly _tag: "Fail" }

export type Step = readonly [state: State, actions: ReadonlyArray<Action>]

/** "auto" stops here: more than most servers grant to one address. */
const MOST = 8
/** Millis between two journals: what a killed run has to fetch again. */
const JOURNAL_EVERY = 3000
/** Millis without a byte, of which others moved some, after which a range begins again on another connection. */
const STANDS_STILL = 5000
/**
 * Millis after which a worker that is not the only one gives its session back if the pool has none left: below its
 * `acquireTimeout`.
 */
const TURN = 60_000

export const make = (options: {
  readonly segments: number | "auto"
  readonly poolSize: number
  readonly ranges: Ranges
  readonly identity: Identity.Identity
  readonly now: number
}): State => ({
  segments: options.segments,
  most: Math.min(options.segments === "auto" ? MOST : options.segments, options.poolSize),
  ranges: options.ranges,
  identity: options.identity,
  isSegmented: false,
  wanted: 1,
  share: Number.POSITIVE_INFINITY,
  scale: undefined,
  working: new Set(),
  begun: 0,
  warming: 0,
  journalAt: options.now,
  isWritingJournal: false,
  isConfirmed: false
})

/** What a session reported of the file. When that makes it `isSegmented`, the event `Segmented` is due. */
export const report = (state: State, reported: Identity.Identity): State => {
  const identity = Identity.combine(state.identity, reported)
  if (Option.isNone(identity.size) || state.isSegmented) {
    return { ...state, identity }
  }
  const { most, ranges } = state
  ranges.endAt(identity.size.value)
  return { ...state, identity, isSegmented: ranges.count > 1 || (most > 1 && ranges.missing >= 2 * MIN_SEGMENT) }
}

export const step = (state: State, event: Event, moment: Moment): Step => {
  const [next, actions] = handle(state, event, moment)
  // No range is given out until those that are given up have been stopped: `KeptFirst` follows.
  return actions.some(({ _tag }) => _tag === "KeepFirst") ? [next, actions] : fill(next, actions, moment)
}

const handle = (state: State, event: Event, moment: Moment): Step => {
  switch (event._tag) {
    case "Begun":
      return begin(state, event.expectedSize, moment)
    case "Segmented":
      return plan(state, moment)
    case "AllHere":
      return confirm(state)
    case "Ended":
      return ended(state, event.range, event.ending)
    case "Tick":
      return tick(state, moment)
    case "Warmed":
      return [{ ...state, warming: state.warming - 1 }, []]
    case "JournalWritten":
      return [{ ...state, isWritingJournal: false }, []]
    case "FellBack":
      return fallBack(state)
    case "KeptFirst":
      return [state, []]
  }
}

/** The first range begins alone. A caller who names a number need not wait: more sessions log in beside it. */
const begin = (state: State, expectedSize: number | undefined, { now, sessions }: Moment): Step => {
  const { ranges, segments } = state
  ranges.takeFirst(now)
  const begun = { ...state, working: new Set([ranges.first]), begun: 1 }
  const isWorthIt = segments !== "auto" && (expectedSize ?? Number.POSITIVE_INFINITY) >= 2 * MIN_SEGMENT
  const warming = isWorthIt ? Math.max(0, Math.min(state.most - 1, spare(begun, sessions))) : 0
  return [
    { ...begun, warming },
    [{ _tag: "Start", range: ranges.first }, ...(warming > 0 ? [{ _tag: "WarmUp", sessions: warming } as const] : [])]
  ]
}

const plan = (state: State, { now, sessions }: Moment): Step => {
  const { most, ranges, segments } = state
  if (segments !== "auto") {
    ranges.spread(Math.min(most, 1 + spare(state, sessions)))
  }
  return [
    {
      ...state,
      ...(segments === "auto" ? { scale: AutoScale.make(most) } : { wanted: most }),
      journalAt: now
    },
    [{ _tag: "StartTicking" }, { _tag: "WriteFirstJournal" }]
  ]
}

/** Sessions that no caller waits for, those that are warmed up for us included. */
const spare = ({ warming, working }: State, { inUse, limit }: Sessions): number =>
  Math.min(limit - inUse + warming, limit - working.size)

/** Of those, the ones that are there: while others are warmed up, none is dialled beside them. */
const ready = (state: State, sessions: Sessions): number => {
  const left = spare(state, sessions)
  return state.warming > 0 ? Math.min(left, sessions.live - state.warming - state.working.size) : left
}

/** Starts workers while more are wanted and sessions are free; the only one left waits for a session. */
const fill = (state: State, actions: ReadonlyArray<Action>, { now, sessions }: Moment): Step => {
  if (state.working.size >= state.wanted) {
    return [state, actions]
  }
  const working = new Set(state.working)
  const started: Array<Action> = []
  for (let left = ready(state, sessions); working.size < state.wanted && (working.size === 0 || left > 0); left--) {
    const range = state.ranges.take(now, state.share)
    if (range === undefined) {
      break
    }
    working.add(range)
    started.push({ _tag: "Start", range })
  }
  return [{ ...state, working, begun: state.begun + started.length }, [...actions, ...started]]
}

const ended = (before: State, range: Range, ending: Ending): Step => {
  const { ranges } = before
  const isOurs = ranges.has(range)
  const isFirst = range.from === 0
  const working = new Set(before.working)
  working.delete(range)
  ranges.give(range)
  const state = { ...before, working }
  if (ending === "Done" || ending === "Stopped") {
    return [state, []]
  }
  if (ending === "Local") {
    return [state, [{ _tag: "Fail" }]]
  }
  if (!isOurs) {
    return [state, []]
  }
  if (!isFirst && (ending === "OffsetRefused" || ending === "WrongBytes")) {
    return fallBack(state)
  }
  if (ending === "WrongBytes" || ending === "OtherFile" || working.size === 0) {
    return [state, [{ _tag: "Fail" }]]
  }
  return [{ ...state, wanted: Math.min(state.wanted, working.size), scale: undefined }, []]
}

/** Everything but the first range is given up. */
const fallBack = (state: State): Step => [
  { ...state, wanted: 1, scale: undefined, isConfirmed: false },
  [{ _tag: "KeepFirst" }]
]

/** When all bytes are here, while the workers still wait for final replies. */
const confirm = (state: State): Step =>
  state.begun > 1 && !state.isConfirmed ? [{ ...state, isConfirmed: true }, [{ _tag: "Confirm" }]] : [state, []]

const tick = (before: State, moment: Moment): Step => {
  const { landedAt, now, sessions } = moment
  const actions: Array<Action> = []
  let state = scaled(before, now)
  // A slow disk may take its time for it.
  if (!state.isWritingJournal && now - state.journalAt >= JOURNAL_EVERY) {
    state = { ...state, isWritingJournal: true, journalAt: now }
    actions.push({ _tag: "WriteJournal" })
  }
  const { taken } = state.ranges
  const still = taken.find(({ movedAt }) => now - movedAt >= STANDS_STILL && movedAt < landedAt)
  const isRestarted = still !== undefined && state.working.size < state.wanted
  if (isRestarted) {
    actions.push({ _tag: "Stop", range: still })
  }
  // The session of the range that was just stopped is another caller's turn already.
  const free = spare(state, sessions) + (isRestarted ? 1 : 0)
  const longest = taken.find(({ from, takenAt }) => from > 0 && now - takenAt >= TURN)
  if (longest !== undefined && free <= 0) {
    actions.push({ _tag: "Stop", range: longest })
  }
  return [state, actions]
}

const scaled = (state: State, now: number): State => {
  if (state.scale === undefined) {
    return state
  }
  const { done, taken } = state.ranges
  const since = taken.map(({ movingSince }) => movingSince ?? Number.POSITIVE_INFINITY)
  const latest = taken.length === state.wanted ? Math.max(...since) : Number.POSITIVE_INFINITY
  const scale = AutoScale.step(state.scale, {
    now,
    bytes: done,
    movingSince: Number.isFinite(latest) ? latest : undefined
  })
  return { ...state, scale, wanted: scale.wanted, share: scale.share }
}
