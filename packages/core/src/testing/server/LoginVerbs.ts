/**
 * Getting in and out, RFC 959 §4.1.1.
 *
 *     C: USER ann      S: 331          (230 never: every user has a password, anonymous any)
 *     C: PASS ****     S: 230, 332 when an account is wanted, 530
 *     C: ACCT ****     S: 230
 *     C: QUIT          S: 221
 */
import * as Effect from "effect/Effect"
import * as Reply from "../../protocol/Reply.ts"
import { refusedLogin } from "./Crowd.ts"
import { INCORRECT, limited } from "./Guesses.ts"
import { loginRefusal } from "./Protection.ts"
import type { Handler } from "./Session.ts"

const SUCCESSFUL = Reply.make(230, "Login successful.")

const isAnonymous = (name: string): boolean => name === "anonymous" || name === "ftp"

export const user: Handler = (session, argument) =>
  Effect.sync(() => {
    if (session.login === "LoggedIn") {
      return session.user === argument
        ? Reply.make(331, "Any password will do.")
        : Reply.make(530, "Can't change to another user.")
    }
    if (argument === "") {
      return Reply.make(501, "USER needs a name.")
    }
    const refusal = loginRefusal(session)
    if (refusal !== undefined) {
      return refusal
    }
    session.user = argument
    session.login = "None"
    const { anonymous, users } = session.shared.settings
    // The same for a known and an unknown name, so as not to give names away.
    return Reply.make(
      331,
      isAnonymous(argument) && anonymous && !users.has(argument)
        ? "Please specify your e-mail address as password."
        : "Please specify the password."
    )
  })

export const pass: Handler = limited((session, argument) =>
  Effect.sync(() => {
    const { settings } = session.shared
    if (session.login === "LoggedIn") {
      return Reply.make(230, "Already logged in.")
    }
    if (session.user === undefined) {
      return Reply.make(503, "Login with USER first.")
    }
    const known = settings.users.get(session.user)
    const welcome = known === undefined ? settings.anonymous && isAnonymous(session.user) : known.password === argument
    if (!welcome) {
      session.user = undefined
      return INCORRECT
    }
    const refused = refusedLogin(session)
    if (refused !== undefined) {
      session.closing = true
      return refused
    }
    if (known?.account !== undefined) {
      session.login = "Account"
      return Reply.make(332, "Need account for login.")
    }
    session.login = "LoggedIn"
    return SUCCESSFUL
  })
)

export const acct: Handler = limited((session, argument) =>
  Effect.sync(() => {
    if (session.login === "LoggedIn") {
      return Reply.make(202, "ACCT command superfluous.")
    }
    if (session.login === "None" || session.user === undefined) {
      return Reply.make(503, "Login with USER and PASS first.")
    }
    if (session.shared.settings.users.get(session.user)?.account !== argument) {
      session.login = "None"
      session.user = undefined
      return INCORRECT
    }
    session.login = "LoggedIn"
    return SUCCESSFUL
  })
)

export const quit: Handler = (session) =>
  Effect.sync(() => {
    session.closing = true
    return Reply.make(221, "Goodbye.")
  })
