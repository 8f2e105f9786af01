/**
 * A reply of the server, RFC 959 §4.2: a three-digit code and one or more lines of text.
 *
 *     220 ready                      one line
 *     211-Features:                  several lines, ended by the same code and a space
 *      MDTM
 *     211 End
 *
 * What the text means is `ReplyMeaning`'s.
 *
 * @since 0.1.0
 */

/**
 * One whole reply. `lines` holds the text without the code and its separator; the inner lines of a multi-line reply
 * keep their leading spaces, and a `ddd-` prefix that repeats the reply's code is taken off. Text is decoded by
 * `WireText`, so bytes that are not UTF-8 survive a round trip.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  readonly code: number
  readonly lines: readonly [string, ...Array<string>]
  /** The lines as people may see them, if the server repeats a password in them; absent otherwise. */
  readonly shown?: readonly [string, ...Array<string>] | undefined
}

/**
 * What a reply's first digit says, RFC 959 §4.2.1 (6yz is RFC 2228's and counts as malformed here).
 *
 * @since 0.1.0
 * @category models
 */
export type ReplyClass = "Preliminary" | "Completion" | "Intermediate" | "TransientNegative" | "PermanentNegative"

/**
 * A reply with a code and its lines.
 *
 * @example
 * ```ts
 * import * as Reply from "@ftp-effect/core/protocol/Reply"
 *
 * const reply = Reply.make(226, "Transfer complete")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (code: number, first: string, ...rest: Array<string>): Reply => ({ code, lines: [first, ...rest] })

/**
 * The class of a reply: the only thing that a state machine may branch on (RFC 1123 §4.1.2.11).
 *
 * @since 0.1.0
 * @category getters
 */
export const classOf = (reply: Reply): ReplyClass => {
  switch (Math.trunc(reply.code / 100)) {
    case 1:
      return "Preliminary"
    case 2:
      return "Completion"
    case 3:
      return "Intermediate"
    case 4:
      return "TransientNegative"
    default:
      return "PermanentNegative"
  }
}

/**
 * 1yz: another reply to the same command follows.
 *
 * @since 0.1.0
 * @category guards
 */
export const isPreliminary = ({ code }: Reply): boolean => code >= 100 && code < 200

/**
 * 2yz.
 *
 * @since 0.1.0
 * @category guards
 */
export const isCompletion = ({ code }: Reply): boolean => code >= 200 && code < 300

/**
 * 3yz: the server waits for one specific command.
 *
 * @since 0.1.0
 * @category guards
 */
export const isIntermediate = ({ code }: Reply): boolean => code >= 300 && code < 400

/**
 * 4yz or 5yz.
 *
 * @since 0.1.0
 * @category guards
 */
export const isNegative = ({ code }: Reply): boolean => code >= 400

/**
 * The whole text, lines joined by LF.
 *
 * @since 0.1.0
 * @category getters
 */
export const text = (reply: Reply): string => reply.lines.join("\n")

/** Characters: what a person reads of a line. A server may send 64 KiB of them. */
const MAX_SHOWN = 500

/**
 * The reply as one line for messages and logs: code and first line, cut after 500 characters, with a mark where more
 * lines follow. Text for a user is `toShown`.
 *
 * @since 0.1.0
 * @category getters
 */
export const toLine = (reply: Reply): string => {
  const { code, lines } = toShown(reply)
  const text = lines[0].trim()
  const isCut = text.length > MAX_SHOWN
  return `${code} ${isCut ? `${text.slice(0, MAX_SHOWN)}...` : text}${lines.length > 1 ? " [...]" : ""}`.trimEnd()
}

/**
 * The reply without secrets, for errors and logs. Its words may have another sense: judge the reply itself.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toShown = ({ code, lines, shown }: Reply): Reply => ({ code, lines: shown ?? lines })
