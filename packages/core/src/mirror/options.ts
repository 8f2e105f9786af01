/** What a mirror can be told; public as `FtpMirror`'s. */
import type { TransferOptions } from "../transfer/FtpTransfer.ts"
import type { MirrorEvent } from "./events.ts"
import type * as Filter from "./Filter.ts"
import type { MirrorProgress } from "./progress.ts"
import type * as Rules from "./rules.ts"
import type { LinkPolicy } from "./trees.ts"

/**
 * What a mirror may be told. All is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorOptions {
  /** What takes part: paths, patterns in `.gitignore` syntax, sizes, ages. Default everything. */
  readonly filter?: Filter.FilterOptions | undefined
  /**
   * By what files are compared. Default `"SizeAndTime"`, within the coarser precision of both sides.
   */
  readonly compare?: Rules.Rules["compare"]["by"] | undefined
  /** Which of the differences count. Default `"All"`. */
  readonly only?: Rules.Rules["only"] | undefined
  /**
   * What is deleted in the target. Default `"None"`. `"Extra"` is all that the source doesn't have; `"Ours"` is what the
   * manifest says that an earlier run put there, and so implies one.
   */
  readonly delete?: Rules.Rules["delete"] | undefined
  /**
   * Whether a manifest is kept, and where: `true` for `.ftp-effect-manifest.json` in the target's root, or another name
   * there; or a local file. It needs an `FtpHasher`. Default none, unless `delete` is `"Ours"`.
   */
  readonly manifest?: boolean | string | { readonly localFile: string } | undefined
  /**
   * Whether `delete` is also about what a pattern excludes, whether or not the source has it. Default false: it is
   * protected. What its size or its age excludes always is.
   */
  readonly deleteExcluded?: boolean | undefined
  /**
   * When files are deleted: `"Before"` others are copied, to make room; `"During"`, as long as none has failed, but for at
   * most sixteen that the server was told to delete by then; or `"After"`: not at all if one has failed. Directories are
   * always deleted at the end. Default `"After"`.
   */
  readonly deleteWhen?: Rules.Rules["deleteWhen"] | undefined
  /**
   * The most that is deleted: `{ _tag: "Count", count: 20 }`, or a share of the target's entries but some in any case:
   * `{ _tag: "Percent", percent: 50, free: 10 }`, which is the default. A file that is only moved does not count.
   */
  readonly maxDelete?: Rules.MaxDelete | undefined
  /**
   * What becomes of symbolic links. Default `"Follow"`.
   *
   * - `"Skip"`: they are left out
   * - `"Follow"`: a local link to a file inside the source counts as that file; others are left out
   * - `"Copy"`: each becomes a link in the target that leads to the same path of the tree, if the target can have links:
   *   a local folder, or a server with SITE SYMLINK. One that leads out of the tree, or whose target the server does not
   *   tell, is left out. A server that has MLSD is asked for LIST too, which tells the targets. With `swap`, or a
   *   local folder that follows all of its links, it is a `FtpUsageError`.
   *
   * What is left out is in `plan.skipped`.
   */
  readonly links?: LinkPolicy | undefined
  /**
   * A file on one side and a directory on the other. Default `"Fail"`: both stay. They do with `only: "Missing"` in any
   * case, on OpenVMS and z/OS, and if what would replace the target's can't be made, as a link that leads to nothing there.
   * `"Replace"`: the new one is made under a temporary name, both are exchanged by two renames, and the old one is removed.
   * If the new one can't be made whole or a rename fails, the old one stays. See `displaced` of the result.
   */
  readonly conflict?: Rules.Rules["conflict"] | undefined
  /** Patterns of files that are copied last, such as `index.html`, which name the others. Default none. */
  readonly last?: ReadonlyArray<string> | undefined
  /**
   * Whether files get the times of their sources. Default `"IfPossible"`: if the target can. With `"Keep"`, a target that
   * can't is a `FtpUsageError`, before anything is changed.
   */
  readonly times?: "Keep" | "IfPossible" | "Now" | undefined
  /** Whether an upload is sent to a temporary name and renamed. Default true. A swap does so as a whole. */
  readonly atomic?: boolean | undefined
  /**
   * Makes the whole tree anew beside the target, and exchanges both by two renames, so that no visitor sees a mix of two
   * versions; between the two renames there is no target. What becomes of the old tree: `"RemovePrevious"`, or
   * `"KeepPrevious"` under the name in `published` of the result. Refused, before anything is changed, if the target has
   * what would be lost by it: see `refused` of the plan. The target is a directory on a server, and no login directory.
   * Default: file by file.
   */
  readonly swap?: "RemovePrevious" | "KeepPrevious" | undefined
  /** Whether deleting is allowed in a login directory or a root, which hold other things. Default false. */
  readonly force?: boolean | undefined
  /** How strictly each file is verified. Default as `FtpTransfer`'s. */
  readonly verify?: TransferOptions["verify"]
  /** When a downloaded file gets its name. Default `"Synced"`. */
  readonly durability?: "Written" | "Synced" | undefined
  /** Called as things happen: it must be quick and must not throw. */
  readonly onEvent?: ((event: MirrorEvent) => void) | undefined
  /** Called with the progress over all files, as `onEvent` is. */
  readonly onProgress?: ((progress: MirrorProgress) => void) | undefined
}
