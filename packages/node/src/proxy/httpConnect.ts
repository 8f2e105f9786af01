/**
 * Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6):
 *
 *     C: CONNECT files.example:21 HTTP/1.1
 *     C: Host: files.example:21
 *     C: Proxy-Authorization: Basic YW5uOnNlY3JldA==   RFC 7617; where a login was given
 *     C:
 *     S: HTTP/1.1 200 Connection established
 *     S:                                               whatever its header says, a 2xx has no content
 *        ... the server's bytes
 *
 * It does not fetch ftp:// URLs through a proxy (that is HTTP, not FTP), and does not follow redirects or read bodies.
 */
import { FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type Intake, notHttp } from "./intake.ts"
import * as Target from "./target.ts"
import type { Handshake, Login } from "./tunnel.ts"

/** All that a proxy may say before the tunnel: a few times what any says, and what a server takes of a client. */
const MOST_HEAD_BYTES = 16 * 1024

/** Enough of a reason phrase to know it by. */
const SHOWN_CHARACTERS = 80

const CONTROL = /[\x00-\x1f\x7f]/

/**
 * The handshake, or why the login can't be said in it.
 * @category constructors
 */
export const make = (login: Login | undefined): Either.Either<Handshake, string> => {
  if (login !== undefined && (login.user.includes(":") || CONTROL.test(login.user + Redacted.value(login.password)))) {
    return Either.left("a user with a colon, or control characters in a login, can't be said to an HTTP proxy")
  }
  return Either.right((connection, intake, target) => {
    const authority = Target.toAuthority(target)
    const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...authorization(login), "", ""]
    return Effect.zipRight(connection.write(Buffer.from(lines.join("\r\n"), "latin1")), outcome(intake, login))
  })
}

const authorization = (login: Login | undefined): ReadonlyArray<string> =>
  login === undefined
    ? []
    : [
        `Proxy-Authorization: Basic ${Buffer.from(`${login.user}:${Redacted.value(login.password)}`).toString("base64")}`
      ]

const outcome = (intake: Intake, login: Login | undefined): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    for (let left = MOST_HEAD_BYTES; ; ) {
      const head = yield* intake.head(left)
      left -= head.byteLength
      const [, digits, phrase = ""] = STATUS_LINE.exec(Buffer.from(head).toString("latin1")) ?? []
      if (digits === undefined) {
        return yield* notHttp()
      }
      const status = Number(digits)
      if (isSuccess(status)) {
        return
      }
      if (!isInterim(status)) {
        return yield* refusal(status, `${digits} ${phrase}`.trim(), login)
      }
    }
  })

const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: ([^\r\n]*))?\r?\n/

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** RFC 9110 §15.2: more is to come. 101 would be another protocol, which nobody asked for. */
const isInterim = (status: number): boolean => status < 200 && status !== 101

/** What a gateway can't do now (5xx) may be tried again. */
const refusal = (status: number, line: string, login: Login | undefined): FtpTransportError => {
  const answered = `the proxy answered ${WireText.toDisplay(line.slice(0, SHOWN_CHARACTERS))}`
  switch (status) {
    case 407:
      return new FtpTransportError({
        reason: "Refused",
        proxy: "Login",
        detail: `${answered}; ${login === undefined ? "it asks for a user and a password" : "it does not accept the user and password given for it, or wants another way than Basic"}`
      })
    case 403:
    case 405:
      return new FtpTransportError({
        reason: "Refused",
        proxy: "Refused",
        detail: `${answered}; many proxies only allow port 443`
      })
    case 504:
      return new FtpTransportError({ reason: "TimedOut", proxy: "Refused", detail: answered })
    default:
      return new FtpTransportError({
        reason: status >= 500 ? "Unreachable" : "Refused",
        proxy: "Refused",
        detail: answered
      })
  }
}
