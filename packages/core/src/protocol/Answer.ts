/**
 * Whether a reply can answer a command, by its code alone (RFC 959 §5.4, RFC 2228 §5.2, RFC 2389, RFC 3659).
 *
 *     226 after SIZE     no: it ends a transfer, and was one too many
 *     220 after PASS     no: it is a line more of the greeting
 *     250 after SIZE     odd, but not the answer to anything else: it is taken
 *     552 after SIZE     no: it ends an upload whose success was told too early
 *
 * Servers choose their codes freely, so nothing is ruled out but codes that announce something else, and only for
 * commands for which they would mean something that is not so. Any other refusal answers any command.
 */

/** Whether the reply can be meant for a command with this verb; `undefined` is the greeting. */
export const mayAnswer = (verb: string | undefined, code: number): boolean =>
  verb === undefined ||
  (SPECIFIC.has(code) ? (OWN.get(verb)?.has(code) ?? true) : !(ENDS_TRANSFER.has(code) && ASKING.has(verb)))

/**
 * Whether a refusal of a question that follows an upload can be the upload's own, told behind a success that came too
 * early: any but those that are about the command itself, or the login.
 */
export const mayEndUpload = (code: number): boolean => code >= 400 && !ABOUT_COMMAND.has(code)

/** RFC 959 §4.2.1: unknown, wrong, not implemented, out of order; closing; not logged in. */
const ABOUT_COMMAND: ReadonlySet<number> = new Set([421, 500, 501, 502, 503, 504, 530])

/** RFC 959 §5.4 has them for transfers only: aborted, no space, no space for this user. */
const ENDS_TRANSFER: ReadonlySet<number> = new Set([426, 452, 552])

/** Commands that move and store nothing. */
const ASKING: ReadonlySet<string> = new Set(["EPSV", "FEAT", "MDTM", "MLST", "NOOP", "PASV", "PWD", "SIZE", "TYPE"])

/** Whether the reply can be meant for NOOP: what shows that a session is in step must not be taken for it. */
export const mayAnswerNoop = (code: number): boolean => NOOP_ANSWERS.has(code)

/** A greeting, or the announcement of one: 120 says that the service will be ready soon. */
export const isGreeting = (code: number): boolean => code === 220 || code === 120

/** 530 before a login, 421 as the last word. */
const NOOP_ANSWERS: ReadonlySet<number> = new Set([200, 202, 421, 500, 501, 502, 503, 504, 530])

/**
 * Codes that announce one thing: help and status, a file's facts, the greeting, a data connection and its end, a login,
 * a security exchange, a path.
 */
const SPECIFIC: ReadonlySet<number> = new Set([
  211, 212, 213, 214, 215, 220, 225, 226, 227, 228, 229, 230, 231, 232, 234, 257
])

const NONE: ReadonlySet<number> = new Set()
const LOGIN: ReadonlySet<number> = new Set([230, 231, 232])
/** A server that lets a client in at AUTH, unprotected, is distinguished from a silent one. */
const SECURITY: ReadonlySet<number> = new Set([...LOGIN, 234])
const TEXT: ReadonlySet<number> = new Set([211, 212, 213, 214, 215])
const FACTS: ReadonlySet<number> = new Set([211, 212, 213])
const PASSIVE: ReadonlySet<number> = new Set([227, 228, 229])
const PATH: ReadonlySet<number> = new Set([257])
const TRANSFER: ReadonlySet<number> = new Set([225, 226])

/** Which of these codes answer a verb. Any code answers a verb that is not here. */
const OWN: ReadonlyMap<string, ReadonlySet<number>> = new Map([
  ["USER", LOGIN],
  ["PASS", LOGIN],
  ["ACCT", LOGIN],
  ["AUTH", SECURITY],
  ["PBSZ", NONE],
  ["PROT", NONE],
  ["CCC", NONE],
  ["FEAT", TEXT],
  ["TYPE", NONE],
  ["NOOP", NONE],
  ["SIZE", FACTS],
  ["MDTM", FACTS],
  ["MFMT", FACTS],
  ["MFF", FACTS],
  ["HASH", FACTS],
  ["MLST", FACTS],
  ["PASV", PASSIVE],
  ["EPSV", PASSIVE],
  ["PORT", NONE],
  ["EPRT", NONE],
  // z/OS answers CWD with 257.
  ["CWD", PATH],
  ["CDUP", PATH],
  ["PWD", PATH],
  ["MKD", PATH],
  ["RMD", NONE],
  ["DELE", NONE],
  ["RNFR", NONE],
  ["RNTO", NONE],
  ["REST", NONE],
  ["RETR", TRANSFER],
  ["STOR", TRANSFER],
  ["APPE", TRANSFER],
  ["STOU", TRANSFER],
  ["LIST", TRANSFER],
  ["NLST", TRANSFER],
  ["MLSD", TRANSFER]
])
