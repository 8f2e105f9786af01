/** What a mirror did, as a whole. */

import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import type { MirrorPlan, Refusal } from "./MirrorPlan.ts"
import type { Outdated } from "./recheck.ts"
import type { Displaced, Outcome } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError } from "./trees.ts"

/**
 * How the new tree came to be the target, and so what a reader of the target could see meanwhile.
 *
 * - `"PerFile"`: each file on its own, so a mix of old and new ones
 * - `"Unchanged"`: a swap was asked for, and both trees were equal
 * - `"Swapped"`: old tree, then for the time of `gap` no tree, then the new one. `"TwoRenames"` is the time of one command
 *   of the server, and of three if the connection is slow; without an old tree there is no gap. `previous` is what became
 *   of the old tree: `"Left"` if it could not be removed for the reason in `error`, or has got the `paths` until the
 *   renames, which are nowhere else. `previousPath` is where it is then, or is kept. Of the steps that remove something,
 *   only those are `done` then whose entry is gone from there too. Another swap may have replaced the new tree since
 * - `"NotSwapped"`: see `NotSwapped`
 *
 * @since 0.1.0
 * @category models
 */
export type Published =
  | { readonly _tag: "PerFile" }
  | { readonly _tag: "Unchanged" }
  | {
      readonly _tag: "Swapped"
      readonly gap: "TwoRenames" | "None"
      readonly previous: "None" | "Removed" | "Kept" | "Left"
      readonly previousPath?: string | undefined
      readonly paths?: ReadonlyArray<string> | undefined
      readonly error?: MirrorError | undefined
    }
  | NotSwapped

/**
 * Why a tree was not swapped, and what is where.
 *
 * - `"Refused"`: see `refused` of the plan
 * - `"CantRename"`: the server does not let the empty stage be renamed, so nothing was sent; see `error`
 * - `"Outdated"`: the source is no longer as planned, see `outdated`
 * - `"Failures"`: something could not be sent, see `failures`, or `error` if it is the manifest. The next run continues
 * - `"TargetChanged"`: the target has got entries since it was read, which would be lost, see `paths`; or it is gone
 * - `"StageTaken"`: the stage is gone: another run has taken it over, or removed it
 * - `"RenameFailed"`: one of the two renames failed, see `error`
 *
 * `live` is what the target's name is now: the old tree (or none, if there was none), none at all, another one that was made
 * meanwhile (or this one, if another run has finished what this one began), or not known: the server could not be
 * asked, or it may still do a rename whose reply was lost.
 * `stage` is the path of the new tree, `previous` that of the old one, if they are not live.
 *
 * @since 0.1.0
 * @category models
 */
export interface NotSwapped {
  readonly _tag: "NotSwapped"
  readonly because: "Refused" | "CantRename" | "Outdated" | "Failures" | "TargetChanged" | "StageTaken" | "RenameFailed"
  readonly live: "Old" | "None" | "Other" | "Unknown"
  readonly stage?: string | undefined
  readonly previous?: string | undefined
  readonly paths?: ReadonlyArray<string> | undefined
  readonly error?: MirrorError | undefined
}

/**
 * What a mirror did.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorResult extends Outcome {
  readonly plan: MirrorPlan
  /** Steps that were not done, as their source or what the target has there was no longer as planned. Temporary names of uploads that stay are among them. */
  readonly outdated: ReadonlyArray<Outdated>
  /** Whether the target has all of the source that takes part: no step failed, was outdated, or was left out, nothing is `displaced`, and a swap that was asked for was done, even if the old tree is left. */
  readonly isComplete: boolean
  /** Why the manifest could not be written at the end: the next run doesn't know what this one did. */
  readonly manifestError: MirrorError | undefined
  readonly published: Published
  /** With `swap`: old trees of earlier runs that were cut off, whose swap this one has finished. The new tree is live all the same. */
  readonly leftTrees: ReadonlyArray<LeftTree>
}

/**
 * The old tree of a swap that was cut off, and that a later run has brought to its end: it could not be removed, for the reason
 * in `error`; without one it has changed since its run has seen it last, so it was not removed.
 *
 * @since 0.1.0
 * @category models
 */
export interface LeftTree {
  readonly path: string
  readonly error?: MirrorError | undefined
}

/**
 * What became of the publication as a whole, as words in one line, for people; empty if it was file by file.
 *
 * @since 0.1.0
 * @category getters
 */
export const describePublished = (published: Published, { refused, withheld }: MirrorPlan): string => {
  switch (published._tag) {
    case "PerFile":
      return ""
    case "Unchanged":
      return "not swapped: both trees are equal"
    case "Swapped":
      return `swapped by ${published.gap === "None" ? "one rename" : "two renames"}${PREVIOUS[published.previous](published)}`
    case "NotSwapped": {
      const why =
        published.because === "Refused" && refused !== undefined
          ? describeRefusal(refused, withheld)
          : WHY[published.because](published)
      return `not swapped: ${why}${whereabouts(published)}`
    }
  }
}

/**
 * What became of something that was to be replaced by something of another type, as words in one line that follow its path,
 * for people.
 *
 * @since 0.1.0
 * @category getters
 */
export const describeDisplaced = ({ live, old = "", path, replacement = "" }: Displaced): string => {
  switch (live) {
    case "Old":
      return `was not replaced: what was made of the new one is left as ${replacement}`
    case "New":
      return `was replaced: the old one, or a part of it, is left as ${old}`
    case "None":
      return `has neither its old nor its new content: the old one is ${old}, the new one is ${replacement}`
    case "Unknown":
      return `may be missing: the server did not say what it did, or may still do. Old and new one are ${path}, ${old} or ${replacement}`
  }
}

type Swapped = Extract<Published, { readonly _tag: "Swapped" }>

const PREVIOUS: { readonly [P in Swapped["previous"]]: (swapped: Swapped) => string } = {
  None: () => "",
  Removed: () => ", the old tree removed",
  Kept: ({ previousPath }) => `, the old tree kept as ${previousPath}`,
  Left: ({ error, paths = [], previousPath }) =>
    `, the old tree left as ${previousPath}: ${
      paths.length > 0
        ? `it got entries until the renames that are nowhere else (${named(paths, paths.length)})`
        : (error?.message ?? "it was not removed")
    }`
}

const WHY: { readonly [B in NotSwapped["because"]]: (not: NotSwapped) => string } = {
  Refused: () => "it was refused",
  CantRename: ({ error }) => `the server does not rename directories: ${error?.message ?? "it refuses"}`,
  Outdated: () => "the source is no longer as planned",
  Failures: ({ error }) =>
    `something could not be sent${error === undefined ? "" : ` (the manifest: ${error.message})`}`,
  TargetChanged: ({ paths }) =>
    paths === undefined || paths.length === 0
      ? "another run or person has renamed or made the target meanwhile"
      : `the target has got entries meanwhile that would be lost (${named(paths, paths.length)})`,
  StageTaken: () => "another run has taken over or removed the stage",
  RenameFailed: ({ error }) => `a rename failed${error === undefined ? "" : `: ${error.message}`}`
}

const LIVE: { readonly [L in NotSwapped["live"]]: string } = {
  Old: "the target is as it was",
  None: "there is no target now",
  Other: "the target is a tree that another run has made live meanwhile, of its own or of this one",
  Unknown:
    "it is not known what the target is now: the server could not be asked, or it may still do a rename whose reply was lost"
}

/** Where the target, the new and the old tree are. */
const whereabouts = ({ live, previous, stage }: NotSwapped): string =>
  [
    `; ${LIVE[live]}`,
    ...(stage === undefined ? [] : [`the new tree is ${stage}`]),
    ...(previous === undefined ? [] : [`the old tree is ${previous}`])
  ].join(", ")

const named = (paths: ReadonlyArray<string>, count: number): string =>
  `${paths.slice(0, MOST_NAMED).join(", ")}${count > MOST_NAMED ? ", …" : ""}`

const MOST_NAMED = 3

/** What to do about a temporary name, which no option deletes as long as its upload may be under way. */
const describeUpload = (paths: ReadonlyArray<string>): string => {
  const upload = paths.find((path) => TemporaryName.isAny(Tree.nameOf(path)))
  return upload === undefined
    ? ""
    : `; ${upload} may be of an upload that is under way: if it is not, remove it, or try again a day after it began`
}

/** Why there is no swap, in words that follow "not swapped:". */
const describeRefusal = ({ count, paths, reason }: Refusal, withheld: MirrorPlan["withheld"]): string => {
  const things = `${count === 1 ? "1 entry" : `${count} entries`}${paths.length === 0 ? "" : ` (${named(paths, count)})`}`
  switch (reason) {
    case "Protected":
      return `${things} of the target would be lost: not in the source, and not to be deleted${describeUpload(paths)}`
    case "Withheld":
      return `${things} would be deleted; ${withheld?.detail ?? "a guard forbids that"}`
    case "TargetUnread":
      return `the target could not be read to its end, so it is not known what would be lost (${named(paths, count)})`
    case "SourceIncomplete":
      return `${things} of the source can't be copied`
    case "SourceEmpty":
      return "the source is empty, or all of it is excluded"
  }
}
