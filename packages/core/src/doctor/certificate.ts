/** What the server's certificate is worth: whether the options accept it, and how long it is valid. */
import * as Option from "effect/Option"
import type { FtpConnectError } from "../base/FtpError.ts"
import type { TlsInfo } from "../platform/FtpTransport.ts"
import * as Pin from "../protocol/Pin.ts"
import * as Finding from "./Finding.ts"
import type { Options } from "./options.ts"

const DAY_MILLIS = 86_400_000
const SOON_DAYS = 14

/** What the server shows, and whether the options accept it. */
export const certificateFinding = (
  { security, tls: asked }: Options,
  { peer, problem }: TlsInfo,
  error: FtpConnectError | undefined,
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
  if (security !== "Plain" && error !== undefined) {
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
  const text = `${name}${others}, until ${until}`
  if (Option.isNone(problem)) {
    return Finding.make("Certificate", "Ok", `${text}, trusted`, { facts })
  }
  if (security === "Plain") {
    return Finding.make("Certificate", "Ok", `${text}, not trusted by itself`, { facts })
  }
  return (asked?.pins ?? []).length > 0
    ? Finding.make("Certificate", "Ok", `${text}, accepted by its pin`, { facts })
    : Finding.make("Certificate", "Warning", `${text}, accepted, but not verified`, {
        facts,
        user: `ask the operator for the certificate's fingerprint; if it is this one, use --pin ${pin} instead`
      })
}
