/**
 * Commands that a server need not know. Some servers don't refuse them but fall silent, or hang up:
 *
 *     untried ──any answer, a refusal too──► answered                     hang-ups no longer count
 *        ├─ silence ──────────────────────────────────────────────────► avoided, for the life of the pool
 *        ├─ hang-up ──► doubted ──another, on a newer connection───────► avoided
 *        ├─ either, while others were open ──► one by one from now on, to find the one
 *        └─ hang-up, and a newer connection was begun since the last answer ──► nothing: that may be the reason
 *     answered ──silence on two connections in a row──────────────────► avoided
 *
 * A hang-up can be chance, so the command is tried once more. One that is avoided is not sent, and counts as refused
 * with 502: the next best way is taken.
 */
import * as Duration from "effect/Duration"

const VERBS = ["EPSV", "FEAT", "HASH", "MDTM", "MLSD", "MLST", "NOOP", "OPTS", "PBSZ", "REST", "SIZE"] as const

/**
 * A verb of a command that a server need not know.
 *
 * @since 0.1.0
 * @category models
 */
export type OptionalVerb = (typeof VERBS)[number]

const ALL: ReadonlySet<string> = new Set(VERBS)

export const isOptional = (verb: string | undefined): verb is OptionalVerb => verb !== undefined && ALL.has(verb)

/**
 * How the connection ended on a command that was open.
 *
 * @since 0.1.0
 * @category models
 */
export type Ending = "Silent" | "HungUp"

/**
 * What is known about one server, shared by its connections.
 *
 * @since 0.1.0
 * @category models
 */
export interface OptionalVerbs {
  readonly isAvoided: (verb: OptionalVerb) => boolean
  /** Whether the server has ever answered it. */
  readonly isAnswered: (verb: OptionalVerb) => boolean
  /** What was only hinted is no longer avoided. */
  readonly forgetHints: () => void
  /** A connection is about to be begun: a server may end older ones for it. */
  readonly begin: () => void
  /** A new connection, for what is to be learned on it. IPv6 has no way but EPSV (RFC 2428 §1). */
  readonly connection: (family: "IPv4" | "IPv6") => ConnectionVerbs
}

/**
 * The same as one connection sees it; other verbs are never avoided.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConnectionVerbs {
  readonly isAvoided: (verb: string) => boolean
  readonly isAnswered: (verb: string) => boolean
  readonly answered: (verb: string) => void
  /** Whether a newer connection was begun since the last answer: if the server hangs up, that may be the reason. */
  readonly hasNewer: () => boolean
  /**
   * The server left these commands unanswered. Returns the one for which a new connection is worth a try at once: none
   * that has been answered before, as then the reason is another one, and none if a newer connection may be it.
   */
  readonly unanswered: (verbs: ReadonlyArray<string>, ending: Ending) => OptionalVerb | undefined
  /** How long the answer may take, given how long that of any command may, and that of an untried optional one. */
  readonly limit: (verb: string, reply: Duration.Duration, optional: Duration.Duration) => Duration.Duration
}

interface Known {
  isAnswered: boolean
  /** How many connections were lost to it, since it was answered. */
  strikes: number
  /** The newest connection when that was last noticed: what older ones lose to it is no more news. */
  newest: number
}

/** From so many strikes on a verb is avoided. */
const LIMIT = 2

/** A session that can't answer NOOP in this time is replaced: shorter than the probe of an idle session may take. */
const NOOP_LIMIT = Duration.seconds(2)

/** A server computes a hash meanwhile, which has a limit of its own. */
const SLOW: ReadonlySet<OptionalVerb> = new Set(["HASH"])

/**
 * `onDoubt` is called when one of several commands that were open has cost the connection. `hints` are avoided from the
 * beginning.
 */
export const make = (onDoubt: () => void = () => undefined, hints: ReadonlyArray<OptionalVerb> = []): OptionalVerbs => {
  /** None of a verb that is not optional. */
  const verbs = new Map<string, Known>(hints.map((verb) => [verb, { isAnswered: false, strikes: LIMIT, newest: 0 }]))
  let connections = 0
  /** Connections that were about to be begun, and those that were. */
  let begun = 0
  /** The newest connection when commands came to be sent one by one. */
  let doubted: number | undefined
  const isAvoided = (verb: string) => (verbs.get(verb)?.strikes ?? 0) >= LIMIT
  const isAnswered = (verb: OptionalVerb) => verbs.get(verb)?.isAnswered ?? false
  return {
    isAvoided,
    isAnswered,
    forgetHints: () => {
      for (const verb of hints) {
        verbs.delete(verb)
      }
    },
    begin: () => {
      begun++
    },
    connection: (family) => {
      const ordinal = ++connections
      /** How many were begun when the server was last heard here. */
      let heard = ++begun
      const hasNewer = () => begun > heard
      const counts = (verb: string): verb is OptionalVerb => isOptional(verb) && !(verb === "EPSV" && family === "IPv6")
      return {
        isAvoided: (verb) => (verbs.get(verb)?.strikes ?? 0) >= LIMIT && counts(verb),
        isAnswered: (verb) => !isOptional(verb) || isAnswered(verb),
        answered: (verb) => {
          heard = begun
          const known = verbs.get(verb)
          if (known !== undefined) {
            known.isAnswered = true
            known.strikes = 0
          } else if (ALL.has(verb)) {
            verbs.set(verb, { isAnswered: true, strikes: 0, newest: 0 })
          }
        },
        hasNewer,
        unanswered: (open, ending) => {
          const verb = open.filter(counts).find((verb) => open.length === 1 || !isAnswered(verb))
          if (verb === undefined || (ending === "HungUp" && hasNewer())) {
            return undefined
          }
          if (open.length > 1) {
            if (doubted === undefined) {
              doubted = connections
              onDoubt()
            }
            return ordinal <= doubted ? verb : undefined
          }
          const known = verbs.get(verb) ?? { isAnswered: false, strikes: 0, newest: 0 }
          if (ordinal > known.newest && (!known.isAnswered || ending === "Silent")) {
            known.strikes += known.isAnswered || ending === "HungUp" ? 1 : LIMIT
            known.newest = connections
            verbs.set(verb, known)
          }
          return known.isAnswered ? undefined : verb
        },
        limit: (verb, reply, optional) =>
          isOptional(verb) && !SLOW.has(verb) && !isAnswered(verb)
            ? Duration.min(reply, verb === "NOOP" ? NOOP_LIMIT : optional)
            : reply
      }
    }
  }
}
