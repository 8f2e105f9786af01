/**
 * How long to wait for what. Every wait of the library has one of these limits; none is infinite. A limit that is
 * reached is a `FtpConnectError` or `FtpConnectionLost` with reason `TimedOut` that says which one it was.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"

/**
 * The least that a data connection has to move to be worth keeping, from its first byte on.
 *
 * @since 0.1.0
 * @category models
 */
export interface MinimumRate {
  readonly bytesPerSecond: number
  /**
   * Over how much time spent waiting for the peer it is measured: what our own side takes, a limit on the rate
   * included, does not count. Long enough for a server that stutters: what the system has in its buffers moves in
   * leaps.
   */
  readonly over: Duration.Duration
}

/**
 * All the limits.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timeouts {
  /** Name look-up and every address of one control connection; its TLS handshake again as long. Default 15 seconds. */
  readonly connect: Duration.Duration
  /** From the connection to the whole greeting, a 120 before it included. Default 30 seconds. */
  readonly greeting: Duration.Duration
  /** From a command to its whole reply, not between bytes. Default 30 seconds. */
  readonly reply: Duration.Duration
  /**
   * The same for a command that a server need not know (EPSV, FEAT, MDTM, MLST, OPTS, PBSZ, SIZE), until the
   * server has answered it for the first time, and for the first byte of MLSD. After a silence of this length the
   * command is not sent to the server again, and the next best way is taken. Default 10 seconds; never more than
   * `reply`.
   */
  readonly optionalReply: Duration.Duration
  /**
   * From the greeting to a session that is ready, TLS and login included: a server could take nearly `reply` for each
   * of a dozen replies. Default 2 minutes.
   */
  readonly login: Duration.Duration
  /**
   * All data of one MLSD or LIST, however much it moves, less the time that the consumer of a stream takes. Default
   * 10 minutes: a megabyte at 2 kB/s, the largest listing that is taken at 220 kB/s.
   */
  readonly listing: Duration.Duration
  /**
   * From a transfer command to its 1yz; after that the transfer starts without one, as some servers send none. Default
   * 5 seconds.
   */
  readonly preliminary: Duration.Duration
  /** One data connection: to dial or to accept it. Default 10 seconds, as a blocked EPSV port must give way to PASV. */
  readonly dataConnect: Duration.Duration
  /**
   * The longest pause of a data connection on which bytes are expected, its TLS handshake's too. Default 60 seconds.
   */
  readonly dataStall: Duration.Duration
  /**
   * A data connection that moves less is taken for one that stalls. Default 64 bytes a second over 10 minutes, half of
   * what a modem of 1200 baud moves: no honest line is as slow, and without it one byte a minute would do.
   */
  readonly minimumRate?: MinimumRate | undefined
  /**
   * How often NOOP is sent on the control connection while data moves, for a NAT or a server that forgets a connection
   * which is silent for so long. Default never: TCP's own keep-alive is on, and does no harm. A server that does not
   * answer such a NOOP, as IIS does not, costs the session each time.
   */
  readonly keepAlive?: Duration.Duration | undefined
  /** From the end of the data to the final reply; a server may have to flush. Default 60 seconds. */
  readonly finalReply: Duration.Duration
  /**
   * Added to `finalReply` for each 10 MiB sent: servers that scan or forward an upload before they answer. Default 1
   * second.
   */
  readonly finalReplyPer10MiB: Duration.Duration
  /** From the question for a file's hash to the answer: a server reads all of the file first. Default 10 minutes. */
  readonly hash: Duration.Duration
  /** How long a session that was left in mid-exchange may take to be in step again. Default 750 milliseconds. */
  readonly settle: Duration.Duration
  /** The wait for the answer to QUIT. Default 500 milliseconds. */
  readonly quit: Duration.Duration
}

/**
 * The limits that hold unless others are given.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: Timeouts = {
  connect: Duration.seconds(15),
  greeting: Duration.seconds(30),
  reply: Duration.seconds(30),
  optionalReply: Duration.seconds(10),
  login: Duration.minutes(2),
  listing: Duration.minutes(10),
  preliminary: Duration.seconds(5),
  dataConnect: Duration.seconds(10),
  dataStall: Duration.seconds(60),
  minimumRate: { bytesPerSecond: 64, over: Duration.minutes(10) },
  finalReply: Duration.seconds(60),
  finalReplyPer10MiB: Duration.seconds(1),
  hash: Duration.minutes(10),
  settle: Duration.millis(750),
  quit: Duration.millis(500)
}

/**
 * The limits in force, read when a pool or session is made.
 *
 * @since 0.1.0
 * @category references
 */
export class FtpTimeouts extends Context.Reference<FtpTimeouts>()("@ftp-effect/core/FtpTimeouts", {
  defaultValue: (): Timeouts => defaults
}) {}

/**
 * Some of the limits, as durations, milliseconds or words: `{ reply: "5 seconds" }`. What is `undefined` is the default.
 *
 * @since 0.1.0
 * @category models
 */
export type TimeoutOptions = {
  readonly [K in Exclude<keyof Timeouts, "minimumRate">]?: Duration.DurationInput | undefined
} & {
  readonly minimumRate?: { readonly bytesPerSecond: number; readonly over: Duration.DurationInput } | undefined
}

/**
 * All the limits, those that are not given by default. It throws for a text that is no duration, which the types allow
 * for none that is written out.
 *
 * @example
 * ```ts
 * import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
 *
 * const patient = FtpTimeouts.make({ reply: "2 minutes", dataStall: "5 minutes" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ minimumRate, ...options }: TimeoutOptions): Timeouts => {
  const given: Record<string, Duration.Duration> = {}
  for (const [name, duration] of Object.entries(options)) {
    if (duration !== undefined) {
      given[name] = Duration.decode(duration)
    }
  }
  return {
    ...defaults,
    ...given,
    ...(minimumRate && {
      minimumRate: { bytesPerSecond: minimumRate.bytesPerSecond, over: Duration.decode(minimumRate.over) }
    })
  }
}

/**
 * Other limits, the rest by default.
 *
 * @example
 * ```ts
 * import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
 *
 * const Impatient = FtpTimeouts.layer({ reply: "5 seconds" })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (timeouts: TimeoutOptions): Layer.Layer<never> => Layer.succeed(FtpTimeouts, make(timeouts))
