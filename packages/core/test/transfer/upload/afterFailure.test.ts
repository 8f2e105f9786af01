import { describe, expect, it } from "@effect/vitest"
import * as FtpError from "@ftp-effect/core/FtpError"
import { type Action, afterFailure, type Failure, initial, type State } from "#core/transfer/upload/afterFailure"

const CONTEXT = { endpoint: "test", transcript: [] }

const lost = (channel: "Control" | "Data", reason: FtpError.FtpConnectionLost["reason"] = "Reset") =>
  new FtpError.FtpConnectionLost({
    channel,
    reason,
    phase: "Transfer",
    detail: "lost",
    outcome: "Unknown",
    ...CONTEXT
  })

const unreachable = (channel: "Control" | "Data") =>
  new FtpError.FtpConnectError({ reason: "Unreachable", channel, stage: "Dial", detail: "no route", ...CONTEXT })

const rejected = (outcome: "NotApplied" | "Unknown") =>
  new FtpError.FtpRejected({
    reason: "StorageFull",
    command: "STOR a",
    verb: "STOR",
    reply: { code: 552, lines: ["Quota exceeded."] },
    outcome,
    ...CONTEXT
  })

const busy = new FtpError.FtpRejected({
  reason: "Busy",
  command: "STOR a",
  verb: "STOR",
  reply: { code: 450, lines: ["File busy."] },
  outcome: "NotApplied",
  ...CONTEXT
})

const integrity = (reason: FtpError.FtpIntegrityError["reason"]) =>
  new FtpError.FtpIntegrityError({
    reason,
    direction: "Upload",
    path: "a",
    expected: "these",
    actual: "those",
    endpoint: "test"
  })

const FIRST = initial(true)
const LATER: State = { failures: 2, canResume: true, kept: 100, mayBeApplied: true }

const after = (state: State, failure: Partial<Failure> & Pick<Failure, "error">) =>
  afterFailure(state, { path: "a", offset: 0, sent: 0, isStored: false, canReopen: true, ...failure })

/** An action without its error, and what it reports as progress. */
const summary = (action: Action): string => {
  const error = action._tag === "Wait" ? action.interrupted : action._tag === "Fail" ? action.error : undefined
  return error?._tag === "FtpTransferInterrupted"
    ? `${action._tag}, interrupted at ${error.offset} with ${error.transferred} more`
    : action._tag
}

describe("after a failed attempt, an upload", () => {
  it.each<[string, string, State, Partial<Failure> & Pick<Failure, "error">]>([
    [
      "waits if its data connection is lost",
      "Wait, interrupted at 50 with 50 more",
      FIRST,
      { sent: 50, error: lost("Data") }
    ],
    [
      "waits if the server refuses more bytes in mid-transfer",
      "Wait, interrupted at 50 with 50 more",
      FIRST,
      { sent: 50, error: rejected("Unknown") }
    ],
    ["retries at once if its first session was dead", "Retry", FIRST, { error: lost("Control") }],
    [
      "waits if its first session was silent",
      "Wait, interrupted at 0 with 0 more",
      FIRST,
      { error: lost("Control", "TimedOut") }
    ],
    [
      "waits if its first session is lost after some bytes",
      "Wait, interrupted at 1 with 1 more",
      FIRST,
      { sent: 1, error: lost("Control") }
    ],
    [
      "waits if a later session is dead",
      "Wait, interrupted at 100 with 0 more",
      LATER,
      { offset: 100, error: lost("Control") }
    ],
    ["fails if the first session can't be opened", "Fail", FIRST, { error: unreachable("Control") }],
    [
      "waits if a later session can't be opened",
      "Wait, interrupted at 0 with 0 more",
      LATER,
      { error: unreachable("Control") }
    ],
    [
      "waits if the first data connection can't be opened",
      "Wait, interrupted at 0 with 0 more",
      FIRST,
      { error: unreachable("Data") }
    ],
    ["fails if the server refuses it", "Fail", FIRST, { error: rejected("NotApplied") }],
    [
      "fails with the interruption if its source can't be read again",
      "Fail, interrupted at 50 with 50 more",
      FIRST,
      { sent: 50, canReopen: false, error: lost("Data") }
    ],
    [
      "counts as progress only what the server kept",
      "Wait, interrupted at 900 with 50 more",
      LATER,
      { offset: 150, sent: 750, error: lost("Data") }
    ],
    [
      "counts no progress if the server kept less than before",
      "Wait, interrupted at 800 with 0 more",
      LATER,
      { offset: 50, sent: 750, error: lost("Data") }
    ],
    [
      "restarts if the boundary check fails",
      "Restart",
      LATER,
      { offset: 100, sent: 50, error: integrity("IgnoredOffset") }
    ],
    [
      "restarts if the size is wrong after resuming",
      "Restart",
      LATER,
      { offset: 100, sent: 50, error: integrity("Size") }
    ],
    [
      "restarts after resuming even if its source can't be read again",
      "Restart",
      LATER,
      { offset: 100, canReopen: false, error: integrity("Hash") }
    ],
    ["fails if the size is wrong although it sent all bytes", "Fail", LATER, { sent: 150, error: integrity("Size") }],
    ["fails if the source changed", "Fail", LATER, { offset: 100, error: integrity("Changed") }],
    [
      "fails if it could not verify as strictly as requested",
      "Fail",
      LATER,
      { offset: 100, error: integrity("Unverified") }
    ]
  ])("%s", (_, expected, state, failure) => {
    expect(summary(after(state, failure)[1])).toBe(expected)
  })

  it("does not resume again once it restarted", () => {
    const [restarted] = after(LATER, { offset: 100, error: integrity("IgnoredOffset") })
    expect(restarted.canResume).toBe(false)
    expect(after(restarted, { sent: 50, error: lost("Data") })[0].canResume).toBe(false)
  })

  it("remembers the highest offset that the server kept", () => {
    const [higher] = after(LATER, { offset: 150, error: lost("Data") })
    expect(higher).toEqual({ failures: 3, canResume: true, kept: 150, mayBeApplied: true })
    expect(after(higher, { offset: 50, error: lost("Data") })[0].kept).toBe(150)
  })
})

describe("after a refusal that may pass, an upload", () => {
  it("waits as if there had been no attempt, and ends with the refusal", () => {
    const [state, action] = after(FIRST, { error: busy })
    expect(state).toEqual(FIRST)
    expect(action).toMatchObject({ _tag: "Wait", error: { _tag: "FtpRejected", outcome: "NotApplied" } })
  })

  it("resumes where it was to resume, and its outcome is Unknown if the server may have bytes", () => {
    const [state, action] = after(LATER, { offset: 100, error: busy })
    expect(state.failures).toBe(LATER.failures + 1)
    expect(action).toMatchObject({ _tag: "Wait", error: { _tag: "FtpRejected", outcome: "Unknown" } })
  })

  it.each<[string, Partial<Failure>]>([
    ["if bytes of this attempt were sent", { sent: 1 }],
    ["if the server had confirmed all bytes", { isStored: true }],
    ["if its source can't be read again", { canReopen: false }]
  ])("fails %s", (_, failure) => {
    expect(after(FIRST, { error: busy, ...failure })[1]).toMatchObject({ _tag: "Fail" })
  })
})

describe("the outcome of an upload that fails with a refusal", () => {
  it.each<[string, string, State, Partial<Failure>]>([
    ["NotApplied", "if nothing was sent", FIRST, {}],
    ["Unknown", "if the server has bytes of this attempt", FIRST, { sent: 1 }],
    ["Unknown", "if the server had confirmed all bytes, of an empty file too", FIRST, { isStored: true }],
    ["Unknown", "if the server may have bytes of an earlier attempt", LATER, {}]
  ])("is %s %s", (outcome, _, state, failure) => {
    const [, action] = after(state, { error: rejected("NotApplied"), ...failure })
    expect(action).toMatchObject({ _tag: "Fail", error: { _tag: "FtpRejected", outcome } })
  })
})
