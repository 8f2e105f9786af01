/**
 * What a session has done to its state on the server, and what it remembers of it: see the states in `context`.
 */
import type * as Effect from "effect/Effect"
import type { FtpRejected } from "../base/FtpError.ts"
import type { NextPort } from "./nextPort.ts"

export interface State {
  binary: boolean
  cwdChanged: boolean
  restPending: boolean
  renamePending: boolean
  /** HASH may compute another hash than after the login. */
  hashSelected: boolean
  unknownChange: boolean
  /** How many commands were sent and not acknowledged that may have changed the session, or are part of a burst. */
  unacknowledged: number
  transferOpen: boolean
  /** Resets the data connection of the transfer that is under way. */
  resetData: Effect.Effect<void> | undefined
  /** A data connection came to a good end. */
  served: boolean
  /** The server has refused a protected data connection, and would refuse the next one. */
  refusesData: boolean
  /** The last protected data connection was reset, or is open. */
  dataReset: boolean
  /** The login directory, once it has been asked for. */
  home: string | undefined
  /** That the server has no PWD, once it has said so. */
  noHome: FtpRejected | undefined
  /** A directory that was visited, in millis of the clock, if nothing was done since that may have changed it. */
  entered: Seen | undefined
  /** The same for a directory that was found not to be there. */
  missing: Seen | undefined
  /** Set by a small file; any other command ends it. */
  nextPort: NextPort | undefined
}

/** When something was asked of a path, in millis of the clock. */
export interface Seen {
  readonly path: string
  readonly at: number
}

/** In millis: for the question that follows at once. */
const FRESH = 5000

export const isFresh = (seen: Seen | undefined, path: string, now: number): boolean =>
  seen?.path === path && now - seen.at < FRESH

export const make = (): State => ({
  binary: false,
  cwdChanged: false,
  restPending: false,
  renamePending: false,
  hashSelected: false,
  unknownChange: false,
  unacknowledged: 0,
  transferOpen: false,
  resetData: undefined,
  served: false,
  refusesData: false,
  dataReset: false,
  home: undefined,
  noHome: undefined,
  entered: undefined,
  missing: undefined,
  nextPort: undefined
})

export const isPristine = (state: State): boolean =>
  state.binary &&
  !state.cwdChanged &&
  !state.restPending &&
  !state.renamePending &&
  !state.hashSelected &&
  !state.unknownChange &&
  state.unacknowledged === 0 &&
  !state.transferOpen &&
  !state.refusesData
