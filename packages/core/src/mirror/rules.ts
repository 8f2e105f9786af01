/** How a mirror is planned: the rules that are no property of either tree. */
import * as Option from "effect/Option"
import type { CompareOptions } from "./compare.ts"
import * as Filter from "./Filter.ts"
import type { LinkRules } from "./links.ts"
import type { Snapshot, TreeEntry } from "./Tree.ts"

/** What an earlier run put into the target, as the manifest has it. `size` in bytes. */
export interface OwnFile {
  /** `"Link"`: size and hash say nothing. */
  readonly kind?: "Link" | undefined
  readonly sha256: string
  readonly size: number
  /** Whether the target's file is no longer as the manifest says. */
  readonly isDrifted: boolean
}

/** What is compared. `ours` is empty without a manifest. */
export interface Trees {
  readonly source: Snapshot
  readonly target: Snapshot
  readonly ours: ReadonlyMap<string, OwnFile>
}

/**
 * The most entries that are deleted; more are a sign of a mistake, and then none is. `percent` is of the target's
 * entries and counts only for more than `free` ones.
 *
 * @since 0.1.0
 * @category models
 */
export type MaxDelete =
  | { readonly _tag: "Count"; readonly count: number }
  | { readonly _tag: "Percent"; readonly percent: number; readonly free: number }

/** A small tree may change by half at any time. */
const MAX_DELETE: MaxDelete = { _tag: "Percent", percent: 50, free: 10 }

/**
 * What the target's names can be.
 *
 * @since 0.1.0
 * @category models
 */
export interface NameRules {
  /** Why the target can't have the name, in words that follow "its name". */
  readonly unsafeReason: (name: string) => Option.Option<string>
  /** The same for a name at its place in the tree: z/OS has no directory below another one. Default no more reasons. */
  readonly unsafePlace?: ((entry: Pick<TreeEntry, "path" | "type">) => Option.Option<string>) | undefined
  /** Why the target takes no file of that name from another tree. Default it takes each. */
  readonly reservedReason?: ((name: string) => Option.Option<string>) | undefined
  /** Whether it is a system without slashes, which has names of its own for what is uploaded. Default it is not. */
  readonly isNative?: (() => boolean) | undefined
  /** Whether the target does not say of some names that may be one whether they are. Default it does. */
  readonly isCaseUnclear?: (() => boolean) | undefined
  /**
   * Whether two paths that differ in case alone, or in what else systems ignore, are one in the target: `"Unknown"` if it
   * does not say, or was not asked.
   * Default as `fold` has it.
   */
  readonly compareCase?: ((path: string, other: string) => "One" | "Two" | "Unknown") | undefined
  /** Two paths with the same result are the same file in the target: case or Unicode form folded. */
  readonly fold: (path: string) => string
  /** Whether `fold` changes no path, as far as is known by now. Default it may change any. */
  readonly isExact?: (() => boolean) | undefined
}

/** Case and Unicode forms count, and every name is possible. */
export const anyName: NameRules = { unsafeReason: () => Option.none(), fold: (path) => path }

/**
 * What a mirror may copy and delete.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rules {
  readonly compare: CompareOptions
  /** Whether a file of the right content and another time gets the time of its source. */
  readonly setsTimes: boolean
  /**
   * - `"All"`: what is missing or differs is copied
   * - `"Newer"`: what is missing, or newer in the source
   * - `"Missing"`: only what is missing: no file is replaced
   * - `"Existing"`: only what the target has: nothing new is made
   */
  readonly only: "All" | "Newer" | "Missing" | "Existing"
  /**
   * - `"None"`: nothing
   * - `"Extra"`: all that the source doesn't have
   * - `"Ours"`: what the manifest says that an earlier run put there, and the source doesn't have any more
   */
  readonly delete: "None" | "Extra" | "Ours"
  /** Whether `delete` is also about what a pattern excludes; what its size or its age excludes always stays. */
  readonly deleteExcluded: boolean
  /**
   * - `"Before"`: files are deleted before others are copied, to make room
   * - `"During"`: files are deleted while others are copied, as long as none has failed
   * - `"After"`: nothing is deleted if a copy has failed
   *
   * Directories are always deleted at the end.
   */
  readonly deleteWhen: "Before" | "During" | "After"
  readonly maxDelete: MaxDelete
  /** What happens to a file that is a directory on the other side, or the reverse. */
  readonly conflict: "Fail" | "Replace"
  readonly links: LinkRules
  readonly filter: Filter.Filter
  /** Files that name others go last (`index.html`): whether a path is one of them. */
  readonly isLast: (path: string) => boolean
  readonly names: NameRules
  /** The manifest's path in the target, which takes no part: `""` if it is elsewhere. */
  readonly manifest: string
  /** The target holds other things than this tree by its nature: nothing is deleted there unless forced. */
  readonly isHome: boolean
  /**
   * In millis since 1970, to tell how old a temporary name in the target is: those that may be in use are not deleted.
   */
  readonly now: number
}

export const defaults: Rules = {
  compare: { by: "SizeAndTime", keepsTimes: true },
  setsTimes: true,
  only: "All",
  delete: "None",
  deleteExcluded: false,
  deleteWhen: "After",
  maxDelete: MAX_DELETE,
  conflict: "Fail",
  links: { _tag: "Leave" },
  filter: Filter.everything,
  isLast: () => false,
  names: anyName,
  manifest: "",
  isHome: false,
  // No name is known to be old.
  now: Number.NEGATIVE_INFINITY
}
