/** Options in plain values, and what they are for the layer. `FtpPromise` is the public module. */
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import type { Policies } from "@ftp-effect/core/FtpRetry"
import type * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type { TimeoutOptions } from "@ftp-effect/core/FtpTimeouts"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Checks from "../options/checks.ts"
import { parse } from "../options/login.ts"
import type { Options } from "../options/options.ts"
import type { LogOptions } from "./log.ts"
import { type Retries, toSchedule } from "./retries.ts"
import type { TracingOptions } from "./tracing.ts"

/**
 * What to trust in TLS, and what to show: see `FtpSecurity`. `identity` is our own certificate and its key, as PEM.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsOptions extends Omit<FtpSecurity.ExplicitOptions, "identity"> {
  readonly identity?: { readonly certificate: string; readonly key: string | Redacted.Redacted<string> } | undefined
}

/**
 * The options of `NodeFtp.layer` in plain values.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConnectOptions
  extends Omit<Options, "password" | "account" | "profile" | "retry" | "tls" | "timeouts" | "zone">,
    LogOptions,
    TracingOptions {
  /**
   * The password of the user that `url` names. Default the one in the URL; if it has none, that of the environment
   * variable `FTP_PASSWORD`.
   */
  readonly password?: string | Redacted.Redacted<string> | undefined
  /**
   * Whether nothing is dialled before the first call. Otherwise `connect` logs in, and rejects if that fails. Default
   * false.
   */
  readonly lazy?: boolean | undefined
  /**
   * When to connect again, to repeat what the server refused for now, and to resume a transfer: one rule for all, or for
   * some of them. Default the rules of `FtpRetry`: 3 more tries to connect, 2 to repeat, and transfers resume until
   * nothing has moved for 3 minutes.
   */
  readonly retries?: Retries | { readonly [K in keyof Policies]?: Retries | undefined } | undefined
  readonly account?: string | Redacted.Redacted<string> | undefined
  readonly tls?: TlsOptions | undefined
  /** Other limits than the defaults, in milliseconds or words: `{ reply: "5 seconds" }`. */
  readonly timeouts?: TimeoutOptions | undefined
  /**
   * What earlier clients learned about the servers: texts of `profiles()`. A text that is none, of another version, of
   * another server or user, or too old is ignored. Default nothing.
   */
  readonly profile?: string | ReadonlyArray<string> | undefined
  /** Where the times of LIST are read: `"Europe/Berlin"`, `"+02:00"`. Default what MDTM shows, else UTC. */
  readonly zone?: string | DateTime.TimeZone | undefined
}

/** What is plain here; the layer checks what it takes as it is. */
const PLAIN = Checks.record({
  password: Checks.secret,
  account: Checks.secret,
  lazy: Checks.flag,
  profile: Checks.either("a string, or an array of strings", Checks.text, Checks.texts),
  tls: Checks.record({ identity: Checks.record({ certificate: Checks.text, key: Checks.secret }) }),
  zone: Checks.either(
    "a string, or a time zone of Effect",
    Checks.text,
    Checks.when(DateTime.isTimeZone, "a time zone")
  ),
  onLog: Checks.callback,
  tracer: Checks.when(
    (value) => Predicate.hasProperty(value, "startSpan") || Predicate.hasProperty(value, "span"),
    "a tracer"
  )
})

/** The options of the layer, or which one is wrong. */
export const toLayerOptions = (options: ConnectOptions): Either.Either<Options, FtpUsageError> =>
  Either.gen(function* () {
    const wrong = PLAIN(options, "")
    if (wrong !== undefined) {
      return yield* Either.left(wrong)
    }
    const {
      account,
      lazy: _lazy,
      onLog: _onLog,
      password,
      profile,
      retries,
      timeouts,
      tls,
      tracer: _tracer,
      zone,
      ...rest
    } = options
    const texts = profile === undefined ? [] : typeof profile === "string" ? [profile] : profile
    return {
      ...rest,
      profile: texts.flatMap((text) => Option.toArray(FtpProfile.fromJson(text))),
      password: redacted(password ?? fromEnvironment(options)),
      retry: retries === undefined ? undefined : yield* toPolicies(retries),
      account: redacted(account),
      tls: tls === undefined ? undefined : toTls(tls),
      timeouts,
      zone: zone === undefined ? undefined : yield* toZone(zone)
    }
  })

/** For a user who is named and has no password: it must not go to a server with an anonymous login. */
const fromEnvironment = ({ url }: ConnectOptions): string | undefined =>
  Either.match(parse("url", url), {
    onLeft: () => undefined,
    onRight: ({ endpoint }) =>
      FtpEndpoint.isAnonymous(endpoint) || Redacted.value(endpoint.password) !== ""
        ? undefined
        : process.env.FTP_PASSWORD
  })

const POLICIES = ["connect", "busy", "resume"] as const

const toPolicies = (retries: NonNullable<ConnectOptions["retries"]>): Either.Either<Partial<Policies>, FtpUsageError> =>
  Either.try({
    try: () => {
      const given = isEach(retries) ? retries : { connect: retries, busy: retries, resume: retries }
      return Object.fromEntries(
        POLICIES.flatMap((name) => {
          const one = given[name]
          return one === undefined ? [] : [[name, toSchedule(one)]]
        })
      )
    },
    catch: (error) =>
      error instanceof FtpUsageError ? error : new FtpUsageError({ argument: "retries", why: String(error) })
  })

const isEach = (
  retries: NonNullable<ConnectOptions["retries"]>
): retries is { readonly [K in keyof Policies]?: Retries | undefined } =>
  Predicate.isRecord(retries) && POLICIES.some((name) => name in retries)

const redacted = (secret: string | Redacted.Redacted<string> | undefined): Redacted.Redacted<string> | undefined =>
  typeof secret === "string" ? Redacted.make(secret) : secret

const toTls = ({ identity, ...rest }: TlsOptions): FtpSecurity.ExplicitOptions =>
  identity === undefined
    ? rest
    : {
        ...rest,
        identity: {
          certificate: identity.certificate,
          key: typeof identity.key === "string" ? Redacted.make(identity.key) : identity.key
        }
      }

const toZone = (zone: string | DateTime.TimeZone): Either.Either<DateTime.TimeZone, FtpUsageError> =>
  typeof zone === "string"
    ? Either.fromOption(
        DateTime.zoneFromString(zone),
        () => new FtpUsageError({ argument: "zone", why: `${JSON.stringify(zone)} is not a time zone` })
      )
    : Either.right(zone)
