/**
 * A part of a file: from which byte on, and up to which.
 *
 *     offset 0, no length     all of it: `until` is undefined, and its end is verified as that of a file
 *     otherwise               [offset, until)
 */
import * as Effect from "effect/Effect"
import { FtpUsageError } from "../../base/FtpError.ts"
import type { DownloadOptions } from "../options.ts"

export interface Range {
  readonly offset: number
  /** The offset after the last byte, or infinite; `undefined` if all of the file is wanted. */
  readonly until: number | undefined
  /** The most bytes that may be read and dropped to reach an offset. */
  readonly maxSkipped: number
}

export const make = ({
  length,
  maxSkipped = Number.POSITIVE_INFINITY,
  offset = 0,
  verify
}: Pick<DownloadOptions, "length" | "maxSkipped" | "offset" | "verify">): Effect.Effect<Range, FtpUsageError> => {
  if (!isCount(offset)) {
    return new FtpUsageError({ argument: "offset", why: NO_COUNT })
  }
  if (length !== undefined && length !== Number.POSITIVE_INFINITY && !isCount(length)) {
    return new FtpUsageError({ argument: "length", why: NO_COUNT })
  }
  if (maxSkipped !== Number.POSITIVE_INFINITY && !isCount(maxSkipped)) {
    return new FtpUsageError({ argument: "maxSkipped", why: NO_COUNT })
  }
  if (offset === 0 && (length === undefined || length === Number.POSITIVE_INFINITY)) {
    return Effect.succeed({ offset, until: undefined, maxSkipped })
  }
  return verify === "Hash"
    ? new FtpUsageError({ argument: "verify", why: "the server's hash is of the whole file, not of a range" })
    : Effect.succeed({ offset, until: offset + (length ?? Number.POSITIVE_INFINITY), maxSkipped })
}

const NO_COUNT = "must be a whole number of bytes from 0 on"

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
