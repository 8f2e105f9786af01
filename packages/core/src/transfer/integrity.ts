/**
 * The errors of a transfer whose bytes are not those of the file, or could not be verified as strictly as requested.
 */
import { FtpIntegrityError } from "../base/FtpError.ts"
import type * as Evidence from "../base/FtpEvidence.ts"

/** Which transfer an error is about. */
export interface Subject {
  readonly direction: FtpIntegrityError["direction"]
  /** The remote file, as the caller names it. */
  readonly path: string
  /** The label of its endpoint, or of all the endpoints that it may be. */
  readonly server: string
}

/** `expected` and `actual` as text, or as a count of bytes. */
export const make = (
  { direction, path, server }: Subject,
  reason: FtpIntegrityError["reason"],
  expected: string | number,
  actual: string | number
): FtpIntegrityError =>
  new FtpIntegrityError({
    reason,
    direction,
    path,
    expected: toText(expected),
    actual: toText(actual),
    endpoint: server
  })

export const unverified = (subject: Subject, least: Evidence.Strength, actual: string): FtpIntegrityError =>
  make(subject, "Unverified", `proof by ${least}`, actual)

const toText = (what: string | number): string => (typeof what === "number" ? `${what} bytes` : what)
