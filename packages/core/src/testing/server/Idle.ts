/**
 * Clients that hold a connection and don't use it.
 *
 *     S: 421 Timeout.          no command, no reply and no byte of a transfer for so long
 *     S: 421 Login timeout.    not logged in so long after the greeting, whatever else was sent
 *
 * A transfer only counts what moves: reading a clock for each chunk would cost more than the watch is worth.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Reply from "../../protocol/Reply.ts"
import { sendReply } from "./Replies.ts"
import type { Session } from "./Session.ts"

/** How often it is looked whether anything moved: a client is idle for at most a quarter longer than the limit. */
const LOOKS_PER_LIMIT = 4

/** How long the 421 may take to be written: a client that reads nothing is idle too. */
const GOODBYE_LIMIT = Duration.seconds(1)

/** Completes when the client has been idle for too long and got the reply; it never does without a limit. */
export const untilIdle = (session: Session): Effect.Effect<void> => {
  const { idleTimeout, loginTimeout } = session.shared.settings
  const idle = idleTimeout === undefined ? [] : [Effect.as(silence(session, idleTimeout), TIMEOUT)]
  const login = loginTimeout === undefined ? [] : [Effect.as(withoutLogin(session, loginTimeout), LOGIN_TIMEOUT)]
  return Effect.flatMap(Effect.raceAll([Effect.never, ...idle, ...login]), (reply) =>
    Effect.ignore(Effect.timeout(sendReply(session, "", reply), GOODBYE_LIMIT))
  )
}

const TIMEOUT = Reply.make(421, "Timeout.")
const LOGIN_TIMEOUT = Reply.make(421, "Login timeout.")

const silence = (session: Session, limit: Duration.Duration): Effect.Effect<void> =>
  Effect.gen(function* () {
    const pause = Duration.times(limit, 1 / LOOKS_PER_LIMIT)
    let seen = session.activity
    for (let quiet = 0; quiet < LOOKS_PER_LIMIT; ) {
      yield* Effect.sleep(pause)
      quiet = session.activity === seen ? quiet + 1 : 0
      seen = session.activity
    }
  })

const withoutLogin = (session: Session, limit: Duration.Duration): Effect.Effect<void> =>
  Effect.flatMap(Effect.sleep(limit), () => (session.login === "LoggedIn" ? Effect.never : Effect.void))
