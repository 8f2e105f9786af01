import { describe, expect, it } from "@effect/vitest"
import * as Pin from "@ftp-effect/core/protocol/Pin"
import * as Either from "effect/Either"

const HEX = "0123456789abcdef".repeat(4)
const COLONS = (HEX.toUpperCase().match(/../g) ?? []).join(":")
const BASE64 = Buffer.from(HEX, "hex").toString("base64")

describe("Pin.parse", () => {
  it.each([`sha256:${HEX}`, `sha256:${COLONS}`, `SHA256:${HEX}`, `sha256//${BASE64}`, ` sha256:${HEX} `])(
    "%s is one and the same fingerprint",
    (text) => {
      expect(Either.getOrThrow(Pin.parse(text))).toBe(HEX)
    }
  )

  it.each([
    "",
    HEX,
    "sha256:",
    "sha256//",
    `sha256:${HEX.slice(2)}`,
    `sha256:${HEX}00`,
    `sha256:${HEX.slice(1)}x`,
    `sha256//${Buffer.from(HEX.slice(2), "hex").toString("base64")}`,
    `sha256//${HEX}`,
    `sha1:${HEX}`,
    `md5:${HEX}`
  ])('"%s" is none', (text) => {
    expect(Either.getOrThrow(Either.flip(Pin.parse(text)))).toContain("64 hexadecimal digits")
  })

  it("reads what fromFingerprint writes", () => {
    expect(Pin.parse(Pin.fromFingerprint(HEX.toUpperCase()))).toEqual(Either.right(HEX))
  })
})
