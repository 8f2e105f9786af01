/** The limits of `serve`: clients, one or all of them together, can't exhaust a server that a whole network reaches. */
import * as Duration from "effect/Duration"
import type * as Option from "effect/Option"
import * as Flag from "../arguments/Flag.ts"

/** Enough for a few clients with many sessions each, and far below the descriptors that a process may have. */
const DEFAULT_CONNECTIONS = 64
const MAX_CONNECTIONS = 1000
/** As vsftpd has it. */
const DEFAULT_IDLE_SECONDS = 300
const MAX_IDLE_SECONDS = 86_400
/** As vsftpd and ProFTPD have it. */
const DEFAULT_ATTEMPTS = 3
const MAX_ATTEMPTS = 1000
/** At most 86,400 guesses a day from one address; a person hardly notices. */
const FAILURE_DELAY = Duration.seconds(1)
/** A person has to type the password. */
const LOGIN_TIMEOUT = Duration.minutes(2)
/** A data connection is dialled at once. */
const DATA_TIMEOUT = Duration.minutes(1)

export const maxConnections = Flag.number(
  "max-connections",
  undefined,
  "N",
  { from: 1, to: MAX_CONNECTIONS, whole: true },
  `Serve at most N connections at once. Default: ${DEFAULT_CONNECTIONS}.`
)
export const idleTimeout = Flag.number(
  "idle-timeout",
  undefined,
  "SECONDS",
  { from: 1, to: MAX_IDLE_SECONDS, whole: false },
  `Disconnect clients that send no command and move no bytes for SECONDS. Default: ${DEFAULT_IDLE_SECONDS}.`
)
export const loginAttempts = Flag.number(
  "login-attempts",
  undefined,
  "N",
  { from: 1, to: MAX_ATTEMPTS, whole: true },
  `Disconnect a client after N wrong passwords. Default: ${DEFAULT_ATTEMPTS}. One address can try one password a second.`
)

/** The limits that were asked for, as options of the server. */
export const toOptions = (asked: {
  readonly maxConnections: Option.Option<number>
  readonly idleTimeout: Option.Option<number>
  readonly loginAttempts: Option.Option<number>
}) => ({
  limit: { connections: Flag.orElse(asked.maxConnections, DEFAULT_CONNECTIONS) },
  idleTimeout: Duration.seconds(Flag.orElse(asked.idleTimeout, DEFAULT_IDLE_SECONDS)),
  loginTimeout: LOGIN_TIMEOUT,
  dataTimeout: DATA_TIMEOUT,
  loginFailures: { delay: FAILURE_DELAY, perConnection: Flag.orElse(asked.loginAttempts, DEFAULT_ATTEMPTS) }
})
