/**
 * Bytes of the control connection in, whole replies out: RFC 959 §4.2, with the escapes that real servers need.
 *
 *     S: 220 ready                    one line
 *     S: 211-Features:                opens; ends at the first later line `211` or `211 text`
 *     S:  MDTM                        anything, also `220 other code` and blank lines
 *     S: 211-SIZE                     the reply's own prefix is taken off
 *     S: 211 End
 *
 *     idle ──`ddd text`──► a reply ──► idle          blank lines are skipped
 *      │ └───`ddd-text`──► open ──`ddd text`──► a reply ──► idle
 *      └─ anything else, or a bound is passed ──► dead: one Malformed, then silence
 *
 * A line ends at LF, with or without CR; a CR alone is dropped, and Telnet's CR NUL is a CR of the text (RFC 854).
 * Telnet commands are taken out and never answered: FF FF is the byte FF, FF F0..FA two bytes, FF FB..FE x three.
 * Each byte is looked at once, however the bytes are cut into chunks.
 *
 * This file does NOT know time (a reply that drips in is the channel's care), nor which command a reply belongs to.
 *
 * @since 0.1.0
 */
import type * as Reply from "./Reply.ts"
import * as WireText from "./WireText.ts"

/**
 * The peer broke the protocol; nothing that it says afterwards can be trusted. `received` is a short excerpt, safe to
 * show.
 *
 * @since 0.1.0
 * @category models
 */
export interface Malformed {
  readonly _tag: "Malformed"
  readonly expected: string
  readonly received: string
  /** Which server speaks there instead, as far as the first bytes of the line tell. */
  readonly peer: PeerKind | undefined
}

/**
 * A server that is not an FTP server: SSH, HTTP, or one that expects TLS from the first byte.
 *
 * @since 0.1.0
 * @category models
 */
export type PeerKind = "Ssh" | "Http" | "Tls"

/**
 * Bounds in bytes and lines, and how strict to be. The defaults are `MAX_LINE_BYTES`, `MAX_REPLY_BYTES`,
 * `MAX_REPLY_LINES` and `false`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  readonly maxLineBytes?: number | undefined
  readonly maxReplyBytes?: number | undefined
  readonly maxReplyLines?: number | undefined
  /**
   * Whether `ddd text` of any code ends a reply of several lines, as some old servers write it; the reply keeps the code
   * that opened it. A listing or a README inside a reply may then end it early.
   */
  readonly lenient?: boolean | undefined
}

/**
 * The state of one connection's replies.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReplyDecoder {
  /** Takes the next bytes, which it keeps no hold of, and returns what they complete; a `Malformed` is the last. */
  readonly push: (bytes: Uint8Array) => ReadonlyArray<Reply.Reply | Malformed>
  /**
   * The peer's FIN: a last line without CRLF counts as whole where it refuses or says goodbye (vsftpd's `500 OOPS:`). Any
   * other reply that is cut short is dropped: `213 12` may have been on its way to be `213 12345`.
   */
  readonly end: () => ReadonlyArray<Reply.Reply | Malformed>
  /** Whether no byte is held back and no reply is open: what must be true before AUTH turns into TLS. */
  readonly isEmpty: boolean
}

/**
 * Whether it is the end of a conversation rather than a reply.
 *
 * @since 0.1.0
 * @category guards
 */
export const isMalformed = (decoded: Reply.Reply | Malformed): decoded is Malformed => "_tag" in decoded

/**
 * The longest line in bytes, without its end: curl's buffer is as large.
 *
 * @since 0.1.0
 * @category constants
 */
export const MAX_LINE_BYTES = 65_536

/**
 * The largest reply in bytes, its line ends counted as one byte each: a STAT listing or a message of the day is far smaller.
 *
 * @since 0.1.0
 * @category constants
 */
export const MAX_REPLY_BYTES = 1_048_576

/**
 * The most lines of a reply: Pure-FTPd cuts its listings there.
 *
 * @since 0.1.0
 * @category constants
 */
export const MAX_REPLY_LINES = 10_000

/**
 * A decoder for one connection, with nothing in it. After a successful AUTH a new one is made.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (limits: Limits = {}): ReplyDecoder => {
  const maxLineBytes = limits.maxLineBytes ?? MAX_LINE_BYTES
  const maxReplyBytes = limits.maxReplyBytes ?? MAX_REPLY_BYTES
  const maxReplyLines = limits.maxReplyLines ?? MAX_REPLY_LINES
  const lenient = limits.lenient ?? false

  // One byte more than a line may have: the CR of a CR NUL that ends it.
  let line = new Uint8Array(Math.min(FIRST_LINE_BYTES, maxLineBytes + 1))
  let length = 0
  let afterCr = false
  let telnet: Telnet = "Text"
  let open: Open | undefined
  let dead = false

  const malformed = (expected: string, received: Uint8Array): Malformed => {
    const peer = open === undefined ? peerOf(received) : undefined
    return {
      _tag: "Malformed",
      expected: peer === undefined ? expected : `${expected} (${PEER_TEXT[peer]})`,
      received: excerptOf(received),
      peer
    }
  }

  /** One character of the line; a complaint if there is no room. */
  const append = (byte: number): Malformed | undefined => {
    if (length >= maxLineBytes && !(byte === CR && length === maxLineBytes)) {
      return malformed(`a line of at most ${maxLineBytes} bytes`, line.subarray(0, length))
    }
    if (length === line.length) line = grow(line, maxLineBytes + 1)
    line[length++] = byte
    return undefined
  }

  /** What the line in the buffer completes, if anything; the buffer is empty afterwards. */
  const endLine = (): Reply.Reply | Malformed | undefined => {
    if (length > 0 && line[length - 1] === CR) length -= 1
    const bytes = line.subarray(0, length)
    length = 0
    if (open === undefined) {
      if (bytes.length === 0) return undefined
      if (bytes.length >= maxReplyBytes) return malformed(`a reply of at most ${maxReplyBytes} bytes`, bytes)
      const code = codeOf(bytes)
      if (code === undefined || !isCodeEnd(bytes[CODE_DIGITS])) return malformed(A_REPLY, bytes)
      const text = WireText.decode(bytes.subarray(CODE_DIGITS + 1))
      if (bytes[CODE_DIGITS] !== HYPHEN) return { code, lines: [text] }
      open = { code, lines: [text], bytes: bytes.length + 1 }
      return undefined
    }
    open.bytes += bytes.length + 1
    if (open.bytes > maxReplyBytes) return malformed(`a reply of at most ${maxReplyBytes} bytes`, bytes)
    if (open.lines.length >= maxReplyLines) return malformed(`a reply of at most ${maxReplyLines} lines`, bytes)
    const code = codeOf(bytes)
    const next = bytes[CODE_DIGITS]
    const isOwn = code === open.code && isCodeEnd(next)
    const ends = isOwn ? next !== HYPHEN : lenient && code !== undefined && next === SP
    open.lines.push(WireText.decode(isOwn || ends ? bytes.subarray(CODE_DIGITS + 1) : bytes))
    if (!ends) return undefined
    const reply: Reply.Reply = { code: open.code, lines: open.lines }
    open = undefined
    return reply
  }

  /** One byte after Telnet has been taken out. */
  const takeByte = (byte: number): Reply.Reply | Malformed | undefined => {
    if (afterCr) {
      afterCr = false
      if (byte === NUL) return append(CR)
    }
    switch (byte) {
      case LF:
        return endLine()
      case CR:
        afterCr = true
        return undefined
      case NUL:
        return append(NUL) ?? malformed("a line without NUL", line.subarray(0, length))
      default:
        return append(byte)
    }
  }

  const take = (byte: number): Reply.Reply | Malformed | undefined => {
    switch (telnet) {
      case "Text":
        if (byte !== IAC) return takeByte(byte)
        telnet = "Command"
        return undefined
      case "Command":
        if (byte >= FIRST_OPTION_COMMAND && byte < IAC) {
          telnet = "Option"
          return undefined
        }
        telnet = "Text"
        if (byte === IAC) return takeByte(IAC)
        if (byte >= FIRST_COMMAND) return undefined
        // Not Telnet at all: a lone FF of a charset whose server does not double it (ProFTPD, most others).
        return takeByte(IAC) ?? takeByte(byte)
      case "Option":
        telnet = "Text"
        return undefined
    }
  }

  return {
    push: (bytes) => {
      if (dead) return NOTHING
      let decoded: Array<Reply.Reply | Malformed> | undefined
      for (let at = 0; at < bytes.length; at++) {
        const one = take(bytes[at] ?? NUL)
        if (one === undefined) continue
        if (decoded === undefined) decoded = []
        decoded.push(one)
        if (isMalformed(one)) {
          dead = true
          break
        }
      }
      return decoded ?? NOTHING
    },
    end: () => {
      if (dead || length === 0 || (open === undefined && isCutCode(line.subarray(0, length)))) return NOTHING
      const last = endLine()
      dead = true
      return last === undefined || !(isMalformed(last) || isLastWord(last)) ? NOTHING : [last]
    },
    get isEmpty() {
      return !dead && length === 0 && !afterCr && telnet === "Text" && open === undefined
    }
  }
}

/** A reply of several lines whose end has not come. */
interface Open {
  readonly code: number
  readonly lines: [string, ...Array<string>]
  bytes: number
}

/** Behind nothing, behind IAC, behind IAC WILL, WONT, DO or DONT. */
type Telnet = "Text" | "Command" | "Option"

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const HYPHEN = 0x2d
const ZERO = 0x30
const ONE = 0x31
const FIVE = 0x35
const NINE = 0x39
/** Telnet, RFC 854: SE, the first command; WILL, the first that carries an option; IAC. */
const FIRST_COMMAND = 0xf0
const FIRST_OPTION_COMMAND = 0xfb
const IAC = 0xff

const CODE_DIGITS = 3
/** Most lines fit; the buffer doubles for those that do not. */
const FIRST_LINE_BYTES = 512
/** Enough to recognise a peer, short enough for one line of a message. */
const EXCERPT_BYTES = 80

const NOTHING: ReadonlyArray<never> = []

const grow = (line: Uint8Array, most: number): Uint8Array<ArrayBuffer> => {
  const larger = new Uint8Array(Math.min(line.length * 2, most))
  larger.set(line)
  return larger
}

const isDigit = (byte: number | undefined): byte is number => byte !== undefined && byte >= ZERO && byte <= NINE

/** Three digits, the first 1 to 5. RFC 2228's 6yz needs a security layer that is not ours. */
const codeOf = (bytes: Uint8Array): number | undefined => {
  const [first, second, third] = bytes
  if (first === undefined || first < ONE || first > FIVE || !isDigit(second) || !isDigit(third)) return undefined
  return (first - ZERO) * 100 + (second - ZERO) * 10 + (third - ZERO)
}

/** What may stand behind a code: SP, nothing (a bare `200`, which counts as `200 `), or a hyphen. */
const isCodeEnd = (byte: number | undefined): boolean => byte === undefined || byte === SP || byte === HYPHEN

/** One or two digits before the end of file: the connection was cut inside a reply, which is nobody's mistake. */
const isCutCode = (bytes: Uint8Array): boolean => bytes.length < CODE_DIGITS && bytes.every(isDigit)

/** What means the same however much of its text is missing. */
const isLastWord = ({ code }: Reply.Reply): boolean => code >= FIRST_REFUSAL || code === GOODBYE

const GOODBYE = 221
const FIRST_REFUSAL = 400

const A_REPLY = "an FTP reply: three digits from 1yz to 5yz, and a text"

/** The first bytes, safe to show. */
const excerptOf = (bytes: Uint8Array): string =>
  WireText.toDisplay(WireText.decode(bytes.subarray(0, EXCERPT_BYTES))) + (bytes.length > EXCERPT_BYTES ? "..." : "")

/** The record types 0x14 to 0x17 and the major version 3, RFC 8446 §5.1: what a TLS server says to a plain `USER`. */
const FIRST_TLS_RECORD = 0x14
const LAST_TLS_RECORD = 0x17
const TLS_MAJOR_VERSION = 0x03

const PEER_TEXT: { readonly [Peer in PeerKind]: string } = {
  Tls: "the peer speaks TLS at once: implicit TLS, usually port 990",
  Ssh: "the peer is an SSH server: SFTP is another protocol, usually port 22",
  Http: "the peer is an HTTP server"
}

const peerOf = (line: Uint8Array): PeerKind | undefined => {
  const [first = 0, second] = line
  if (first >= FIRST_TLS_RECORD && first <= LAST_TLS_RECORD && second === TLS_MAJOR_VERSION) {
    return "Tls"
  }
  const head = excerptOf(line)
  return head.startsWith("SSH-") ? "Ssh" : head.startsWith("HTTP/") ? "Http" : undefined
}
