/**
 * With how many sessions the directories of a server are listed.
 *
 * What a listing takes is waiting, which many sessions do at once, and work of this thread, which they do in turn. Of 100
 * entries the work is some 2 ms; to open a session is `OPENING`, and on loopback more than two bring nothing: a mirror of
 * 10,000 files in 100 folders that finds nothing to do takes 0.61 s with one session, 0.57 with two, 0.60 with three and
 * 0.72 with eight. At 50 ms a listing is waiting alone, and eight are wanted before the first.
 *
 *     the first login ──its quickest answer took long──► all that are wanted, at once
 *                └──answered quickly──► a few ──this thread waits for the server──► as many as would keep it busy
 */

/** Enough for a server that answers at once: one lists while this thread reads what another one has listed. */
export const FEW = 2

/**
 * In millis. On loopback the quickest answer to a command of the first login takes 0.9 to 1.7, on a busy machine too, as
 * USER is answered without work; a line cannot be quicker than its delay.
 */
export const NEAR = 4

/** In millis: what opening a session takes of this thread, some 1,200 steps that run for the first time. */
export const OPENING = 20

/**
 * Of a server whose quickest answer took so many millis. `undefined` if it has not answered yet: then more can join later,
 * and none that is open can be spared.
 */
export const atFirst = (quickestAnswer: number | undefined, wanted: number): number =>
  quickestAnswer === undefined || quickestAnswer < NEAR ? Math.min(FEW, wanted) : wanted

/** The same for several hosts, over which sessions are spread evenly. Each counts as it is itself. */
export const atFirstOver = (quickestAnswers: ReadonlyArray<number | undefined>, wanted: number): number =>
  Math.min(
    wanted,
    quickestAnswers.reduce(
      (sum: number, quickest) => sum + Math.ceil(atFirst(quickest, wanted) / quickestAnswers.length),
      0
    )
  )

/** Millis for which directories waited for a session, and for which of them this thread had nothing to do. */
export interface Waited {
  readonly elapsed: number
  readonly idle: number
}

export const NONE: Waited = { elapsed: 0, idle: 0 }

/** In millis. What was seen before counts half: a server may become slow. */
const RECENT = 10 * OPENING

export const and = (before: Waited, more: Waited): Waited => {
  const weight = before.elapsed > RECENT ? 1 / 2 : 1
  return { elapsed: before.elapsed * weight + more.elapsed, idle: before.idle * weight + more.idle }
}

/**
 * How many are to list from now on: no more until this thread has idled for as long as another session takes to be opened,
 * then as many as would keep it busy. What a large directory takes to be read, or a busy machine, is no idling.
 */
export const grown = (sessions: number, { elapsed, idle }: Waited, most: number): number => {
  if (idle < OPENING) {
    return Math.min(sessions, most)
  }
  const busy = Math.max(0, elapsed - idle)
  return busy === 0 ? most : Math.min(most, Math.max(sessions, Math.floor((sessions * elapsed) / busy)))
}

/**
 * In millis: when that may be more at the soonest, if this thread does nothing but wait from now on. No later than what was
 * seen counts half: the clock may have been set forward.
 */
export const soonest = (sessions: number, { elapsed, idle }: Waited): number =>
  Math.ceil(Math.min(RECENT, Math.max(OPENING / 2, OPENING - idle, (elapsed - (sessions + 1) * idle) / sessions)))
