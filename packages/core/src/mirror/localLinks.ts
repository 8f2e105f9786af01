/** Symbolic links of a local folder that are left out, or are copied as links. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { FtpUsageError } from "../base/FtpError.ts"
import { type FtpLocalFile, FtpLocalFileError, type LocalEntry } from "../platform/FtpLocalFile.ts"
import * as PartialName from "../transfer/download/partialName.ts"
import * as Links from "./links.ts"
import type { Rules } from "./rules.ts"
import * as Tree from "./Tree.ts"
import type { LinkPolicy, MirrorTree } from "./trees.ts"

/** A link as it is, which is not followed; if it is copied as a link, with where it leads. */
export const entry = (
  { directories }: Pick<FtpLocalFile, "directories">,
  path: string,
  { modified }: LocalEntry,
  { at, policy }: { readonly at: string; readonly policy: LinkPolicy | undefined }
): Effect.Effect<Tree.TreeEntry> => {
  const link = Tree.entry(path, "SymbolicLink", {
    modified: Option.map(modified, (at) => ({ at, precision: "Millisecond", zone: "Utc" }))
  })
  return policy !== "Copy"
    ? Effect.succeed(link)
    : Effect.match(directories.readLink(at), {
        // It has vanished, or is another thing by now: it counts as a link whose target is not known.
        onFailure: () => link,
        onSuccess: (target) => ({
          ...link,
          linkTarget: Option.some(target),
          leadsTo: directories.platform === "Windows" ? ofWindows(path, target) : Links.destination(path, target)
        })
      })
}

/** What is written through links may be anywhere, so where a new link there would lead is not known. */
export const notWhereFollowed = new FtpUsageError({
  argument: "links",
  why: 'can\'t be copied as links with a local folder that follows all of its own ("All")'
})

/** Fails if links are to be copied as such, and a tree follows its own. */
export const refuseFollowed = (
  trees: ReadonlyArray<MirrorTree>,
  links: LinkPolicy | undefined
): Effect.Effect<void, FtpUsageError> =>
  links === "Copy" && trees.some((tree) => tree._tag === "Local" && tree.follows === "All")
    ? notWhereFollowed
    : Effect.void

/** The rules, by which no link is made that would lead out of a local folder through a link which that has. */
export const withBounds = (target: MirrorTree, { entries }: Tree.Snapshot, rules: Rules): Effect.Effect<Rules> => {
  const { links } = rules
  if (target._tag === "Remote" || links._tag === "Leave") {
    return Effect.succeed(rules)
  }
  const wanted = new Set(
    Array.from(entries.values()).flatMap(({ leadsTo, type }) =>
      type === "SymbolicLink" && leadsTo !== undefined && !leadsTo.split("/").some((name) => isUnsafe(target, name))
        ? [leadsTo]
        : []
    )
  )
  return Effect.map(
    Effect.filter(
      wanted,
      // What can't be found out is found again when the link is made, and fails there.
      (to) => Effect.match(target.leadsInside(to), { onFailure: () => false, onSuccess: (isInside) => !isInside }),
      { concurrency: target.concurrency }
    ),
    (out) => {
      const outside = new Set(out)
      return outside.size === 0
        ? rules
        : {
            ...rules,
            links: {
              ...links,
              whyNot: (path, to) =>
                outside.has(to) ? "a link of the folder leads out of it there" : links.whyNot(path, to)
            }
          }
    }
  )
}

const isUnsafe = ({ names }: MirrorTree, name: string): boolean =>
  name !== "" && Option.isSome(names.unsafeReason(name))

const ofWindows = (path: string, target: string): string | undefined =>
  /^[A-Za-z]:/.test(target) ? undefined : Links.destination(path, target.replaceAll("\\", "/"))

interface NewLink {
  readonly at: string
  /** As it is written in the directory of the link. */
  readonly target: string
  readonly existing: "Fail" | "Replace"
}

/** What a link at `path` that leads to `to` has as its text. */
export const written = (path: string, to: string, platform: FtpLocalFile["directories"]["platform"]): string =>
  platform === "Windows" ? Links.relative(path, to).replaceAll("/", "\\") : Links.relative(path, to)

/** One that replaces another is made beside it and renamed, so that the name is never missing. What is no link stays. */
export const make = (
  files: FtpLocalFile,
  { at, existing, target }: NewLink
): Effect.Effect<void, FtpLocalFileError> => {
  const { directories, remove, rename } = files
  return existing === "Fail"
    ? directories.symlink(target, at)
    : Effect.flatMap(nameBeside(at), (beside) =>
        // An interruption waits until the link is made: else nothing would remove it.
        Effect.acquireUseRelease(
          directories.symlink(target, beside),
          () => Effect.zipRight(demandLink(files, at), rename(beside, at, "Replace")),
          (_, exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.ignore(remove(beside)))
        )
      )
}

/** Fails if there is something else by now. A link that has vanished is no loss. */
const demandLink = ({ directories, info }: FtpLocalFile, at: string): Effect.Effect<void, FtpLocalFileError> =>
  Effect.catchAll(Effect.asVoid(directories.readLink(at)), (error) =>
    Effect.flatMap(info(at), (found) =>
      Option.isSome(found)
        ? new FtpLocalFileError({
            reason: "AlreadyExists",
            operation: "MakeLink",
            path: at,
            detail: "what is there is no link any more"
          })
        : error.reason === "NotFound"
          ? Effect.void
          : error
    )
  )

const DIGITS = 8

/** A name that is reserved for us, so that what a killed run leaves takes no part in any tree. */
const nameBeside = (path: string): Effect.Effect<string> =>
  Effect.map(
    Random.nextIntBetween(0, 16 ** DIGITS),
    (number) => `${PartialName.nameOf(path)}.${number.toString(16).padStart(DIGITS, "0")}`
  )
