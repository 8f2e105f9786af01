/**
 * What shows how many sessions a server bears, beside its own words (421, 530):
 *
 *     a further session  refused, reset, or not greeted, while others are logged in ──► no more than those
 *     a new session      an older one is closed by the server right then, also one   ──► no more than are left
 *                        that is logged in, but not ready
 *     an older session   is returned in good order after a new one was opened, or
 *                        has had an answer to a command that it sent since           ──► sessions are not replaced
 *
 * Small devices serve one client and close their port meanwhile, let the next one wait, or end the first for it. A
 * server that crashes or is restarted looks like them for a moment: nothing counts while older sessions die, and what
 * a moment could have shown is not remembered for later runs.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { FtpConnectError, FtpConnectionLost, OpenError } from "../base/FtpError.ts"
import type { FtpSession } from "../session/FtpSession.ts"

/**
 * Whether a further session failed in a way that shows a limit, while others are logged in. A closed port is an answer;
 * a connection that is lost, or silent, may be chance, so it takes two in a row. A login that is refused (530) is not
 * among them: the password may have been changed, and must not be tried again.
 */
export const isFurtherRefused = (error: OpenError, host: { furtherFailures: number }): boolean => {
  if (!isFailedConnection(error)) {
    return false
  }
  host.furtherFailures++
  return error.reason === "Refused" || host.furtherFailures > 1
}

const isFailedConnection = (error: OpenError): error is FtpConnectError | FtpConnectionLost =>
  error._tag === "FtpConnectionLost" ||
  (error._tag === "FtpConnectError" &&
    error.channel === "Control" &&
    error.proxy === undefined &&
    FAILED_CONNECTION.has(error.reason))

const FAILED_CONNECTION: ReadonlySet<string> = new Set(["Refused", "Unreachable", "TimedOut", "Greeting"])

/** Sessions that die of one cause are found to be dead within this time of each other. */
const DYING = Duration.seconds(5)

/** Whether the server ends, or has ended just now, sessions that were logged in. */
export const isDying = ({ lastDeath, slots }: Sessions & { readonly lastDeath: number }): Effect.Effect<boolean> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    now - lastDeath < Duration.toMillis(DYING)
      ? Effect.succeed(true)
      : Effect.exists(current(slots), ({ session }) => session.closedByServer)
  )

/**
 * For whom a limit holds. What the server says, or shows by a long silence while others are served, is remembered; a
 * port that is closed, or a session that is ended, may be a restart.
 */
export type Evidence = "Lasting" | "ThisRun"

export const evidenceOf = (error: OpenError): Evidence =>
  error._tag === "FtpConnectError" && (error.reason === "TooManyConnections" || error.reason === "TimedOut")
    ? "Lasting"
    : "ThisRun"

/** A session of the pool. */
export interface Opened {
  readonly session: FtpSession
  /** The sessions of a host are numbered in the order in which they were opened. */
  readonly order: number
  /** How many commands it had sent when the last younger one was logged in. */
  sentBefore?: number | undefined
  /** It was closed by the server before a younger one was dialled. */
  diedAlone?: boolean | undefined
}

interface Sessions {
  readonly slots: Iterable<{ readonly current: Opened | undefined }>
  readonly opening: number
}

/** Whether a session that is in good order shows that it was not replaced by a younger one. */
export const isProof = (returned: Opened, { slots }: Sessions): boolean => youngerThan(returned, slots).length > 0

/** Notes which sessions a further one, which is about to be dialled, can't replace: of a crash, say. */
export const noteDead = ({ opening, slots }: Sessions): Effect.Effect<void> =>
  opening > 0
    ? Effect.void
    : Effect.forEach(
        current(slots),
        (one) =>
          Effect.gen(function* () {
            one.diedAlone ||=
              (yield* one.session.closedByServer) && (yield* alive(youngerThan(one, slots))).length === 0
          }),
        { discard: true }
      )

/** Notes a further session, which is logged in now. */
export const noteYounger = (slots: Sessions["slots"]): void => {
  for (const { current } of slots) {
    if (current !== undefined) {
      current.sentBefore = current.session.counts().sent
    }
  }
}

/** Whether a session has served beside a younger one, whatever ended it: ProFTPD's processes crash one by one. */
export const hasServedBeside = ({ sentBefore, session }: Opened): boolean =>
  sentBefore !== undefined && session.counts().answered > sentBefore

/** Why a session has ended. `Replaced`: the server closed it, and a younger one is alive, or is being opened. */
export const fateOf = (
  gone: Opened,
  host: Sessions & { readonly coexist: boolean; lastDeath: number }
): Effect.Effect<"Own" | "PerhapsReplaced" | "Replaced"> =>
  Effect.gen(function* () {
    if (!(yield* gone.session.closedByServer)) {
      return "Own"
    }
    const { coexist, opening, slots } = host
    host.lastDeath = yield* Clock.currentTimeMillis
    if (coexist || gone.diedAlone === true) {
      return "Own"
    }
    const younger = yield* alive(youngerThan(gone, slots))
    return younger.length > 0 ? "Replaced" : opening > 0 ? "PerhapsReplaced" : "Own"
  })

/** To be called when one more is opened, or has failed for good. */
export const noteDecided = (host: {
  readonly opening: number
  readonly openings: Array<Deferred.Deferred<void>>
}): void => {
  for (const decided of host.opening === 0 ? host.openings.splice(0) : []) {
    Deferred.unsafeDone(decided, Effect.void)
  }
}

export const isHungUp = (error: OpenError): error is FtpConnectionLost =>
  error._tag === "FtpConnectionLost" && (error.reason === "Closed" || error.reason === "Reset")

/**
 * Notes that the server has closed a session that was logged in and not ready yet, and returns when all others that are
 * being opened are, or have failed: another dial meanwhile might end those. `openedBefore`: how many had been opened when
 * it was dialled.
 */
export const noteLostOpening = (
  host: Sessions & {
    readonly coexist: boolean
    readonly lastDeath: number
    readonly lower: (limit: number) => Effect.Effect<void>
    readonly opened: number
    readonly openings: Array<Deferred.Deferred<void>>
    perhapsReplaced: boolean
  },
  openedBefore: number
): Effect.Effect<void> =>
  Effect.gen(function* () {
    host.perhapsReplaced = host.opening > 0
    if (host.opening > 0) {
      const decided = yield* Deferred.make<void>()
      host.openings.push(decided)
      yield* Deferred.await(decided)
    } else if (host.opened > openedBefore && !host.coexist && !(yield* isDying(host))) {
      yield* lower(host)
    }
  })

/** The server bears no more sessions than are alive. */
export const lower = ({
  lower,
  slots
}: Sessions & { readonly lower: (limit: number) => Effect.Effect<void> }): Effect.Effect<void> =>
  Effect.flatMap(alive(current(slots)), ({ length }) => (length === 0 ? Effect.void : lower(length)))

const current = (slots: Sessions["slots"]): ReadonlyArray<Opened> => [...slots].flatMap(({ current }) => current ?? [])

const alive = (sessions: ReadonlyArray<Opened>): Effect.Effect<ReadonlyArray<Opened>> =>
  Effect.filter(sessions, ({ session }) => session.closedByServer, { negate: true })

const youngerThan = (one: Opened, slots: Sessions["slots"]): ReadonlyArray<Opened> =>
  [...slots].flatMap(({ current }) => (current !== undefined && current.order > one.order ? current : []))
