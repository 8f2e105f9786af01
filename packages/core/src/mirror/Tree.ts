/**
 * What a tree contains, by paths relative to its root. Local folders, directories of a server and manifests all look
 * like this to the planner.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type { ListError } from "../client/FtpClient.ts"
import type { FileId, FtpLocalFileError, LocalInfo } from "../platform/FtpLocalFile.ts"
import type { FtpEntryType, FtpTime } from "../protocol/FtpEntry.ts"
import type { Digest } from "../protocol/HashReply.ts"
import { present } from "../protocol/present.ts"

/**
 * One entry. `path` is relative to the root, names joined by `/`, never empty. `size` in bytes, of files only.
 * `sha256` is in lower-case hexadecimal, if it is known without reading the file. `detail` says of a link or a special
 * file what it is, for people: an `"Other"` without it may be a file.
 *
 * @since 0.1.0
 * @category models
 */
export interface TreeEntry {
  readonly path: string
  readonly type: FtpEntryType
  readonly size: Option.Option<number>
  readonly modified: Option.Option<FtpTime>
  readonly linkTarget: Option.Option<string>
  /** The path in the tree that a link leads to, `""` for the root; `undefined` if that is outside, or was not asked for. */
  readonly leadsTo?: string | undefined
  /** The path in the tree of what a local link counts as, or of what is below it, if it was followed and is inside the tree. */
  readonly realPath?: string | undefined
  /** A local directory that a link counts as, or what is below one: nothing of it is deleted under this path. */
  readonly isThroughLink?: boolean | undefined
  readonly sha256: Option.Option<string>
  /** Which file it is, of a local one that is known by it later (see `localReading`). */
  readonly fileId?: FileId | undefined
  /** A hash that was asked for to compare it with that of the other tree. */
  readonly digest?: Digest | undefined
  readonly detail?: string | undefined
}

/**
 * A directory of which not everything is known: nothing in it or below it may be deleted. `path` is `""` for the root.
 *
 * - `"Failed"`: it can't be listed
 * - `"Interrupted"`: it could not be listed this time, because a connection broke or the server was busy
 * - `"Hidden"`: names that begin with a dot may be missing, as the server was busy when it was asked for them
 * - `"CutShort"`: the server ended the listing early
 * - `"Unread"`: it has lines that no dialect reads
 * - `"Unsafe"`: it has a name that can't be part of a path
 * - `"Loop"`, `"TooDeep"`: it leads back to itself, or is deeper than any tree that people make
 *
 * @since 0.1.0
 * @category models
 */
export interface Gap {
  readonly path: string
  readonly reason: "Failed" | "Interrupted" | "Hidden" | "CutShort" | "Unread" | "Unsafe" | "Loop" | "TooDeep"
  /** One line, for people. */
  readonly detail: string
  /** What it failed with, if it did: one for each line that can't be read, the first ten, and one for all others. */
  readonly errors?: ReadonlyArray<ReadError> | undefined
}

/**
 * Why a directory can't be read.
 *
 * @since 0.1.0
 * @category errors
 */
export type ReadError = ListError | FtpLocalFileError

/**
 * A name that takes no part. `path` is that of the entry; `why` is in words that follow the name.
 *
 * - `"Reserved"`: for our own partial files
 * - `"Unsafe"`: it can't be part of a path
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  readonly path: string
  readonly name: string
  readonly reason: "Reserved" | "Unsafe"
  readonly why: string
}

/**
 * A tree as it was read. Directories that a filter excludes are entries too, but were not entered. Every entry's parent
 * is an entry or the root. `exists` is false if the root is missing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot {
  readonly exists: boolean
  readonly entries: ReadonlyMap<string, TreeEntry>
  readonly gaps: ReadonlyArray<Gap>
  /** Names that are no entries. Default none. */
  readonly refused?: ReadonlyArray<Refused> | undefined
  /** Whether its names are those of OpenVMS or z/OS. Default they are not. */
  readonly isNative?: boolean | undefined
  /** What a person should know of listings that could be read. Default nothing. */
  readonly warnings?: ReadonlyArray<string> | undefined
}

/**
 * The snapshot of a root that does not exist.
 *
 * @since 0.1.0
 * @category constants
 */
export const missing: Snapshot = { exists: false, entries: new Map(), gaps: [] }

/**
 * A snapshot of these entries, read completely. Of two with one path the last one counts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const snapshot = (entries: Iterable<TreeEntry>, gaps: ReadonlyArray<Gap> = []): Snapshot => {
  const byPath = new Map<string, TreeEntry>()
  for (const entry of entries) {
    byPath.set(entry.path, entry)
  }
  return { exists: true, entries: byPath, gaps }
}

/** Of a pipe, a socket or a device. */
export const SPECIAL = { detail: "neither a file nor a directory" } as const

/**
 * An entry of which nothing is known but what is given.
 *
 * @since 0.1.0
 * @category constructors
 */
export const entry = (
  path: string,
  type: FtpEntryType,
  {
    detail,
    digest,
    fileId,
    isThroughLink,
    leadsTo,
    linkTarget = Option.none(),
    modified = Option.none(),
    realPath,
    sha256 = Option.none(),
    size = Option.none()
  }: Partial<Omit<TreeEntry, "path" | "type">> = {}
): TreeEntry => {
  // A large tree has a hundred thousand: to spread objects takes longer than all else here.
  const made = { path, type, size, modified, linkTarget, sha256, fileId }
  return digest === undefined &&
    detail === undefined &&
    isThroughLink === undefined &&
    leadsTo === undefined &&
    realPath === undefined
    ? made
    : { ...made, digest, detail, leadsTo, ...(realPath !== undefined && { realPath }), isThroughLink }
}

const UNKNOWN: Option.Option<string> = Option.none()

/**
 * A file as a listing has it. The same as `entry` gives, in a fraction of the time: a large tree has little else.
 *
 * @since 0.1.0
 * @category constructors
 */
export const file = (
  path: string,
  size: TreeEntry["size"],
  modified: TreeEntry["modified"],
  fileId?: FileId | undefined
): TreeEntry => ({
  path,
  type: "File",
  size,
  modified,
  linkTarget: UNKNOWN,
  sha256: UNKNOWN,
  fileId
})

/**
 * The entry with its content's SHA-256.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withSha256 = (
  { detail, digest, fileId, isThroughLink, leadsTo, linkTarget, modified, path, realPath, size, type }: TreeEntry,
  sha256: string
): TreeEntry => {
  const known = present(sha256)
  return digest === undefined &&
    detail === undefined &&
    isThroughLink === undefined &&
    leadsTo === undefined &&
    realPath === undefined
    ? { path, type, size, modified, linkTarget, sha256: known, fileId }
    : entry(path, type, {
        size,
        modified,
        linkTarget,
        fileId,
        isThroughLink,
        leadsTo,
        realPath,
        digest,
        detail,
        sha256: known
      })
}

/**
 * What was found of a local file that has an id.
 *
 * @since 0.1.0
 * @category getters
 */
export const infoOf = ({ fileId: id, modified, size, type }: TreeEntry): LocalInfo | undefined =>
  type === "File" && id !== undefined && Option.isSome(size)
    ? { type, size: size.value, modified: Option.map(modified, ({ at }) => at), mode: Option.none(), id }
    : undefined

/**
 * The directory that has the entry, `""` for the root.
 *
 * @since 0.1.0
 * @category getters
 */
export const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))

/**
 * The path of a name in a directory, which is `""` for the root.
 *
 * @since 0.1.0
 * @category combinators
 */
export const join = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`)

/**
 * The last component.
 *
 * @since 0.1.0
 * @category getters
 */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/**
 * The directories above a path, the nearest first, without the root.
 *
 * @since 0.1.0
 * @category getters
 */
export function* ancestors(path: string): Generator<string> {
  for (let above = parent(path); above !== ""; above = parent(above)) {
    yield above
  }
}

/**
 * Whether the path is one of the roots, or below one of them.
 *
 * @since 0.1.0
 * @category guards
 */
export const isWithin = (path: string, roots: Pick<ReadonlySet<string>, "has" | "size">): boolean => {
  if (roots.size === 0) {
    return false
  }
  if (roots.has(path) || roots.has("")) {
    return true
  }
  for (const above of ancestors(path)) {
    if (roots.has(above)) {
      return true
    }
  }
  return false
}

/**
 * How many directories are above it.
 *
 * @since 0.1.0
 * @category getters
 */
export const depth = (path: string): number => {
  let count = 0
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    count++
  }
  return count
}
