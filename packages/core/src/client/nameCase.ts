/**
 * Whether two paths of a server that may be one are of one file: they differ in case alone, or in what else servers ignore
 * (`protocol/NameFolding.ts`).
 *
 *     source  Index.html      in the target, by its listing, there is no such name
 *     target  index.html      in the source there is no such name
 *     C: MLST Index.html      550: two files, as on UNIX, if the server is able to answer it of a file that is there:
 *     C: MLST index.html           250 in the same way as it has refused the other
 *                             250: one file, or one that the listing does not show. So also:
 *     C: MLST index.html      if both replies have `unique`, and it is equal: one file
 *     C: MLST Index.htmL      else a third name. 250: one file, as all three exist; 550: two files
 *
 * Without MLST it is SIZE, MDTM or CWD that must refuse the one and answer the other.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type CommandError, type FtpRejected, isNotFound } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Mlsx from "../protocol/listing/mlsx.ts"
import * as NameFolding from "../protocol/NameFolding.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import * as Refusal from "../session/refusal.ts"
import type { ClientError, ListError } from "./options.ts"
import type { FtpClient } from "./service.ts"

/** A path that may be another one, which is there. */
export interface Doubtful {
  readonly asked: string
  readonly listed: string
  /** Whether both were made up just now, and `listed` alone was put there. Default false. */
  readonly isMadeUp?: boolean | undefined
}

/** Whether many servers leave it out of their listings. */
export const isHideable = (path: string): boolean => path.startsWith(".") || path.includes("/.")

/** Whether both names are of one file: `"Unknown"` if neither is proven. */
export type Answer = "One" | "Two" | "Unknown"

type Asked = Pick<FtpClient, "stat" | "withSession">

export const ask = (
  client: Asked,
  { asked, isMadeUp = false, listed }: Doubtful,
  pathOf: (path: string) => string
): Effect.Effect<Answer, ClientError> => {
  const { stat } = client
  const judge = (error: ListError): Effect.Effect<Answer, ClientError> =>
    Effect.flatMap(
      isProof(error) ? answersFor(client, error, pathOf(listed)) : Effect.succeed(false),
      (answers): Effect.Effect<Answer> =>
        answers
          ? Effect.succeed("Two")
          : Effect.as(Effect.logDebug(`it is not known whether ${asked} is ${listed}`, error), "Unknown")
    )
  return Effect.gen(function* () {
    const found = yield* stat(pathOf(asked))
    if (isMadeUp) {
      return "One"
    }
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
  }).pipe(Effect.catchTags({ FtpRejected: judge, FtpListingError: judge }))
}

/** Whether a path is not there, by an answer which may have been given because of that. */
const isProof = (error: ListError): error is FtpRejected =>
  isNotFound(error) &&
  (error.verb === "MLST" ||
    (error.reply.code === NO_FILE && ReplyMeaning.reasonOf(error.verb, error.reply) !== "PermissionDenied"))

const NO_FILE = 550

/** Whether the server answers what it has refused, of a path that is there. Some refuse it whatever is there. */
const answersFor = ({ withSession }: Asked, { verb }: FtpRejected, path: string): Effect.Effect<boolean, ClientError> =>
  withSession((session) =>
    verb === "MLST" ? answersMlst(session, path) : Effect.exists(QUESTIONS, (answers) => answers(session, path))
  )

type Question = (session: FtpSession, path: string) => Effect.Effect<boolean, CommandError>

const answersMlst: Question = (session, path) =>
  Effect.map(
    Refusal.unlessRefused(session.run(Command.mlst(path))),
    Option.exists((reply) => Option.isSome(Mlsx.parseMlst(reply, path)))
  )

/** All were refused for the other path before it counted as missing. */
const QUESTIONS: ReadonlyArray<Question> = [
  (session, path) => Effect.map(Refusal.sizeBy(Refusal.unlessRefused, session, path), Option.isSome),
  (session, path) => Effect.map(Refusal.timeBy(Refusal.unlessRefused, session, path), Option.isSome),
  (session, path) => session.isDirectory(path)
]

/**
 * The same path with its name in a case that neither has; a name of one letter has none, nor have two that differ in more than
 * case. The directories above it may be of a disk on which case counts. One letter is changed, of ASCII if there is one, as
 * some servers fold no others.
 */
const thirdName = (asked: string, listed: string): string | undefined => {
  const directory = parentOf(asked)
  const letters = [...asked.slice(asked.lastIndexOf("/") + 1)]
  if (NameFolding.isFormAlone(asked, listed) || NameFolding.fold(asked) !== NameFolding.fold(listed)) {
    return undefined
  }
  const isThird = (path: string) =>
    path !== asked && path !== listed && NameFolding.fold(path) === NameFolding.fold(asked)
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

/**
 * Whether an absolute path is a directory or inside it, also on a server on which case does not count (Windows). The server is
 * asked if no more keeps them apart than case, or what else servers ignore; what it does not say counts as inside.
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
  client: Pick<FtpClient, "stat" | "withSession">,
  path: string,
  directory: string
): Effect.Effect<boolean, ClientError> => {
  if (NativePath.isInside(path, directory)) {
    return Effect.succeed(true)
  }
  const [inner, outer] = [namesOf(path), namesOf(directory)]
  if (
    NativePath.syntaxOf(directory) !== "Slashes" ||
    outer.some((name, index) => NameFolding.foldWidely(name) !== NameFolding.foldWidely(inner[index] ?? "/"))
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
