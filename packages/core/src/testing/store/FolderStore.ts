/**
 * A folder of this machine, through the platform's FileSystem. Nothing outside the folder is ever read or written:
 * the parent of every name is resolved first, and a symbolic link that leads out is shown but not followed.
 *
 * A name that no line of a listing can say, or that is not Unicode, is left out of them, and the log says so once. It does
 * NOT hold against a local process that swaps a directory for a link between the look and the use.
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as RemotePath from "../../protocol/RemotePath.ts"
import * as WireText from "../../protocol/WireText.ts"
import {
  BYTES_PER_CHUNK,
  type FileInfo,
  type FileStore,
  type NamedInfo,
  StoreError,
  type StoreReader,
  type StoreWriter,
  TypeId,
  type WriteFrom
} from "./FileStore.ts"

interface Folder {
  readonly fileSystem: FileSystem.FileSystem
  readonly path: Path.Path
  readonly root: string
  /** The root with a separator behind it: what every path inside begins with. */
  readonly inside: string
  /** Whether names are judged the Windows way: `a:b`, `CON` and the like are refused. */
  readonly windows: boolean
  /** The paths of which the log has said that they are left out. */
  readonly leftOut: Set<string>
}

/** libuv's four file threads are kept busy; more only queues. */
const LIST_CONCURRENCY = 16

const MODE_BITS = 0o7777

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
      const names = yield* refusedAt(path, folder.fileSystem.readDirectory(local))
      if (names.length > 0) {
        return yield* new StoreError({ reason: "NotEmpty", path })
      }
      // The platform's FileSystem has no rmdir: `remove` takes a directory only when told to be recursive.
      yield* refusedAt(path, folder.fileSystem.remove(local, { recursive: true }))
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
    Effect.flatMap(followed(folder, path), (local) => refusedAt(path, folder.fileSystem.chmod(local, mode & MODE_BITS)))
})

/** The local name of a path whose last component is not followed; its parent exists and is inside. */
const named = (folder: Folder, path: string): Effect.Effect<string, StoreError> =>
  Effect.gen(function* () {
    const names = RemotePath.normalise(path).slice(1).split("/")
    if (names.some((name) => isBad(folder, name))) {
      return yield* new StoreError({ reason: "BadName", path })
    }
    const last = names.pop() ?? ""
    if (last === "") {
      return folder.root
    }
    if (names.length === 0) {
      return folder.inside + last
    }
    const parent = yield* resolved(folder, path, folder.inside + names.join(folder.path.sep))
    return parent + folder.path.sep + last
  })

/** The local name of what the path means once every link is followed; it exists and is inside. */
const followed = (folder: Folder, path: string): Effect.Effect<string, StoreError> =>
  Effect.gen(function* () {
    const names = RemotePath.normalise(path).slice(1).split("/")
    if (names.some((name) => isBad(folder, name))) {
      return yield* new StoreError({ reason: "BadName", path })
    }
    return yield* resolved(folder, path, folder.inside + names.join(folder.path.sep))
  })

const isBad = (folder: Folder, name: string): boolean =>
  /[\0\p{Surrogate}]/u.test(name) || (folder.windows && name !== "" && !RemotePath.isSafeName(name, "Windows"))

const resolved = (folder: Folder, path: string, local: string): Effect.Effect<string, StoreError> =>
  Effect.flatMap(refusedAt(path, folder.fileSystem.realPath(local)), (real) =>
    real === folder.root || real.startsWith(folder.inside)
      ? Effect.succeed(real)
      : Effect.fail(new StoreError({ reason: "PermissionDenied", path }))
  )

const info = (folder: Folder, path: string, local: string): Effect.Effect<FileInfo, StoreError> =>
  Effect.map(refusedAt(path, folder.fileSystem.stat(local)), (stat) => ({
    type: stat.type === "Directory" ? "Directory" : "File",
    size: Number(stat.size),
    modified: Option.getOrUndefined(Option.map(stat.mtime, (at) => at.getTime())),
    mode: stat.mode & MODE_BITS,
    owner: String(Option.getOrElse(stat.uid, () => 0)),
    group: String(Option.getOrElse(stat.gid, () => 0)),
    unique: `${stat.dev.toString(16)}g${Option.getOrElse(stat.ino, () => 0).toString(16)}`
  }))

/** A link's own time, and which file it is, are out of the platform's reach: it has stat, but no lstat. */
const linkInfo = (folder: Folder, path: string, local: string): Effect.Effect<FileInfo, StoreError> =>
  Effect.flatMap(Effect.option(folder.fileSystem.readLink(local)), (link) =>
    Option.isNone(link)
      ? info(folder, path, local)
      : Effect.succeed({
          type: "SymbolicLink" as const,
          size: link.value.length,
          modified: undefined,
          mode: 0o777,
          owner: "0",
          group: "0",
          unique: undefined,
          linkTarget: link.value
        })
  )

const list = (folder: Folder, path: string): Effect.Effect<ReadonlyArray<NamedInfo>, StoreError> =>
  Effect.gen(function* () {
    const local = yield* followed(folder, path)
    const names = yield* refusedAt(path, folder.fileSystem.readDirectory(local))
    const found = yield* Effect.forEach(names, (name) => listed(folder, path, local, name), {
      concurrency: LIST_CONCURRENCY
    })
    return found.flatMap(Option.toArray)
  })

/** `None` for what is left out. */
const listed = (
  folder: Folder,
  directory: string,
  local: string,
  name: string
): Effect.Effect<Option.Option<NamedInfo>> => {
  if (LINE_END.test(name)) {
    return leaveOut(folder, directory, name, "has a line end in it")
  }
  if (NOT_UNICODE.test(name)) {
    return leaveOut(folder, directory, name, "is not Unicode")
  }
  return Effect.catchAll(
    Effect.map(linkInfo(folder, directory, local + folder.path.sep + name), (info) => Option.some({ name, info })),
    ({ reason }) =>
      // The platform puts U+FFFD where it can't read a name, and nothing has the name then; any other vanished since.
      reason === "NotFound" && name.includes("\ufffd")
        ? leaveOut(folder, directory, name, "is not UTF-8")
        : Effect.succeedNone
  )
}

const LINE_END = /[\r\n]/
const NOT_UNICODE = /\p{Surrogate}/u

const leaveOut = (
  { leftOut }: Folder,
  directory: string,
  name: string,
  why: string
): Effect.Effect<Option.Option<NamedInfo>> =>
  Effect.suspend(() => {
    const path = RemotePath.join(directory, name)
    if (leftOut.has(path)) {
      return Effect.succeedNone
    }
    leftOut.add(path)
    return Effect.as(
      Effect.logWarning(`${WireText.toDisplay(path)} is left out of listings: its name ${why}`),
      Option.none()
    )
  })

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
    return { write: (bytes) => refusedAt(path, Effect.uninterruptible(file.writeAll(bytes))) }
  })

const refusedAt = <A, R>(path: string, effect: Effect.Effect<A, PlatformError, R>): Effect.Effect<A, StoreError, R> =>
  Effect.mapError(effect, (error) => new StoreError({ reason: reasonOf(error), path, cause: error }))

const reasonOf = (error: PlatformError): StoreError["reason"] => {
  switch (codeOf(error.cause)) {
    case "ENOENT":
      return "NotFound"
    case "ENOTDIR":
      return "NotADirectory"
    case "EISDIR":
      return "IsADirectory"
    case "EEXIST":
      return "AlreadyExists"
    case "ENOTEMPTY":
      return "NotEmpty"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "PermissionDenied"
    case "ENOSPC":
    case "EDQUOT":
      return "NoSpace"
    case "EINVAL":
    case "ENAMETOOLONG":
      return "BadName"
    case "ELOOP":
      return "TooManyLinks"
  }
  if (error._tag === "SystemError") {
    switch (error.reason) {
      case "NotFound":
      case "AlreadyExists":
      case "PermissionDenied":
        return error.reason
    }
  }
  return "Other"
}

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
