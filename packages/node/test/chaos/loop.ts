/**
 * How long this process could not do anything, because its one event loop was at something else, or the machine was.
 *
 *     timer of 10 ms ──fires after 10 ms──► again        nothing is counted
 *                    └─fires after 34 ms──► again        24 ms are: nobody's timer, socket or fiber had its turn
 *
 * It counts less than there is: turns shorter than the timer go unseen.
 */
import { performance } from "node:perf_hooks"

const STEP = 10
/** Timers go by whole milliseconds: so late is on time. */
const GRAIN = 1

export interface Watch {
  /** Ends the watch: how many millis the loop was late in it. */
  readonly stop: () => number
}

export const watch = (): Watch => {
  let late = 0
  let since = performance.now()
  const look = () => {
    const now = performance.now()
    late += Math.max(0, now - since - STEP - GRAIN)
    since = now
  }
  const timer = setInterval(look, STEP)
  // A process that ends before the watch must not be held up by it.
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      look()
      return Math.round(late)
    }
  }
}

/** Returns the longest time in which no timer of this process had its turn, in millis, when it is called. */
export const hold = (): (() => number) => {
  let longest = 0
  let since = performance.now()
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - since - STEP)
    since = now
  }
  const timer = setInterval(look, STEP)
  timer.unref()
  return () => {
    clearInterval(timer)
    look()
    return longest
  }
}
