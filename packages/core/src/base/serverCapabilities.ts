/**
 * What was learned about one server by trying, shared by its sessions so that each lesson is paid for once.
 *
 *     unknown ──try──► works
 *        └──────try──► fails      (kept for the life of the pool)
 *
 *     unknown ──hint of a profile──► works or fails, unproven ──try──► works or fails
 *                                       └──the greeting or FEAT is another one──► unknown
 *
 * What FEAT lists is not here: each session asks, because it may differ by user and protection.
 */
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Features from "../protocol/Features.ts"
import type * as FtpCharset from "../protocol/FtpCharset.ts"
import type { DialectName } from "../protocol/Listing.ts"
import type { DateOrder } from "../protocol/listing/NumericDate.ts"
import type { Syntax } from "../protocol/NativePath.ts"
import type { FtpEndpoint } from "./FtpEndpoint.ts"
import type { FtpRejected } from "./FtpError.ts"
import * as FtpProfile from "./FtpProfile.ts"
import * as OptionalVerbs from "./optionalVerbs.ts"

/**
 * Those of a profile, and what none has. `Login`: the server has accepted this login, which a later pool must find out
 * for itself, as the password may have changed. `Express`: a small file in one step is over in time, which depends on
 * the network. `Early bytes`: the bytes of an upload may come before the preliminary reply. `Next port`: a port may be
 * asked for at the end of the data of a download, before its final reply. `Early port`: even in one burst with RETR. `Dialled
 * port`: the connection of an upload may be dialled before the file before has its name. `Login port`: in the burst that
 * follows the login.
 * `Port without PRET`: the server has PRET, and small files are transferred without it (Pure-FTPd; not DrFTPD).
 * `Counted REST`: the bytes of a RETR after a REST were as many as the rest of the file has, which proves more than bytes
 * that are alike.
 *
 * @since 0.1.0
 * @category models
 */
export type Capability =
  | FtpProfile.Fact
  | "Login"
  | "Express"
  | "Early bytes"
  | "Next port"
  | "Early port"
  | "Dialled port"
  | "Login port"
  | "Port without PRET"
  | "Counted REST"

/**
 * What the last listings by LIST showed: its format, and the order of dates of numbers.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListingMemory {
  dialect: Option.Option<DialectName>
  dateOrder: Option.Option<DateOrder>
  /** The zone of its times. `"Unclear"`: it was asked for, and the answer does not show it. */
  zone: Zone | "Unknown" | "Unclear"
  /** The charset of names that are not UTF-8: see `namesCharset`. */
  charset: FtpCharset.Name | undefined
  /** No dialect reads LIST, and NLST gives names. Not for later runs, whose version may know the dialect. */
  namesOnly: boolean
  /** How many bytes beyond ASCII were seen, while all that came together with them was UTF-8. */
  likeUtf8: number | "Never"
}

/**
 * In minutes east of UTC; when it was found out; whether by an earlier run, and not confirmed by this one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Zone {
  readonly minutes: number
  readonly at: DateTime.Utc
  readonly isHint: boolean
}

type State = "Unknown" | "Works" | "Fails"

/**
 * How the server reads the byte FF in a command: `"Doubled"`, as Telnet has it, or `"Plain"`, as it is. `"Unclear"`: its
 * answers don't show it. `failures` counts the connections that were lost to the question.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByteFf {
  form: "Unknown" | "Doubled" | "Plain" | "Unclear"
  failures: number
}

export const makeByteFf = (): ByteFf => ({ form: "Unknown", failures: 0 })

/**
 * How the server writes paths. `home` is that of the login directory, `system` that of paths which look like those of
 * OpenVMS or z/OS: z/OS has both kinds. `"Unknown"` where nothing has shown it.
 *
 * @since 0.1.0
 * @category models
 */
export interface PathSyntax {
  home: Syntax | "Unknown"
  system: Syntax | "Unknown"
}

export const makePathSyntax = (): PathSyntax => ({ home: "Unknown", system: "Unknown" })

/**
 * What was learned about one server by trying, shared by its sessions.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServerCapabilities {
  /** Commands that the server may leave unanswered. */
  readonly optionalVerbs: OptionalVerbs.OptionalVerbs
  readonly get: (fact: Capability) => State
  /** Without hints: for what would otherwise never be found out to be wrong. */
  readonly proven: (fact: Capability) => State
  readonly set: (fact: Capability, works: boolean) => void
  readonly listing: ListingMemory
  /** How the time of a file was set last. */
  timeCommand: FtpProfile.TimeCommand | undefined
  /** The refusal that shows that no command sets the time of a file. In no profile: it may be granted later. */
  timeRefusal: FtpRejected | undefined
  /** In no profile: it must be proven before anything is changed. */
  readonly byteFf: ByteFf
  /** In no profile: the reply to PWD shows it at once. */
  readonly paths: PathSyntax
  /**
   * The login directory to which a session has last come back by CWD, which is a guess for the next one. `"Refused"`: the
   * server has not told it, or does not let a session come back to it.
   */
  home: string | undefined
  /**
   * How many small downloads in a row, of any session, had their final reply at the end of the data, and when that was
   * noted last (millis).
   */
  promptReplies: { readonly count: number; readonly at: number }
  /** How many millis the quickest answer to a command of a login took. In no profile: it depends on the network. */
  quickestAnswer: number | undefined
  /** The server's greeting was read. If it is not that of the profile, its hints are forgotten. */
  readonly greeted: (lines: ReadonlyArray<string>) => void
  /** FEAT was answered after the login; the same holds for it. */
  readonly featured: (features: Features.Features) => void
  /** The server takes no more sessions than this. */
  readonly limited: (limit: number, at: DateTime.Utc) => void
  /** What is known by now; `undefined` before the first login. */
  readonly profile: (endpoint: FtpEndpoint, now: DateTime.Utc) => FtpProfile.FtpProfile | undefined
}

/** `hint` is of an earlier run. */
export const make = (hint?: FtpProfile.FtpProfile): ServerCapabilities => {
  const facts = new Map<Capability, State>()
  const optionalVerbs = OptionalVerbs.make(() => facts.set("Pipelining", "Fails"), hint?.avoided)
  const listing: ListingMemory = {
    dialect: Option.fromNullable(hint?.dialect),
    dateOrder: Option.fromNullable(hint?.dateOrder),
    zone: hint?.zone === undefined ? "Unknown" : { ...hint.zone, isHint: true },
    charset: hint?.charset,
    namesOnly: false,
    likeUtf8: 0
  }
  let hints = hintsOf(hint)
  let learnedAt = hint?.learnedAt
  let sessions = hint?.sessions
  let greeting: string | undefined
  let features: string | undefined
  let hasUtf8 = true
  const forget = () => {
    if (learnedAt !== undefined) {
      hints = new Map()
      learnedAt = undefined
      sessions = undefined
      listing.dialect = Option.none()
      listing.dateOrder = Option.none()
      listing.zone = "Unknown"
      listing.charset = undefined
      capabilities.timeCommand = undefined
      optionalVerbs.forgetHints()
    }
  }
  const get = (fact: Capability): State => facts.get(fact) ?? hints.get(fact) ?? "Unknown"
  const expect = (expected: string | undefined, found: string) => {
    if (expected !== undefined && expected !== found) {
      forget()
    }
    return found
  }
  const capabilities: ServerCapabilities = {
    optionalVerbs,
    get,
    proven: (fact) => facts.get(fact) ?? "Unknown",
    set: (fact, works) => {
      facts.set(fact, works ? "Works" : "Fails")
    },
    listing,
    timeCommand: hint?.timeCommand,
    timeRefusal: undefined,
    byteFf: makeByteFf(),
    paths: makePathSyntax(),
    home: undefined,
    promptReplies: { count: 0, at: Number.NEGATIVE_INFINITY },
    quickestAnswer: undefined,
    greeted: (lines) => {
      greeting = expect(hint?.greeting, FtpProfile.greetingOf(lines))
    },
    featured: (listed) => {
      features = expect(hint?.features, FtpProfile.featuresOf(listed))
      hasUtf8 = Features.has(listed, "UTF8")
    },
    limited: (limit, at) => {
      sessions = { limit, at }
    },
    profile: ({ host, port, user }, now) =>
      greeting === undefined || features === undefined
        ? undefined
        : new FtpProfile.FtpProfile(
            {
              version: FtpProfile.VERSION,
              host,
              port,
              user,
              learnedAt: learnedAt ?? now,
              greeting,
              features,
              works: FtpProfile.Fact.literals.filter((fact) => get(fact) === "Works"),
              fails: FtpProfile.Fact.literals.filter((fact) => get(fact) === "Fails"),
              avoided: FtpProfile.avoidable.filter(optionalVerbs.isAvoided),
              dialect: Option.getOrUndefined(listing.dialect),
              dateOrder: Option.getOrUndefined(listing.dateOrder),
              zone:
                typeof listing.zone === "string" ? undefined : { minutes: listing.zone.minutes, at: listing.zone.at },
              // One that has UTF8 translates to it what is asked for in UTF-8 (IIS), and then loses no character.
              charset: hasUtf8 ? undefined : listing.charset,
              timeCommand: capabilities.timeCommand,
              sessions
            },
            // All of it is ours: to check it for the first time takes longer than a login.
            { disableValidation: true }
          )
  }
  return capabilities
}

const hintsOf = (hint: FtpProfile.FtpProfile | undefined): ReadonlyMap<Capability, State> =>
  new Map<Capability, State>([
    ...(hint?.works ?? []).map((fact) => [fact, "Works"] as const),
    ...(hint?.fails ?? []).map((fact) => [fact, "Fails"] as const)
  ])
