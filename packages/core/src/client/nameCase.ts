/**
 * Whether two paths of a server that differ in case alone are of one file:
 *
 *     source  Index.html      in the target, by its listing, there is no such name
 *     target  index.html      in the source there is no such name
 *     C: MLST Index.html      550: two files, as on UNIX
 *                             250: one file, or one that the listing does not show. So also:
 *     C: MLST index.html      if both replies have `unique`, and it is equal: one file
 *     C: MLST Index.htmL      else a third name. 250: one file, as all three exist; 550: two files
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isNotFound } from "../base/FtpError.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { ClientError, ListError } from "./options.ts"
import type { FtpClient } from "./service.ts"

/** A path that may be another one, which is there. */
export interface Doubtful {
  readonly asked: string
  readonly listed: string
}

/** Whether many servers leave it out of their listings. */
export const isHideable = (path: string): boolean => path.startsWith(".") || path.includes("/.")

/** Whether both names are of one file: `"Unknown"` if neither is proven. */
export type Answer = "One" | "Two" | "Unknown"

export const ask = (
  { stat }: Pick<FtpClient, "stat">,
  { asked, listed }: Doubtful,
  pathOf: (path: string) => string
): Effect.Effect<Answer, ClientError> =>
  Effect.gen(function* () {
    const found = yield* stat(pathOf(asked))
    if (Option.isSome(found.unique)) {
      const { unique } = yield* stat(pathOf(listed))
      if (Option.isSome(unique) && unique.value === found.unique.value) {
        return "One"
      }
    }
    const third = thirdName(asked, listed)
    return third === undefined
      ? isHideable(asked)
        ? "Unknown"
        : "One"
      : yield* Effect.as(stat(pathOf(third)), "One" as const)
  }).pipe(Effect.catchTags({ FtpRejected: judge(asked), FtpListingError: judge(asked) }))

const judge =
  (asked: string) =>
  (error: ListError): Effect.Effect<Answer> =>
    isProvenMissing(error)
      ? Effect.succeed("Two")
      : Effect.as(Effect.logDebug(`it is not known whether case counts in ${asked}`, error), "Unknown")

/** A server without MLST and SIZE refuses both, whatever is there: that proves nothing. */
const isProvenMissing = (error: ListError): boolean =>
  isNotFound(error) &&
  (error.verb === "MLST" ||
    (error.reply.code === NO_FILE && ReplyMeaning.reasonOf(error.verb, error.reply) !== "PermissionDenied"))

const NO_FILE = 550

/**
 * The same path with its name in a case that neither has; a name of one letter has none. The directories above it may be of a
 * disk on which case counts. One letter is changed, of ASCII if there is one, as some servers fold no others.
 */
const thirdName = (asked: string, listed: string): string | undefined => {
  const directory = parentOf(asked)
  const letters = [...asked.slice(asked.lastIndexOf("/") + 1)]
  const isThird = (path: string) => path !== asked && path !== listed && fold(path) === fold(asked)
  const isCased = (letter: string) => swapCase(letter) !== letter
  const at = letters.flatMap((letter, index) => (isCased(letter) ? [index] : [])).reverse()
  const inOrder = [...at.filter((index) => /[a-z]/i.test(letters[index] ?? "")), ...at]
  return inOrder
    .map(
      (changed) => directory + letters.map((letter, index) => (index === changed ? swapCase(letter) : letter)).join("")
    )
    .find(isThird)
}

const swapCase = (letter: string): string =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()

/** With the slash at its end. */
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1)

const fold = (path: string): string => path.normalize("NFC").toLowerCase()

/**
 * Whether an absolute path is a directory or inside it, also on a server on which case does not count (Windows). The server is
 * asked if only case keeps them apart; what it does not say counts as inside.
 *
 * @example
 * ```ts
 * import * as FtpClient from "@ftp-effect/core/FtpClient"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.flatMap(FtpClient.make, (ftp) => FtpClient.isInside(ftp, "/site/img", "/Site"))
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isInside = (
  client: Pick<FtpClient, "stat">,
  path: string,
  directory: string
): Effect.Effect<boolean, ClientError> => {
  if (NativePath.isInside(path, directory)) {
    return Effect.succeed(true)
  }
  const [inner, outer] = [namesOf(path), namesOf(directory)]
  if (
    NativePath.syntaxOf(directory) !== "Slashes" ||
    outer.some((name, index) => fold(name) !== fold(inner[index] ?? "/"))
  ) {
    return Effect.succeed(false)
  }
  const length = outer.findIndex((name, index) => name !== inner[index]) + 1
  const [asked, listed] = [outer, inner].map((names) => `/${names.slice(0, length).join("/")}`)
  return asked === undefined || listed === undefined
    ? Effect.succeed(false)
    : Effect.map(
        ask(client, { asked, listed }, (path) => path),
        (answer) => answer !== "Two"
      )
}

const namesOf = (path: string): ReadonlyArray<string> => path.split("/").filter((name) => name !== "")
