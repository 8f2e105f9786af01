/**
 * What becomes of a session after one of its protected data connections was reset:
 *
 *        a download that is left early: RST     S: 426 you left
 *     C: EPSV                                   the next transfer
 *     C: RETR b
 *        ... end of file                        reported of a ProFTPD that demands TLS session reuse
 *
 * The version of the tests (1.3.8, TLS 1.2 and 1.3) keeps such a session, as the other servers do, so a session is lent
 * again until the server has dropped one:
 *
 *     unknown ──a transfer after a reset ends well───────────────► works: such sessions are lent again
 *        └──────a transfer after a reset ends the connection─────► fails: no such session is lent again
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { FtpConnectionLost } from "../base/FtpError.ts"
import type { SessionContext } from "./context.ts"

type Session = Pick<SessionContext, "capabilities" | "protection" | "state">

/** The data connection is up; until it has ended on both sides it may be reset. */
export const opened = ({ protection, state }: Session): void => {
  state.dataReset = protection.isTiedToControl
}

/** The data ended on both sides, without a reset. */
export const ended = ({ state }: Session): void => {
  state.dataReset = false
}

/** The transfer ended well. */
export const worked = ({ capabilities }: Session, wasReset: boolean): void => {
  if (wasReset) {
    capabilities.set("Data after reset", true)
  }
}

/** A transfer was left. `wasReset`: an earlier data connection of the session was reset. */
export const failed = ({ capabilities }: Session, wasReset: boolean, exit: Exit.Exit<unknown, unknown>): void => {
  if (
    wasReset &&
    Exit.isFailure(exit) &&
    isDropped(exit.cause) &&
    capabilities.proven("Data after reset") === "Unknown"
  ) {
    capabilities.set("Data after reset", false)
  }
}

const isDropped = (cause: Cause.Cause<unknown>): boolean =>
  Option.exists(
    Cause.failureOption(cause),
    (error) =>
      error instanceof FtpConnectionLost &&
      error.channel === "Control" &&
      (error.reason === "Closed" || error.reason === "Reset")
  )

/** Whether the session may be lent as far as this goes. */
export const mayBeLent = ({ capabilities, state }: Session): boolean =>
  !state.dataReset || capabilities.get("Data after reset") !== "Fails"
