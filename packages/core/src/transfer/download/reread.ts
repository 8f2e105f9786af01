/**
 * A download that was interrupted, from a server that can't begin at an offset: the second best way is to read the file
 * from its first byte once more, and to skip what was delivered.
 *
 *     IfNeeded ──REST refused, or other bytes than those before the offset──► Now: RETR without REST
 *     Never    ──the same──► the error
 *
 *     RETR   │ skipped │ overlap: compared │ new bytes ──►
 *            0                             offset
 *
 * So the bytes that are here need not be given up, and a file that was replaced is recognised: it has another overlap.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { DataError, FtpIntegrityError } from "../../base/FtpError.ts"
import type { Pull } from "../../base/FtpSource.ts"
import type { FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import * as ReplyMeaning from "../../protocol/ReplyMeaning.ts"
import * as Integrity from "../integrity.ts"
import type { TransferError } from "../options.ts"
import type { Limit } from "../rate.ts"

export type Reread = "Never" | "IfNeeded" | "Now"

/** Whether the attempt failed as the server refuses to begin at an offset, or may have ignored it. */
export const isOffsetProblem = (error: TransferError): boolean =>
  isOffsetRefused(error) || (error._tag === "FtpIntegrityError" && error.reason === "IgnoredOffset")

/** Some servers accept REST and refuse the RETR that follows (ProFTPD with `AllowRetrieveRestart off`: 451). */
export const isOffsetRefused = (error: TransferError | FtpLocalFileError): boolean =>
  error._tag === "FtpRejected" &&
  error.outcome === "NotApplied" &&
  (error.verb === "REST" || (error.verb === "RETR" && ReplyMeaning.isNotPermittedPolicy(error.reply)))

/** Whether a later attempt would fail in the same way: only a 4yz may pass. */
export const isForGood = (error: TransferError): boolean => error._tag !== "FtpRejected" || error.reply.code >= 500

/** Reads so many bytes and drops them, no faster than `limit` allows; returns the pull of what follows. */
export const skip = (
  read: Pull<DataError>,
  bytes: number,
  limit: Limit,
  subject: Integrity.Subject
): Effect.Effect<Pull<DataError>, DataError | FtpIntegrityError> =>
  Effect.gen(function* () {
    let left = bytes
    while (left > 0) {
      const chunk = yield* read
      if (Option.isNone(chunk)) {
        return yield* Integrity.make(subject, "Changed", `${bytes} bytes or more`, bytes - left)
      }
      const skipped = chunk.value.subarray(0, left)
      const rest = chunk.value.subarray(skipped.byteLength)
      left -= skipped.byteLength
      yield* Effect.repeat(limit(once(skipped)), { while: Option.isSome })
      if (rest.byteLength > 0) {
        const first = once(rest)
        return Effect.flatMap(first, (bytes) => (Option.isSome(bytes) ? Effect.succeed(bytes) : read))
      }
    }
    return read
  })

const once = (bytes: Uint8Array): Pull<never> => {
  let next = Option.some(bytes)
  return Effect.sync(() => {
    const bytes = next
    next = Option.none()
    return bytes
  })
}
