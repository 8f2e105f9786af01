/**
 * Certificates for tests, made anew by each run and never stored: an authority, and what it or nobody signed.
 *
 *     const { authority, server, expired, … } = yield* Certificates.make
 *
 * All keys are EC P-256, which take a millisecond where RSA takes a second.
 */
import "reflect-metadata"
import { createHash, webcrypto, X509Certificate } from "node:crypto"
import type { TlsIdentity } from "@ftp-effect/core/FtpTransport"
import * as X509 from "@peculiar/x509"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/** As PEM. The fingerprints are SHA-256 in lower-case hexadecimal. */
export interface Identity extends TlsIdentity {
  readonly fingerprint: string
  readonly keyFingerprint: string
  /** Of the public key, as curl writes it. */
  readonly keyBase64: string
}

export interface Certificates {
  /** The certificate of the authority that signed all the others. */
  readonly authority: string
  /** An authority that signed nothing. */
  readonly otherAuthority: string
  /** For localhost, 127.0.0.1, ::1 and files.test. */
  readonly server: Identity
  /** Another one for the same names. */
  readonly other: Identity
  /** For 127.0.0.1 and ::1 in the alternative names of addresses only. */
  readonly addressOnly: Identity
  readonly wrongName: Identity
  /** Since a day. */
  readonly expired: Identity
  /** For another day. */
  readonly future: Identity
  readonly selfSigned: Identity
  /** Signed by `otherAuthority`. */
  readonly unknownAuthority: Identity
  readonly client: Identity
  readonly selfSignedClient: Identity
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const DAY_MILLIS = 86_400_000
const YEAR_MILLIS = 365 * DAY_MILLIS

const NAMES: X509.JsonGeneralNames = [
  { type: "dns", value: "localhost" },
  { type: "dns", value: "files.test" },
  { type: "ip", value: "127.0.0.1" },
  { type: "ip", value: "::1" }
]

interface Wanted {
  readonly name: string
  readonly names?: X509.JsonGeneralNames
  readonly use?: "serverAuth" | "clientAuth"
  readonly from?: number
  readonly to?: number
}

interface Signer {
  readonly name: string
  readonly keys: webcrypto.CryptoKeyPair
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])

let serial = 0

const issue = async (wanted: Wanted, keys: webcrypto.CryptoKeyPair, signer: Signer, isAuthority: boolean) => {
  serial += 1
  const now = Date.now()
  const certificate = await X509.X509CertificateGenerator.create({
    serialNumber: serial.toString(16).padStart(4, "0"),
    subject: `CN=${wanted.name}`,
    issuer: `CN=${signer.name}`,
    notBefore: new Date(now + (wanted.from ?? -DAY_MILLIS)),
    notAfter: new Date(now + (wanted.to ?? YEAR_MILLIS)),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    extensions: [
      new X509.BasicConstraintsExtension(isAuthority, undefined, true),
      ...(isAuthority
        ? [new X509.KeyUsagesExtension(X509.KeyUsageFlags.keyCertSign | X509.KeyUsageFlags.cRLSign, true)]
        : [new X509.ExtendedKeyUsageExtension([X509.ExtendedKeyUsage[wanted.use ?? "serverAuth"]])]),
      ...(wanted.names === undefined ? [] : [new X509.SubjectAlternativeNameExtension(wanted.names)])
    ]
  })
  return certificate.toString("pem")
}

const makeAuthority = async (name: string) => {
  const keys = await newKeys()
  const signer: Signer = { name, keys }
  return { signer, certificate: await issue({ name, to: YEAR_MILLIS * 2 }, keys, signer, true) }
}

/** Without a signer it signs itself. */
const makeIdentity = async (wanted: Wanted, signer?: Signer): Promise<Identity> => {
  const keys = await newKeys()
  const certificate = await issue(wanted, keys, signer ?? { name: wanted.name, keys }, false)
  const parsed = new X509Certificate(certificate)
  const key = createHash("sha256").update(parsed.publicKey.export({ type: "spki", format: "der" }))
  const keyDigest = key.digest()
  return {
    certificate,
    key: Redacted.make(
      X509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY")
    ),
    fingerprint: parsed.fingerprint256.replaceAll(":", "").toLowerCase(),
    keyFingerprint: keyDigest.toString("hex"),
    keyBase64: keyDigest.toString("base64")
  }
}

const makeAll = async (): Promise<Certificates> => {
  const [{ signer, certificate: authority }, other] = await Promise.all([
    makeAuthority("ftp-effect test authority"),
    makeAuthority("somebody else's authority")
  ])
  const ofServer = (wanted: Partial<Wanted> = {}, by: Signer = signer) =>
    makeIdentity({ name: "files.test", names: NAMES, ...wanted }, by)
  return {
    authority,
    otherAuthority: other.certificate,
    server: await ofServer(),
    other: await ofServer(),
    addressOnly: await ofServer({ name: "nobody", names: NAMES.filter(({ type }) => type === "ip") }),
    wrongName: await ofServer({ name: "other.test", names: [{ type: "dns", value: "other.test" }] }),
    expired: await ofServer({ from: -2 * DAY_MILLIS, to: -DAY_MILLIS }),
    future: await ofServer({ from: DAY_MILLIS }),
    selfSigned: await makeIdentity({ name: "files.test", names: NAMES }),
    unknownAuthority: await ofServer({}, other.signer),
    client: await makeIdentity({ name: "ann", use: "clientAuth" }, signer),
    selfSignedClient: await makeIdentity({ name: "ann", use: "clientAuth" })
  }
}

let made: Promise<Certificates> | undefined

/** The same ones for all tests of a file. */
export const make: Effect.Effect<Certificates> = Effect.promise(() => {
  made ??= makeAll()
  return made
})
