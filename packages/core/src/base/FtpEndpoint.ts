/**
 * Whom to talk to and as whom: host, port, user, password, account. Two endpoints with the same parts are equal
 * (`Equal`, `Hash`), secrets included, so that an endpoint can key a pool and no login is lent to another user.
 *
 * How the connection is protected is `FtpSecurity`'s; an endpoint never prints a secret.
 *
 * @since 0.1.0
 */
import { NodeInspectSymbol } from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as WireText from "../protocol/WireText.ts"

/** IANA's port for FTP, plain and with explicit TLS. */
const FTP_PORT = 21

/** The largest number that a TCP port can have. */
const MAX_PORT = 65535

/** RFC 1635: the user that everybody may be. */
const ANONYMOUS = "anonymous"

/** A constant: the old custom of sending one's e-mail address discloses the user. */
const ANONYMOUS_PASSWORD = "anonymous@"

/**
 * A host name or numeric address: a zone (`fe80::1%eth0`) may follow, brackets and what could end a line may not, nor a `%` without
 * a zone, which a URL can't show.
 */
const HOST = /^[^\s\x00-\x1f\x7f[\]/@?#]*[^\s\x00-\x1f\x7f[\]/@?#%]$/

/** Schema's own messages repeat the value, which may hold a password. */
const expected = (what: string) => ({ message: () => ({ message: `Expected ${what}`, override: true }) })

const Secret = Schema.RedactedFromSelf(Schema.String).annotations(expected("a Redacted string"))

const whole = { message: () => "Expected an FtpEndpoint" }

/**
 * One login on one server. `host` is a name or a numeric address without brackets; `port` is 1 to 65535.
 *
 * @since 0.1.0
 * @category models
 */
export class FtpEndpoint extends Schema.Class<FtpEndpoint>("@ftp-effect/core/FtpEndpoint")(
  {
    host: Schema.String.pipe(Schema.pattern(HOST)).annotations(expected("a host name or a numeric address")),
    port: Schema.Int.pipe(Schema.between(1, MAX_PORT)),
    user: Schema.String,
    password: Secret,
    account: Schema.OptionFromSelf(Secret).annotations(expected("an Option of a Redacted string"))
  },
  [whole, whole, whole]
) {
  /** The label: no secret. */
  override toString(): string {
    return `FtpEndpoint(${toLabel(this)})`
  }

  /** What may be logged: no secret. */
  toJSON(): unknown {
    return { _id: "FtpEndpoint", host: this.host, port: this.port, user: this.user }
  }

  /** What Node's `util.inspect` and `console.log` show: no secret. */
  [NodeInspectSymbol](): unknown {
    return this.toJSON()
  }
}

/**
 * What `make` takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A name or a numeric address; the brackets of an IPv6 address are taken off. */
  readonly host: string
  /** Default 21, which is also the port of explicit TLS; implicit TLS is usually on 990. */
  readonly port?: number | undefined
  /** Default `"anonymous"`. */
  readonly user?: string | undefined
  /** Default a constant without an e-mail address for the anonymous user, and empty for any other. */
  readonly password?: Redacted.Redacted<string> | string | undefined
  /** For ACCT, if a server asks for it (332). Default none. */
  readonly account?: Redacted.Redacted<string> | string | undefined
}

/**
 * An endpoint with the defaults filled in. A host or port that cannot be one is a mistake of the program and throws
 * Schema's ParseError; to check input from outside, decode it with the schema `FtpEndpoint` or with `FtpUrl`.
 *
 * @example
 * ```ts
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as Redacted from "effect/Redacted"
 *
 * const password = Redacted.make("secret")
 * const files = FtpEndpoint.make({ host: "files.example", user: "ann", password })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): FtpEndpoint => {
  const user = options.user ?? ANONYMOUS
  const parts = {
    host: withoutBrackets(options.host),
    port: options.port ?? FTP_PORT,
    user,
    password: redacted(options.password ?? (user === ANONYMOUS ? ANONYMOUS_PASSWORD : "")),
    account: Option.map(Option.fromNullable(options.account), redacted)
  }
  return new FtpEndpoint(parts, { disableValidation: isPlainlyRight(parts) })
}

/**
 * Whether the login is the anonymous one.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAnonymous = (endpoint: FtpEndpoint): boolean => endpoint.user === ANONYMOUS

/**
 * `user@host:port`, or `host:port` for the anonymous user, for logs and messages: no secret, an IPv6 address in
 * brackets, and no character that could forge a line or drive a terminal.
 *
 * @since 0.1.0
 * @category getters
 */
export const toLabel = (endpoint: FtpEndpoint): string =>
  `${isAnonymous(endpoint) ? "" : `${WireText.toDisplay(endpoint.user)}@`}${toAuthority(endpoint)}`

/**
 * `host:port` with an IPv6 address in brackets.
 *
 * @since 0.1.0
 * @category getters
 */
export const toAuthority = (endpoint: { readonly host: string; readonly port: number }): string =>
  `${endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`

/**
 * Whether the schema would accept them. To check by the schema takes as long as connecting, and is left for the error
 * that it makes.
 */
const isPlainlyRight = ({
  account,
  host,
  password,
  port,
  user
}: Pick<FtpEndpoint, "account" | "host" | "password" | "port" | "user">): boolean =>
  typeof host === "string" &&
  HOST.test(host) &&
  Number.isInteger(port) &&
  port >= 1 &&
  port <= MAX_PORT &&
  typeof user === "string" &&
  isSecret(password) &&
  Option.match(account, { onNone: () => true, onSome: isSecret })

const isSecret = (secret: unknown): boolean => Redacted.isRedacted(secret) && typeof Redacted.value(secret) === "string"

const withoutBrackets = (host: string): string => (/^\[.*\]$/.test(host) ? host.slice(1, -1) : host)

const redacted = (secret: Redacted.Redacted<string> | string): Redacted.Redacted<string> =>
  typeof secret === "string" ? Redacted.make(secret) : secret
