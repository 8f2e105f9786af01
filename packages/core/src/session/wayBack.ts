/** The way back to where a session was before it visited a directory, and whether this server is known to have one. */
import * as Effect from "effect/Effect"
import * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import { run, type SessionContext } from "./context.ts"

/**
 * CWD back. If it fails (a directory that was removed, or that may not be entered by its name), relative paths
 * would mean other files from then on, so the session ends there.
 */
export const leaveTo = (context: SessionContext, home: string, cwdChanged: boolean): Effect.Effect<void> =>
  Effect.matchEffect(run(context, Command.cwd(home), home), {
    onSuccess: (reply) =>
      Effect.sync(() => {
        note(context, home, reply)
        context.state.cwdChanged = cwdChanged
      }),
    onFailure: (error) => {
      if (error._tag === "FtpRejected") {
        note(context, home, error.reply)
      }
      return context.control.end(`there is no way back: ${error.message}`)
    }
  })

/** Notes for all sessions of this server whether CWD leads back to the login directory. */
export const note = ({ capabilities, state }: SessionContext, to: string, { code }: Reply.Reply): void => {
  if (to === state.home && (code < 300 || code >= 500)) {
    capabilities.home = code < 300 ? to : "Refused"
  }
}
