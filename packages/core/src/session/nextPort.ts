/**
 * A port for the next small file, asked for with the one before it:
 *
 *     C: SIZE a, EPSV   in one burst, after an upload; for a download see `expressRetrieve`
 *     S: 213 …
 *     S: 229 …          kept for the next file, whose data connection is dialled at once
 *
 * It is asked for only if the file before was a small one too, as then another one is likely to follow. Any other
 * command in between, and time, make it unknown: the next file asks again.
 */
import type { DirectAddress } from "../platform/FtpTransport.ts"

/** What a session remembers after a small file, until it does anything else. */
export interface NextPort {
  /** `undefined` if the server was not asked, or gave none. */
  readonly address: DirectAddress | undefined
  /** Millis of the clock. */
  readonly since: number
}

interface Session {
  nextPort: NextPort | undefined
}

/** Millis. Servers close a port that is not used, the first of them after some 10 s. */
const FRESH = 5000

/** The port that is open, if there is one; it counts as used from now on. */
export const take = (session: Session, now: number): DirectAddress | undefined => {
  const next = session.nextPort
  session.nextPort = undefined
  return next !== undefined && now - next.since < FRESH ? next.address : undefined
}

/** Whether a small file was the last thing that the session did, a moment ago. */
export const isLikely = ({ nextPort }: Session, now: number): boolean =>
  nextPort !== undefined && now - nextPort.since < FRESH
