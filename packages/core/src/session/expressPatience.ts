/**
 * How long a small file's exchange may take: never less than in the long way once its bytes move.
 *
 *     opening ──1yz──► moving ──all bytes──► ending ──last reply──► closing ──the rest──► over
 *        │               │                      │                      │
 *        │               └─a pause, or too slow─┴─► the long way       │
 *        └─too late────────────────────────────────────────────────────┴─► the long way, and no further ones
 *
 * Some servers send no preliminary reply, or leave the data connection open, which the long way waits for. What takes
 * longer than two such waits takes the long way, as do all further files of that server. A pause between bytes is one of
 * the network: only this file takes the long way, which finds out what it means.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"

export type Phase = "Opening" | "Moving" | "Ending" | "Closing"

export interface Patience {
  /** So many bytes more have moved: any number of them say nothing of a server that has not answered yet. */
  readonly moved: (bytes: number) => void
  /** Never back to an earlier one of the same file. */
  readonly enter: (phase: Phase) => void
  /** Between two files: there is no limit until `renew`. */
  readonly rest: () => void
  /** The next file: as at the beginning. */
  readonly renew: () => void
  readonly stop: () => void
  /** To be run first, if there is one: it begins with that then. */
  readonly wake: Effect.Effect<void> | undefined
}

const PHASES: ReadonlyArray<Phase> = ["Opening", "Moving", "Ending", "Closing"]

const MILLIS_PER_SECOND = 1000

/** Millis. */
interface Limits {
  readonly limits: Readonly<Record<Phase, number>>
  readonly shortest: number
}

/** The same ones for each file of a session. */
const known = new WeakMap<Timeouts, Limits>()

const limitsOf = (timeouts: Timeouts): Limits => {
  const found = known.get(timeouts)
  if (found !== undefined) {
    return found
  }
  const { dataStall, finalReply, preliminary } = timeouts
  const patient = 2 * Duration.toMillis(preliminary)
  const limits = {
    Opening: patient,
    Moving: Duration.toMillis(dataStall),
    Ending: Duration.toMillis(finalReply),
    Closing: patient
  }
  const made = { limits, shortest: Math.min(...Object.values(limits)) }
  known.set(timeouts, made)
  return made
}

/** Runs `expired` once if it takes too long; `isServersWay` if further exchanges would take as long. */
export const begin = (
  { after }: Pick<FtpControlChannel, "after">,
  timeouts: Timeouts,
  clock: Clock.Clock,
  expired: (isServersWay: boolean) => void
): Patience => {
  const { minimumRate } = timeouts
  const { limits, shortest } = limitsOf(timeouts)
  let phase: Phase = "Opening"
  let since = clock.unsafeCurrentTimeMillis()
  /** What the minimum rate is measured over: from the first byte to the last. */
  let window = { since: Number.POSITIVE_INFINITY, bytes: 0 }
  let clear = () => {}

  const isTooSlow = (now: number): boolean => {
    if (minimumRate === undefined || now - window.since < Duration.toMillis(minimumRate.over)) {
      return false
    }
    const wanted = (minimumRate.bytesPerSecond * Duration.toMillis(minimumRate.over)) / MILLIS_PER_SECOND
    const isLess = window.bytes < wanted
    window = { since: now, bytes: 0 }
    return isLess
  }

  const watch = (millis: number): Effect.Effect<void> | undefined => {
    const { stop, wake } = after(Duration.millis(millis), check)
    clear = stop
    return wake
  }

  const check: Effect.Effect<void> = Effect.suspend(() => {
    const now = clock.unsafeCurrentTimeMillis()
    const left = since + limits[phase] - now
    if (left <= 0 || isTooSlow(now)) {
      expired(phase === "Opening" || phase === "Closing")
      return Effect.void
    }
    return watch(Math.min(left, shortest)) ?? Effect.void
  })

  const enter = (next: Phase) => {
    if (next === "Ending") {
      window.since = Number.POSITIVE_INFINITY
    }
    if (PHASES.indexOf(next) > PHASES.indexOf(phase)) {
      phase = next
      since = clock.unsafeCurrentTimeMillis()
    }
  }

  return {
    wake: watch(shortest),
    enter,
    moved: (bytes) => {
      const now = clock.unsafeCurrentTimeMillis()
      window.since = Math.min(window.since, now)
      window.bytes += bytes
      if (phase !== "Opening") {
        since = now
      }
    },
    rest: () => {
      since = Number.POSITIVE_INFINITY
      window.since = Number.POSITIVE_INFINITY
    },
    renew: () => {
      phase = "Opening"
      since = clock.unsafeCurrentTimeMillis()
      window.since = Number.POSITIVE_INFINITY
      window.bytes = 0
    },
    stop: () => clear()
  }
}
