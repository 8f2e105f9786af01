/**
 * The slots of one host, which its Effect `Pool` hands out, and the sessions in them.
 *
 *     empty ──dialled into──► live ──hangUp──► empty
 *
 * Which slot comes next is the Pool's choice, which session comes with it is made here: a session is its host's, not
 * its slot's. It does not dial.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as FtpSession from "../session/FtpSession.ts"

export interface Slot {
  isLent: boolean
  current: { readonly session: FtpSession.FtpSession; readonly scope: Scope.CloseableScope } | undefined
  lastUsed: number
}

export const make = (): Slot => ({ isLent: false, current: undefined, lastUsed: 0 })

/**
 * Lends the slot with the session that was used last of those that nobody has, wherever it is. A Pool hands empty slots
 * out in turn with the others, and their borrowers would dial beside idle sessions: into the limit of a full server
 * each time.
 */
export const lend = (slots: Iterable<Slot>, slot: Slot): void => {
  let best = slot
  for (const other of slots) {
    if (
      !other.isLent &&
      other.current !== undefined &&
      (best.current === undefined || other.lastUsed > best.lastUsed)
    ) {
      best = other
    }
  }
  const { current, lastUsed } = best
  best.current = slot.current
  best.lastUsed = slot.lastUsed
  slot.current = current
  slot.lastUsed = lastUsed
  slot.isLent = true
}

export const hangUp = (host: { live: number }, slot: Slot): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { current } = slot
    if (current === undefined) {
      return Effect.void
    }
    slot.current = undefined
    host.live--
    // A borrower who is interrupted meanwhile leaves no connection half closed.
    return Effect.uninterruptible(Scope.close(current.scope, Exit.void))
  })
