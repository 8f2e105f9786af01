/**
 * Sessions that join in the listing of a tree while this thread waits for the server: the policy of `listingSessions`, with
 * time.
 *
 *     directories wait for a session ──when it may be worth it: how long was this thread idle?──► more may list
 *                └──all are taken──► what was seen counts for the next level
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { FtpPool, HostStatus } from "../pool/FtpPool.ts"
import * as ListingSessions from "./listingSessions.ts"

export interface ListingPace {
  /** How many sessions may list now, by what is known of the hosts. */
  readonly sessions: Effect.Effect<number>
  /**
   * To be run while directories wait for a session, until none does: it ends when more sessions may list. It holds nothing,
   * and can be interrupted.
   */
  readonly more: Effect.Effect<void>
}

/** What it takes of a pool. */
export interface Hosts {
  readonly idle: FtpPool["idle"]
  readonly status: Effect.Effect<ReadonlyArray<Pick<HostStatus, "quickestAnswer">>>
}

/** At most so many. */
export const make = ({ idle, status }: Hosts, most: number): ListingPace => {
  let sessions = 0
  let waited = ListingSessions.NONE
  const measured = Effect.zip(Clock.currentTimeMillis, idle)
  const grow = (): boolean => {
    const now = ListingSessions.grown(sessions, waited, most)
    const isMore = now > sessions
    if (isMore) {
      sessions = now
      waited = ListingSessions.NONE
    }
    return isMore
  }
  const watch = Effect.flatMap(measured, (first) => {
    let [at, idleAt] = first
    const count = Effect.map(measured, ([now, idleNow]) => {
      waited = ListingSessions.and(waited, { elapsed: now - at, idle: idleNow - idleAt })
      at = now
      idleAt = idleNow
    })
    const look = Effect.suspend(() => Effect.sleep(ListingSessions.soonest(sessions, waited)))
    return Effect.ensuring(
      Effect.iterate(grow(), {
        while: (isMore) => !isMore,
        body: () => Effect.map(Effect.zipRight(look, count), grow)
      }),
      count
    )
  })
  return {
    sessions: Effect.map(status, (hosts) => {
      const known = hosts.map(({ quickestAnswer }) => quickestAnswer)
      sessions = Math.max(sessions, ListingSessions.atFirstOver(known, most))
      return sessions
    }),
    more: Effect.suspend(() => (sessions >= most ? Effect.never : Effect.asVoid(watch)))
  }
}

/** Whether more sessions may list before that has ended, also if the caller can't be interrupted. */
export const isMoreBefore = ({ more }: ListingPace, ended: Effect.Effect<void>): Effect.Effect<boolean> =>
  Effect.raceFirst(Effect.as(Effect.interruptible(more), true), Effect.as(Effect.interruptible(ended), false))
