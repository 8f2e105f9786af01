/**
 * Which certificates are good enough, for one control connection and its data connections.
 *
 *     control   pinned? ──yes──► a pin must match             no ──► authority, dates and name must be right
 *     data      resumed with control's ticket? ──yes──► as good as control (there is no certificate on the wire)
 *                                               no ──► judged as control was; where any is accepted, it must be the same
 *
 * It does NOT speak TLS: the transport does, and says what it found.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { FtpConnectError, FtpUsageError } from "../base/FtpError.ts"
import type {
  TlsCertificate,
  TlsClientOptions,
  TlsIdentity,
  TlsInfo,
  TlsTicket,
  TlsVersion
} from "../platform/FtpTransport.ts"
import * as Pin from "../protocol/Pin.ts"

/** What a caller of `FtpSecurity` may choose; the meaning and the defaults stand there. */
interface Choices {
  readonly authorities?: ReadonlyArray<string> | undefined
  readonly pins?: ReadonlyArray<string> | undefined
  readonly identity?: TlsIdentity | undefined
  readonly minVersion?: TlsVersion | undefined
  readonly maxVersion?: TlsVersion | undefined
  readonly certificates?: "Verify" | "DangerouslyAcceptAny" | undefined
  readonly alpn?: "Ftp" | "None" | undefined
}

export interface Guard {
  readonly acceptControl: (label: string, info: TlsInfo) => Effect.Effect<void, FtpConnectError>
  readonly acceptData: (label: string, info: TlsInfo) => Effect.Effect<void, FtpConnectError>
}

/** IANA's name in ALPN, for both channels. */
const PROTOCOLS = ["ftp"]

export const clientOptions = (host: string, options: Choices, ticket: Option.Option<TlsTicket>): TlsClientOptions => ({
  role: "Client",
  host,
  authorities: options.authorities ?? [],
  identity: Option.fromNullable(options.identity),
  minVersion: options.minVersion ?? "TLSv1.2",
  maxVersion: options.maxVersion ?? "TLSv1.3",
  ticket,
  protocols: options.alpn === "None" ? undefined : PROTOCOLS
})

/** The fingerprints of the pins. One that can't be read would match nothing, for no reason that anybody could see. */
export const fingerprints = ({ pins = [] }: Choices): Either.Either<ReadonlyArray<string>, FtpUsageError> =>
  Either.all(
    pins.map((pin) =>
      Either.mapLeft(
        Pin.parse(pin),
        (expected) => new FtpUsageError({ argument: "pins", why: `"${pin}" is not ${expected}` })
      )
    )
  )

/** `pinned` are the `fingerprints` of the options' pins. */
export const makeGuard = (host: string, options: Choices, pinned: ReadonlyArray<string>): Guard => {
  let control: TlsCertificate | undefined

  const problemOf = (info: TlsInfo): string | undefined => {
    const peer = Option.getOrUndefined(info.peer)
    if (peer === undefined) {
      return "the server shows no certificate"
    }
    if (pinned.length > 0) {
      return pinned.includes(peer.fingerprint) || pinned.includes(peer.keyFingerprint)
        ? undefined
        : "its certificate is not the pinned one"
    }
    return options.certificates === "DangerouslyAcceptAny" ? undefined : Option.getOrUndefined(info.problem)
  }

  const judge = (
    label: string,
    channel: FtpConnectError["channel"],
    info: TlsInfo,
    problem: string | undefined
  ): Effect.Effect<void, FtpConnectError> => {
    if (problem === undefined) {
      return Effect.void
    }
    const certificate = Option.getOrUndefined(info.peer)
    return new FtpConnectError({
      reason: "Tls",
      channel,
      detail:
        certificate === undefined
          ? problem
          : `${problem} (a certificate for ${certificate.subject}, by ${certificate.issuer}; asked for ${host}; its pin is ${Pin.fromFingerprint(certificate.fingerprint)})`,
      certificate,
      endpoint: label,
      transcript: []
    })
  }

  return {
    acceptControl: (label, info) =>
      Effect.suspend(() => {
        control = Option.getOrUndefined(info.peer)
        return judge(label, "Control", info, problemOf(info))
      }),
    acceptData: (label, info) =>
      Effect.suspend(() => {
        if (info.resumed) {
          return Effect.void
        }
        const peer = Option.getOrUndefined(info.peer)
        const isControls = peer !== undefined && peer.fingerprint === control?.fingerprint
        const problem =
          options.certificates === "DangerouslyAcceptAny" && !isControls
            ? "the data connection shows another certificate than the control connection"
            : problemOf(info)
        return judge(label, "Data", info, problem)
      })
  }
}
