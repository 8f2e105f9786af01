/**
 * Why a text is no FTP URL.
 */
import { TaggedError } from "../protocol/taggedError.ts"

/**
 * A part of a URL that is percent-encoded.
 *
 * @since 0.1.0
 * @category models
 */
export type EncodedPart = "user" | "password" | "path"

/**
 * The text is no FTP URL, or a part of it can't be in one. `message` says why in words that follow "not an FTP URL:".
 * It never holds the text itself, which may hold a password.
 *
 *     Scheme      it does not start with ftp://, ftpes:// or ftps://
 *     Place       its host or port is none
 *     Port        its port is a number, and not 1 to 65535
 *     Type        its `;type=` is not a, i or d
 *     Percent     `part` has a "%" without two hex digits
 *     Control     `part` holds CR, LF or NUL, encoded or not
 *     Surrogate   `part` holds a lone surrogate that stands for no byte
 *
 * `part` is there for the last three.
 *
 * @example
 * ```ts
 * import * as FtpUrl from "@ftp-effect/core/FtpUrl"
 * import * as Effect from "effect/Effect"
 *
 * const url = Effect.catchTag(FtpUrl.parse("files.example/pub"), "InvalidUrl", (error) =>
 *   error.reason === "Scheme" ? FtpUrl.parse("ftp://files.example/pub") : error
 * )
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidUrl extends TaggedError("InvalidUrl")<{
  readonly reason: "Scheme" | "Place" | "Port" | "Type" | "Percent" | "Control" | "Surrogate"
  readonly part?: EncodedPart
}> {
  override get message(): string {
    return WORDS[this.reason](this.part ?? "text")
  }
}

const WORDS: { readonly [Reason in InvalidUrl["reason"]]: (part: string) => string } = {
  Scheme: () => "it does not start with ftp://, ftpes:// or ftps://",
  Place: () => "its host or port is none (an IPv6 address stands in brackets)",
  Port: () => "its port is not 1 to 65535",
  Type: () => "its type is not a, i or d",
  Percent: (part) => `its ${part} has a "%" without two hex digits (a "%" itself is "%25")`,
  Control: (part) => `its ${part} holds CR, LF or NUL`,
  Surrogate: (part) => `its ${part} holds a lone surrogate`
}
