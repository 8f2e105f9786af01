/**
 * Sessions that are opened in advance, and the borrowers that come meanwhile:
 *
 *     open ──succeeded: a borrower waits? ──yes──► its slot has the session
 *       │                                 └─no───► idle, in the slot that was taken for it
 *       ├────failed: a borrower that waits dials itself
 *       └────failed, as the server is full: it returns its place, and joins the queue again
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import type { Ahead, Host, Outcome, Slot } from "./hostState.ts"

/** Waits for a session that is opened in advance, if no other borrower does, and has it unless that has failed. */
export const take = (host: Host, slot: Slot): Effect.Effect<Outcome | undefined> =>
  Effect.suspend(() => {
    const ahead = [...host.ahead].find(({ borrower }) => borrower === undefined)
    if (ahead === undefined) {
      return NONE
    }
    const decided = Deferred.unsafeMake<Outcome>(FiberId.none)
    ahead.borrower = { slot, decided }
    return Effect.onInterrupt(Deferred.await(decided), () =>
      Effect.sync(() => {
        ahead.borrower = undefined
      })
    )
  })

const NONE = Effect.succeed(undefined)

/**
 * Opens a session in advance; a borrower that comes meanwhile has it as soon as `opening` has succeeded. `isFull` says
 * whether it has failed because the server took no more.
 */
export const open = <E>(
  host: Host,
  slot: Slot,
  opening: Effect.Effect<void, E>,
  isFull: () => boolean
): Effect.Effect<void, E> =>
  Effect.suspend(() => {
    const ahead: Ahead = { slot, borrower: undefined }
    host.ahead.add(ahead)
    return Effect.onExit(opening, (exit) =>
      Effect.sync(() => {
        host.ahead.delete(ahead)
        if (ahead.borrower === undefined) {
          return
        }
        if (Exit.isSuccess(exit)) {
          ahead.borrower.slot.current = slot.current
          slot.current = undefined
        }
        const outcome = Exit.isSuccess(exit) ? "Opened" : isFull() ? "Full" : "Failed"
        Deferred.unsafeDone(ahead.borrower.decided, Effect.succeed(outcome))
      })
    )
  })
