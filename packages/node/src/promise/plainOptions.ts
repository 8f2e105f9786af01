/** Options in plain values, and what they are for the layer. `FtpPromise` is the public module. */
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import type * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type { TimeoutOptions } from "@ftp-effect/core/FtpTimeouts"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Options } from "../options/options.ts"
import type { LogOptions } from "./log.ts"

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
  extends Omit<Options, "password" | "account" | "profile" | "tls" | "timeouts" | "zone">,
    LogOptions {
  readonly password?: string | Redacted.Redacted<string> | undefined
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

/** The options of the layer, or which one is wrong. */
export const toLayerOptions = (options: ConnectOptions): Either.Either<Options, FtpUsageError> =>
  Either.gen(function* () {
    const { account, onLog: _, password, profile, timeouts, tls, zone, ...rest } = options
    const texts = profile === undefined ? [] : typeof profile === "string" ? [profile] : profile
    return {
      ...rest,
      profile: texts.flatMap((text) => Option.toArray(FtpProfile.fromJson(text))),
      password: redacted(password),
      account: redacted(account),
      tls: tls === undefined ? undefined : toTls(tls),
      timeouts: timeouts === undefined ? undefined : yield* checkDurations(timeouts),
      zone: zone === undefined ? undefined : yield* toZone(zone)
    }
  })

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

/** Words that are no duration are found here, as a program without types may give any. */
const checkDurations = (timeouts: TimeoutOptions): Either.Either<TimeoutOptions, FtpUsageError> =>
  Either.gen(function* () {
    const { minimumRate, ...rest } = timeouts
    for (const [name, input] of Object.entries({ ...rest, "minimumRate.over": minimumRate?.over })) {
      if (input !== undefined) {
        yield* Either.fromOption(
          Duration.decodeUnknown(input),
          () => new FtpUsageError({ argument: `timeouts.${name}`, why: `${String(input)} is not a duration` })
        )
      }
    }
    return timeouts
  })

const toZone = (zone: string | DateTime.TimeZone): Either.Either<DateTime.TimeZone, FtpUsageError> =>
  typeof zone === "string"
    ? Either.fromOption(
        DateTime.zoneFromString(zone),
        () => new FtpUsageError({ argument: "zone", why: `${JSON.stringify(zone)} is not a time zone` })
      )
    : Either.right(zone)
