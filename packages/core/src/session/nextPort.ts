/**
 * A port for the next transfer, asked for with what comes before it:
 *
 *     C: SIZE a, EPSV   in one burst, after an upload; for a download see `expressRetrieve`
 *     S: 213 …
 *     S: 229 …          kept for the next file, whose data connection is dialled at once
 *
 * It is asked for only if another transfer is likely to follow: after small files, by a first look at a directory that
 * is to be listed (`firstLook`), and on a session that is opened in advance for small files. Any other command in between,
 * and time, make it unknown: the next transfer asks again.
 */

import type { DirectAddress } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import type { Ahead } from "./dialledAhead.ts"

/** What a session remembers of the next transfer, until it does anything else. */
export interface NextPort {
  /** `undefined` if the server was not asked, or gave none. */
  readonly address: DirectAddress | undefined
  /** Millis of the clock. */
  readonly since: number
  /** The only transfer that it is for, if it was announced by PRET. */
  readonly announced: string | undefined
  /** The connection to it, if it is dialled already: for an upload. */
  readonly ahead: Ahead | undefined
}

export const make = (address: DirectAddress | undefined, since: number, ahead?: Ahead): NextPort => ({
  address,
  since,
  announced: undefined,
  ahead
})

/** A transfer as PRET announces it. */
export const announcement = ({ argument, verb }: Command.Command): string => `${verb} ${String(argument ?? "")}`

interface Session {
  nextPort: NextPort | undefined
}

/** Millis. Servers close a port that is not used, the first of them after some 10 s. */
const FRESH = 5000

/**
 * The port that is open, if there is one; it counts as used from now on. One that was announced is only for that
 * transfer, and for one that has to be announced no other will do; nor does one that is dialled, but for an upload.
 */
export const take = (session: Session, now: number, announced?: string): DirectAddress | undefined => {
  const next = session.nextPort
  forget(session)
  return next !== undefined && next.ahead === undefined && next.announced === announced && now - next.since < FRESH
    ? next.address
    : undefined
}

/** The connection that is dialled, if there is one. It is for the caller to end. */
export const takeAhead = (session: Session, now: number): Ahead | undefined => {
  const next = session.nextPort
  if (next?.ahead === undefined || now - next.since >= FRESH) {
    return undefined
  }
  session.nextPort = undefined
  return next.ahead
}

/** The session does something else, or ends. */
export const forget = (session: Session): void => {
  session.nextPort?.ahead?.reset()
  session.nextPort = undefined
}

/** Whether a small file is likely to be next, as the last thing that the session did was one, or made it expect one. */
export const isLikely = ({ nextPort }: Session, now: number): boolean =>
  nextPort !== undefined && now - nextPort.since < FRESH
