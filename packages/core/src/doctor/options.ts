/** What is examined, and how far. */
import type * as DateTime from "effect/DateTime"
import type { FtpEndpoint } from "../base/FtpEndpoint.ts"
import type { ActiveOptions, PassiveOptions } from "../data/FtpDataChannel.ts"
import type { FtpCharset } from "../protocol/FtpCharset.ts"
import type { ExplicitOptions } from "../security/FtpSecurity.ts"
import type { DateOrder, Dialect } from "../session/FtpSession.ts"

/**
 * Which server is examined, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly endpoint: FtpEndpoint
  /** How sessions are protected. Of a `"Plain"` server it is tried, without a login, whether it has TLS. */
  readonly security: "Plain" | "Explicit" | "Implicit"
  /** What to trust. Default the system's authorities. A certificate that is not accepted ends the examination. */
  readonly tls?: ExplicitOptions | undefined
  readonly passive?: PassiveOptions | undefined
  /** Active mode is tried too, with these options. Default it is not. */
  readonly active?: ActiveOptions | undefined
  /** A directory to list, or a file to read. Default the login directory. */
  readonly path?: string | undefined
  /**
   * A directory in which files are written, renamed and removed. All is done in a directory of its own there, which is
   * removed at the end. Default nothing on the server is changed.
   */
  readonly writeIn?: string | undefined
  /** How many sessions at most are opened at once, to see how many are let in. Default 8. */
  readonly sessions?: number | undefined
  /** The format of LIST, as for a session. Default the lines decide. */
  readonly dialect?: Dialect | undefined
  /** How dates of numbers in LIST are read if no listing shows it. */
  readonly dateOrder?: DateOrder | undefined
  /** The zone of the times of LIST, as for a session: the examination says whether MDTM agrees. */
  readonly zone?: DateTime.TimeZone | undefined
  /** The charset of names, as for a session: the examination says whether it fits. */
  readonly charset?: FtpCharset | undefined
}
