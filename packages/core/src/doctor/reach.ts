/**
 * What shows before a login: greeting, TLS and certificate. No credential is sent here.
 *
 *     connect, S: 220 ...                            who greets
 *     no greeting: TLS from the first byte           whether the server waits for that
 *     connect, C: AUTH TLS, one version of TLS only  which versions the server speaks
 *     connect, C: AUTH TLS, as the options say       whether the certificate is accepted
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpConnectError, FtpUsageError, OpenError } from "../base/FtpError.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import type { FtpTransport, TlsInfo, TlsVersion } from "../platform/FtpTransport.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as FtpSecurity from "../security/FtpSecurity.ts"
import * as Connect from "../session/connect.ts"
import { certificateFinding } from "./certificate.ts"
import * as Finding from "./Finding.ts"
import type { Options } from "./options.ts"

/** Findings, and the error after which no login makes sense. */
export interface Reached {
  readonly findings: ReadonlyArray<Finding.Finding>
  readonly error?: OpenError | undefined
}

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
    const error = Either.isLeft(asAsked) ? asAsked.left : undefined
    if (error?._tag === "FtpUsageError") {
      return yield* Effect.fail(error)
    }
    const tlsError = error !== undefined && isAboutTls(error) ? error : undefined
    if (error !== undefined && tlsError === undefined) {
      // A server that turns everyone away says nothing about TLS.
      return { findings: [yield* notGreeted(options, error)], error }
    }
    const versions = yield* Effect.forEach(VERSIONS, (version) =>
      Effect.map(Effect.either(meet(options, anyCertificate(options, version))), (met) => ({ version, met }))
    )
    const spoken = versions.flatMap(({ met, version }) =>
      Either.isRight(met) && met.right.tls !== undefined ? [{ version, tls: met.right.tls }] : []
    )
    const shown =
      Either.getOrUndefined(asAsked) ?? versions.flatMap(({ met }) => Either.getRight(met).pipe(Option.toArray))[0]
    const refusal = versions.flatMap(({ met }) => (Either.isLeft(met) ? [met.left] : []))[0]
    const now = yield* Clock.currentTimeMillis
    const [best] = spoken
    return {
      findings: [
        ...(shown === undefined ? [] : [greetingFinding(shown.greeting)]),
        tlsFinding(options, spoken, refusal),
        ...(best === undefined ? [] : [certificateFinding(options, best.tls, tlsError, now)])
      ],
      error
    }
  })

/** A server that waits for TLS from the first byte greets no other client. */
const notGreeted = (options: Options, error: OpenError) =>
  Effect.gen(function* () {
    const isSilent = error._tag === "FtpConnectError" && error.stage === "Greeting" && error.reply === undefined
    const implicit: Options = { ...options, security: "Implicit" }
    const speaksTls =
      isSilent &&
      options.security !== "Implicit" &&
      Either.isRight(yield* Effect.either(meet(implicit, anyCertificate(implicit, undefined))))
    return Finding.make("Greeting", "Error", reasonOf(error), {
      facts: { tag: error._tag, speaksTls },
      user: speaksTls
        ? `use ftps:// instead of ${schemeOf(options)}: this port is encrypted from the first byte`
        : isSilent
          ? "is this the port of an FTP server?"
          : undefined
    })
  })

const schemeOf = ({ security }: Options): string => (security === "Plain" ? "ftp://" : "ftpes://")

/** Without the server's name, which the reader knows. */
const reasonOf = (error: OpenError): string => (error._tag === "FtpConnectError" ? error.detail : error.message)

/** To look at what a server shows. Nothing secret is sent on such a connection. */
const anyCertificate = ({ security, tls }: Options, version: TlsVersion | undefined): SecurityLayer => {
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

/** To a user of `ftp://` whose server has TLS. */
export const ENCRYPT = "use ftpes:// instead of ftp://: the password and the files are encrypted then"

/** FEAT may list TLS all the same. */
const codeOf = (refusal: OpenError | undefined): string =>
  refusal?._tag === "FtpConnectError" && refusal.verb === "AUTH" && refusal.reply !== undefined
    ? ` (AUTH TLS: ${refusal.reply.code})`
    : ""

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
    const why = refusal === undefined ? "" : `: ${reasonOf(refusal)}`
    return security === "Plain"
      ? Finding.make("Tls", "Warning", `nothing is encrypted, and the server offers no TLS${codeOf(refusal)}`, {
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
      user: ENCRYPT
    })
  }
  return best.version === "TLSv1.2" && asked?.maxVersion !== "TLSv1.2"
    ? Finding.make("Tls", "Note", `${text}; not 1.3`, { facts })
    : Finding.make("Tls", "Ok", text, { facts })
}
