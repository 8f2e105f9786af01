/**
 * A reply of several lines that is being read, and where it ends if its own end never comes:
 *
 *     S: 211-Features:         S: 553-                       S: 211-Features:
 *     S:  SIZE                 S: 553- Excluded (precheck)   S:  SIZE
 *     S: 221 End               S: 150 Opening                S: 211End
 *        silence: a 211           silence: a 150                silence: a 211
 *
 * Inner lines may look like a last one (`226 fake`, `250 apples`), so nothing but silence ends a reply there, and only
 * at the last line that came. Of several commands that were sent in one burst, the answers to the later ones are among
 * those lines.
 */
import type { TextCodec } from "./FtpCharset.ts"
import type * as Reply from "./Reply.ts"
import * as ReplyLine from "./ReplyLine.ts"

export interface OpenReply {
  readonly code: number
  readonly lines: [string, ...Array<string>]
  /** Line ends count as one byte each. */
  bytes: number
  /** The lines since the last one that can't be the end of a reply. */
  readonly lastLines: Array<Reply.Reply>
}

export const make = (code: number, lines: OpenReply["lines"], bytes: number): OpenReply => ({
  code,
  lines,
  bytes,
  lastLines: []
})

/** Takes the next line and returns whether it is the end. The reply's own prefix is taken off. */
export const take = (open: OpenReply, line: Uint8Array, codec: TextCodec): boolean => {
  const code = ReplyLine.codeOf(line)
  const next = line[ReplyLine.CODE_DIGITS]
  const isOwn = code === open.code && ReplyLine.isCodeEnd(next)
  open.lines.push(codec.decode(isOwn ? line.subarray(ReplyLine.CODE_DIGITS + 1) : line))
  if (isOwn && next !== ReplyLine.HYPHEN) {
    return true
  }
  if (code !== undefined && !isOwn && mayBeLast(code === open.code, next)) {
    const text = line.subarray(ReplyLine.isCodeEnd(next) ? ReplyLine.CODE_DIGITS + 1 : ReplyLine.CODE_DIGITS)
    open.lastLines.push({ code, lines: [codec.decode(text)] })
  } else {
    open.lastLines.length = 0
  }
  return false
}

/** `ddd text` with another code, or the own code with nothing between it and a word (`211End`). */
const mayBeLast = (isOwnCode: boolean, next: number | undefined): boolean =>
  isOwnCode ? isLetter(next) : ReplyLine.isCodeEnd(next) && next !== ReplyLine.HYPHEN

/**
 * The replies in it, if nothing more comes: one for each of so many commands if there are as many last lines, else one.
 * Its last line gives it its code, as a server that begins with `553-` and ends with `150 ` has opened the file, unless
 * both codes say the same. `fits` says whether a code can be that of an answer.
 */
export const end = (
  { code, lastLines, lines }: OpenReply,
  commands: number,
  fits: (code: number) => boolean
): ReadonlyArray<Reply.Reply> => {
  const others = lastLines.length >= commands ? lastLines.slice(lastLines.length - commands + 1) : []
  const last = lastLines[lastLines.length - 1 - others.length]
  const [first, ...rest] = lines
  const inner = rest.slice(0, rest.length - others.length - (last === undefined ? 0 : 1))
  return [
    {
      code: last !== undefined && fits(last.code) && !(isSameClass(last.code, code) && fits(code)) ? last.code : code,
      lines: [first, ...inner, ...(last === undefined ? [] : last.lines)]
    },
    ...others
  ]
}

const isSameClass = (one: number, other: number): boolean => Math.trunc(one / 100) === Math.trunc(other / 100)

const isLetter = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= UPPER_A && byte <= UPPER_Z) || (byte >= LOWER_A && byte <= LOWER_Z))

const UPPER_A = 0x41
const UPPER_Z = 0x5a
const LOWER_A = 0x61
const LOWER_Z = 0x7a
