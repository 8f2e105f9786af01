/**
 * What the pool and the keepers of a session that is lent tell each other about it. It is known by the session: a keeper
 * that borrows from another keeper gets the same one.
 *
 *     borrowing ──begin──► loan ──┬──► keeping   which place to hand on with the session
 *                                 └──► host      since when it was not used
 */
import type { FtpSession } from "../session/FtpSession.ts"
import type { Caller } from "./queue.ts"

export interface Loan {
  /** Its place in the pool, which whoever has the session holds. */
  readonly place: Caller | undefined
  /** In millis since 1970: when a keeper kept it. `undefined` while a borrower has it. */
  unusedSince: number | undefined
}

const loans = new WeakMap<FtpSession, Loan>()

/** The session is lent to the caller who has that place. */
export const begin = (session: FtpSession, place: Caller): void => {
  loans.set(session, { place, unusedSince: undefined })
}

/** A session that is no pool's own, as one that a caller has wrapped, has no place that is known. */
export const of = (session: FtpSession): Loan => loans.get(session) ?? { place: undefined, unusedSince: undefined }

/** Returns since when the session was unused, if it was. */
export const end = (session: FtpSession): number | undefined => {
  const unusedSince = loans.get(session)?.unusedSince
  loans.delete(session)
  return unusedSince
}
