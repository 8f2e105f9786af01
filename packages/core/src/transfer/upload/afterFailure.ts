/**
 * What follows a failed attempt of an upload.
 *
 *     the bytes are not those sent, after resuming ──► Restart: this server can't resume, so all is sent again
 *     no interruption                              ──► Fail, with the error
 *     interrupted, the source can't be read again  ──► Fail, with the interruption
 *     the first session was dead, nothing was sent ──► Retry on another session at once
 *     interrupted                                  ──► Wait by the schedule, which progress resets, then resume
 *     refused for now, before a byte was sent      ──► the same, if the source can be read from where it is
 *
 * Once the server has bytes of the file, a question that it refuses says nothing about them: the outcome is Unknown.
 */
import { type FtpIntegrityError, FtpRejected } from "../../base/FtpError.ts"
import * as Interruption from "../interruption.ts"
import type { UploadError } from "./uploadContext.ts"

export interface State {
  /** How many attempts have failed. */
  readonly failures: number
  /** Whether the next attempt may resume; it sends all bytes otherwise. */
  readonly canResume: boolean
  /** The highest offset at which an attempt resumed: the server had kept all bytes before it. */
  readonly kept: number
  /** Whether the server may have bytes of an attempt. */
  readonly mayBeApplied: boolean
}

/** An attempt that failed after it had sent `sent` bytes from `offset` on. */
export interface Failure {
  readonly path: string
  readonly error: UploadError
  readonly offset: number
  readonly sent: number
  /** Whether the server had confirmed all bytes. */
  readonly isStored: boolean
  /** Whether another attempt can read the source. */
  readonly canReopen: boolean
}

export type Action =
  | { readonly _tag: "Restart" }
  | { readonly _tag: "Retry" }
  | {
      readonly _tag: "Wait"
      readonly interrupted: ReturnType<typeof Interruption.make>
      /** What the upload fails with if there is no other attempt. */
      readonly error: UploadError
    }
  | { readonly _tag: "Fail"; readonly error: UploadError }

export const initial = (canResume: boolean): State => ({ failures: 0, canResume, kept: 0, mayBeApplied: false })

export const afterFailure = (state: State, failure: Failure): readonly [State, Action] => {
  const { canReopen, error, isStored, offset, path, sent } = failure
  const mayBeApplied = state.mayBeApplied || isStored || sent > 0
  const next = { ...state, failures: state.failures + 1, kept: Math.max(state.kept, offset), mayBeApplied }
  const isFirst = state.failures === 0
  if (error._tag === "FtpIntegrityError" && offset > 0 && isRestartable(error)) {
    return [{ ...next, canResume: false }, { _tag: "Restart" }]
  }
  const isBusy = Interruption.isRefusedForNow(error) && sent === 0 && !isStored && canReopen
  if (!isBusy && !isInterruption(error, isFirst)) {
    return [next, { _tag: "Fail", error: mayBeApplied ? withUnknownOutcome(error) : error }]
  }
  // Bytes that the kernel took are no progress, or a server that resets every upload would be tried for ever. After the
  // first attempt only those of earlier attempts count that the server had kept.
  const transferred = isFirst ? sent : Math.max(0, offset - state.kept)
  const interrupted = Interruption.make({
    path,
    direction: "Upload",
    offset: offset + sent,
    transferred,
    cause: error
  })
  if (isBusy) {
    // An attempt of which nothing came is none, unless it was to resume what the next one has to resume too.
    const refused = mayBeApplied ? withUnknownOutcome(error) : error
    return [offset > 0 ? next : state, { _tag: "Wait", interrupted, error: refused }]
  }
  if (!canReopen) {
    return [next, { _tag: "Fail", error: interrupted }]
  }
  return isFirst && sent === 0 && Interruption.isDeadSession(error)
    ? [next, { _tag: "Retry" }]
    : [next, { _tag: "Wait", interrupted, error: interrupted }]
}

/** Opening a session has a schedule of its own: on the first attempt its failure is final. */
const isInterruption = (error: UploadError, isFirst: boolean): error is Interruption.Cause =>
  Interruption.isCause(error) && !(isFirst && error._tag === "FtpConnectError" && error.channel === "Control")

/** A refusal after which the file may be there all the same. */
export const withUnknownOutcome = <E>(error: E | FtpRejected): E | FtpRejected =>
  error instanceof FtpRejected ? new FtpRejected({ ...error, outcome: "Unknown" }) : error

/** Whether sending all bytes again may help. */
const isRestartable = ({ reason }: FtpIntegrityError): boolean => reason !== "Changed" && reason !== "Unverified"
