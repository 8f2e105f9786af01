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

/** A gate over an inbox that tells whether it has a full run, and whether it has any bytes. */
export const makeGate = (eager: boolean, hasRun: () => boolean, hasBytes: () => boolean) => {
  let waiting: (() => void) | undefined
  let ended = false
  let impatient = eager
  let timing = false

  const ready = () => hasRun() || ended || (impatient && hasBytes())

  const wake = () => {
    const woken = waiting
    waiting = undefined
    woken?.()
  }

  const isOver = () => {
    timing = false
    if (waiting !== undefined) {
      impatient = true
      watch()
    }
  }

  const watch = () => {
    if (ready()) {
      wake()
    } else if (!timing && hasBytes()) {
      timing = true
      setTimeout(isOver, PATIENCE)
    }
  }

  return {
    ready,
    arrived: () => {
      if (waiting !== undefined) {
        watch()
      }
    },
    taken: () => {
      impatient = eager
    },
    end: () => {
      ended = true
      wake()
    },
    wait: (callback: () => void) => {
      waiting = callback
      watch()
      return () => {
        if (waiting === callback) {
          waiting = undefined
        }
      }
    }
  }
}
