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
 *      │                     └─ endOpen ──► see OpenReply
 *      └─ anything else, or a bound is passed ──► dead: one Malformed, then silence
 *
 * Until a command is sent, lines without a code belong to the greeting (embedded servers): they precede the text of the
 * first reply, or count as one more 220. Without a reply they are Malformed at the end.
 *
 * A reply that drips in is the channel's care: there is no time here.
 */
import * as Answer from "./Answer.ts"
import type { TextCodec } from "./FtpCharset.ts"
import * as OpenReply from "./OpenReply.ts"
import type * as Reply from "./Reply.ts"
import * as ReplyLine from "./ReplyLine.ts"
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

export interface Options extends Limits {
  /** Reads the text of replies. Default `WireText`. */
  readonly codec?: TextCodec | undefined
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
  /** To be called when a command is sent: from then on a line without a code is Malformed at once. */
  readonly endGreeting: () => void
  /**
   * Whether a reply has begun and its end has not come; `MayBeOver` if its last line looks like an end, or is text
   * without a reply. `None` also in the middle of a line.
   */
  readonly open: "None" | "Open" | "MayBeOver"
  /**
   * Ends the open reply after its last line, for a server that has fallen silent: see `OpenReply.end`. Text without a
   * reply is a `Malformed`.
   */
  readonly endOpen: (commands: number, fits: (code: number) => boolean) => ReadonlyArray<Reply.Reply | Malformed>
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
export const make = ({ codec = WireText, ...limits }: Options = {}): ReplyDecoder => {
  // A module's own function is looked up at each use.
  const { decode } = codec
  const maxLineBytes = limits.maxLineBytes ?? MAX_LINE_BYTES
  const maxReplyBytes = limits.maxReplyBytes ?? MAX_REPLY_BYTES
  const maxReplyLines = limits.maxReplyLines ?? MAX_REPLY_LINES

  const lines = TelnetLines.make(maxLineBytes, { nul: "Refuse", counts: "Text" })
  let open: OpenReply.OpenReply | undefined
  /** Lines ahead of the greeting, and what they are without it. */
  let text:
    | { readonly first: string; readonly rest: Array<string>; readonly malformed: Malformed; bytes: number }
    | undefined
  let phase: "Silent" | "Greeting" | "Dialogue" = "Silent"
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

  const tooLarge = (bytes: number, count: number, line: Uint8Array): Malformed | undefined =>
    bytes > maxReplyBytes
      ? malformed(`a reply of at most ${maxReplyBytes} bytes`, line)
      : count > maxReplyLines
        ? malformed(`a reply of at most ${maxReplyLines} lines`, line)
        : undefined

  /** What the bytes of one `push` complete. */
  let decoded: Array<Reply.Reply | Malformed> = []

  const phaseAfter = ({ code }: Reply.Reply): typeof phase =>
    Answer.isGreeting(code) && phase !== "Dialogue" ? "Greeting" : "Dialogue"

  const onLine = (line: Uint8Array): boolean => {
    const one = takeLine(line)
    if (one === undefined) return true
    decoded.push(one)
    if ("_tag" in one) dead = true
    else if (phase !== "Dialogue") phase = phaseAfter(one)
    return !dead
  }

  /** A line that begins no reply. */
  const takeText = (bytes: Uint8Array): Reply.Reply | Malformed | undefined => {
    const none = malformed(A_REPLY, bytes)
    if (phase === "Dialogue" || none.peer !== undefined) return none
    const line = decode(bytes)
    if (phase === "Greeting") return { code: GREETING, lines: [line] }
    if (text === undefined) {
      text = { first: line, rest: [], malformed: none, bytes: bytes.length + 1 }
      return undefined
    }
    text.bytes += bytes.length + 1
    text.rest.push(line)
    // With its first line, and with the greeting that is to come.
    return tooLarge(text.bytes, text.rest.length + 2, bytes)
  }

  /** What a line completes, if anything. */
  const takeLine = (bytes: Uint8Array): Reply.Reply | Malformed | undefined => {
    if (open !== undefined) {
      open.bytes += bytes.length + 1
      const refused = tooLarge(open.bytes, open.lines.length + 1, bytes)
      if (refused !== undefined) return refused
      if (!OpenReply.take(open, bytes, codec)) return undefined
      const reply: Reply.Reply = { code: open.code, lines: open.lines }
      open = undefined
      return reply
    }
    if (bytes.length === 0) return undefined
    const code = ReplyLine.codeOf(bytes)
    const next = bytes[ReplyLine.CODE_DIGITS]
    if (code === undefined || !ReplyLine.isCodeEnd(next)) return takeText(bytes)
    const size = bytes.length + 1 + (text?.bytes ?? 0)
    if (size > maxReplyBytes) return malformed(`a reply of at most ${maxReplyBytes} bytes`, bytes)
    const own = decode(bytes.subarray(ReplyLine.CODE_DIGITS + 1))
    const all: [string, ...Array<string>] = text === undefined ? [own] : [text.first, ...text.rest, own]
    text = undefined
    if (next !== ReplyLine.HYPHEN) return { code, lines: all }
    open = OpenReply.make(code, all, size)
    return undefined
  }

  return {
    push: (bytes) => {
      if (dead) return NOTHING
      decoded = []
      const fault = lines.push(bytes, onLine)
      if (fault !== undefined) {
        decoded.push(faulty(fault))
        dead = true
      }
      return decoded
    },
    end: () => {
      if (dead) return NOTHING
      const partial = lines.partial()
      const isCut = partial.length === 0 || (open === undefined && isCutCode(partial))
      const last = (isCut ? undefined : takeLine(lines.end())) ?? text?.malformed
      dead = true
      return last === undefined || !(isMalformed(last) || isLastWord(last)) ? NOTHING : [last]
    },
    get isEmpty() {
      return !dead && lines.isEmpty() && open === undefined && text === undefined
    },
    endGreeting: () => {
      phase = "Dialogue"
    },
    get open() {
      if (dead || (open === undefined && text === undefined) || !lines.isEmpty()) return "None"
      return open === undefined || open.lastLines.length > 0 ? "MayBeOver" : "Open"
    },
    endOpen: (commands, fits) => {
      if (dead) return NOTHING
      const ended = open
      open = undefined
      if (ended !== undefined) {
        const replies = OpenReply.end(ended, commands, fits)
        for (const one of replies) phase = phaseAfter(one)
        return replies
      }
      dead = text !== undefined
      return text === undefined ? NOTHING : [text.malformed]
    }
  }
}

/** Enough to recognise a peer, short enough for one line of a message. */
const EXCERPT_BYTES = 80

const NOTHING: ReadonlyArray<never> = []

/** One or two digits before the end of file: the connection was cut inside a reply, which breaks no rule. */
const isCutCode = (bytes: Uint8Array): boolean => bytes.length < ReplyLine.CODE_DIGITS && bytes.every(ReplyLine.isDigit)

/** What means the same however much of its text is missing. */
const isLastWord = ({ code }: Reply.Reply): boolean => code >= FIRST_REFUSAL || code === GOODBYE

const GREETING = 220
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
