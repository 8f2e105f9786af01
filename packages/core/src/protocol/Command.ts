/**
 * Commands of the client: one constructor for each verb, and the only way by which one becomes bytes (`CommandLine`).
 *
 *     C: USER ann            verb
 *     C: PASS ****           verb SP argument; an empty argument keeps its SP
 *
 * RFC 959 §4.1 and §5.3, RFC 2640 §3.1. The argument is everything after exactly one SP: it is never trimmed and never
 * quoted. `encode` refuses CR, LF and NUL in the bytes, so no path, name or password can hold a second command.
 *
 * Which command may follow which is `session/`'s.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as CommandLine from "./CommandLine.ts"
import type { TextCodec } from "./FtpCharset.ts"
import { MASK, reveal, SECRET_SITE, SECRET_VERBS } from "./Secrecy.ts"
import { TaggedError } from "./taggedError.ts"
import * as WireText from "./WireText.ts"

/**
 * One command. `argument` is `undefined` if the verb stands alone, and `Redacted` if it is a secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface Command {
  readonly verb: string
  readonly argument: string | Redacted.Redacted<string> | undefined
}

/**
 * The command cannot be put on the wire. It never holds the argument, which may be a secret; `verb` is empty if it is
 * the verb that is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidArgument extends TaggedError("InvalidArgument")<{
  readonly verb: string
  readonly why: string
}> {
  override get message(): string {
    return this.verb === "" ? this.why : `${this.verb}: ${this.why}`
  }
}

const make = (verb: string, argument?: string | Redacted.Redacted<string>): Command => ({ verb, argument })

// Login

/** USER: who logs in. @since 0.1.0 @category constructors */
export const user = (name: string): Command => make("USER", name)
/** PASS: the password, which no log shows. @since 0.1.0 @category constructors */
export const pass = (password: Redacted.Redacted<string>): Command => make("PASS", password)
/** ACCT: the account, which no log shows. @since 0.1.0 @category constructors */
export const acct = (account: Redacted.Redacted<string>): Command => make("ACCT", account)
/** The virtual host, before USER: RFC 7151. @since 0.1.0 @category constructors */
export const host = (name: string): Command => make("HOST", name)
/** `AUTH TLS`: RFC 4217 §4. @since 0.1.0 @category constructors */
export const auth = (mechanism: string): Command => make("AUTH", mechanism)
/** `PBSZ 0` before PROT: RFC 4217 §8. @since 0.1.0 @category constructors */
export const pbsz = (bytes: number): Command => make("PBSZ", String(bytes))
/** `PROT P` or `PROT C`: RFC 4217 §9. @since 0.1.0 @category constructors */
export const prot = (level: string): Command => make("PROT", level)
/** QUIT: ends the session. @since 0.1.0 @category constructors */
export const quit: Command = make("QUIT")

// What the server is and can do

/** RFC 2389 §3. @since 0.1.0 @category constructors */
export const feat: Command = make("FEAT")
/** The whole argument, `UTF8 ON` or `MLST type;size;`: RFC 2389 §4. @since 0.1.0 @category constructors */
export const opts = (argument: string): Command => make("OPTS", argument)
/** SYST: the server's operating system. @since 0.1.0 @category constructors */
export const syst: Command = make("SYST")
/** Client name and version; only if FEAT lists it. @since 0.1.0 @category constructors */
export const clnt = (name: string): Command => make("CLNT", name)
/** The language of replies, or the server's own without one: RFC 2640 §4. @since 0.1.0 @category constructors */
export const lang = (tag?: string): Command => make("LANG", tag)
/** HELP, of the server or of one command. @since 0.1.0 @category constructors */
export const help = (topic?: string): Command => make("HELP", topic)
/** NOOP: is answered, and does nothing. @since 0.1.0 @category constructors */
export const noop: Command = make("NOOP")

// How data travels

/** `I`, `A`, `L 8`. @since 0.1.0 @category constructors */
export const type = (code: string): Command => make("TYPE", code)
/** `S`, `B`, `C`, `Z`. @since 0.1.0 @category constructors */
export const mode = (code: string): Command => make("MODE", code)
/** `F`, `R`, `P`. @since 0.1.0 @category constructors */
export const stru = (code: string): Command => make("STRU", code)
/** PASV: the server listens for a data connection, over IPv4. @since 0.1.0 @category constructors */
export const pasv: Command = make("PASV")
/** RFC 2428 §3. @since 0.1.0 @category constructors */
export const epsv: Command = make("EPSV")
/**
 * Announces the transfer for which a passive port is asked next; DrFTPD gives none without it.
 *
 * @example
 * ```ts
 * import * as Command from "@ftp-effect/core/protocol/Command"
 *
 * const announced = Command.pret(Command.retr("pub/a"))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const pret = ({ argument, verb }: Command): Command =>
  make("PRET", typeof argument === "string" ? `${verb} ${argument}` : verb)
/** The argument comes from `HostPort.toPort`. @since 0.1.0 @category constructors */
export const port = (hostPort: string): Command => make("PORT", hostPort)
/** The argument comes from `HostPort.toEprt`: RFC 2428 §2. @since 0.1.0 @category constructors */
export const eprt = (address: string): Command => make("EPRT", address)

// Transfers

/** The byte offset from which the next transfer starts: RFC 3659 §5. @since 0.1.0 @category constructors */
export const rest = (offset: number): Command => make("REST", String(offset))
/** Byte offsets, both inclusive; `rang(1, 0)` resets: draft-bryan-ftp-range. @since 0.1.0 @category constructors */
export const rang = (first: number, last: number): Command => make("RANG", `${first} ${last}`)
/** RETR: downloads a file. @since 0.1.0 @category constructors */
export const retr = (path: string): Command => make("RETR", path)
/** STOR: uploads a file, replacing what is there. @since 0.1.0 @category constructors */
export const stor = (path: string): Command => make("STOR", path)
/** APPE: uploads to the end of a file. @since 0.1.0 @category constructors */
export const appe = (path: string): Command => make("APPE", path)
/** The server chooses the name and reports it in the 1yz: RFC 1123 §4.1.2.9. @since 0.1.0 @category constructors */
export const stou: Command = make("STOU")
/** ALLO: how many bytes are going to come. @since 0.1.0 @category constructors */
export const allo = (bytes: number): Command => make("ALLO", String(bytes))
/** ABOR: ends the transfer that is under way. @since 0.1.0 @category constructors */
export const abor: Command = make("ABOR")

// Files and directories

/** RFC 3659 §4. @since 0.1.0 @category constructors */
export const size = (path: string): Command => make("SIZE", path)
/** RFC 3659 §3. @since 0.1.0 @category constructors */
export const mdtm = (path: string): Command => make("MDTM", path)
/** `time` is `YYYYMMDDhhmmss`, UTC: draft-somers-ftp-mfxx. @since 0.1.0 @category constructors */
export const mfmt = (time: string, path: string): Command => make("MFMT", `${time} ${path}`)
/** `facts` are `name=value;` without spaces: draft-somers-ftp-mfxx. @since 0.1.0 @category constructors */
export const mff = (facts: string, path: string): Command => make("MFF", `${facts} ${path}`)
/** `mode` is the permission bits, as for `siteChmod`. @since 0.1.0 @category constructors */
export const mffMode = (mode: number, path: string): Command => mff(`UNIX.mode=${octal(mode, FACT_DIGITS)};`, path)
/** RFC 3659 §7. @since 0.1.0 @category constructors */
export const mlst = (path?: string): Command => make("MLST", path)
/** RFC 3659 §7. @since 0.1.0 @category constructors */
export const mlsd = (path?: string): Command => make("MLSD", path)
/** LIST: the listing of a directory, in the server's own format. An argument may hold options. @since 0.1.0 @category constructors */
export const list = (argument?: string): Command => make("LIST", argument)
/** NLST: the names in a directory. @since 0.1.0 @category constructors */
export const nlst = (argument?: string): Command => make("NLST", argument)
/** STAT: the status of the server, or the listing of a path over the control connection. @since 0.1.0 @category constructors */
export const stat = (path?: string): Command => make("STAT", path)
/** CWD: changes the working directory. @since 0.1.0 @category constructors */
export const cwd = (path: string): Command => make("CWD", path)
/** CDUP: changes to the parent directory. @since 0.1.0 @category constructors */
export const cdup: Command = make("CDUP")
/** PWD: the working directory. @since 0.1.0 @category constructors */
export const pwd: Command = make("PWD")
/** MKD: makes a directory. @since 0.1.0 @category constructors */
export const mkd = (path: string): Command => make("MKD", path)
/** RMD: removes an empty directory. @since 0.1.0 @category constructors */
export const rmd = (path: string): Command => make("RMD", path)
/** DELE: deletes a file. @since 0.1.0 @category constructors */
export const dele = (path: string): Command => make("DELE", path)
/** RNFR: what the next RNTO renames. @since 0.1.0 @category constructors */
export const rnfr = (path: string): Command => make("RNFR", path)
/** RNTO: the new name. @since 0.1.0 @category constructors */
export const rnto = (path: string): Command => make("RNTO", path)
/** Free bytes: draft-peterson-streamlined-ftp. @since 0.1.0 @category constructors */
export const avbl = (path?: string): Command => make("AVBL", path)

// Hashes

/** The algorithm is chosen by `OPTS HASH`: draft-bryan-ftp-hash. @since 0.1.0 @category constructors */
export const hash = (path: string): Command => make("HASH", path)
/** XCRC: the CRC32 of a file. @since 0.1.0 @category constructors */
export const xCrc = (path: string): Command => make("XCRC", path)
/** XMD5: the MD5 of a file. @since 0.1.0 @category constructors */
export const xMd5 = (path: string): Command => make("XMD5", path)
/** XSHA1: the SHA-1 of a file. @since 0.1.0 @category constructors */
export const xSha1 = (path: string): Command => make("XSHA1", path)
/** XSHA256: the SHA-256 of a file. @since 0.1.0 @category constructors */
export const xSha256 = (path: string): Command => make("XSHA256", path)
/** XSHA512: the SHA-512 of a file. @since 0.1.0 @category constructors */
export const xSha512 = (path: string): Command => make("XSHA512", path)
/** MD5: the MD5 of a file, as RFC drafts have it. @since 0.1.0 @category constructors */
export const md5 = (path: string): Command => make("MD5", path)

// Anything else

/** SITE: a command that only this server has. @since 0.1.0 @category constructors */
export const site = (argument: string): Command => make("SITE", argument)
/** `mode` is the permission bits, `0o644`; it goes out in octal. @since 0.1.0 @category constructors */
export const siteChmod = (mode: number, path: string): Command => site(`CHMOD ${octal(mode, CHMOD_DIGITS)} ${path}`)

/**
 * A line that a user typed: the verb in upper case, the argument unchanged after exactly one SP. An argument that
 * may hold a secret (`isSecret`) becomes `Redacted`.
 *
 * @example
 * ```ts
 * import * as Command from "@ftp-effect/core/protocol/Command"
 *
 * const command = Command.raw("SITE UMASK 022")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const raw = (line: string): Command => {
  const space = line.indexOf(" ")
  const verb = upperAscii(space < 0 ? line : line.slice(0, space))
  if (space < 0) return make(verb)
  const command = make(verb, line.slice(space + 1))
  return isSecret(command) ? make(verb, Redacted.make(line.slice(space + 1))) : command
}

/**
 * Whether the command must not be shown: its argument is or may hold a secret (PASS, ACCT, the security data of RFC
 * 2228, a `SITE` command about passwords, users or programs), or its verb is no verb (a slip such as a tab after `PASS`
 * puts the password there).
 *
 * @since 0.1.0
 * @category guards
 */
export const isSecret = ({ argument, verb }: Command): boolean =>
  typeof argument === "object" ||
  SECRET_VERBS.has(verb) ||
  (verb === "SITE" && SECRET_SITE.test(argument ?? "")) ||
  !VERB.test(verb)

/**
 * The command as one line to show or log, secrets as `****`, without a control character.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toLog = (command: Command): string => {
  const { argument, verb } = command
  if (typeof argument === "object" || isSecret(command)) {
    const isVerb = VERB.test(verb)
    return !isVerb ? MASK : argument === undefined ? verb : `${verb} ${MASK}`
  }
  return argument === undefined ? verb : `${verb} ${WireText.toDisplay(argument)}`
}

/**
 * The bytes of a command with its CRLF, to be written at once: some servers read one command a segment. The only way
 * onto the wire: it refuses CR, LF and NUL in the encoded bytes, lone surrogates, and a verb other than 1 to 16 of A-Z
 * and 0-9; `codec` refuses what it can't write. A byte 0xFF is Telnet's IAC and goes out doubled (RFC 854, RFC 3659
 * §2.2), or `"Plain"` to a server that knows no Telnet: see `control/byteFf`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = (
  command: Command,
  codec: TextCodec = WireText,
  byteFf: "Doubled" | "Plain" = "Doubled"
): Either.Either<Uint8Array, InvalidArgument> => {
  const { argument, verb } = command
  if (!VERB.test(verb)) return Either.left(new InvalidArgument({ verb: "", why: "a verb is 1 to 16 of A-Z and 0-9" }))
  const usual = codec === WireText && typeof argument !== "object" ? CommandLine.usual(verb, argument) : undefined
  if (usual !== undefined) return Either.right(usual)
  const text = argument === undefined ? undefined : reveal(argument)
  if (argument !== undefined && text === undefined) {
    return Either.left(new InvalidArgument({ verb, why: "its secret was wiped" }))
  }
  return Either.mapLeft(CommandLine.make(verb, text, codec, byteFf), (why) => new InvalidArgument({ verb, why }))
}

/** RFC 5797 has verbs of 3 and 4 letters; the longest in the wild, XSHA512, has 7. */
const VERB = /^[A-Z0-9]{1,16}$/

/** `\u0131` and its like have an upper case in ASCII: only a-z may change. */
const upperAscii = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase())

/** Twelve bits: rwx three times, and setuid, setgid, sticky. */
const PERMISSION_BITS = 0o7777
/** `SITE CHMOD` is written with at least one digit for owner, group and others. */
const CHMOD_DIGITS = 3
/** The fact `UNIX.mode` is written as in `0644`. */
const FACT_DIGITS = 4

const octal = (mode: number, digits: number): string => (mode & PERMISSION_BITS).toString(8).padStart(digits, "0")
