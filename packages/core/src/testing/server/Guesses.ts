/**
 * How wrong passwords are slowed down, RFC 2577 §5.
 *
 *     C: PASS ****     the turn of its address ──right──► answered at once
 *                                              └─wrong──► the delay ──► 530; the last one allowed closes the connection
 *
 * One address has one turn at a time, and a password is looked at in its turn only. So more connections guess no faster
 * than one, and a client that leaves before the answer gains nothing. A turn is kept while it is taken or waited for:
 * there are no more of them than connections.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Reply from "../../protocol/Reply.ts"
import type { Handler, Session } from "./Session.ts"
import type { LoginFailures } from "./Settings.ts"

/** The reply to a wrong password, a wrong account, and an unknown user. */
export const INCORRECT = Reply.make(530, "Login incorrect.")

/** A handler that answers `INCORRECT`, with the server's limits on such answers. */
export const limited =
  (handler: Handler): Handler =>
  (session, argument, verb) => {
    const { loginFailures } = session.shared.settings
    return loginFailures === undefined || session.login === "LoggedIn"
      ? handler(session, argument, verb)
      : inTurn(
          session,
          Effect.tap(handler(session, argument, verb), (reply) =>
            reply === INCORRECT ? noteFailure(session, loginFailures) : Effect.void
          )
        )
  }

const noteFailure = (session: Session, { delay, perConnection }: LoginFailures): Effect.Effect<void> =>
  Effect.suspend(() => {
    session.loginFailures += 1
    session.closing ||= session.loginFailures >= perConnection
    return Effect.sleep(Duration.decode(delay))
  })

const inTurn = <A, E>(session: Session, work: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  const { turns } = session.shared
  const address = session.control.remote.host
  return Effect.acquireUseRelease(
    Effect.sync(() => {
      const turn = turns.get(address) ?? { semaphore: Effect.unsafeMakeSemaphore(1), users: 0 }
      turn.users += 1
      turns.set(address, turn)
      return turn
    }),
    ({ semaphore }) => semaphore.withPermits(1)(work),
    (turn) =>
      Effect.sync(() => {
        turn.users -= 1
        if (turn.users === 0) {
          turns.delete(address)
        }
      })
  )
}
