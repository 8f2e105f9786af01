/**
 * Calls of the file system for small things, here and now or by threads.
 *
 *     quick disk ──a call takes over 10 ms, 8 times──► slow disk: threads from then on
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

/** So often, as a process that had to wait for a processor is not told from a slow disk. */
const TOO_OFTEN = 8

let slowOnes = 0

export const isQuick = (): boolean => slowOnes < TOO_OFTEN

/** Runs a few calls, and notes whether they were slow. */
export const timed = (run: () => void): void => {
  const begun = performance.now()
  run()
  slowOnes += performance.now() - begun > SLOW ? 1 : 0
}
