/**
 * What earlier runs put into a target: content, size and time of each file, kept beside it. It is what makes a fresh
 * checkout, whose times are all new, upload only what changed; what makes a moved file a rename; and what says which
 * files are ours to delete.
 *
 * A manifest is a hint about a tree that others change too. A file whose size or time in the target is no longer as the
 * manifest says has drifted: its content is unknown, and it is not ours. A manifest of another tree, or of a newer
 * version, counts as none.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import { compareTimes, MILLIS } from "./compare.ts"
import type { OwnFile } from "./rules.ts"
import * as Tree from "./Tree.ts"
import { finder } from "./transfers.ts"

/**
 * The version of the JSON.
 *
 * @since 0.1.0
 * @category constants
 */
export const VERSION = 1

/**
 * Its name in the root of the target.
 *
 * @since 0.1.0
 * @category constants
 */
export const DEFAULT_NAME = ".ftp-effect-manifest.json"

/**
 * In bytes: some 300,000 files. A larger one counts as none, and is warned of.
 *
 * @since 0.1.0
 * @category constants
 */
export const MAX_BYTES: number = 64 * 1024 * 1024

/**
 * - `sha256`: in lower-case hexadecimal
 * - `source`: the time of the source's file when it was copied
 * - `target`: the time that the target's file was given, as the target lists it if that is known; where no time was set, the
 *   one that was listed at the end of the run, if it ended
 *
 * Times are milliseconds since 1970; `size` is in bytes.
 *
 * @since 0.1.0
 * @category models
 */
export interface ManifestFile {
  readonly sha256: string
  readonly size: number
  readonly source: number | undefined
  readonly target: ManifestTime | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ManifestTime extends Pick<FtpTime, "precision"> {
  readonly at: number
}

/**
 * A symbolic link: the path in the tree that it leads to, `""` for the root.
 *
 * @since 0.1.0
 * @category models
 */
export interface ManifestLink {
  readonly link: string
}

/** The files and links of a manifest by path. */
export type Files = ReadonlyMap<string, ManifestFile | ManifestLink>

export const isLink = (file: ManifestFile | ManifestLink): file is ManifestLink => "link" in file

/** Whether the target's file is still as the manifest says. */
const isAsWritten = (file: ManifestFile, { modified, size, type }: Tree.TreeEntry): boolean =>
  type === "File" &&
  Option.contains(size, file.size) &&
  (file.target === undefined ||
    Option.isNone(modified) ||
    compareTimes(
      { at: Timestamp.utc(file.target.at), precision: file.target.precision, zone: modified.value.zone },
      // However it was read then, it is read in the same way now.
      { ...modified.value, guess: undefined }
    ) === "Same")

/**
 * The files without those that are gone from the target, so that a manifest does not grow for ever. What is in a
 * directory that was not read to its end, or not entered, may still be there.
 */
export const withoutGone = (
  files: Files,
  target: Tree.Snapshot,
  fold: (path: string) => string,
  isEntered: (directory: Tree.TreeEntry) => boolean
): Files => {
  const find = finder(target, fold)
  const unread = new Set(target.gaps.map(({ path }) => path))
  const isGone = (path: string): boolean => {
    if (find(path) !== undefined || Tree.isWithin(path, unread)) {
      return false
    }
    for (const above of Tree.ancestors(path)) {
      const directory = find(above)
      if (directory !== undefined) {
        return directory.type !== "Directory" || isEntered(directory)
      }
    }
    return true
  }
  const gone: Array<string> = []
  for (const path of files.keys()) {
    if (isGone(path)) {
      gone.push(path)
    }
  }
  if (gone.length === 0) {
    return files
  }
  const left = new Map(files)
  for (const path of gone) {
    left.delete(path)
  }
  return left
}

/** The target with the contents that are known, and what of it is ours. */
export const knownTarget = (
  files: Files,
  target: Tree.Snapshot
): { readonly target: Tree.Snapshot; readonly ours: ReadonlyMap<string, OwnFile> } => {
  const ours = new Map<string, OwnFile>()
  const entries = new Map(target.entries)
  for (const [path, file] of files) {
    const entry = target.entries.get(path)
    if (entry !== undefined && isLink(file)) {
      // Unless links are read as links, nothing shows that it is the same.
      const isDrifted = entry.type !== "SymbolicLink" || entry.leadsTo !== file.link
      ours.set(path, { kind: "Link", sha256: "", size: 0, isDrifted })
    } else if (entry !== undefined && !isLink(file)) {
      const isDrifted = !isAsWritten(file, entry)
      ours.set(path, { sha256: file.sha256, size: file.size, isDrifted })
      if (!isDrifted) {
        entries.set(path, Tree.withSha256(entry, file.sha256))
      }
    }
  }
  return { target: { ...target, entries }, ours }
}

/**
 * The source with the contents that follow from the manifest: a file of the size and time that it had when it was
 * copied is the same. Of others their content has to decide: `touched` are of the size of the one that is ours under their name, and
 * `moved` of the size of one of ours that the source has no more.
 */
export const knownSource = (
  files: Files,
  source: Tree.Snapshot,
  ours: ReadonlyMap<string, OwnFile>
): {
  readonly source: Tree.Snapshot
  readonly touched: ReadonlyArray<Tree.TreeEntry>
  readonly moved: ReadonlyArray<Tree.TreeEntry>
} => {
  const sizesOfGone = new Set<number>()
  for (const [path, { isDrifted, kind, size }] of ours) {
    if (!isDrifted && kind !== "Link" && !source.entries.has(path)) {
      sizesOfGone.add(size)
    }
  }
  const entries = new Map(source.entries)
  const touched: Array<Tree.TreeEntry> = []
  const moved: Array<Tree.TreeEntry> = []
  for (const [path, entry] of source.entries) {
    const size = Option.getOrUndefined(entry.size)
    if (entry.type === "File" && size !== undefined) {
      const known = files.get(path)
      const file = known === undefined || isLink(known) ? undefined : known
      const own = ours.get(path)
      if (file?.size === size && file.source !== undefined && isAt(entry, file.source)) {
        entries.set(path, Tree.withSha256(entry, file.sha256))
      } else if (own === undefined || own.kind === "Link") {
        if (sizesOfGone.has(size)) {
          moved.push(entry)
        }
      } else if (!own.isDrifted && own.size === size) {
        touched.push(entry)
      }
    }
  }
  return { source: { ...source, entries }, touched, moved }
}

/** As exactly as the listing tells: the time that was written down may have been asked for to the second. */
const isAt = ({ modified }: Tree.TreeEntry, millis: number): boolean =>
  Option.exists(modified, (time) => {
    const unit = MILLIS[time.precision]
    const at = DateTime.toEpochMillis(time.at)
    return at === millis || (unit > MILLIS.Second && Math.floor(at / unit) === Math.floor(millis / unit))
  })
