/**
 * Calls of the file system for small things, here and now or by threads.
 *
 *     quick disk ──more than one in ten takes over 10 ms, for a while──► slow disk: threads from then on
 *
 * On a quick disk a call is made in place: to hand it to another thread, and to be told of its end, costs several times
 * what the call itself does. A disk that turns out to be slow (NFS, FUSE) would hold up all other transfers.
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

/**
 * A slow run counts for ten quick ones: a process that shares its processors is often made to wait in the middle of a
 * call, but not in every tenth.
 */
const QUICK = 0.1

/** Slow runs beyond that share: enough that a burst of them proves nothing. */
const TOO_MANY = 8

let slowness = 0

export const isQuick = (): boolean => slowness < TOO_MANY

/** Runs a few calls, and notes whether they were slow. */
export const timed = (run: () => void): void => {
  const begun = performance.now()
  run()
  // Once slow it stays so: what threads do takes no time here.
  if (isQuick()) {
    slowness = performance.now() - begun > SLOW ? slowness + 1 : Math.max(0, slowness - QUICK)
  }
}
