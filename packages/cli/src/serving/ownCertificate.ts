/**
 * A certificate that signs itself, made for one run of `serve`: Node reads X.509 but does not write it. RFC 5280 §4.1.
 *
 *     names, now ──► P-256 key, certificate ──► a client trusts it by its pin, or as its own authority
 *
 * The key is never written anywhere.
 */
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto"
import { isIP, isIPv4 } from "node:net"
import type { TlsIdentity } from "@ftp-effect/core/FtpTransport"
import * as Pin from "@ftp-effect/core/protocol/Pin"
import * as Redacted from "effect/Redacted"
import * as Der from "./der.ts"

export interface OwnCertificate {
  readonly identity: TlsIdentity
  /** As `--pin` takes it. */
  readonly pin: string
}

const DAY_MILLIS = 86_400_000
/** For clients whose clocks are slow. */
const BEFORE_MILLIS = DAY_MILLIS
/** Longer than a trial runs. */
const AFTER_MILLIS = 365 * DAY_MILLIS

const SERIAL_BYTES = 16

/** For these host names and numeric addresses; `now` in milliseconds since 1970. */
export const make = (names: ReadonlyArray<string>, now: number): OwnCertificate => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const name = Der.sequence(Der.set(Der.sequence(COMMON_NAME, Der.utf8("ftp-effect serve"))))
  const body = Der.sequence(
    Der.explicit(0, Der.integer(VERSION_3)),
    Der.integer(newSerial()),
    Der.sequence(ECDSA_WITH_SHA256),
    name,
    Der.sequence(Der.time(now - BEFORE_MILLIS), Der.time(now + AFTER_MILLIS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    Der.explicit(3, extensions(names))
  )
  const whole = Der.sequence(body, Der.sequence(ECDSA_WITH_SHA256), Der.bits(sign("sha256", body, privateKey)))
  const certificate = new X509Certificate(whole)
  return {
    identity: {
      certificate: certificate.toString(),
      key: Redacted.make(privateKey.export({ type: "pkcs8", format: "pem" }).toString())
    },
    pin: Pin.fromFingerprint(certificate.fingerprint256.replaceAll(":", ""))
  }
}

const COMMON_NAME = Der.oid("2.5.4.3")
const ECDSA_WITH_SHA256 = Der.oid("1.2.840.10045.4.3.2")
/** Counted from 0. */
const VERSION_3 = Uint8Array.of(2)

/** Positive, and without a leading zero byte. */
const newSerial = (): Uint8Array => {
  const bytes = randomBytes(SERIAL_BYTES)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

/** An end of a chain (no authority), for signatures, of a TLS server, with these names: RFC 5280 §4.2.1. */
const extensions = (names: ReadonlyArray<string>): Der.Der =>
  Der.sequence(
    Der.sequence(Der.oid("2.5.29.19"), Der.TRUE, Der.octets(Der.sequence())),
    Der.sequence(Der.oid("2.5.29.15"), Der.TRUE, Der.octets(Der.bits(DIGITAL_SIGNATURE, 7))),
    Der.sequence(Der.oid("2.5.29.37"), Der.octets(Der.sequence(Der.oid("1.3.6.1.5.5.7.3.1")))),
    Der.sequence(Der.oid("2.5.29.17"), Der.octets(Der.sequence(...names.map(alternativeName))))
  )

const DIGITAL_SIGNATURE = Uint8Array.of(0x80)

const DNS_NAME = 2
const IP_ADDRESS = 7

const alternativeName = (name: string): Der.Der =>
  isIP(name) === 0
    ? Der.implicit(DNS_NAME, Buffer.from(name, "latin1"))
    : Der.implicit(IP_ADDRESS, isIPv4(name) ? Uint8Array.from(name.split("."), Number) : ipv6Bytes(name))

const IPV6_GROUPS = 8

/** The WHATWG URL has an IPv6 address in hexadecimal groups only, whatever its form was. */
const ipv6Bytes = (address: string): Uint8Array => {
  const groupsOf = (text: string) => (text === "" ? [] : text.split(":"))
  const [head = "", tail] = new URL(`http://[${address.replace(/%.*/, "")}]`).hostname.slice(1, -1).split("::")
  const before = groupsOf(head)
  const after = groupsOf(tail ?? "")
  const zeros = new Array<string>(IPV6_GROUPS - before.length - after.length).fill("0")
  const bytes = Buffer.alloc(IPV6_GROUPS * 2)
  for (const [index, group] of [...before, ...zeros, ...after].entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2)
  }
  return bytes
}
