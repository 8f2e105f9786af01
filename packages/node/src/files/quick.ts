/**
 * Calls of the file system for small things, here and now or by threads.
 *
 *     quick disk ──more than one in ten takes over 10 ms, for a while──► slow disk: threads from then on
 *
 * On a quick disk a call is made in place: to hand it to another thread, and to be told of its end, costs several times
 * what the call itself does. A disk that turns out to be slow (NFS, FUSE) would hold up all other transfers.
 *
 * A call also takes long if the process lost its processor to another one meanwhile. That says nothing about the disk,
 * and threads would make it worse.
 */

export type Done<A> = (error: NodeJS.ErrnoException | null, result?: A) => void

/** Makes a call in place, and calls back before it returns. */
export const now = <A>(call: () => A, done: Done<A>): void => {
  let result: A
  try {
    result = call()
  } catch (error) {
    done(error as NodeJS.ErrnoException)
    return
  }
  done(null, result)
}

/** Millis. What takes longer holds up all other transfers of the process. */
const SLOW = 10

/** A slow run counts for ten quick ones: where nothing tells that a process was made to wait (Windows), it seldom is. */
const QUICK = 0.1

/** Slow runs beyond that share: enough that a burst of them proves nothing. */
const TOO_MANY = 8

let slowness = 0

export const isQuick = (): boolean => slowness < TOO_MANY

/** Millis: how old the number of preemptions before a run may be. */
const FRESH = 50

/** The last answer to `preemptions`. */
let asked = { at: Number.NEGATIVE_INFINITY, preemptions: 0 }

let isTimed = false

/** Runs a few calls, and notes whether they were slow. A run within another one is part of that. */
export const timed = <A>(run: () => A): A => {
  if (isTimed) {
    return run()
  }
  isTimed = true
  try {
    return measured(run)
  } finally {
    isTimed = false
  }
}

const measured = <A>(run: () => A): A => {
  const begun = performance.now()
  if (begun - asked.at > FRESH) {
    asked = { at: begun, preemptions: preemptions() }
  }
  const result = run()
  // Once slow it stays so: what threads do takes no time here.
  if (isQuick()) {
    const isSlow = performance.now() - begun > SLOW
    if (!isSlow) {
      slowness = Math.max(0, slowness - QUICK)
    } else if (preemptions() === asked.preemptions) {
      slowness++
    }
  }
  return result
}

/** How often the process had to give a processor up so far. To ask takes as long as some of the calls do. */
const preemptions = (): number => process.resourceUsage().involuntaryContextSwitches
