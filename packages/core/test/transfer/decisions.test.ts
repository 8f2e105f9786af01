import { describe, expect, it } from "@effect/vitest"
import * as Errors from "@ftp-effect/core/FtpError"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Interruption from "#core/transfer/interruption"
import * as AfterFailure from "#core/transfer/upload/afterFailure"

/** Free text that we wrote. All other fields are closed, numbers, or the server's. */
const FREE_TEXT = ["detail", "command", "expected", "received", "actual", "why", "line", "endpoint"]

/** The same error with all its free text replaced. */
const reworded = <E extends object>(error: E): E => {
  const fields: Record<string, unknown> = {}
  for (const key of Object.getOwnPropertyNames(error)) {
    const field: unknown = Reflect.get(error, key)
    fields[key] = FREE_TEXT.includes(key) && typeof field === "string" ? "REST RNTO no greeting SSH" : field
  }
  return Reflect.construct(error.constructor, [fields])
}

const anyError: FastCheck.Arbitrary<AfterFailure.Failure["error"]> = FastCheck.oneof(
  Arbitrary.make(Errors.FtpConnectError),
  Arbitrary.make(Errors.FtpAuthError),
  Arbitrary.make(Errors.FtpConnectionLost),
  Arbitrary.make(Errors.FtpRejected),
  Arbitrary.make(Errors.FtpProtocolViolation),
  Arbitrary.make(Errors.FtpIntegrityError),
  Arbitrary.make(Errors.FtpUsageError)
)

describe("changing the text of an error", () => {
  it.prop("changes no decision about retrying or resuming", [anyError, FastCheck.boolean()], ([error, canReopen]) => {
    const other = reworded(error)
    expect(other.isRetryable).toBe(error.isRetryable)
    expect(Interruption.isCause(other)).toBe(Interruption.isCause(error))
    if (Interruption.isCause(error) && Interruption.isCause(other)) {
      expect(Interruption.isDeadSession(other)).toBe(Interruption.isDeadSession(error))
      expect(Interruption.hasStaleTls(other)).toBe(Interruption.hasStaleTls(error))
    }
    const decide = (error: AfterFailure.Failure["error"]) => {
      const failure = { path: "a", error, offset: 10, sent: 5, isStored: false, canReopen }
      const [state, action] = AfterFailure.afterFailure(AfterFailure.initial(true), failure)
      return { state, action: action._tag }
    }
    expect(decide(other)).toEqual(decide(error))
  })
})
