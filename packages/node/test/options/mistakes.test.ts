// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const refusal = (options: NodeFtp.Options) =>
  Effect.flip(Effect.provide(Effect.void, NodeFtp.layer(options))).pipe(Effect.map((error) => error.message))

describe("what can't be is a FtpUsageError before anything is dialled", () => {
  it.effect("trust options of TLS for a scheme without TLS", () =>
    Effect.gen(function* () {
      expect(yield* refusal({ url: "ftp://ann:secret@h", tls: { minVersion: "TLSv1.3" } })).toBe(
        "tls: ftp://ann@h/ has no TLS; with it: ftpes:// (after AUTH) or ftps:// (from the start)"
      )
    })
  )

  it.effect("a pin that can't be read, in words that say what one looks like", () =>
    Effect.gen(function* () {
      for (const url of ["ftpes://h", "ftps://h"]) {
        expect(yield* refusal({ url, tls: { pins: ["sha256:00"] } })).toBe(
          'pins: "sha256:00" is not a pin: "sha256:" and 64 hexadecimal digits, or "sha256//" and Base64'
        )
      }
    })
  )

  it.effect("active mode through a proxy, or together with what is for passive mode", () =>
    Effect.gen(function* () {
      expect(yield* refusal({ url: "ftp://h", active: {}, proxy: "socks5://p" })).toMatch(
        /^active: no server can connect/
      )
      expect(yield* refusal({ url: "ftp://h", active: {}, passive: {} })).toBe(
        "active: does not go together with `passive`"
      )
    })
  )

  it.effect("an address of our own that no server could connect to", () =>
    Effect.gen(function* () {
      for (const advertise of ["", "host.example", "[2001:db8::7]", "203.0.113.7:21", "0.0.0.0", "::"]) {
        expect(yield* refusal({ url: "ftp://h", active: { advertise } })).toBe(
          `active.advertise: "${advertise}" is not a numeric address that a server could connect to, like 203.0.113.7`
        )
      }
    })
  )

  it.effect("a text that is no URL, in words that don't hold it", () =>
    Effect.gen(function* () {
      expect(yield* refusal({ url: "http://ann:secret@h" })).toBe(
        "url: not an FTP URL: it does not start with ftp://, ftpes:// or ftps://"
      )
      expect(yield* refusal({ url: "ftp://h", mirrors: ["ftp://h:x"] })).toMatch(/^mirrors: not an FTP URL: its host/)
    })
  )

  it.effect("a password without a user, and mirrors with another protection", () =>
    Effect.gen(function* () {
      const secret = Redacted.make("secret")
      expect(yield* refusal({ url: "ftp://h", password: secret })).toBe(
        "password: ftp://h/ names no user that it is for"
      )
      expect(yield* refusal({ url: "ftp://h", account: secret })).toBe("account: ftp://h/ names no user that it is for")
      expect(yield* refusal({ url: "ftp://h", mirrors: ["ftps://m"] })).toBe(
        "mirrors: ftps://m/ and ftp://h/ differ in their scheme"
      )
    })
  )
})
