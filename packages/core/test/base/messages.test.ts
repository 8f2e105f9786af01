import { assert, describe, it } from "@effect/vitest"
import * as Errors from "@ftp-effect/core/FtpError"
import * as Cause from "effect/Cause"

const HOSTILE = "a\u001b[2Jb\u009b31mc\u007fd\u202ee\nf"
const reply = { code: 550, lines: [HOSTILE, HOSTILE] as const }
const endpoint = "u@h:21"
const shared = { endpoint, transcript: [] }

const lost = new Errors.FtpConnectionLost({
  ...shared,
  channel: "Control",
  reason: "Closed",
  phase: "Command",
  command: `DELE ${HOSTILE}`,
  verb: "DELE",
  detail: HOSTILE,
  outcome: "Unknown"
})

/** One of each tag: a missing one is an error of types. */
const errors: { readonly [Tag in Errors.FtpError["_tag"]]: Extract<Errors.FtpError, { readonly _tag: Tag }> } = {
  FtpConnectError: new Errors.FtpConnectError({
    ...shared,
    reason: "Refused",
    channel: "Control",
    stage: "Dial",
    detail: HOSTILE
  }),
  FtpAuthError: new Errors.FtpAuthError({ ...shared, reason: "Credentials", reply }),
  FtpConnectionLost: lost,
  FtpRejected: new Errors.FtpRejected({
    ...shared,
    command: `DELE ${HOSTILE}`,
    verb: "DELE",
    reason: "Other",
    reply,
    path: HOSTILE,
    outcome: "NotApplied"
  }),
  FtpProtocolViolation: new Errors.FtpProtocolViolation({ ...shared, expected: "a path", received: HOSTILE }),
  FtpTransferInterrupted: new Errors.FtpTransferInterrupted({
    path: HOSTILE,
    direction: "Download",
    offset: 0,
    transferred: 0,
    cause: lost,
    outcome: "NotApplied"
  }),
  FtpIntegrityError: new Errors.FtpIntegrityError({
    endpoint,
    reason: "Hash",
    direction: "Download",
    path: HOSTILE,
    expected: HOSTILE,
    actual: HOSTILE
  }),
  FtpListingError: new Errors.FtpListingError({
    endpoint,
    path: HOSTILE,
    reason: "Unreadable",
    line: HOSTILE,
    detail: HOSTILE
  }),
  FtpUsageError: new Errors.FtpUsageError({ argument: HOSTILE, why: HOSTILE })
}

describe("the message of an error", () => {
  it.each(Object.entries(errors))(
    "has no character that drives a terminal, whatever the server sent: %s",
    (_, error) => {
      for (const text of [error.message, Cause.pretty(Cause.fail(error)).split("\n    at ")[0] ?? ""]) {
        assert.notMatch(text, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
      }
    }
  )

  it("names the login directory if the path is empty", () => {
    const { message } = new Errors.FtpListingError({
      ...errors.FtpListingError,
      path: "",
      line: "",
      detail: "can't be read"
    })
    assert.strictEqual(message, "The listing of the login directory (u@h:21) can't be read")
  })
})
