/**
 * A folder of this machine, through the platform's FileSystem. Nothing outside the folder is ever read or written: the
 * parent of every name is resolved first, and a symbolic link that leads out is shown but not followed.
 *
 * A name that no line of a listing can say, or that is not Unicode, is left out of them, and the log says so once. It
 * does not hold against a local process that swaps a directory for a link between the look and the use.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { removeEmpty } from "../../platform/removeEmpty.ts"
import {
  BYTES_PER_CHUNK,
  type FileStore,
  StoreError,
  type StoreReader,
  type StoreWriter,
  TypeId,
  type WriteFrom
} from "./FileStore.ts"
import { refusedAt } from "./folderErrors.ts"
import { info, linkInfo, list } from "./folderListing.ts"
import { type Folder, followed, named } from "./folderNames.ts"

/** A store over a folder that exists. */
export const make = (directory: string): Effect.Effect<FileStore, StoreError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const root = yield* refusedAt(directory, fileSystem.realPath(path.resolve(directory)))
    const { type } = yield* refusedAt(directory, fileSystem.stat(root))
    if (type !== "Directory") {
      return yield* new StoreError({ reason: "NotADirectory", path: directory })
    }
    const inside = root.endsWith(path.sep) ? root : root + path.sep
    return store({ fileSystem, path, root, inside, windows: path.sep === "\\", leftOut: new Set() })
  })

const store = (folder: Folder): FileStore => ({
  [TypeId]: TypeId,
  stat: (path) => Effect.flatMap(followed(folder, path), (local) => info(folder, path, local)),
  lstat: (path) => Effect.flatMap(named(folder, path), (local) => linkInfo(folder, path, local)),
  list: (path) => list(folder, path),
  openReader: (path, offset) => openReader(folder, path, offset),
  openWriter: (path, from) => openWriter(folder, path, from),
  makeDirectory: (path) =>
    Effect.flatMap(named(folder, path), (local) => refusedAt(path, folder.fileSystem.makeDirectory(local))),
  removeFile: (path) =>
    Effect.gen(function* () {
      const local = yield* named(folder, path)
      const { type } = yield* linkInfo(folder, path, local)
      if (type === "Directory") {
        return yield* new StoreError({ reason: "IsADirectory", path })
      }
      yield* refusedAt(path, folder.fileSystem.remove(local))
    }),
  removeDirectory: (path) =>
    Effect.gen(function* () {
      const local = yield* named(folder, path)
      const { type } = yield* linkInfo(folder, path, local)
      if (type !== "Directory") {
        return yield* new StoreError({ reason: "NotADirectory", path })
      }
      if (!(yield* refusedAt(path, removeEmpty(folder.fileSystem, local)))) {
        return yield* new StoreError({ reason: "NotEmpty", path })
      }
    }),
  makeLink: (path, target) =>
    Effect.flatMap(named(folder, path), (local) => refusedAt(path, folder.fileSystem.symlink(target, local))),
  rename: (from, to) =>
    Effect.gen(function* () {
      const source = yield* named(folder, from)
      const target = yield* named(folder, to)
      yield* refusedAt(from, folder.fileSystem.rename(source, target))
    }),
  setModified: (path, millis) =>
    Effect.flatMap(followed(folder, path), (local) =>
      refusedAt(path, folder.fileSystem.utimes(local, new Date(millis), new Date(millis)))
    ),
  setMode: (path, mode) =>
    Effect.flatMap(followed(folder, path), (local) =>
      refusedAt(path, folder.fileSystem.chmod(local, mode & PERMISSION_BITS))
    )
})

/** No set-user-ID: a local user could run what a client has sent as the user of the server. */
const PERMISSION_BITS = 0o777

const openReader = (
  folder: Folder,
  path: string,
  offset: number
): Effect.Effect<StoreReader, StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const local = yield* followed(folder, path)
    // Before the open, which would wait for a writer on a named pipe.
    const { size, type } = yield* refusedAt(path, folder.fileSystem.stat(local))
    if (type !== "File") {
      return yield* new StoreError({ reason: "NotRegular", path })
    }
    const file = yield* refusedAt(path, folder.fileSystem.open(local, { flag: "r" }))
    yield* file.seek(offset, "start")
    const room = Math.max(Math.min(BYTES_PER_CHUNK, Number(size) - offset + 1), 1)
    let buffer = new Uint8Array(room)
    let spare = new Uint8Array(Number(size) - offset > room ? room : 0)
    let ended = false
    return {
      size: Number(size),
      pull: Effect.suspend(() => {
        if (ended) {
          return Effect.succeedNone
        }
        const target = buffer
        buffer = spare.byteLength > 0 ? spare : new Uint8Array(room)
        spare = target
        return Effect.map(refusedAt(path, Effect.uninterruptible(file.read(target))), (read) => {
          const count = Number(read)
          ended = count < target.byteLength
          return count === 0 ? Option.none() : Option.some(target.subarray(0, count))
        })
      })
    }
  })

const openWriter = (
  folder: Folder,
  path: string,
  from: WriteFrom
): Effect.Effect<StoreWriter, StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const name = yield* named(folder, path)
    const link = yield* Effect.option(folder.fileSystem.readLink(name))
    const local = Option.isSome(link) ? yield* followed(folder, path) : name
    const existing = yield* Effect.option(folder.fileSystem.stat(local))
    if (Option.isSome(existing) && existing.value.type !== "File") {
      const reason = existing.value.type === "Directory" ? "IsADirectory" : "PermissionDenied"
      return yield* new StoreError({ reason, path })
    }
    const size = Option.match(existing, { onNone: () => 0, onSome: (stat) => Number(stat.size) })
    const flag = from === "Truncate" || Option.isNone(existing) ? "w" : "r+"
    const file = yield* refusedAt(path, folder.fileSystem.open(local, { flag }))
    yield* file.seek(from === "Append" ? size : from === "Truncate" ? 0 : from, "start")
    return {
      // The platform takes a write of no bytes for one that a full disk refused.
      write: (bytes) =>
        bytes.byteLength === 0 ? Effect.void : refusedAt(path, Effect.uninterruptible(file.writeAll(bytes)))
    }
  })
