/** The two kinds of tree that a mirror reads from and writes to. */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { FtpListingError } from "../base/FtpError.ts"
import type { FtpClient } from "../client/FtpClient.ts"
import type { FtpLocalFile, FtpLocalFileError, LocalInfo, Reader } from "../platform/FtpLocalFile.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import * as Reconnecting from "../pool/reconnecting.ts"
import type * as Descent from "../protocol/Descent.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type { TransferError } from "../transfer/FtpTransfer.ts"
import type { Cases, NameDifference } from "./cases.ts"
import type { NameRules } from "./rules.ts"
import type { Gap, ReadError, Refused, TreeEntry } from "./Tree.ts"

export type { Refused } from "./Tree.ts"

/**
 * Whatever can go wrong with one file or directory of a mirror.
 *
 * @since 0.1.0
 * @category errors
 */
export type MirrorError = TransferError | FtpListingError | FtpLocalFileError

/**
 * An entry, and the way into it if it is a directory that may be entered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Found {
  readonly entry: TreeEntry
  readonly below?: Descent.Descent | undefined
  /** Of a local file, so that the disk is not asked again. */
  readonly info?: LocalInfo | undefined
}

/**
 * What was read of one directory.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectoryListing {
  readonly found: ReadonlyArray<Found>
  readonly gaps: ReadonlyArray<Gap>
  /** Names that are reserved for our own files, or that can't be part of a path. */
  readonly refused: ReadonlyArray<Refused>
  /** What a person should know of a listing that could be read. */
  readonly warning?: string | undefined
}

/**
 * What symbolic links of a tree count as: see `MirrorOptions.links`.
 *
 * @since 0.1.0
 * @category models
 */
export type LinkPolicy = "Skip" | "Follow" | "Copy"

/**
 * Whether links can be made in a tree.
 *
 * @since 0.1.0
 * @category models
 */
export interface LinkAbility {
  /** Why there can't be a link at `path` that leads to `to`, in words; `undefined` if there can. */
  readonly whyNot: (path: string, to: string) => string | undefined
  /** Whether a link that leads to nothing is refused. */
  readonly needsTarget: boolean
}

/**
 * What a listing of a directory has to show.
 *
 * @since 0.1.0
 * @category models
 */
export interface TreeListOptions {
  /** Default `"Follow"`. A tree that follows all links does so in any case. */
  readonly links?: LinkPolicy | undefined
  /** Whether the times of the entries are of use: if not, a server is not asked for the zone of its listings. Default true. */
  readonly times?: boolean | undefined
  /** Who asks a server, as one with a session that is kept: see `withLister`. Default the tree's client. */
  readonly client?: FtpClient | undefined
}

/**
 * How it is found out which names are one in the directories of a tree: case or Unicode forms may not count.
 *
 * @since 0.1.0
 * @category models
 */
export interface CaseQuestion {
  /** What is known by now. */
  readonly cases: Cases
  /**
   * Asks for a path of which a listing shows one that may be the same, and not itself, by the paths that `pathOf` gives;
   * `cases` has the answer then, for the directory of `listed`.
   */
  readonly learn: (
    doubtful: { readonly asked: string; readonly listed: string },
    pathOf: (path: string) => string
  ) => Effect.Effect<void, MirrorError>
  /** Finds it out in a directory that is there, by an empty directory that is made and removed in it. */
  readonly probe: (difference: NameDifference, pathOf: (path: string) => string) => Effect.Effect<void, MirrorError>
}

/** Paths are relative to the root, which is `""`. */
interface Directories {
  /** Default all names are as `names` has them. */
  readonly caseQuestion?: CaseQuestion | undefined
  /** As it is shown to people: without credentials. */
  readonly label: string
  readonly names: NameRules
  /** How many directories or files can be worked on at once. */
  readonly concurrency: number
  /** What can be read in part has gaps; so has a directory below the root that can't be read at all. */
  readonly list: (
    path: string,
    descent: Descent.Descent,
    options?: TreeListOptions
  ) => Effect.Effect<DirectoryListing, ReadError>
  /** Whether files can have the times of their sources. */
  readonly keepsTimes: Effect.Effect<boolean, MirrorError>
  /**
   * Whether they have, as some of these files show if all that speaks for it is what the server lists: it is asked to give them
   * the times that they have, until it has shown it in this run. What shows nothing counts as yes.
   */
  readonly showsKeepsTimes: (
    files: ReadonlyArray<{ readonly path: string; readonly listed: FtpTime }>,
    client?: FtpClient
  ) => Effect.Effect<boolean, MirrorError>
  /** Whether it is a login directory, a home, a directory above one, or the root of a file system: they hold other things. */
  readonly isHome: Effect.Effect<boolean, MirrorError>
  readonly makeRoot: Effect.Effect<void, MirrorError>
  /** Whether it made it. A directory that is there already is success, and not proven. */
  readonly makeDirectory: (path: string) => Effect.Effect<boolean, MirrorError>
  /**
   * Makes directories whose parents are there in one flight, and returns which of them it made. The others were refused,
   * or may not have been tried: `makeDirectory` finds out.
   */
  readonly makeDirectories: (paths: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<boolean>, MirrorError>
  readonly removeFile: (path: string) => Effect.Effect<void, MirrorError>
  readonly removeDirectory: (path: string) => Effect.Effect<void, MirrorError>
  readonly rename: (from: string, to: string) => Effect.Effect<void, MirrorError>
  readonly links: Effect.Effect<LinkAbility, MirrorError>
  /**
   * Makes a symbolic link that leads to the path `to` of this tree. With `"Fail"`, what is there stays, and is an error;
   * with `"Replace"`, a link that is there goes once the new one is made.
   */
  readonly makeLink: (path: string, to: string, existing: "Fail" | "Replace") => Effect.Effect<void, MirrorError>
  readonly setModified: (path: string, at: DateTime.Utc) => Effect.Effect<void, MirrorError>
  /**
   * Succeeds if the directory is where its path says, so that no link leads out of the root: a listing may show a link
   * as what it leads to. `"Remove"` asks more: that LIST shows no link on the way either, as some servers don't resolve
   * links in PWD (pyftpdlib).
   */
  readonly prove: (path: string, why: "Write" | "Remove") => Effect.Effect<void, MirrorError>
}

/**
 * A local folder.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocalTree extends Directories {
  readonly _tag: "Local"
  readonly files: FtpLocalFile
  /** Whether all of its links are followed, or those that lead to a file inside the root. */
  readonly follows: "Inside" | "All"
  readonly pathOf: (path: string) => string
  /** Where a file that is there is replaced: if links are followed, what they lead to. */
  readonly placeOf: (path: string) => Effect.Effect<string, FtpLocalFileError>
  /**
   * Whether a directory that was read has a partial file, or a lock, of an earlier download to that local path. Of what was
   * not read nothing is known, which is no.
   */
  readonly hasPartialFile: (localPath: string) => boolean
  /** Removes what killed downloads have left in the directories that were read, and no later one of the same names would. */
  readonly removeAbandoned: Effect.Effect<void>
  /** Whether a link that leads to that path stays inside the root, also if something is there one day. */
  readonly leadsInside: (to: string) => Effect.Effect<boolean, FtpLocalFileError>
  /**
   * Succeeds if the file that was opened under that path is inside the root, and no other user can have put it there as a
   * hard link to what he can't read. If links are followed, it always does.
   */
  readonly proveFile: (
    path: string,
    opened: Pick<Reader, "id" | "isDoubtfulLink">
  ) => Effect.Effect<void, FtpLocalFileError>
}

/**
 * A directory on a server.
 *
 * @since 0.1.0
 * @category models
 */
export interface RemoteTree extends Directories {
  readonly _tag: "Remote"
  readonly client: FtpClient
  readonly pool: FtpPool
  /** The absolute path that PWD shows in its root; of a root that does not exist, the path that it would have. */
  readonly resolved: Effect.Effect<string, MirrorError>
  readonly pathOf: (path: string) => string
  /**
   * Whether a listing may show a link as a directory, which DELE removes. On z/OS, which has no links, DELE removes a
   * partitioned data set with all that is in it.
   */
  readonly mayHaveLinks: () => boolean
  /** Finds out what `names` depends on, how the server writes its paths. To list the tree does so too. */
  readonly learnNames: Effect.Effect<void, MirrorError>
  /** Has the server asked anew where the root leads, and whether it keeps times; then it is remembered. A run begins so. */
  readonly forgetRoot: () => void
  /** Has the root listed, although the server has just said that it is not there: something may have been done since. */
  readonly forgetMissing: () => void
  /** Has `prove` look for links anew, in each directory once: they are remembered from the first proof of a removal on. */
  readonly forgetLinks: () => void
}

/**
 * A tree that can be the source or the target of a mirror.
 *
 * @since 0.1.0
 * @category models
 */
export type MirrorTree = LocalTree | RemoteTree

/** What `isHome` says, in words. */
export const IS_HOME = "the target is, or is above, a login directory or a home, or is the root of a file system"

/** Begins a run with nothing that an earlier one of the same trees has found out: see `Reconnecting.inRun`. */
export const anew =
  (...trees: ReadonlyArray<MirrorTree>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      for (const tree of trees) {
        if (tree._tag === "Remote") {
          tree.forgetRoot()
        }
      }
      return Reconnecting.inRun(self)
    })

/** At its end, a run that puts files into a folder removes what killed downloads have left there: until then its own find what is theirs. */
export const tidied =
  (target: MirrorTree) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    target._tag === "Local" ? Effect.zipLeft(self, target.removeAbandoned) : self
