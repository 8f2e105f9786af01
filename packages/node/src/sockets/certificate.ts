/**
 * Certificates as Node has them: what is in them, and what is wrong with them, in words.
 *
 *     the certificate is self-signed
 *     the certificate expired on 2025-01-31 and is for other.example, not for files.example
 */
import { createHash, X509Certificate } from "node:crypto"
import * as Tls from "node:tls"
import type { CertificateProblem } from "@ftp-effect/core/FtpError"
import type { TlsCertificate } from "@ftp-effect/core/FtpTransport"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Option from "effect/Option"

/**
 * @category constructors
 */
export const toCertificate = (certificate: X509Certificate): TlsCertificate => ({
  subject: oneLine(certificate.subject),
  issuer: oneLine(certificate.issuer),
  names: namesOf(certificate),
  validFrom: new Date(certificate.validFrom),
  validTo: new Date(certificate.validTo),
  fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  keyFingerprint: createHash("sha256")
    .update(certificate.publicKey.export({ type: "spki", format: "der" }))
    .digest("hex")
})

/** Node has one attribute on a line, and nothing at all for an empty name. */
const oneLine = (name: string | undefined): string =>
  name === undefined || name === "" ? "an empty name" : WireText.toDisplay(name.trim().replaceAll("\n", ", "))

/** `DNS:a.example, IP Address:10.0.0.1`; a value with a comma in it stands in quotes. */
export const namesOf = ({ subjectAltName }: Pick<X509Certificate, "subjectAltName">): ReadonlyArray<string> =>
  entriesOf(subjectAltName ?? "").flatMap((entry) => {
    const [, name] = /^ ?(?:DNS|IP Address):(.*)$/s.exec(entry) ?? []
    return name === undefined ? [] : [WireText.toDisplay(name)]
  })

/** In one pass, as the text is the peer's. */
const entriesOf = (text: string): ReadonlyArray<string> => {
  const entries: Array<string> = []
  let isQuoted = false
  let begin = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === "\\" && isQuoted) {
      at++
    } else if (character === '"') {
      isQuoted = !isQuoted
    } else if (character === "," && !isQuoted) {
      entries.push(text.slice(begin, at))
      begin = at + 1
    }
  }
  entries.push(text.slice(begin))
  return entries
}

/**
 * What is wrong with the certificate of a server for `host`: every reason that is known.
 * @category accessors
 */
export const clientProblem = (
  certificate: X509Certificate,
  socket: Tls.TLSSocket,
  host: string
): Option.Option<CertificateProblem> => {
  // Typed as an Error, but the code of one (tls.TLSSocket, "authorizationError").
  const code = socket.authorized ? "" : String(socket.authorizationError)
  return together([...trustFaults(code), ...dateFaults(certificate, code), ...nameFaults(certificate, host)])
}

/**
 * What is wrong with the certificate of a client: it must be signed by one of the authorities itself.
 * @category accessors
 */
export const serverProblem = (
  certificate: X509Certificate,
  authorities: ReadonlyArray<string>
): Option.Option<CertificateProblem> => {
  const isKnown = authorities.some((pem) => {
    const authority = new X509Certificate(pem)
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
  })
  return together([...(isKnown ? [] : [UNKNOWN_AUTHORITY]), ...dateFaults(certificate, "")])
}

/** The text completes "the certificate …". */
type Fault = readonly [reason: CertificateProblem["reasons"][number], text: string]

const together = (faults: ReadonlyArray<Fault>): Option.Option<CertificateProblem> =>
  faults.length === 0
    ? Option.none()
    : Option.some({
        reasons: faults.map(([reason]) => reason),
        detail: `the certificate ${faults.map(([, text]) => text).join(" and ")}`
      })

const UNKNOWN_AUTHORITY: Fault = ["UnknownAuthority", "is signed by an authority that is not trusted"]

/** X509_V_ERR_… of OpenSSL, without the prefix. */
const TRUST_FAULTS: Record<string, Fault> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ["SelfSigned", "is self-signed"],
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  INVALID_CA: ["UnknownAuthority", "is signed by one that is no authority"],
  PATH_LENGTH_EXCEEDED: ["UnknownAuthority", "is signed through more authorities than one of them allows"],
  INVALID_PURPOSE: ["Other", "is not meant for a server"],
  CERT_SIGNATURE_FAILURE: ["Other", "has a wrong signature"],
  CERT_REVOKED: ["Revoked", "was revoked"],
  CERT_REJECTED: ["Other", "was rejected"],
  CERT_UNTRUSTED: ["UnknownAuthority", "is not trusted"]
}

const DATE_CODES = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]

const trustFaults = (code: string): ReadonlyArray<Fault> =>
  code === "" || DATE_CODES.includes(code) ? [] : [TRUST_FAULTS[code] ?? ["Other", `can't be verified (${code})`]]

/** By the clock of the machine, which is OpenSSL's too. */
const dateFaults = ({ validFrom, validTo }: X509Certificate, code: string): ReadonlyArray<Fault> => {
  const now = Date.now()
  const [from, to] = [new Date(validFrom), new Date(validTo)]
  if (to.getTime() < now) {
    return [["Expired", `expired on ${day(to)}`]]
  }
  if (from.getTime() > now) {
    return [["NotYetValid", `is not valid before ${day(from)}`]]
  }
  return DATE_CODES.includes(code)
    ? [["AuthorityOutOfDate", "is signed by an authority whose own certificate is out of date"]]
    : []
}

const DAY_LENGTH = "2025-01-31".length

const day = (date: Date): string => date.toISOString().slice(0, DAY_LENGTH)

const nameFaults = (certificate: X509Certificate, host: string): ReadonlyArray<Fault> => {
  // Not what the socket says itself: once asked for the X509Certificate, Node 20 has lost it there.
  if (Tls.checkServerIdentity(host, certificate.toLegacyObject()) === undefined) {
    return []
  }
  return [["WrongHost", `is for ${holderOf(certificate)}, not for ${host}`]]
}

/** Whom a certificate is for, in words for a person: a certificate can have thousands of names. */
export const holderOf = (certificate: Pick<X509Certificate, "subject" | "subjectAltName">): string => {
  const names = namesOf(certificate)
  const text = names.length === 0 ? oneLine(certificate.subject) : names.join(", ")
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} ...` : text
}

/** Characters: a few lines of a terminal. */
const MAX_SHOWN = 300
