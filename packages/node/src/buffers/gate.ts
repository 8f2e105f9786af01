/**
 * When a reader of an inbox is woken.
 *
 *     waiting ──a full run, or the end──► woken
 *        └──some bytes, and PATIENCE is over──► woken for a short run
 */

/**
 * Millis that a reader waits, once there are bytes, for a whole run. A TLS connection gives 16 KiB at a time. Lent as
 * they arrive, they cost a fast server nine times as many steps and writes to the disk, which slowed it down.
 */
const PATIENCE = 5

/** What an inbox holds: nothing, some bytes, or a full run and perhaps more. */
export type Held = "Nothing" | "Some" | "Run"

/** A gate over an empty inbox, which tells it what it holds after each change. */
export const makeGate = (eager: boolean) => {
  let held: Held = "Nothing"
  let waiting: (() => void) | undefined
  let ended = false
  let impatient = eager
  let timing = false

  const ready = () => held === "Run" || ended || (impatient && held === "Some")

  const isOver = () => {
    timing = false
    if (waiting !== undefined) {
      impatient = true
      watch()
    }
  }

  const watch = () => {
    if (ready()) {
      const woken = waiting
      waiting = undefined
      woken?.()
    } else if (!timing && held === "Some") {
      timing = true
      setTimeout(isOver, PATIENCE)
    }
  }

  return {
    ready,
    arrived: (now: Held) => {
      held = now
      if (waiting !== undefined) {
        watch()
      }
    },
    taken: (now: Held) => {
      held = now
      impatient = eager
    },
    end: () => {
      ended = true
      watch()
    },
    wait: (callback: () => void) => {
      waiting = callback
      if (held !== "Nothing" || ended) {
        watch()
      }
      return () => {
        if (waiting === callback) {
          waiting = undefined
        }
      }
    }
  }
}
