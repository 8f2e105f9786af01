/**
 * Which certificates are good enough, for one control connection and its data connections.
 *
 *     control   pinned? ──yes──► a pin must match             no ──► authority, dates and name must be right
 *     data      resumed with control's ticket? ──yes──► as good as control (there is no certificate on the wire)
 *                                               no ──► judged as control was; if any is accepted, it must be the same
 *
 * The transport performs the handshake and reports what it found.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type CertificateProblem, type FtpConnectError, FtpUsageError } from "../base/FtpError.ts"
import type { ReplyErrors } from "../control/replyErrors.ts"
import type { TlsCertificate, TlsClientOptions, TlsInfo, TlsTicket } from "../platform/FtpTransport.ts"
import * as Pin from "../protocol/Pin.ts"
import type { TlsOptions } from "./tlsOptions.ts"

export interface Guard {
  readonly acceptControl: (errors: ReplyErrors, info: TlsInfo) => Effect.Effect<void, FtpConnectError>
  readonly acceptData: (errors: ReplyErrors, info: TlsInfo) => Effect.Effect<void, FtpConnectError>
  /** What `acceptData` decides, for a short exchange, which gives no reason. */
  readonly acceptsData: (info: TlsInfo) => boolean
}

/** IANA's name in ALPN, for both channels. */
const PROTOCOLS = ["ftp"]

/** The same for all connections, by which a transport knows that it has read them. */
const NO_AUTHORITIES: ReadonlyArray<string> = []

export const clientOptions = (
  host: string,
  options: TlsOptions,
  ticket: Option.Option<TlsTicket>
): TlsClientOptions => ({
  role: "Client",
  host,
  authorities: options.authorities ?? NO_AUTHORITIES,
  identity: Option.fromNullable(options.identity),
  minVersion: options.minVersion ?? "TLSv1.2",
  maxVersion: options.maxVersion ?? "TLSv1.3",
  ticket,
  protocols: options.alpn === "None" ? undefined : PROTOCOLS
})

/** The fingerprints of the pins. One that can't be read would match nothing, without a visible reason. */
export const fingerprints = ({ pins = [] }: TlsOptions): Either.Either<ReadonlyArray<string>, FtpUsageError> =>
  Either.all(
    pins.map((pin) =>
      Either.mapLeft(
        Pin.parse(pin),
        ({ expected }) => new FtpUsageError({ argument: "pins", why: `"${pin}" is not ${expected}` })
      )
    )
  )

/** `pinned` are the `fingerprints` of the options' pins. */
export const makeGuard = (host: string, options: TlsOptions, pinned: ReadonlyArray<string>): Guard => {
  let control: TlsCertificate | undefined

  const problemOf = (info: TlsInfo): CertificateProblem | undefined => {
    const peer = Option.getOrUndefined(info.peer)
    if (peer === undefined) {
      return { reasons: ["Missing"], detail: "the server shows no certificate" }
    }
    if (pinned.length > 0) {
      return pinned.includes(peer.fingerprint) || pinned.includes(peer.keyFingerprint)
        ? undefined
        : { reasons: ["NotPinned"], detail: "its certificate is not the pinned one" }
    }
    return options.certificates === "DangerouslyAcceptAny" ? undefined : Option.getOrUndefined(info.problem)
  }

  const decide = (
    errors: ReplyErrors,
    channel: FtpConnectError["channel"],
    info: TlsInfo,
    problem: CertificateProblem | undefined
  ): Effect.Effect<void, FtpConnectError> => {
    if (problem === undefined) {
      return Effect.void
    }
    const certificate = Option.getOrUndefined(info.peer)
    return errors.connect({
      reason: "Tls",
      stage: "Tls",
      channel,
      detail:
        certificate === undefined
          ? problem.detail
          : `${problem.detail} (a certificate for ${certificate.subject}, by ${certificate.issuer}; asked for ${host}; its pin is ${Pin.fromFingerprint(certificate.fingerprint)})`,
      certificate,
      certificateProblem: problem
    })
  }

  const dataProblemOf = (info: TlsInfo): CertificateProblem | undefined => {
    if (info.resumed) {
      return undefined
    }
    const peer = Option.getOrUndefined(info.peer)
    const isControls = peer !== undefined && peer.fingerprint === control?.fingerprint
    return options.certificates === "DangerouslyAcceptAny" && !isControls
      ? {
          reasons: ["DiffersFromControl"],
          detail: "the data connection shows another certificate than the control connection"
        }
      : problemOf(info)
  }

  return {
    acceptControl: (errors, info) =>
      Effect.suspend(() => {
        control = Option.getOrUndefined(info.peer)
        return decide(errors, "Control", info, problemOf(info))
      }),
    acceptData: (errors, info) => Effect.suspend(() => decide(errors, "Data", info, dataProblemOf(info))),
    acceptsData: (info) => dataProblemOf(info) === undefined
  }
}
