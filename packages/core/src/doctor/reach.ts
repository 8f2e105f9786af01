/**
 * What shows before a login: addresses, greeting, TLS and certificate. No credential is sent here.
 *
 *     each address family: connect, close            which of them answer
 *     connect, S: 220 ...                            who greets
 *     connect, C: AUTH TLS, one version of TLS only  which versions the server speaks
 *     connect, C: AUTH TLS, as the options say       whether the certificate is accepted
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import type { FtpConnectError, FtpUsageError, OpenError } from "../base/FtpError.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import * as ReplyErrors from "../control/replyErrors.ts"
import {
  type AddressFamily,
  FtpAddressFamily,
  FtpTransport,
  type TlsInfo,
  type TlsVersion
} from "../platform/FtpTransport.ts"
import * as Pin from "../protocol/Pin.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as FtpSecurity from "../security/FtpSecurity.ts"
import * as Connect from "../session/connect.ts"
import * as Finding from "./Finding.ts"
import type { Options } from "./options.ts"

/** Findings, and the error after which no login makes sense. */
export interface Reached {
  readonly findings: ReadonlyArray<Finding.Finding>
  readonly error?: OpenError | undefined
}

export const millis = (duration: Duration.Duration): number => Math.round(10 * Duration.toMillis(duration)) / 10

/** The addresses of the server, a connection to each family. */
export const addresses = ({ endpoint }: Options): Effect.Effect<Reached, never, FtpTransport> =>
  Effect.gen(function* () {
    const transport = yield* FtpTransport
    const timeouts = yield* FtpTimeouts
    const wanted = yield* FtpAddressFamily
    const families = wanted === "Any" ? familiesOf(endpoint.host) : [wanted]
    const tried = yield* Effect.forEach(families, (family) =>
      transport
        .connect({ host: endpoint.host, port: endpoint.port, family, timeout: timeouts.connect, role: "Control" })
        .pipe(
          Effect.map(({ remote }) => remote.host),
          Effect.timed,
          Effect.scoped,
          Effect.either,
          Effect.map((result) => ({ family, result }))
        )
    )
    const works = tried.some(({ result }) => Either.isRight(result))
    const [first] = tried
    const findings = tried.flatMap(({ family, result }) => {
      if (Either.isRight(result)) {
        const [took, address] = result.right
        const text = `${address} (${family}), connected in ${millis(took)} ms`
        return [Finding.make("Address", "Ok", text, { facts: { family, address, millis: millis(took) } })]
      }
      const { detail, reason } = result.left
      const facts = { family, reason }
      if (!works || reason !== "Resolve") {
        const flag = family === "IPv6" ? "--ipv4" : "--ipv6"
        return [
          Finding.make("Address", works ? "Warning" : "Error", `${family} does not work: ${detail}`, {
            facts,
            user: works ? `${flag} does not try the addresses that don't answer` : undefined,
            administrator: works
              ? `remove the ${family} address from the DNS, or let the server listen on it`
              : undefined
          })
        ]
      }
      return [Finding.make("Address", "Note", `no ${family} address`, { facts })]
    })
    return works || first === undefined || Either.isRight(first.result)
      ? { findings }
      : { findings, error: ReplyErrors.make(Endpoint.toLabel(endpoint)).notConnected("Control", first.result.left) }
  })

/** Of a numeric address there is one family; what stays the same for both is not asked twice. */
const familiesOf = (host: string): ReadonlyArray<Exclude<AddressFamily, "Any">> =>
  host.includes(":") ? ["IPv6"] : /^[\d.]+$/.test(host) ? ["IPv4"] : ["IPv4", "IPv6"]

interface Met {
  readonly greeting: Reply.Reply
  readonly tls: TlsInfo | undefined
}

type SecurityLayer = ReturnType<typeof FtpSecurity.layerExplicit>

/** Dials and secures, without a login. */
const meet = ({ endpoint }: Options, security: SecurityLayer): Effect.Effect<Met, OpenError, FtpTransport> =>
  Effect.gen(function* () {
    const timeouts = yield* FtpTimeouts
    const { control } = yield* Connect.connect(endpoint, ServerCapabilities.make())
    const tls = Option.getOrUndefined(yield* control.tls)
    yield* Connect.quit(control, timeouts.quit)
    return { greeting: control.greeting, tls }
  }).pipe(Effect.scoped, Effect.provide(security))

/** The protection that the options ask for. */
export const securityOf = ({ security, tls }: Options): SecurityLayer =>
  security === "Plain"
    ? FtpSecurity.layerPlain
    : security === "Explicit"
      ? FtpSecurity.layerExplicit(tls)
      : FtpSecurity.layerImplicit(tls)

const VERSIONS: ReadonlyArray<TlsVersion> = ["TLSv1.3", "TLSv1.2"]

/** Greeting, versions of TLS, certificate. */
export const greeting = (options: Options): Effect.Effect<Reached, FtpUsageError, FtpTransport> =>
  Effect.gen(function* () {
    const asAsked = yield* Effect.either(meet(options, securityOf(options)))
    if (Either.isLeft(asAsked) && asAsked.left._tag === "FtpUsageError") {
      return yield* Effect.fail(asAsked.left)
    }
    const versions = yield* Effect.forEach(VERSIONS, (version) =>
      Effect.map(Effect.either(meet(options, anyCertificate(options, version))), (met) => ({ version, met }))
    )
    const spoken = versions.flatMap(({ met, version }) =>
      Either.isRight(met) && met.right.tls !== undefined ? [{ version, tls: met.right.tls }] : []
    )
    const shown =
      Either.getOrUndefined(asAsked) ?? versions.flatMap(({ met }) => Either.getRight(met).pipe(Option.toArray))[0]
    const error = Either.isLeft(asAsked) ? asAsked.left : undefined
    const refusal = versions.flatMap(({ met }) => (Either.isLeft(met) ? [met.left] : []))[0]
    const now = yield* Clock.currentTimeMillis
    const [best] = spoken
    return {
      findings: [
        ...(shown === undefined ? [] : [greetingFinding(shown.greeting)]),
        // A server that turns everyone away says nothing about TLS.
        ...(shown === undefined && error !== undefined && !isAboutTls(error)
          ? [Finding.make("Greeting", "Error", error.message, { facts: { tag: error._tag } })]
          : [tlsFinding(options, spoken, refusal)]),
        ...(best === undefined ? [] : [certificateFinding(options, best.tls, error, now)])
      ],
      error
    }
  })

/** To look at what a server shows. Nothing secret is sent on such a connection. */
const anyCertificate = ({ security, tls }: Options, version: TlsVersion): SecurityLayer => {
  const look = {
    authorities: tls?.authorities,
    identity: tls?.identity,
    alpn: tls?.alpn,
    protectData: "AfterLogin",
    minVersion: version,
    maxVersion: version,
    certificates: "DangerouslyAcceptAny"
  } as const
  return security === "Implicit" ? FtpSecurity.layerImplicit(look) : FtpSecurity.layerExplicit(look)
}

const isAboutTls = (error: OpenError): error is FtpConnectError =>
  error._tag === "FtpConnectError" && error.reason === "Tls"

const MAX_SHOWN = 120

const greetingFinding = ({ code, lines }: Reply.Reply): Finding.Finding => {
  const first = lines.map((line) => line.replace(FRAME, "")).find((line) => line !== "") ?? ""
  const more = lines.length > 1 ? ` (and ${lines.length - 1} lines more)` : ""
  return Finding.make("Greeting", "Ok", `${code} ${first.slice(0, MAX_SHOWN)}${more}`, {
    facts: { code, lines: lines.slice(0, MAX_LINES) }
  })
}

const MAX_LINES = 20

/** Pure-FTPd draws lines around its greeting. */
const FRAME = /^[\s*=-]+|[\s*=-]+$/g

const shortOf = (version: TlsVersion): string => version.slice("TLSv".length)

const tlsFinding = (
  { security, tls: asked }: Options,
  spoken: ReadonlyArray<{ readonly version: TlsVersion; readonly tls: TlsInfo }>,
  refusal: OpenError | undefined
): Finding.Finding => {
  const [best] = spoken
  const facts = {
    requested: security,
    versions: spoken.map(({ version }) => shortOf(version)),
    cipher: best?.tls.cipher ?? null
  }
  if (best === undefined) {
    const why = refusal === undefined ? "" : `: ${refusal.message}`
    return security === "Plain"
      ? Finding.make("Tls", "Warning", "nothing is encrypted, and the server offers no TLS", {
          facts,
          administrator: "set up TLS: without it, passwords and files can be read and changed on their way"
        })
      : Finding.make("Tls", "Error", `TLS does not work${why}`, {
          facts,
          user:
            security === "Implicit"
              ? "ftps:// is encrypted from the first byte; ftpes:// asks for TLS on the usual port"
              : "ftps:// may work on port 990",
          administrator: "set up TLS, 1.2 at least"
        })
  }
  const text = `${facts.versions.join(" and ")}, ${best.tls.cipher}`
  if (security === "Plain") {
    return Finding.make("Tls", "Warning", `not used, although the server has it: ${text}`, {
      facts,
      user: "use ftpes:// instead of ftp://: the password and the files are encrypted then"
    })
  }
  return best.version === "TLSv1.2" && asked?.maxVersion !== "TLSv1.2"
    ? Finding.make("Tls", "Note", `${text}; not 1.3`, { facts })
    : Finding.make("Tls", "Ok", text, { facts })
}

const DAY_MILLIS = 86_400_000
const SOON_DAYS = 14

/** What the server shows, and whether the options accept it. */
const certificateFinding = (
  { security, tls: asked }: Options,
  { peer, problem }: TlsInfo,
  error: OpenError | undefined,
  now: number
): Finding.Finding => {
  if (Option.isNone(peer)) {
    return Finding.make("Certificate", "Error", "the server shows no certificate")
  }
  const { fingerprint, issuer, names, subject, validTo } = peer.value
  const pin = Pin.fromFingerprint(fingerprint)
  const until = Number.isNaN(validTo.getTime()) ? "unknown" : validTo.toISOString().slice(0, "2026-01-02".length)
  const facts = { subject, issuer, names: [...names], validTo: until, pin }
  const name = names[0] ?? subject
  const others = names.length > 1 ? ` and ${names.length - 1} more` : ""
  if (security !== "Plain" && error !== undefined && isAboutTls(error)) {
    return Finding.make("Certificate", "Error", `not accepted: ${error.certificateProblem?.detail ?? error.detail}`, {
      facts,
      user: `ask the operator for the certificate's fingerprint; if it is this one, use --pin ${pin}`,
      administrator:
        "use a certificate for the server's name from an authority that clients know, with its intermediates"
    })
  }
  const days = Math.floor((validTo.getTime() - now) / DAY_MILLIS)
  if (days < SOON_DAYS) {
    return Finding.make("Certificate", "Warning", `${name}${others}, ${days < 0 ? "expired" : "expires"} on ${until}`, {
      facts,
      administrator: "renew the certificate"
    })
  }
  const how = Option.isNone(problem)
    ? "trusted"
    : security === "Plain"
      ? "not trusted by itself"
      : (asked?.pins ?? []).length > 0
        ? "accepted by its pin"
        : "accepted, but not verified"
  return Finding.make(
    "Certificate",
    how === "accepted, but not verified" ? "Warning" : "Ok",
    `${name}${others}, until ${until}, ${how}`,
    {
      facts
    }
  )
}
