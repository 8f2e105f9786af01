/**
 * FTP URLs, RFC 1738 §3.2, with two schemes more for TLS.
 *
 *     ftp://ann:secret@files.example:2121/pub/report.pdf;type=i
 *     ├─ ftp    plain, port 21
 *     ├─ ftpes  explicit TLS, port 21
 *     └─ ftps   implicit TLS, port 990
 *
 *     ftp://host/dir/file     dir/file    relative to the directory that the login ends in
 *     ftp://host/%2Fdir/file  /dir/file   absolute; `ftp://host//dir/file` too, as curl and lftp read it
 *     ftp://host              (empty)     the directory that the login ends in
 *
 * Every part is percent-decoded to bytes and then read as `WireText` does, so that bytes that are not UTF-8 survive. A
 * `?` or `#` in the path is a character like any other: FTP has neither query nor fragment. An account (ACCT) can't be
 * said in a URL.
 *
 * `..` is not resolved.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { NodeInspectSymbol } from "effect/Inspectable"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as WireText from "../protocol/WireText.ts"
import * as FtpEndpoint from "./FtpEndpoint.ts"
import { InvalidUrl } from "./invalidUrl.ts"
import { decodePart, encodePart } from "./percentEncoding.ts"

export * from "./invalidUrl.ts"

/**
 * How the connection is protected, by scheme: `ftp`, `ftpes`, `ftps`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Security = Schema.Literal("Plain", "Explicit", "Implicit")

/**
 * One of the three ways.
 *
 * @since 0.1.0
 * @category models
 */
export type Security = typeof Security.Type

/**
 * `;type=`: image (bytes as they are), ASCII, or the listing of a directory.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TransferType = Schema.Literal("I", "A", "D")

/**
 * One of the three codes.
 *
 * @since 0.1.0
 * @category models
 */
export type TransferType = typeof TransferType.Type

/**
 * What a URL says. `path` is decoded, relative to the login directory unless it starts with `/`, and may be empty.
 * Equal by value.
 *
 * @since 0.1.0
 * @category models
 */
export class FtpUrl extends Schema.Class<FtpUrl>("@ftp-effect/core/FtpUrl")({
  endpoint: FtpEndpoint.FtpEndpoint,
  security: Security,
  path: Schema.String,
  type: Schema.OptionFromSelf(TransferType)
}) {
  /** The label: no secret. To have the password in it, encode with `FtpUrlFromString`. */
  override toString(): string {
    return toLabel(this)
  }

  /** What may be logged: no secret. */
  toJSON(): unknown {
    return toLabel(this)
  }

  /** What Node's `util.inspect` and `console.log` show: no secret. */
  [NodeInspectSymbol](): unknown {
    return this.toJSON()
  }
}

const SCHEMES: ReadonlyArray<{ readonly scheme: string; readonly security: Security; readonly port: number }> = [
  { scheme: "ftp", security: "Plain", port: 21 },
  { scheme: "ftpes", security: "Explicit", port: 21 },
  { scheme: "ftps", security: "Implicit", port: 990 }
]

/**
 * A URL with what its text said and what it left to the defaults.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parsed {
  readonly url: FtpUrl
  /** What the login in the text named; the endpoint has the rest filled in. */
  readonly given: { readonly user: boolean; readonly password: boolean }
  /** The path as it was written, percent-encoded, without `;type=`. */
  readonly encodedPath: string
}

/**
 * Text to URL, or why it is none. CR, LF and NUL are refused in every part, encoded or not: they would end a command.
 *
 * @example
 * ```ts
 * import * as FtpUrl from "@ftp-effect/core/FtpUrl"
 *
 * const url = FtpUrl.parse("ftpes://ann@files.example/pub")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (text: string): Either.Either<FtpUrl, InvalidUrl> => Either.map(read(text), ({ url }) => url)

/**
 * As `parse`, with what the text said.
 *
 * @example
 * ```ts
 * import * as FtpUrl from "@ftp-effect/core/FtpUrl"
 *
 * const parsed = FtpUrl.read("ftp://files.example:2121/pub")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = (text: string): Either.Either<Parsed, InvalidUrl> =>
  Either.gen(function* () {
    const [, name = "", rest = ""] = /^([a-z]+):\/\/(.*)$/is.exec(text) ?? []
    const scheme = SCHEMES.find((known) => known.scheme === name.toLowerCase())
    if (scheme === undefined) {
      return yield* Either.left(new InvalidUrl({ reason: "Scheme" }))
    }
    const slash = rest.indexOf("/")
    const authority = slash === -1 ? rest : rest.slice(0, slash)
    const at = authority.lastIndexOf("@")
    const login = at === -1 ? undefined : yield* parseLogin(authority.slice(0, at))
    const place = yield* parsePlace(authority.slice(at + 1), scheme.port)
    const { encodedPath, path, type } = yield* parsePath(slash === -1 ? "" : rest.slice(slash + 1))
    const endpoint = FtpEndpoint.make({ ...place, ...login })
    return {
      // All of it was read here: to check it again takes longer than the rest of a short command's own work.
      url: new FtpUrl({ endpoint, security: scheme.security, path, type }, { disableValidation: true }),
      given: { user: login !== undefined, password: login?.password !== undefined },
      encodedPath
    }
  })

/**
 * A percent-encoded path as it is sent, or why it is none.
 *
 * @example
 * ```ts
 * import * as FtpUrl from "@ftp-effect/core/FtpUrl"
 *
 * const path = FtpUrl.decodePath("pub/a%20b.txt")
 * ```
 *
 * @since 0.1.0
 * @category conversions
 */
export const decodePath = (text: string): Either.Either<string, InvalidUrl> => decodePart("path", text)

/**
 * Both ways between text and URL. The encoded text HOLDS the password, as a URL that logs in must; for people and logs
 * use `toLabel`. An endpoint with an account, or a part with CR, LF, NUL, or a lone surrogate that stands for no byte,
 * can't be encoded.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FtpUrlFromString: Schema.Schema<FtpUrl, string> = Schema.transformOrFail(
  Schema.String,
  Schema.typeSchema(FtpUrl),
  {
    strict: true,
    decode: (text, _, ast) => Either.mapLeft(parse(text), ({ message }) => invalid(ast, message)),
    encode: (url, _, ast) =>
      Option.isSome(url.endpoint.account)
        ? Either.left(invalid(ast, "an account can't be said in a URL"))
        : Either.mapLeft(print(url), ({ message }) => invalid(ast, message))
  }
).annotations({ identifier: "FtpUrlFromString" })

/** Without the value, which may hold a password. */
const invalid = (ast: ConstructorParameters<typeof ParseResult.Type>[0], why: string): ParseResult.ParseIssue =>
  new ParseResult.Type(ast, undefined, `not an FTP URL: ${why}`)

/**
 * The URL for people and logs: no password, the port only if it isn't the scheme's, and no character that could forge a
 * line or drive a terminal. It is for eyes: nothing is percent-encoded.
 *
 * @since 0.1.0
 * @category getters
 */
export const toLabel = (url: FtpUrl): string => {
  const user = FtpEndpoint.isAnonymous(url.endpoint) ? "" : `${url.endpoint.user}@`
  return WireText.toDisplay(`${schemeOf(url).scheme}://${user}${placeOf(url, url.endpoint.host)}/${url.path}`)
}

const schemeOf = (url: FtpUrl): { readonly scheme: string; readonly port: number } =>
  SCHEMES.find((known) => known.security === url.security) ?? { scheme: "ftp", port: 21 }

const placeOf = (url: FtpUrl, host: string): string => {
  const authority = FtpEndpoint.toAuthority({ host, port: url.endpoint.port })
  return url.endpoint.port === schemeOf(url).port ? authority.slice(0, authority.lastIndexOf(":")) : authority
}

/** The last `@` ends the login, so that `ann@example:secret@host` means what its writer meant. */
const parseLogin = (
  text: string
): Either.Either<{ readonly user: string; readonly password?: Redacted.Redacted<string> }, InvalidUrl> =>
  Either.gen(function* () {
    const colon = text.indexOf(":")
    const user = yield* decodePart("user", colon === -1 ? text : text.slice(0, colon))
    return colon === -1
      ? { user }
      : { user, password: Redacted.make(yield* decodePart("password", text.slice(colon + 1))) }
  })

const MAX_PORT = 65535

const parsePlace = (
  text: string,
  defaultPort: number
): Either.Either<{ readonly host: string; readonly port: number }, InvalidUrl> => {
  const parts = /^(?:\[([0-9a-f:.]+(?:%[\w.~-]+)?)\]|([^\s\x00-\x1f\x7f[\]/@?#:%]+))(?::(\d{0,5}))?$/i.exec(text)
  if (parts === null) {
    return Either.left(new InvalidUrl({ reason: "Place" }))
  }
  const [, address, name, digits = ""] = parts
  const port = digits === "" ? defaultPort : Number(digits)
  return port < 1 || port > MAX_PORT
    ? Either.left(new InvalidUrl({ reason: "Port" }))
    : Either.right({ host: address?.replace(/%25(?=.)/, "%") ?? name ?? "", port })
}

const parsePath = (
  text: string
): Either.Either<
  { readonly encodedPath: string; readonly path: string; readonly type: Option.Option<TransferType> },
  InvalidUrl
> => {
  const [, code] = /;type=([^;/]*)$/i.exec(text) ?? []
  const encodedPath = code === undefined ? text : text.slice(0, -";type=".length - code.length)
  const type = TransferType.literals.find((known) => known === code?.toUpperCase())
  return code !== undefined && type === undefined
    ? Either.left(new InvalidUrl({ reason: "Type" }))
    : Either.map(decodePath(encodedPath), (path) => ({ encodedPath, path, type: Option.fromNullable(type) }))
}

const print = (url: FtpUrl): Either.Either<string, InvalidUrl> =>
  Either.gen(function* () {
    const login = yield* printLogin(url.endpoint)
    // The slash that makes a path absolute is not the one that ends the host.
    const slash = url.path.startsWith("/") ? "%2F" : ""
    const path = yield* encodePart("path", url.path.slice(slash === "" ? 0 : 1), IN_PATH)
    const type = Option.match(url.type, { onNone: () => "", onSome: (code) => `;type=${code.toLowerCase()}` })
    const place = placeOf(url, url.endpoint.host.replace("%", "%25"))
    yield* parsePlace(place, schemeOf(url).port)
    return `${schemeOf(url).scheme}://${login}${place}/${slash}${path}${type}`
  })

/** Leaves out what `FtpEndpoint.make` fills in again. */
const printLogin = (endpoint: FtpEndpoint.FtpEndpoint): Either.Either<string, InvalidUrl> =>
  Either.gen(function* () {
    const password = Redacted.value(endpoint.password)
    const isDefault =
      password === Redacted.value(FtpEndpoint.make({ host: endpoint.host, user: endpoint.user }).password)
    if (isDefault && FtpEndpoint.isAnonymous(endpoint)) {
      return ""
    }
    const user = yield* encodePart("user", endpoint.user, IN_LOGIN)
    return isDefault ? `${user}@` : `${user}:${yield* encodePart("password", password, IN_LOGIN)}@`
  })

/** RFC 3986: what needs no encoding in a user or password, and in a path; `;` is left out of both for `;type=`. */
const IN_LOGIN = /[\w.~!$'()*+,-]/
const IN_PATH = /[\w.~!$'()*+,&=:@/-]/
