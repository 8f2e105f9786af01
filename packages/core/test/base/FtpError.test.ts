import { describe, expect, it } from "@effect/vitest"
import * as Errors from "@ftp-effect/core/FtpError"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"

const context = { endpoint: "ann@h:21", transcript: ["> NOOP", "< 200 ok"] }

/** Enough for the numbers and dates that JSON has no word for to come up each time. */
const RUNS = 200

/** To another process and back. */
const sent = <A extends object, I>(schema: Schema.Schema<A, I>, error: A): A =>
  Schema.decodeUnknownSync(schema)(JSON.parse(JSON.stringify(Schema.encodeSync(schema)(error))))

describe("an error goes through JSON and is what it was:", () => {
  const comesBack = <A extends Error, I>(schema: Schema.Schema<A, I> & { readonly identifier: string }) =>
    it(schema.identifier, () => {
      FastCheck.assert(
        FastCheck.property(Arbitrary.make(schema), (error) => {
          const back = sent(schema, error)
          expect(back).toBeInstanceOf(schema)
          expect(back.message).toBe(error.message)
          expect(JSON.stringify(Schema.encodeSync(schema)(back))).toBe(JSON.stringify(Schema.encodeSync(schema)(error)))
        }),
        { numRuns: RUNS }
      )
    })
  comesBack(Errors.FtpConnectError)
  comesBack(Errors.FtpAuthError)
  comesBack(Errors.FtpConnectionLost)
  comesBack(Errors.FtpRejected)
  comesBack(Errors.FtpProtocolViolation)
  comesBack(Errors.FtpTransferInterrupted)
  comesBack(Errors.FtpIntegrityError)
  comesBack(Errors.FtpListingError)
  comesBack(Errors.FtpUsageError)
  comesBack(FtpLocalFileError)

  it.effect("also a certificate whose dates make no sense", () =>
    Effect.sync(() => {
      const certificate = {
        subject: "CN=h",
        issuer: "CN=ca",
        names: ["h"],
        validFrom: new Date("2025-01-01T00:00:00.000Z"),
        validTo: new Date(Number.NaN),
        fingerprint: "ab",
        keyFingerprint: "cd"
      }
      const error = new Errors.FtpConnectError({
        reason: "Tls",
        channel: "Control",
        stage: "Tls",
        detail: "no",
        certificate,
        ...context
      })
      expect(sent(Errors.FtpConnectError, error).certificate).toEqual(certificate)
    })
  )
})
