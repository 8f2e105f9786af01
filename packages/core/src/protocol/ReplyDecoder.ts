/**
 * Bytes of the control connection in, whole replies out: RFC 959 §4.2. `TelnetLines` makes the lines.
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
 * A reply that drips in is the channel's care: there is no time here.
 */
import type * as Reply from "./Reply.ts"
import * as TelnetLines from "./TelnetLines.ts"
import * as WireText from "./WireText.ts"

/**
 * The peer broke the protocol; nothing that it says afterwards can be trusted. `received` is a short excerpt, safe to
 * show.
 */
export interface Malformed {
  readonly _tag: "Malformed"
  readonly expected: string
  readonly received: string
  /** Which server speaks there instead, as far as the first bytes of the line tell. */
  readonly peer: PeerKind | undefined
}

/** A server that is not an FTP server: SSH, HTTP, or one that expects TLS from the first byte. */
export type PeerKind = "Ssh" | "Http" | "Tls"

/** Bounds in bytes and lines. The defaults are `MAX_LINE_BYTES`, `MAX_REPLY_BYTES` and `MAX_REPLY_LINES`. */
export interface Limits {
  readonly maxLineBytes?: number | undefined
  readonly maxReplyBytes?: number | undefined
  readonly maxReplyLines?: number | undefined
}

/** The state of one connection's replies. */
export interface ReplyDecoder {
  /** Takes the next bytes, which it keeps no hold of, and returns what they complete; a `Malformed` is the last. */
  readonly push: (bytes: Uint8Array) => ReadonlyArray<Reply.Reply | Malformed>
  /**
   * The peer's FIN: a last line without CRLF counts as whole if it refuses or says goodbye (vsftpd's `500 OOPS:`). Any
   * other reply that is cut short is dropped: `213 12` may have been on its way to be `213 12345`.
   */
  readonly end: () => ReadonlyArray<Reply.Reply | Malformed>
  /** Whether no byte is held back and no reply is open: what must be true before AUTH turns into TLS. */
  readonly isEmpty: boolean
}

/** Whether it is the end of a conversation rather than a reply. */
export const isMalformed = (decoded: Reply.Reply | Malformed): decoded is Malformed => "_tag" in decoded

/** The longest line in bytes, without its end: curl's buffer is as large. */
export const MAX_LINE_BYTES = 65_536

/**
 * The largest reply in bytes, its line ends counted as one byte each: a STAT listing or a message of the day is far
 * smaller.
 */
export const MAX_REPLY_BYTES = 1_048_576

/** The most lines of a reply: Pure-FTPd cuts its listings there. */
export const MAX_REPLY_LINES = 10_000

/** A decoder for one connection, with nothing in it. After a successful AUTH a new one is made. */
export const make = (limits: Limits = {}): ReplyDecoder => {
  const maxLineBytes = limits.maxLineBytes ?? MAX_LINE_BYTES
  const maxReplyBytes = limits.maxReplyBytes ?? MAX_REPLY_BYTES
  const maxReplyLines = limits.maxReplyLines ?? MAX_REPLY_LINES

  const lines = TelnetLines.make(maxLineBytes, { nul: "Refuse", counts: "Text" })
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

  const faulty = (fault: TelnetLines.Fault): Malformed =>
    malformed(fault === "TooLong" ? `a line of at most ${maxLineBytes} bytes` : "a line without NUL", lines.partial())

  /** What a line completes, if anything. */
  const takeLine = (bytes: Uint8Array): Reply.Reply | Malformed | undefined => {
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
    const ends = isOwn && next !== HYPHEN
    open.lines.push(WireText.decode(isOwn ? bytes.subarray(CODE_DIGITS + 1) : bytes))
    if (!ends) return undefined
    const reply: Reply.Reply = { code: open.code, lines: open.lines }
    open = undefined
    return reply
  }

  return {
    push: (bytes) => {
      if (dead) return NOTHING
      let decoded: Array<Reply.Reply | Malformed> | undefined
      const note = (one: Reply.Reply | Malformed | undefined): boolean => {
        if (one === undefined) return true
        if (decoded === undefined) decoded = []
        decoded.push(one)
        dead = isMalformed(one)
        return !dead
      }
      const fault = lines.push(bytes, (line) => note(takeLine(line)))
      if (fault !== undefined) note(faulty(fault))
      return decoded ?? NOTHING
    },
    end: () => {
      const partial = lines.partial()
      if (dead || partial.length === 0 || (open === undefined && isCutCode(partial))) return NOTHING
      const last = takeLine(lines.end())
      dead = true
      return last === undefined || !(isMalformed(last) || isLastWord(last)) ? NOTHING : [last]
    },
    get isEmpty() {
      return !dead && lines.isEmpty() && open === undefined
    }
  }
}

/** A reply of several lines whose end has not come. */
interface Open {
  readonly code: number
  readonly lines: [string, ...Array<string>]
  bytes: number
}

const SP = 0x20
const HYPHEN = 0x2d
const ZERO = 0x30
const ONE = 0x31
const FIVE = 0x35
const NINE = 0x39
const CODE_DIGITS = 3
/** Enough to recognise a peer, short enough for one line of a message. */
const EXCERPT_BYTES = 80

const NOTHING: ReadonlyArray<never> = []

const isDigit = (byte: number | undefined): byte is number => byte !== undefined && byte >= ZERO && byte <= NINE

/** Three digits, the first 1 to 5. RFC 2228's 6yz needs a security layer that is not ours. */
const codeOf = (bytes: Uint8Array): number | undefined => {
  const [first, second, third] = bytes
  if (first === undefined || first < ONE || first > FIVE || !isDigit(second) || !isDigit(third)) return undefined
  return (first - ZERO) * 100 + (second - ZERO) * 10 + (third - ZERO)
}

/** What may follow a code: SP, nothing (a bare `200`, which counts as `200 `), or a hyphen. */
const isCodeEnd = (byte: number | undefined): boolean => byte === undefined || byte === SP || byte === HYPHEN

/** One or two digits before the end of file: the connection was cut inside a reply, which breaks no rule. */
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
