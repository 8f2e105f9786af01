/**
 * A dialogue as text, and the steps that it means.
 *
 *     # a comment
 *     S: 220 hi                        the server says a line (CRLF comes by itself)
 *     C: USER ann                      the client says exactly this line
 *     C: PASS ...                      … or anything that begins like this
 *     S~ 331 pass                      raw, without CRLF: a reply in pieces
 *     S: 229 ok (|||{port}|)           opens a data port; `{pasv}` is the same for 227: h,h,h,h,p,p
 *     D: accept                        the client has dialled it
 *     D: connect                       … or dials what the last PORT or EPRT said
 *     D: send hello\r\n                escapes, here and everywhere: \r \n \t \0 \\ \xff
 *     D: expect hello                  exactly these bytes
 *     D: expect end                    the client's FIN
 *     D: end                           our FIN; D: reset, our RST
 *     -- wait 5 seconds                by the Clock
 *     -- end of input                  the client's FIN on the control connection
 *     -- close                         ours; -- reset, our RST
 *     -- next connection               closes this one and waits for another
 *
 * Leading spaces of a line are ignored, trailing ones count (`\x20` survives editors).
 */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { FtpUsageError } from "../../base/FtpError.ts"
import * as WireText from "../../protocol/WireText.ts"

/**
 * One thing that the peer does or waits for. `shown` is how it reads in a dialogue.
 *
 * @since 0.1.0
 * @category models
 */
export type Step = { readonly shown: string } & (
  | { readonly _tag: "Say"; readonly text: string }
  | { readonly _tag: "SayBytes"; readonly bytes: Uint8Array }
  | { readonly _tag: "Expect"; readonly fits: (line: string) => boolean }
  | { readonly _tag: "Accept" }
  | { readonly _tag: "Connect" }
  | { readonly _tag: "SendData"; readonly bytes: Uint8Array }
  | { readonly _tag: "ExpectData"; readonly bytes: Uint8Array }
  | { readonly _tag: "ExpectDataEnd" }
  | { readonly _tag: "EndData" }
  | { readonly _tag: "ResetData" }
  | { readonly _tag: "Wait"; readonly duration: Duration.Duration }
  | { readonly _tag: "ExpectEnd" }
  | { readonly _tag: "Close" }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "NextConnection" }
  | { readonly _tag: "Run"; readonly effect: Effect.Effect<void> }
)

/** The steps of a text; a line that says nothing known is a `FtpUsageError`. */
export const parse = (text: string): Either.Either<ReadonlyArray<Step>, FtpUsageError> => {
  const steps: Array<Step> = []
  for (const line of text.split("\n")) {
    const shown = line.replace(/^[ \t]+/, "").replace(/\r$/, "")
    if (shown === "" || shown.startsWith("#")) {
      continue
    }
    const step = stepOf(shown)
    if (step === undefined) {
      return Either.left(new FtpUsageError({ argument: "dialogue", why: `no such step: ${shown}` }))
    }
    steps.push(step)
  }
  return Either.right(steps)
}

const stepOf = (shown: string): Step | undefined => {
  const [, who, words = ""] = /^(S:|S~|C:|D:|--) ?(.*)$/.exec(shown) ?? []
  switch (who) {
    case "S:":
      return { _tag: "Say", text: `${unescaped(words)}\r\n`, shown }
    case "S~":
      return { _tag: "Say", text: unescaped(words), shown }
    case "C:":
      return words.endsWith("...")
        ? { _tag: "Expect", fits: (line) => line.startsWith(unescaped(words.slice(0, -"...".length))), shown }
        : { _tag: "Expect", fits: (line) => line === unescaped(words), shown }
    case "D:":
      return dataStep(words, shown)
    case "--":
      return controlStep(words.trim(), shown)
    default:
      return undefined
  }
}

const dataStep = (words: string, shown: string): Step | undefined => {
  const space = words.indexOf(" ")
  const rest = space === -1 ? undefined : words.slice(space + 1)
  switch (space === -1 ? words : words.slice(0, space)) {
    case "accept":
      return { _tag: "Accept", shown }
    case "connect":
      return { _tag: "Connect", shown }
    case "end":
      return { _tag: "EndData", shown }
    case "reset":
      return { _tag: "ResetData", shown }
    case "send":
      return rest === undefined ? undefined : { _tag: "SendData", bytes: toBytes(unescaped(rest)), shown }
    case "expect":
      return rest === undefined
        ? undefined
        : rest === "end"
          ? { _tag: "ExpectDataEnd", shown }
          : { _tag: "ExpectData", bytes: toBytes(unescaped(rest)), shown }
    default:
      return undefined
  }
}

const controlStep = (words: string, shown: string): Step | undefined => {
  switch (words) {
    case "end of input":
      return { _tag: "ExpectEnd", shown }
    case "close":
      return { _tag: "Close", shown }
    case "reset":
      return { _tag: "Reset", shown }
    case "next connection":
      return { _tag: "NextConnection", shown }
    default: {
      const [, amount = ""] = /^wait (.+)$/.exec(words) ?? []
      const duration = Duration.decodeUnknown(amount)
      return Option.isNone(duration) ? undefined : { _tag: "Wait", duration: duration.value, shown }
    }
  }
}

/** What `WireText` makes of a byte that is not UTF-8, so that `\xff` is that byte and not the letter of Latin-1. */
const ESCAPED_BYTE = 0xdc00
const FIRST_ESCAPED = 0x80

const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, digits: string | undefined, letter: string) => {
    if (digits !== undefined) {
      const byte = Number.parseInt(digits, 16)
      return String.fromCharCode(byte < FIRST_ESCAPED ? byte : ESCAPED_BYTE + byte)
    }
    return ESCAPES[letter] ?? letter
  })

const ESCAPES: { readonly [letter: string]: string } = { r: "\r", n: "\n", t: "\t", 0: "\0" }

/** Text as the bytes of the wire; what no byte stands for becomes U+FFFD. */
export const toBytes = (text: string): Uint8Array =>
  Either.getOrElse(WireText.encode(text), () => new TextEncoder().encode(text))
