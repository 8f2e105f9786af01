/**
 * What a refusal means: the code first, then the words of the servers that really exist. The only file that reads
 * server prose; the prose itself is in `ServerWords`.
 *
 *     S: 550 Permission denied.                       PermissionDenied
 *     S: 550 a.txt: No such file or directory         NotFound
 *     S: 530 Too many users, try again later          isTooManyConnections, and Busy
 *
 * RFC 959 has one code, 550, for nearly everything that a file system refuses, so the text has to decide. Texts name
 * the path in front of the cause, so of several known phrases the last one counts, and only the head and the tail of a
 * long text are read. A new wording is a line in `ServerWords`.
 */
import * as Reply from "./Reply.ts"
import * as Words from "./ServerWords.ts"

export type { RejectedReason } from "./ServerWords.ts"

/**
 * The reason of a refusal of `verb` (upper case); `Other` for a reply that refuses nothing. Where vsftpd says only that
 * a command failed (`550 Failed to open file.`), the reason is the most frequent cause: `NotFound` for a verb that
 * reads, although a missing permission sounds the same; `Other` for one that writes.
 */
export const reasonOf = (verb: string, reply: Reply.Reply): Words.RejectedReason => {
  if (!Reply.isNegative(reply)) return "Other"
  const text = prose(reply)
  switch (reply.code) {
    case 500:
      return text.startsWith("oops") ? (reasonOfText(text) ?? "Other") : "Unsupported"
    case 431:
    case 502:
    case 504:
    case 536:
    case 537:
      return "Unsupported"
    case 503:
      return "BadSequence"
    case 421:
      return "Busy"
    case 430:
    case 530:
      return isTooManyConnections(reply) ? "Busy" : "PermissionDenied"
    case 532:
    case 533:
    case 534:
    case 556:
      return "PermissionDenied"
    case 425:
    case 426:
    case 535:
      return "Other"
    case 450:
      return reasonOfText(text) ?? "Busy"
    case 451:
      return isNotPermittedPolicy(reply) ? "PermissionDenied" : (reasonOfText(text) ?? "Other")
    case 452:
      return "StorageFull"
    case 552:
      // ProFTPD: the file is larger than its limit for hashing.
      return HASH_VERBS.has(verb) ? "Unsupported" : "StorageFull"
    case 521:
      // RFC 959 appendix II; for other verbs it is RFC 4217's "not with this PROT".
      return verb === "MKD" || verb === "XMKD" ? "AlreadyExists" : "Other"
    case 522:
      return verb === "EPSV" || verb === "EPRT" ? "Unsupported" : "Other"
    case 553:
      return reasonOfText(text) ?? "PermissionDenied"
    case 550:
      if (isNotADirectory(reply) && !DIRECTORY_VERBS.has(verb)) return "NotFound"
      return (
        reasonOfText(text) ?? (READING_VERBS.has(verb) && includesAny(text, Words.BARE_FAILURES) ? "NotFound" : "Other")
      )
    default:
      return reasonOfText(text) ?? "Other"
  }
}

/**
 * Whether a 550 or 553 refuses and its text gives no reason that is known. A 553 alone is about a permission; Windows
 * servers send it for names that are taken.
 */
export const givesNoReason = (reply: Reply.Reply): boolean =>
  (reply.code === 550 || reply.code === 553) && !isNotADirectory(reply) && reasonOfText(prose(reply)) === undefined

/**
 * Whether a connection or a login was refused because too many are open: the pool must shrink, and the password is not
 * wrong. True for 421, 430, 431 and 530 only.
 */
export const isTooManyConnections = (reply: Reply.Reply): boolean => {
  if (!LIMIT_CODES.has(reply.code)) return false
  const text = prose(reply)
  return includesAny(text, Words.LIMIT_TEXTS) && !includesAny(text, Words.FAILED_LOGIN_TEXTS)
}

/**
 * Whether the server demands TLS for what was asked (vsftpd 530, Pure-FTPd 421, ProFTPD 522 and 550, IIS 534).
 */
export const isTlsRequired = (reply: Reply.Reply): boolean =>
  Reply.isNegative(reply) && includesAny(prose(reply), Words.TLS_REQUIRED_TEXTS)

/**
 * Whether the server ends the session with this reply: 421, and vsftpd's `500 OOPS: child died`, its last words always.
 */
export const isServiceClosing = (reply: Reply.Reply): boolean =>
  reply.code === 421 || (reply.code === 500 && prose(reply).startsWith("oops: "))

/** Whether a refused listing means an empty directory (z/OS and old servers, 450 or 550). */
export const isEmptyListing = (reply: Reply.Reply): boolean =>
  (reply.code === 450 || reply.code === 550) && includesAny(prose(reply), Words.EMPTY_LISTING_TEXTS)

/**
 * Whether a refused listing may mean an empty directory, if CWD enters that: the text gives no other reason than that
 * something is missing (ftpiiu). A directory that can't be opened may hold anything.
 */
export const mayBeEmptyListing = (reply: Reply.Reply): boolean => {
  if (isEmptyListing(reply)) return true
  if (reply.code !== 450 && reply.code !== 550) return false
  const text = prose(reply)
  const reason = reasonOfText(text) ?? (reply.code === 550 ? "Other" : "Busy")
  return (
    (reason === "NotFound" || reason === "Other") &&
    !includesAny(text, Words.BARE_FAILURES) &&
    !includesAny(text, Words.TRUNCATED_TEXTS)
  )
}

/**
 * Whether the refusal says that something on the path is a file instead of a directory (ENOTDIR): the path itself for a
 * verb that wants a directory, a component before it for any other.
 */
export const isNotADirectory = (reply: Reply.Reply): boolean =>
  Reply.isNegative(reply) && includesAny(prose(reply), Words.NOT_A_DIRECTORY_TEXTS)

/**
 * Whether a listing that ended well is not whole: Pure-FTPd's `226 Output truncated to 10000 matches`, vsftpd's `226
 * Transfer done (but failed to open directory).`.
 */
export const isTruncatedListing = (reply: Reply.Reply): boolean => includesAny(prose(reply), Words.TRUNCATED_TEXTS)

/**
 * Whether the greeting is of a server that closes a data connection on which bytes arrive before the transfer command,
 * such as those of a TLS handshake: pyftpdlib, all versions up to 2.1.
 */
export const wantsLateTls = (greeting: Reply.Reply): boolean => includesAny(prose(greeting), Words.LATE_TLS_TEXTS)

/** Whether a 451 is a policy and stays: ProFTPD's `451 Append/Restart not permitted, try again`. */
export const isNotPermittedPolicy = (reply: Reply.Reply): boolean =>
  reply.code === 451 && includesAny(prose(reply), Words.RESTART_POLICY_TEXTS)

/** More than any known server says about one refusal; a flood is read from both its ends only. */
const PROSE_UNITS = 4096

/** The words of a reply, lower case, bounded. */
const prose = (reply: Reply.Reply): string => {
  const text = Reply.text(reply)
  const bounded =
    text.length <= 2 * PROSE_UNITS ? text : `${text.slice(0, PROSE_UNITS)}\n${text.slice(text.length - PROSE_UNITS)}`
  return bounded.toLowerCase()
}

const includesAny = (text: string, phrases: ReadonlyArray<string>): boolean =>
  phrases.some((phrase) => text.includes(phrase))

/** The reason whose phrase ends last: `no such file.txt: Permission denied` is about a permission. */
const reasonOfText = (text: string): Words.RejectedReason | undefined => {
  let found: Words.RejectedReason | undefined
  let end = 0
  for (const [reason, known] of Words.PHRASES) {
    for (const phrase of known) {
      const at = text.lastIndexOf(phrase)
      if (at >= 0 && at + phrase.length > end) {
        found = reason
        end = at + phrase.length
      }
    }
  }
  return found
}

const LIMIT_CODES: ReadonlySet<number> = new Set([421, 430, 431, 530])

const HASH_VERBS: ReadonlySet<string> = new Set("HASH MD5 MMD5 XCRC XMD5 XSHA XSHA1 XSHA256 XSHA512".split(" "))
/** Verbs that fail on a vsftpd mostly because there is no such path. */
const READING_VERBS: ReadonlySet<string> = new Set("RETR SIZE MDTM MLST MLSD LIST NLST STAT CWD XCWD RNFR".split(" "))
/** Verbs whose path has to be a directory itself. */
const DIRECTORY_VERBS: ReadonlySet<string> = new Set("CWD XCWD LIST NLST MLSD RMD XRMD".split(" "))
