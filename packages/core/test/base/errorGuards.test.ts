import { assert, describe, it } from "@effect/vitest"
import * as Errors from "@ftp-effect/core/FtpError"

const shared = { endpoint: "u@h:21", transcript: [] }

const rejected = (reason: Errors.FtpRejected["reason"], code = 550) =>
  new Errors.FtpRejected({
    ...shared,
    command: "DELE a",
    verb: "DELE",
    reason,
    reply: { code, lines: ["no"] },
    path: "a",
    outcome: "NotApplied"
  })

describe("isUnexplained", () => {
  it("is true of a refusal whose words give no reason", () => {
    const of = (code: number, line: string) =>
      Errors.isUnexplained(new Errors.FtpRejected({ ...rejected("Other"), reply: { code, lines: [line] } }))
    assert.deepStrictEqual(
      [of(550, "Failed to open file."), of(553, "Could not create file."), of(550, "a: No such file or directory")],
      [true, true, false]
    )
    assert.isFalse(of(452, "no"))
  })
})

const guards = {
  isNotFound: Errors.isNotFound,
  isAlreadyExists: Errors.isAlreadyExists,
  isPermissionDenied: Errors.isPermissionDenied,
  isBusy: Errors.isBusy
}

const holding = (value: unknown): ReadonlyArray<string> =>
  Object.entries(guards).flatMap(([name, guard]) => (guard(value) ? [name] : []))

describe("the guards of errors", () => {
  it.each([
    ["NotFound", ["isNotFound"]],
    ["AlreadyExists", ["isAlreadyExists"]],
    ["PermissionDenied", ["isPermissionDenied"]],
    ["Busy", ["isBusy"]],
    ["StorageFull", []],
    ["Other", []]
  ] as const)("a refusal with the reason %s answers to its own guard only", (reason, names) => {
    assert.deepStrictEqual(holding(rejected(reason)), names)
  })

  it.each([
    ["undefined", undefined],
    ["text", "NotFound"],
    ["an error of another library", Object.assign(new Error("x"), { _tag: "FtpRejected", reason: "NotFound" })],
    ["another error of ours", new Errors.FtpUsageError({ argument: "a", why: "b" })]
  ])("%s answers to no guard of refusals", (_, value) => {
    assert.deepStrictEqual(holding(value), [])
  })

  it("an error is retryable if trying again can help, and no value of another library is", () => {
    assert.isTrue(Errors.isRetryable(rejected("Busy", 450)))
    assert.isFalse(Errors.isRetryable(rejected("Busy")))
    assert.isFalse(Errors.isRetryable(new Errors.FtpUsageError({ argument: "a", why: "b" })))
    assert.isFalse(Errors.isRetryable(Object.assign(new Error("x"), { isRetryable: true })))
  })
})
