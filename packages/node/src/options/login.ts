/**
 * Who logs in where: URLs, and the secrets that are given beside them.
 *
 *     url, password, account ──► the first server ──► each mirror with the same user and no password of its own
 */
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Options } from "./options.ts"

/** The URL of an option, or which argument is none. */
export const parse = (argument: string, url: string | FtpUrl.FtpUrl): Either.Either<FtpUrl.FtpUrl, FtpUsageError> =>
  typeof url === "string"
    ? Either.mapLeft(
        FtpUrl.parse(url),
        ({ message }) => new FtpUsageError({ argument, why: `not an FTP URL: ${message}` })
      )
    : Predicate.hasProperty(url, "endpoint")
      ? Either.right(url)
      : Either.left(new FtpUsageError({ argument, why: WANTED }))

/** Other clients take the parts of it as options, and `URL` has no mark of an FTP URL: its `href` is one. */
const WANTED =
  'must be a string that names host, port and user, like "ftp://ann@files.example:2121" (of a URL object: its href)'

/** A secret goes only with a user who was named: never with an anonymous login. */
export const withLogin = (
  url: FtpUrl.FtpUrl,
  options: Pick<Options, "account" | "password">
): Either.Either<FtpUrl.FtpUrl, FtpUsageError> => {
  const { account, password } = options
  if (account === undefined && password === undefined) {
    return Either.right(url)
  }
  return FtpEndpoint.isAnonymous(url.endpoint)
    ? Either.left(
        new FtpUsageError({
          argument: password === undefined ? "account" : "password",
          why: `${FtpUrl.toLabel(url)} names no user that it is for`
        })
      )
    : // A URL and an endpoint that were checked when they were made.
      Either.right(
        new FtpUrl.FtpUrl(
          { ...url, endpoint: withSecrets(url.endpoint, password, account) },
          { disableValidation: true }
        )
      )
}

/** A mirror with the scheme of the first server, and its login unless it has one of its own. */
export const mirrorOf = (
  mirror: string | FtpUrl.FtpUrl,
  primary: FtpUrl.FtpUrl
): Either.Either<FtpEndpoint.FtpEndpoint, FtpUsageError> =>
  Either.flatMap(parse("mirrors", mirror), (url) => {
    if (url.security !== primary.security) {
      const labels = `${FtpUrl.toLabel(url)} and ${FtpUrl.toLabel(primary)}`
      return Either.left(new FtpUsageError({ argument: "mirrors", why: `${labels} differ in their scheme` }))
    }
    const lacksLogin =
      url.endpoint.user === primary.endpoint.user &&
      !FtpEndpoint.isAnonymous(url.endpoint) &&
      Redacted.value(url.endpoint.password) === ""
    return Either.right(
      lacksLogin
        ? withSecrets(url.endpoint, primary.endpoint.password, Option.getOrUndefined(primary.endpoint.account))
        : url.endpoint
    )
  })

const withSecrets = (
  endpoint: FtpEndpoint.FtpEndpoint,
  password: Redacted.Redacted<string> = endpoint.password,
  account: Redacted.Redacted<string> | undefined = Option.getOrUndefined(endpoint.account)
): FtpEndpoint.FtpEndpoint =>
  FtpEndpoint.make({ host: endpoint.host, port: endpoint.port, user: endpoint.user, password, account })
