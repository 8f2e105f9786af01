/**
 * How directories of a local folder are read, and which of their files are known later, whoever else can write there:
 *
 *     read in place     all that was found is of the folder. A file that is opened later and has the id that was found then is
 *                       the same one, wherever its path leads by then
 *     private           no other user can change it, nor those above it in the folder: what was found there stays there
 *     else              an id means nothing later, as it may be that of a file outside of the folder. The file has to be
 *                       inside once it is open, for which the disk is asked about each name of its path
 *
 * Who can write to a directory can put a hard link there to a file that he can't read, if the system lets him. It is a
 * file of the folder then as any other. So where others can write, a file that may be such a link is not read.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { DirectoryInPlace, FileId, FtpLocalFileError, LocalEntry, Reader } from "../platform/FtpLocalFile.ts"
import * as LocalBounds from "./localBounds.ts"
import * as Tree from "./Tree.ts"

/** What was read of a directory. */
export interface Contents {
  readonly entries: ReadonlyArray<LocalEntry>
  /** Whether the file is known by its id later. */
  readonly isKnown: (entry: LocalEntry) => boolean
}

/** The directories of a folder of which not all links are followed. */
export interface LocalReading {
  /** Fails if the directory is not where its path says. */
  readonly read: (path: string) => Effect.Effect<Contents, FtpLocalFileError>
  /** Fails unless the file that was opened under that path is inside, and may be read. */
  readonly proveFile: (path: string, opened: Opened) => Effect.Effect<void, FtpLocalFileError>
}

/** What has to be known of a file that was opened. */
export type Opened = Pick<Reader, "id" | "isDoubtfulLink">

export const make = (place: LocalBounds.Place): LocalReading => {
  const { files, pathOf, separator } = place
  const { directories } = files

  /** Directories that no other user can change, nor those above them. */
  const own = new Set<string>()
  const note = (path: string, isPrivate: boolean): boolean => {
    const isOwn = isPrivate && (path === "" || own.has(Tree.parent(path)))
    if (isOwn) {
      own.add(path)
    } else {
      own.delete(path)
    }
    return isOwn
  }
  const lookIfOwn = (path: string): Effect.Effect<boolean, FtpLocalFileError> =>
    Effect.map(
      directories.isPrivate !== undefined && (path === "" || own.has(Tree.parent(path)))
        ? directories.isPrivate(pathOf(path))
        : Effect.succeed(false),
      (isPrivate) => note(path, isPrivate)
    )
  /** From the root downwards: once one is private, no other user replaces what is in it. */
  const isOwn = (path: string): Effect.Effect<boolean, FtpLocalFileError> =>
    path === "" || own.has(Tree.parent(path))
      ? lookIfOwn(path)
      : Effect.flatMap(isOwn(Tree.parent(path)), (isAboveOwn) => (isAboveOwn ? lookIfOwn(path) : Effect.succeed(false)))

  const readByPath = (path: string): Effect.Effect<Contents, FtpLocalFileError> =>
    Effect.gen(function* () {
      const isKnown = yield* lookIfOwn(path)
      const entries = yield* directories.read(pathOf(path))
      if (path !== "") {
        yield* LocalBounds.prove(place, path)
      }
      return { entries, isKnown: () => isKnown }
    })

  const inPlace = (path: string, { entries, isPrivate }: DirectoryInPlace): Contents => {
    note(path, isPrivate)
    return {
      entries,
      isKnown: ({ id, isDoubtfulLink }) => id?.changed !== undefined && (isPrivate || isDoubtfulLink !== true)
    }
  }
  const { readInPlace } = directories
  let root: string | undefined
  /** Where the root is: asked for with its own entries, as each directory is proven to be below it when it is read. */
  const realRoot = (path: string): Effect.Effect<string, FtpLocalFileError> =>
    path !== "" && root !== undefined
      ? Effect.succeed(root)
      : Effect.map(directories.realPath(pathOf("")), (found) => {
          root = found
          return found
        })

  return {
    read: (path) =>
      readInPlace === undefined
        ? readByPath(path)
        : Effect.flatMap(realRoot(path), (root) =>
            Effect.flatMap(readInPlace(LocalBounds.below(root, path, separator)), (found) =>
              Option.isNone(found) ? readByPath(path) : Effect.succeed(inPlace(path, found.value))
            )
          ),
    proveFile: (path, { id, isDoubtfulLink }) =>
      Effect.gen(function* () {
        yield* LocalBounds.prove(place, Tree.parent(path))
        const inside = yield* LocalBounds.pathInside(place, path)
        const now = inside === undefined ? Option.none() : yield* files.info(pathOf(inside))
        if (inside === undefined || !Option.exists(now, (now) => isSame(now.id, id))) {
          return yield* LocalBounds.leadsOut(pathOf(path))
        }
        if (isDoubtfulLink === true && !(yield* isOwn(Tree.parent(inside)))) {
          return yield* LocalBounds.doubtfulLink(pathOf(path))
        }
      })
  }
}

/** Whether two ids are those of one file at two moments. */
const isSame = (one: FileId | undefined, other: FileId | undefined): boolean =>
  one?.inode === other?.inode && one?.device === other?.device

/** Whether a file that is open is the one that was found, which is not only one that has its number. */
export const isKnownAs = ({ id }: Opened, found: FileId | undefined): boolean =>
  found?.changed !== undefined && isSame(id, found) && id?.changed === found.changed
