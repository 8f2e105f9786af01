/**
 * How many clients a server serves at once, and what becomes of the next one.
 *
 *     connected ──place free──────────────────────────────► 220
 *        ├─ vsftpd, Pure-FTPd: 421 ──► gone       ├─ Silent: no greeting until a place is free ──► 220
 *        ├─ Reset: RST ──► gone                   └─ Replacing: the oldest client is ended     ──► 220
 *        └─ ProFTPD: as far as PASS, which is refused with 530
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { FtpTransportError } from "../../platform/FtpTransport.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as Faults from "./Faults.ts"
import { closeControl, sendReply } from "./Replies.ts"
import type { Session } from "./Session.ts"
import type { Limit } from "./Settings.ts"

/** Whether a new client is to be greeted; returns when that is decided, and the clients that make way have been notified. */
export const admit = (session: Session): Effect.Effect<boolean, FtpTransportError> => {
  const { sessions, settings } = session.shared
  const { limit } = settings
  if (limit === undefined || limit.like === "ProFTPD" || !isOver(session, limit)) {
    return Effect.succeed(true)
  }
  switch (limit.like ?? "vsftpd") {
    case "Reset":
      sessions.delete(session)
      return Effect.as(closeControl(session, Faults.CONNECT, false, "Reset"), false)
    case "Silent":
      sessions.delete(session)
      return Effect.as(placeFree(session, limit), true)
    case "Replacing":
      return Effect.as(endOldest(session, limit), true)
    default:
      sessions.delete(session)
      return Effect.as(sendReply(session, Faults.CONNECT, Reply.make(421, limitText(limit))), false)
  }
}

/** The reply to PASS if the limit is reached and the login is refused for it. */
export const refusedLogin = (session: Session): Reply.Reply | undefined => {
  const { limit } = session.shared.settings
  return limit?.like === "ProFTPD" && isOver(session, limit) ? Reply.make(530, limitText(limit)) : undefined
}

/** How often a client that waits looks for a place. */
const LOOK = Duration.millis(100)

const placeFree = (session: Session, limit: Limit): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { sessions } = session.shared
    sessions.add(session)
    if (!isOver(session, limit)) {
      return Effect.void
    }
    sessions.delete(session)
    return Effect.zipRight(Effect.sleep(LOOK), placeFree(session, limit))
  })

const endOldest = (session: Session, limit: Limit): Effect.Effect<void> => {
  const { clients, sessions } = session.shared
  const oldest = [...sessions].find((other) => other !== session && counts(other, session, limit))
  const stop = oldest === undefined ? undefined : clients.get(oldest)
  return stop === undefined ? Effect.void : Effect.asVoid(Deferred.succeed(stop, undefined))
}

/** Whether a client takes one of the places that `session` asks for. */
const counts = (other: Session, session: Session, limit: Limit): boolean =>
  (limit.like !== "ProFTPD" || other.login === "LoggedIn" || other === session) &&
  (limit.per !== "Address" || other.control.remote.host === session.control.remote.host)

/** The session itself is among those counted. */
const isOver = (session: Session, limit: Limit): boolean => {
  let count = 0
  for (const other of session.shared.sessions) {
    count += counts(other, session, limit) ? 1 : 0
  }
  return count > limit.connections
}

const limitText = ({ connections, like, per }: Limit): string => {
  switch (like) {
    case "Pure-FTPd":
      return per === "Address"
        ? `Too many connections (${connections}) from this IP`
        : `${connections} users (the maximum) are already logged in, sorry`
    case "ProFTPD":
      return per === "Address"
        ? `Sorry, the maximum number clients (${connections}) from your host are already connected.`
        : `Sorry, the maximum number of allowed clients (${connections}) are already connected.`
    default:
      return per === "Address"
        ? "There are too many connections from your internet address."
        : "There are too many connected users, please try later."
  }
}
