import { inspect } from "node:util"
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
    ["", "Prefix"],
    [HEX, "Prefix"],
    ["sha256:", "Prefix"],
    ["sha256//", "Prefix"],
    [`sha1:${HEX}`, "Prefix"],
    [`md5:${HEX}`, "Prefix"],
    ["ftp://ann:s3cret@h/", "Prefix"],
    [`sha256:${HEX.slice(1)}x`, "Encoding"],
    [`sha256:${HEX.slice(1)}`, "Encoding"],
    ["sha256://ann:s3cret@h/", "Encoding"],
    ["sha256//s3cret?", "Encoding"],
    [`sha256:${HEX.slice(2)}`, "Length"],
    [`sha256:${HEX}00`, "Length"],
    ["sha256::", "Length"],
    [`sha256//${Buffer.from(HEX.slice(2), "hex").toString("base64")}`, "Length"],
    [`sha256//${HEX}`, "Length"]
  ])('"%s" is none: %s', (text, reason) => {
    const error = Either.getOrThrow(Either.flip(Pin.parse(text)))
    expect(error).toBeInstanceOf(Pin.InvalidPin)
    expect({ ...error }).toEqual({ _tag: "InvalidPin", reason })
    expect(error.message).toBe('it is not a pin: "sha256:" and 64 hexadecimal digits, or "sha256//" and Base64')
    for (const shown of [error.message, String(error), JSON.stringify(error), inspect(error, { depth: 9 })]) {
      expect(shown).not.toContain("s3cret")
    }
  })

  it("reads what fromFingerprint writes", () => {
    expect(Pin.parse(Pin.fromFingerprint(HEX.toUpperCase()))).toEqual(Either.right(HEX))
  })
})
