/**
 * What a refusal of MLSD or LIST means for the way on: is the verb unknown, is the directory empty, or is it for now?
 */
import type { FtpListingError, FtpRejected } from "../base/FtpError.ts"
import type * as Listing from "../protocol/Listing.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { SessionContext } from "./context.ts"
import type { ListFailure } from "./listingAnswer.ts"

export const isUnknownVerb = (error: ListFailure): error is FtpRejected =>
  error._tag === "FtpRejected" &&
  error.verb === "MLSD" &&
  (UNKNOWN.has(error.reply.code) || (error.reply.code === SYNTAX && error.command === error.verb))

/** Unknown, not here, or superfluous. */
const UNKNOWN: ReadonlySet<number> = new Set([500, 502, 503, 504, 202])

/** What is no directory (RFC 3659 §7.2), or an unknown verb: that, if there was no argument, or LIST finds a directory. */
const SYNTAX = 501

/** MLSD was refused for now, before there were data: LIST may be answered. */
export const isForNow = (error: ListFailure): error is FtpRejected =>
  error._tag === "FtpRejected" && error.reply.code < 500 && error.outcome === "NotApplied"

export const isPerhapsUnknown = (error: ListFailure): error is FtpRejected =>
  error._tag === "FtpRejected" && error.reply.code === SYNTAX && error.outcome === "NotApplied"

/** Whether a 501 for a directory is about the verb: not if that has listed another path, or the path is an odd one. */
export const mayTell = ({ capabilities }: SessionContext, path: string): boolean =>
  capabilities.proven("MLSD path") !== "Works" && RemotePath.isLiteralListArgument(path)

export const isUnreadable = (error: ListFailure): error is FtpListingError =>
  error._tag === "FtpListingError" && error.reason === "Unreadable"

/** Whether a listing was refused that may be empty: then CWD shows whether the directory is there. */
export const mayBeEmpty = (error: ListFailure): error is FtpRejected =>
  error._tag === "FtpRejected" && ReplyMeaning.mayBeEmptyListing(error.reply)

/** Whether something was listed, so that the refusal after it is not about an empty directory. */
export const hasContent = (listing: Listing.Listed<string>): boolean => listing.count > 0 || listing.unreadCount > 0
