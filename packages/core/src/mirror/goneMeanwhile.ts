/**
 * What was to be deleted, and was refused, or had no reply: it may be deleted by now, as by another run. Few servers say that a
 * name is not there, so its directory is listed, once for all of them, and what that does not show is asked for:
 *
 *     C: DELE www/old/a      S: 550 Delete operation failed.
 *     C: DELE www/old/b      S: 550 Delete operation failed.
 *     C: MLSD www/old        lists b alone: b is a failure
 *     C: MLST www/old/a      S: 550: a is gone, as it was to be
 *
 * The listing shows a link that leads nowhere, which a server may not find by its path. The question shows what is in a
 * directory that can't be read any more, which some list as empty.
 */
import * as Effect from "effect/Effect"
import { isNotFound } from "../base/FtpError.ts"
import * as Descent from "../protocol/Descent.ts"
import { endsAll } from "./endsAll.ts"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** What was listed of directories, so that a later call need not list one again that had a path no more by then. */
export type Listed = Map<string, ReadonlySet<string>>

export interface Options {
  /** Whether a path is elsewhere for a time: of that the target shows the least. Default none is. */
  readonly isElsewhere?: (path: string) => boolean
  /** What earlier calls have listed, and this one adds to. */
  readonly listed?: Listed
}

/** Those of the steps whose paths are not there any more, as far as the target shows it. */
export const find = (
  steps: ReadonlyArray<Step>,
  target: MirrorTree,
  { isElsewhere = () => false, listed = new Map() }: Options = {}
): Effect.Effect<ReadonlyArray<Step>, MirrorError> => {
  // MLSD leaves out links that lead nowhere (ProFTPD).
  const links = steps.some(isLink) ? "Copy" : undefined
  const keyOf = (directory: string) => `${links ?? ""}\0${directory}`
  const now = new Map<string, ReadonlySet<string> | "Unread">()
  const list = (directory: string): Effect.Effect<ReadonlySet<string> | "Unread", MirrorError> => {
    const known = now.get(directory)
    return known !== undefined
      ? Effect.succeed(known)
      : Effect.map(target.list(directory, Descent.start, { links, times: false }), ({ found, gaps, refused }) => {
          if (gaps.some(({ path }) => path === directory)) {
            now.set(directory, "Unread")
            return "Unread"
          }
          const names = new Set([...found.map(({ entry }) => entry.path), ...refused.map(({ path }) => path)])
          now.set(directory, names)
          listed.set(keyOf(directory), names)
          return names
        })
  }
  /** A path that it had may be gone by now. */
  const listWithout = (path: string) => {
    const directory = Tree.parent(path)
    const earlier = listed.get(keyOf(directory))
    return earlier === undefined || earlier.has(path) ? list(directory) : Effect.succeed(earlier)
  }
  const goneDirectories = new Set<string>()
  /** A directory that can't be read may be gone itself. */
  const isGone = (path: string): Effect.Effect<boolean, MirrorError> =>
    path === ""
      ? Effect.succeed(false)
      : Effect.flatMap(listWithout(path), (names) =>
          names === "Unread" ? isGoneDirectory(Tree.parent(path)) : names.has(path) ? NO : isMissing(path, target)
        )
  const isGoneDirectory = (path: string): Effect.Effect<boolean, MirrorError> =>
    goneDirectories.has(path)
      ? Effect.succeed(true)
      : Effect.tap(isGone(path), (isGone) => isGone && goneDirectories.add(path))
  return Effect.filter(steps, (step) =>
    Effect.catchIf(
      !isElsewhere(step.path) ? isGone(step.path) : isLink(step) ? NO : isMissing(step.path, target),
      (error) => !endsAll(error),
      () => NO
    )
  )
}

const NO = Effect.succeed(false)

const isLink = (step: Step): boolean => step._tag === "Remove" && step.precondition._tag === "Link"

/** Whether a server does not find a path that its directory does not list. A local folder lists all that there is. */
const isMissing = (path: string, target: MirrorTree): Effect.Effect<boolean, MirrorError> =>
  target._tag === "Local"
    ? Effect.succeed(true)
    : target.client
        .withSession((session) => session.stat(target.pathOf(path), { isUnlisted: true }))
        .pipe(
          Effect.as(false),
          Effect.catchIf(isNotFound, () => Effect.succeed(true))
        )
