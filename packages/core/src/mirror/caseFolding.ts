/**
 * A server on which case does not count (Windows): a file whose name differs in case alone is the same file there, so it
 * must not be deleted once the new one was sent.
 *
 *     source  Index.html      in the target, by its listing, there is no such name
 *     target  index.html      in the source there is no such name
 *     C: MLST Index.html      550: two files, as on UNIX
 *                             250: one file, or one that the listing does not show. So also:
 *     C: MLST index.html      if both replies have `unique`, and it is equal: one file
 *     C: MLST Index.htmL      else a third name. 250: one file, as all three exist; 550: two files
 *
 * Nothing is asked if no two such names are there. If the server does not say, no file is left out because its name is
 * another one's, and what the target lists under such a name is not deleted. A local folder knows it by its system.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isNotFound } from "../base/FtpError.ts"
import type { FtpClient } from "../client/FtpClient.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import { endsAll } from "./endsAll.ts"
import { fold } from "./localBounds.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** A path of the source, and what the target lists instead. */
export interface Doubtful {
  readonly asked: string
  readonly listed: string
}

/** Finds out whether case counts in the target, if that decides anything. True if it is known only now that it does not. */
export const learn = (
  target: MirrorTree,
  source: Tree.Snapshot,
  there: Tree.Snapshot
): Effect.Effect<boolean, MirrorError> => {
  if (target._tag === "Local" || target.names.isNative?.() === true) {
    return Effect.succeed(false)
  }
  const doubtful = findDoubtful(source, there)
  const isOne = () => doubtful !== undefined && target.names.fold(doubtful.asked) === target.names.fold(doubtful.listed)
  return doubtful === undefined || isOne() ? Effect.succeed(false) : Effect.map(target.learnCase(doubtful), isOne)
}

/**
 * The first path of the source that the target has in another case only, if there is one: it is above all others. One
 * that a listing shows on all servers is preferred. The target can't ignore case if it lists two such names itself.
 */
const findDoubtful = (source: Tree.Snapshot, target: Tree.Snapshot): Doubtful | undefined => {
  const others = new Map<string, string>()
  const lower = new Set<string>()
  for (const path of target.entries.keys()) {
    lower.add(path.toLowerCase())
    if (!source.entries.has(path)) {
      others.set(fold(path), path)
    }
  }
  if (others.size === 0 || lower.size < target.entries.size) {
    return undefined
  }
  let hideable: Doubtful | undefined
  for (const asked of source.entries.keys()) {
    const listed = target.entries.has(asked) ? undefined : others.get(fold(asked))
    // Names in another Unicode form are not a matter of case.
    if (listed !== undefined && listed.normalize("NFC") !== asked.normalize("NFC")) {
      if (!isHideable(asked)) {
        return { asked, listed }
      }
      hideable ??= { asked, listed }
    }
  }
  return hideable
}

/** Whether many servers leave it out of their listings. */
const isHideable = (path: string): boolean => path.startsWith(".") || path.includes("/.")

/** Whether both names are of one file: `"Unknown"` if neither is proven. */
export type Answer = "One" | "Two" | "Unknown"

export const ask = (
  { stat }: Pick<FtpClient, "stat">,
  { asked, listed }: Doubtful,
  pathOf: (path: string) => string
): Effect.Effect<Answer, MirrorError> =>
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
  }).pipe(
    Effect.catchIf(
      (error) => (error._tag === "FtpRejected" || error._tag === "FtpListingError") && !endsAll(error),
      (error) =>
        isProvenMissing(error)
          ? Effect.succeed("Two" as const)
          : Effect.as(Effect.logDebug(`it is not known whether case counts in ${asked}`, error), "Unknown" as const)
    )
  )

/** A server without MLST and SIZE refuses both, whatever is there: that proves nothing. */
const isProvenMissing = (error: MirrorError): boolean =>
  isNotFound(error) &&
  (error.verb === "MLST" ||
    (error.reply.code === NO_FILE && ReplyMeaning.reasonOf(error.verb, error.reply) !== "PermissionDenied"))

const NO_FILE = 550

/**
 * The same path with its name in a case that neither has; a name of one letter has none. The directories above it may be of a
 * disk on which case counts. One letter is changed, of ASCII if there is one, as some servers fold no others.
 */
const thirdName = (asked: string, listed: string): string | undefined => {
  const directory = Tree.parent(asked)
  const letters = [...Tree.nameOf(asked)]
  const isThird = (path: string) => path !== asked && path !== listed && fold(path) === fold(asked)
  const isCased = (letter: string) => swapCase(letter) !== letter
  const at = letters.flatMap((letter, index) => (isCased(letter) ? [index] : [])).reverse()
  const inOrder = [...at.filter((index) => /[a-z]/i.test(letters[index] ?? "")), ...at]
  return inOrder
    .map((changed) =>
      Tree.join(directory, letters.map((letter, index) => (index === changed ? swapCase(letter) : letter)).join(""))
    )
    .find(isThird)
}

const swapCase = (letter: string): string =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
