import { createPrivateKey, X509Certificate } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Der from "../src/serving/der.ts"
import * as OwnCertificate from "../src/serving/ownCertificate.ts"

const NOW = Date.UTC(2026, 0, 31, 12)

const read = (names: ReadonlyArray<string>, now = NOW) => {
  const { identity, pin } = OwnCertificate.make(names, now)
  return { certificate: new X509Certificate(identity.certificate), key: Redacted.value(identity.key), pin }
}

describe("the certificate that serve makes", () => {
  it("the certificate is signed by its own key, which belongs to it", () => {
    const { certificate, key, pin } = read(["localhost"])
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(certificate.ca).toBe(false)
    expect(pin).toBe(`sha256:${certificate.fingerprint256.replaceAll(":", "").toLowerCase()}`)
  })

  it("the certificate is for its names and addresses only, IPv6 in every form", () => {
    const addresses = [
      "127.0.0.1",
      "::1",
      "2001:db8::7:0:1",
      "1:2:3:4:5:6:7:8",
      "::ffff:192.0.2.1",
      "fe80::1%eth0",
      "::"
    ]
    const { certificate } = read(["localhost", "box.example", ...addresses])
    for (const name of ["localhost", "box.example"]) {
      expect(certificate.checkHost(name)).toBe(name)
    }
    for (const address of addresses) {
      const plain = address.replace(/%.*/, "")
      expect(certificate.checkIP(plain)).toBe(plain)
    }
    expect(certificate.checkHost("other.example")).toBeUndefined()
    expect(certificate.checkIP("127.0.0.2")).toBeUndefined()
  })

  it("the certificate is valid from the day before until a year later, also past 2049", () => {
    for (const now of [NOW, Date.UTC(2049, 5, 1), Date.UTC(2051, 5, 1)]) {
      const { certificate } = read(["localhost"], now)
      expect(Date.parse(certificate.validFrom)).toBe(now - 86_400_000)
      expect(Date.parse(certificate.validTo)).toBe(now + 365 * 86_400_000)
    }
  })

  it("each certificate has a serial number of its own, positive and of 16 bytes", () => {
    const serials = Array.from({ length: 50 }, () => read(["localhost"]).certificate.serialNumber)
    expect(new Set(serials).size).toBe(50)
    expect(serials.every((serial) => /^[4-7][0-9A-F]{31}$/.test(serial))).toBe(true)
  })
})

describe("DER (X.690)", () => {
  const cases: ReadonlyArray<readonly [name: string, value: Der.Der, hex: string]> = [
    ["a length below 128", Der.octets(new Uint8Array(2)), "04020000"],
    ["a length from 128 on", Der.octets(new Uint8Array(200)), `0481c8${"00".repeat(200)}`],
    ["a length of two bytes", Der.octets(new Uint8Array(300)), `0482012c${"00".repeat(300)}`],
    ["an object identifier", Der.oid("1.2.840.10045.4.3.2"), "06082a8648ce3d040302"],
    ["a sequence in a sequence", Der.sequence(Der.sequence(), Der.TRUE), "300530000101ff"],
    ["a time before 2050", Der.time(NOW), `170d${Buffer.from("260131120000Z").toString("hex")}`],
    ["a time from 2050 on", Der.time(Date.UTC(2050, 0)), `180f${Buffer.from("20500101000000Z").toString("hex")}`]
  ]
  for (const [name, value, hex] of cases) {
    it(`${name} is written in its shortest form`, () => {
      expect(Buffer.from(value).toString("hex")).toBe(hex)
    })
  }
})
