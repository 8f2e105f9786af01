/**
 * What was learned about one server, to be kept and given to a later pool, which then needs not try everything anew:
 *
 *     const [profile] = yield* pool.profiles             what the sessions of this pool have shown
 *     FtpProfile.toJson(profile)                         text to keep: no secrets in it
 *     FtpPool.layer({ endpoints, profile })              a hint for the next pool
 *
 * A profile is a hint, never a proof:
 *
 *     given ──another host, port or user, too old───────────────────► ignored
 *        └────hint ──the greeting or FEAT differs──► all forgotten, at once
 *                └───a fact turns out wrong────────► that fact is replaced
 *
 * It can't weaken anything: it has no say in TLS, certificates and passwords, and the commands that verify a transfer
 * (SIZE, MDTM, HASH) or protect it (PBSZ, PROT) are always sent. A wrong one costs round trips. One that says that MLSD or
 * LIST lists the directory that is named can make the listing of another directory pass for that; an empty one does not.
 *
 * As JSON it is version 2: another version is not read. Version 1 could say of `LIST path` that it works on a server that
 * ignores the path.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Features } from "../protocol/Features.ts"
import { names as charsetNames } from "../protocol/FtpCharset.ts"
import { dialectNames } from "../protocol/Listing.ts"
import * as NumericDate from "../protocol/listing/NumericDate.ts"
import * as UtcOffset from "../protocol/UtcOffset.ts"
import type { FtpEndpoint } from "./FtpEndpoint.ts"
import { fnv1a } from "./fnv1a.ts"
import * as ProfileText from "./profileText.ts"

/**
 * What a server does or does not do. `EPSV`: the verb is known and its port can be reached. `EPRT`: the verb is known.
 * `Pipelining`: commands sent in one burst are all answered. `Early TLS`: the TLS handshake of a data connection may
 * begin before the transfer command. `MLSD`: it is known, and its lines can be read. `MLSD path`, `LIST path`: the
 * directory that is named is listed, not the current one. `LIST -a`: hidden files are listed by it. `Ends data`: a data
 * connection is ended by the server that sent all of it, not only after the client has closed it. `SIZE of directory`:
 * it is answered with a number. `PROT before login`: it is known then. `Data after reset`: a session whose protected
 * data connection was reset may have another one. `REST`: a download begins where it was asked to. `TLS session reuse`:
 * a data connection must resume the TLS session of the control connection.
 *
 * @since 0.1.0
 * @category models
 */
export const Fact = Schema.Literal(
  "EPSV",
  "EPRT",
  "Pipelining",
  "Early TLS",
  "MLSD",
  "MLSD path",
  "LIST path",
  "LIST -a",
  "Ends data",
  "SIZE of directory",
  "PROT before login",
  "Data after reset",
  "REST",
  "TLS session reuse"
)

/**
 * One of `Fact`.
 *
 * @since 0.1.0
 * @category models
 */
export type Fact = typeof Fact.Type

/**
 * How the time of a file is set: MFMT, SITE UTIME with three times and a zone, SITE UTIME with one time, MDTM with a
 * time.
 *
 * @since 0.1.0
 * @category models
 */
export const TimeCommand = Schema.Literal("MFMT", "SITE UTIME", "SITE UTIME short", "MDTM")

/**
 * One of `TimeCommand`.
 *
 * @since 0.1.0
 * @category models
 */
export type TimeCommand = typeof TimeCommand.Type

/** Commands that the server left unanswered. None by which a transfer is verified, or protected. */
const Avoided = Schema.Literal("EPSV", "FEAT", "MLSD", "MLST", "NOOP", "OPTS")

/**
 * Commands that a profile may name as unanswered.
 *
 * @since 0.1.0
 * @category constants
 */
export const avoidable = Avoided.literals

/**
 * The version of profiles as JSON. It is raised when a fact needs more proof than before.
 *
 * @since 0.1.0
 * @category constants
 */
export const VERSION = 2

/** Longer greetings are compared by their beginning. */
const MAX_GREETING = 500
const MAX_NAME = 1000
const MAX_PORT = 65_535
/** More sessions than any pool has to a host. */
const MAX_SESSIONS = 10_000

/** Longer text is not read. */
const MAX_JSON = 16 * 1024

/**
 * What was learned about a server, as one user met it.
 *
 * @since 0.1.0
 * @category models
 */
export class FtpProfile extends Schema.Class<FtpProfile>("FtpProfile")({
  version: Schema.Literal(VERSION),
  host: Schema.String.pipe(Schema.maxLength(MAX_NAME)),
  port: Schema.Int.pipe(Schema.between(1, MAX_PORT)),
  user: Schema.String.pipe(Schema.maxLength(MAX_NAME)),
  /** When the oldest of it was learned. */
  learnedAt: Schema.DateTimeUtc,
  /** The text of the greeting, without what changes from one connection to the next. */
  greeting: Schema.String.pipe(Schema.maxLength(MAX_GREETING)),
  /** A fingerprint of the answer to FEAT. */
  features: Schema.String.pipe(Schema.maxLength(MAX_GREETING)),
  works: Schema.Array(Fact).pipe(Schema.maxItems(Fact.literals.length)),
  fails: Schema.Array(Fact).pipe(Schema.maxItems(Fact.literals.length)),
  /** Commands that the server does not answer: they are not sent. */
  avoided: Schema.Array(Avoided).pipe(Schema.maxItems(Avoided.literals.length)),
  /** The dialect of LIST. */
  dialect: Schema.optional(Schema.Literal(...dialectNames)),
  /** How LIST writes dates of numbers. */
  dateOrder: Schema.optional(Schema.Literal(...NumericDate.ORDERS)),
  /** The charset of names, of a server whose FEAT has no UTF8, if listings have shown that they are not UTF-8. */
  charset: Schema.optional(Schema.Literal(...charsetNames)),
  /** The zone of the times of LIST, in minutes east of UTC, and when it was found out. */
  zone: Schema.optional(
    Schema.Struct({ minutes: Schema.Int.pipe(Schema.between(UtcOffset.LEAST, UtcOffset.MOST)), at: Schema.DateTimeUtc })
  ),
  /** How the time of a file is set. */
  timeCommand: Schema.optional(TimeCommand),
  /** How many sessions the server accepted at most, and when that was seen. */
  sessions: Schema.optional(
    Schema.Struct({ limit: Schema.Int.pipe(Schema.between(1, MAX_SESSIONS)), at: Schema.DateTimeUtc })
  )
}) {}

/**
 * After this long a profile is not used: 30 days.
 *
 * @since 0.1.0
 * @category constants
 */
export const MAX_AGE = Duration.days(30)

/** The sessions of other users count too at many servers, so what was left for us soon changes. */
const SESSIONS_MAX_AGE = Duration.days(1)

/** Summer time begins and ends: after a day the zone is found out anew. */
const ZONE_MAX_AGE = Duration.days(1)

/** Clocks of machines that share a profile differ. */
const CLOCK_SKEW = Duration.minutes(10)

const FormatJson = Schema.parseJson(FtpProfile)

/**
 * One line of JSON.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toJson: (profile: FtpProfile) => string = Schema.encodeSync(FormatJson)

/**
 * The profile in a text that `toJson` has made; `None` for any other text, for another version, and for more than
 * 16 KiB.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromJson = (text: string): Option.Option<FtpProfile> =>
  text.length > MAX_JSON
    ? Option.none()
    : Option.orElse(usualFromJson(text), () => Either.getRight(Schema.decodeEither(FormatJson)(text)))

/** To read by the schema takes longer than all else that a short command does by itself. */
const usualFromJson = (text: string): Option.Option<FtpProfile> =>
  Option.map(ProfileText.read(text, allowed) as Option.Option<typeof FtpProfile.Encoded>, (encoded) => {
    const { learnedAt, sessions, zone, ...others } = encoded
    return new FtpProfile(
      {
        ...others,
        learnedAt: DateTime.unsafeMake(learnedAt),
        ...(zone !== undefined && { zone: { minutes: zone.minutes, at: DateTime.unsafeMake(zone.at) } }),
        ...(sessions !== undefined && { sessions: { limit: sessions.limit, at: DateTime.unsafeMake(sessions.at) } })
      },
      { disableValidation: true }
    )
  })

const allowed: ProfileText.Allowed = {
  version: VERSION,
  name: MAX_NAME,
  greeting: MAX_GREETING,
  port: [1, MAX_PORT],
  sessions: [1, MAX_SESSIONS],
  offset: [UtcOffset.LEAST, UtcOffset.MOST],
  facts: Fact.literals,
  avoided: avoidable,
  dialects: dialectNames,
  dateOrders: NumericDate.ORDERS,
  charsets: charsetNames,
  timeCommands: TimeCommand.literals
}

/**
 * Whether a profile may be used for an endpoint: it is of the same host, port and user, and neither older than
 * `MAX_AGE` nor of a time to come. `now` in millis of the clock.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUsable = (profile: FtpProfile, endpoint: FtpEndpoint, now: number): boolean =>
  profile.host.toLowerCase() === endpoint.host.toLowerCase() &&
  profile.port === endpoint.port &&
  profile.user === endpoint.user &&
  isFresh(profile.learnedAt, MAX_AGE, now)

/**
 * A name for the file of a server's profile: 16 hexadecimal digits. Two servers can have the same name, as it is a short
 * hash; the profile of the other one is not used then.
 *
 * @example
 * ```ts
 * import * as FtpProfile from "@ftp-effect/core/FtpProfile"
 *
 * const name = FtpProfile.nameOf({ host: "files.example", port: 21, user: "ann" })
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const nameOf = ({ host, port, user }: Pick<FtpEndpoint, "host" | "port" | "user">): string =>
  fnv1a(JSON.stringify([host.toLowerCase(), port, user]))

/**
 * The limit of sessions in a profile, unless it is older than a day. `now` in millis of the clock.
 *
 * @since 0.1.0
 * @category getters
 */
export const sessionLimit = ({ sessions }: FtpProfile, now: number): number | undefined =>
  sessions !== undefined && isFresh(sessions.at, SESSIONS_MAX_AGE, now) ? sessions.limit : undefined

/**
 * Whether a zone that was found out then may still hold: for a day. `now` in millis of the clock.
 *
 * @since 0.1.0
 * @category guards
 */
export const isZoneFresh = (at: DateTime.Utc, now: number): boolean => isFresh(at, ZONE_MAX_AGE, now)

const isFresh = (at: DateTime.Utc, maxAge: Duration.Duration, now: number): boolean => {
  const age = now - DateTime.toEpochMillis(at)
  return age >= -Duration.toMillis(CLOCK_SKEW) && age <= Duration.toMillis(maxAge)
}

/**
 * The text of a greeting by which a server is known again: without times and counts, which change from one connection
 * to the next (Pure-FTPd: "You are user number 3 of 50 allowed. Local time is now 17:46."). Versions have dots, and stay.
 *
 * @since 0.1.0
 * @category getters
 */
export const greetingOf = (lines: ReadonlyArray<string>): string =>
  lines
    .join("\n")
    .replace(/\d+(?:[.:]\d+)*/g, (number) => (DOTTED.test(number) ? number : "#"))
    .slice(0, MAX_GREETING)

const DOTTED = /^\d+(?:\.\d+)+$/

/**
 * A fingerprint of what FEAT lists, in any order.
 *
 * @since 0.1.0
 * @category getters
 */
export const featuresOf = (features: Features): string =>
  fnv1a(
    features
      .map(({ name, parameters }) => `${name} ${parameters}`)
      .sort()
      .join("\n")
  )
