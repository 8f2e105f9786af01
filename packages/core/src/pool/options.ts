/**
 * What a pool is made of, and how long it keeps and waits.
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Endpoint from "../base/FtpEndpoint.ts"
import type { FtpProfile } from "../base/FtpProfile.ts"
import type { FtpRate } from "../base/FtpRate.ts"
import type { FtpCharset } from "../protocol/FtpCharset.ts"
import type { DateOrder, Dialect } from "../session/FtpSession.ts"

/**
 * Which servers a pool has sessions of, how many, and for how long.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** One server, or several that hold the same files for the same user. */
  readonly endpoints: readonly [Endpoint.FtpEndpoint, ...Array<Endpoint.FtpEndpoint>]
  /** Sessions at most on each. Default 4, which most servers grant; what a server refuses is learned. */
  readonly maxPerHost?: number | undefined
  /**
   * How long a session is kept unused. Default 45 seconds, as servers and NATs forget idle connections after minutes.
   */
  readonly timeToLive?: Duration.DurationInput | undefined
  /** A session unused for longer is asked NOOP before it is lent. Default 15 seconds. */
  readonly probeAfter?: Duration.DurationInput | undefined
  /**
   * How long a borrower waits for a free session, dialling not counted. It begins anew after each dial that failed and
   * is tried again. Default 2 minutes.
   */
  readonly acquireTimeout?: Duration.DurationInput | undefined
  /** The charset of names on servers that do not speak UTF-8: see `FtpSession`. Default that of a profile, else UTF-8. */
  readonly charset?: FtpCharset | undefined
  /** Where the times of LIST are read. Default what MDTM shows, else UTC. */
  readonly zone?: DateTime.TimeZone | undefined
  /** The format of LIST, if its lines alone do not show it. Default the lines decide. */
  readonly dialect?: Dialect | undefined
  /** How dates of numbers in LIST are read if no listing shows it: see `FtpSession`. */
  readonly dateOrder?: DateOrder | undefined
  /**
   * What earlier pools learned about the servers, as hints: see `FtpProfile`. One that is not of an endpoint and its
   * user, or too old, is ignored. Default nothing.
   */
  readonly profile?: FtpProfile | ReadonlyArray<FtpProfile> | undefined
  /** A limit on all that `FtpTransfer` and `FtpClient` move with its sessions, listings excepted. Default none. */
  readonly rate?: FtpRate | undefined
}

const DEFAULT_MAX_PER_HOST = 4
const DEFAULT_TIME_TO_LIVE = Duration.seconds(45)
const DEFAULT_PROBE_AFTER = Duration.seconds(15)
const DEFAULT_ACQUIRE_TIMEOUT = Duration.minutes(2)

/** The options with every default filled in. */
export interface Settings {
  readonly endpoints: Options["endpoints"]
  readonly maxPerHost: number
  readonly timeToLive: Duration.Duration
  readonly probeAfter: Duration.Duration
  readonly acquireTimeout: Duration.Duration
  readonly charset: FtpCharset | undefined
  readonly zone: DateTime.TimeZone | undefined
  readonly dialect: Dialect | undefined
  readonly dateOrder: DateOrder | undefined
}

export const toSettings = (options: Options): Settings => ({
  endpoints: options.endpoints,
  maxPerHost: Math.max(1, options.maxPerHost ?? DEFAULT_MAX_PER_HOST),
  timeToLive: Duration.decode(options.timeToLive ?? DEFAULT_TIME_TO_LIVE),
  probeAfter: Duration.decode(options.probeAfter ?? DEFAULT_PROBE_AFTER),
  acquireTimeout: Duration.decode(options.acquireTimeout ?? DEFAULT_ACQUIRE_TIMEOUT),
  charset: options.charset,
  zone: options.zone,
  dialect: options.dialect,
  dateOrder: options.dateOrder
})
