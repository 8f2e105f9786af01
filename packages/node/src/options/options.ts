/** The options of a client on Node. `NodeFtp` is the public module. */
import type * as FtpCharset from "@ftp-effect/core/FtpCharset"
import type * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import type { FtpProfile } from "@ftp-effect/core/FtpProfile"
import type * as FtpRate from "@ftp-effect/core/FtpRate"
import type * as FtpRetry from "@ftp-effect/core/FtpRetry"
import type * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import type * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import type { AddressFamily } from "@ftp-effect/core/FtpTransport"
import type * as FtpUrl from "@ftp-effect/core/FtpUrl"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"

/**
 * Which server, and how to reach, secure and use it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The server and the user. A password in it is used, but is better given as `password`. Its path is not used. */
  readonly url: string | FtpUrl.FtpUrl
  /**
   * The password of the user that `url` names, instead of one in the URL; a `FtpUsageError` if it names none.
   */
  readonly password?: Redacted.Redacted<string> | undefined
  /** For ACCT, if a server asks for it (332). Used as `password` is. Default none. */
  readonly account?: Redacted.Redacted<string> | undefined
  /**
   * More servers that hold the same files, with the scheme of `url`. One with the same user and no password of its own
   * gets the same password and account. Default none.
   */
  readonly mirrors?: ReadonlyArray<string | FtpUrl.FtpUrl> | undefined
  /** Sessions at most on each server: a whole number from 1 on. Default 4. */
  readonly maxPerHost?: number | undefined
  /** Default what is provided from outside, else `"Any"`. */
  readonly family?: AddressFamily | undefined
  /** How long a session is kept unused. Default 45 seconds. */
  readonly timeToLive?: Duration.DurationInput | undefined
  /** A session unused for longer is asked NOOP before it is lent. Default 15 seconds. */
  readonly probeAfter?: Duration.DurationInput | undefined
  /** How long an operation waits for a session while all are in use. Default 2 minutes. */
  readonly acquireTimeout?: Duration.DurationInput | undefined
  /** Other limits than `FtpTimeouts.defaults`: `{ reply: "5 seconds" }`. Default what is provided from outside, else none. */
  readonly timeouts?: FtpTimeouts.TimeoutOptions | undefined
  /** Other schedules than those of `FtpRetry`. Default what is provided from outside, else none. */
  readonly retry?: Partial<FtpRetry.Policies> | undefined
  /**
   * The charset of names on a server that does not speak UTF-8: `"latin1"`, `"shift_jis"`, one of `FtpCharset.names`. A
   * `FtpUsageError` if it is none. Default UTF-8.
   */
  readonly charset?: FtpCharset.Name | undefined
  /** Where the times of LIST are read (MLSD and MDTM are in UTC). Default what MDTM shows, else UTC. */
  readonly zone?: DateTime.TimeZone | undefined
  /** The format of LIST, if its lines alone do not show it. Default the lines decide. */
  readonly dialect?: FtpSession.Dialect | undefined
  /** How dates of numbers in LIST are read if no listing shows it. Default by the format. */
  readonly dateOrder?: FtpSession.DateOrder | undefined
  /**
   * What earlier clients learned about the servers, as hints: see `FtpProfile`. One that is not of a server and its
   * user, or too old, is ignored. Default nothing.
   */
  readonly profile?: FtpProfile | ReadonlyArray<FtpProfile> | undefined
  /** A limit on all transfers together: bytes in a second, or one that is shared with others. Default none. */
  readonly rate?: FtpRate.FtpRate | number | undefined
  /**
   * What to trust in TLS, and what to show; `authSsl` is for ftpes. A `FtpUsageError` if the scheme has no TLS. Default
   * the system's authorities.
   */
  readonly tls?: FtpSecurity.ExplicitOptions | undefined
  /** Which data addresses and ports may be dialled. Default the control connection's peer, and no port below 1024. */
  readonly passive?: FtpDataChannel.PassiveOptions | undefined
  /**
   * Active mode instead of passive: `{}`, or where to listen, and what to advertise (numeric). A `FtpUsageError`
   * together with `passive`, and with `proxy`, as no server can connect to us through one. Default passive mode.
   */
  readonly active?: FtpDataChannel.ActiveOptions | undefined
  /**
   * The URL of a proxy that carries every connection: `socks5://user:password@host:1080` or `http://…` (CONNECT). See
   * `NodeFtpProxy`. Default none.
   */
  readonly proxy?: string | Redacted.Redacted<string> | undefined
  /**
   * A folder of this machine for records of uploads, so that a later run resumes what an earlier one left on a server
   * that has no hash: see `NodeFtpUploadRecords`. Default none: such uploads begin anew.
   */
  readonly uploadRecords?: string | undefined
}
