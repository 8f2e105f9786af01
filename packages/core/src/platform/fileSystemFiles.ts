/**
 * Local files over the FileSystem of any platform. Reads do not run ahead, and a full disk is recognised only if the
 * platform reports it.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as FileSystemDirectories from "./fileSystemDirectories.ts"
import { because, isNotFound } from "./fileSystemErrors.ts"
import { FtpLocalFileError } from "./localFileError.ts"
import type { FileId, LocalFiles, LocalInfo, OwnInfo, Reader, WriteMode, Writer } from "./localFiles.ts"

/** As large as the runs of a data connection. */
const BUFFER_BYTES = 1024 * 1024

export const make = (fs: FileSystem.FileSystem): LocalFiles => ({
  openWriter: (path, mode) => Effect.map(openForWriting(fs, path, mode), (file): Writer => writer(fs, file, path)),
  openReader: (path, offset) =>
    Effect.gen(function* () {
      const file = yield* because("Open", path, fs.open(path, { flag: "r" }))
      const stats = yield* because("Stat", path, file.stat)
      if (stats.type === "Directory") {
        return yield* new FtpLocalFileError({
          reason: "IsDirectory",
          operation: "Open",
          path,
          detail: "it is a directory"
        })
      }
      return reader(file, path, stats, offset)
    }),
  info: (path) =>
    because("Stat", path, fs.stat(path)).pipe(
      Effect.map((stats) => Option.some(localInfo(stats))),
      Effect.catchIf(isNotFound, () => Effect.succeedNone)
    ),
  version: (path) =>
    because("Stat", path, fs.stat(path)).pipe(
      Effect.map(({ dev, ino, mtime, size }) =>
        Option.map(Option.all([ino, mtime]), ([inode, time]) => [dev, inode, size, `${time.getTime()}ms`].join(" "))
      ),
      Effect.catchIf(isNotFound, () => Effect.succeedNone)
    ),
  ownInfo: (path) =>
    Effect.gen(function* () {
      const isLink = Option.isSome(yield* Effect.option(fs.readLink(path)))
      const stats = isLink ? Option.none() : Option.some(yield* because("Stat", path, fs.stat(path)))
      return Option.some<OwnInfo>({
        size: Option.match(stats, { onNone: () => 0, onSome: ({ size }) => Number(size) }),
        id: Option.flatMap(stats, idOf),
        isPrivate: Option.exists(stats, isPrivate)
      })
    }).pipe(Effect.catchIf(isNotFound, () => Effect.succeedNone)),
  rename: (from, to, existing = "Replace") =>
    existing === "Replace"
      ? because("Rename", from, fs.rename(from, to))
      : Effect.zipRight(because("Rename", to, fs.link(from, to)), because("Rename", from, fs.remove(from))),
  remove: (path) => Effect.catchIf(because("Remove", path, fs.remove(path)), isNotFound, () => Effect.void),
  directories: FileSystemDirectories.make(fs),
  boot: Effect.succeedNone,
  claim: claims(fs)
})

/** The names that are claimed, by the FileSystem that they are names of: several clients may work over one. */
const claimed = new WeakMap<FileSystem.FileSystem, Set<string>>()

const claims = (fs: FileSystem.FileSystem): LocalFiles["claim"] => {
  const held = claimed.get(fs) ?? new Set<string>()
  claimed.set(fs, held)
  return (path) =>
    Effect.acquireRelease(
      Effect.suspend(() => {
        if (held.has(path)) {
          return new FtpLocalFileError({
            reason: "InUse",
            operation: "Open",
            path,
            detail: "it is already being downloaded"
          })
        }
        held.add(path)
        return Effect.void
      }),
      () => Effect.sync(() => held.delete(path))
    )
}

const openForWriting = (fs: FileSystem.FileSystem, path: string, mode: WriteMode) => {
  const open = (flag: FileSystem.OpenFlag, mode?: number) =>
    because("Open", path, fs.open(path, mode === undefined ? { flag } : { flag, mode }))
  switch (mode) {
    case "Exclusive":
      // Readable by others, as the final mode depends on a umask that is unknown; writable by the owner only.
      return open("wx", READABLE)
    case "Truncate":
      return open("w")
    case "Existing":
      return open("r+")
    case "Continue":
      // No flag opens without cutting and creates as well, but for "a", which ignores positions.
      return Effect.catchIf(open("r+"), isNotFound, () => open("w"))
  }
}

// Not interruptible: a platform continues a write that it began, and the file must not be closed under it.
const writer = (fs: FileSystem.FileSystem, file: FileSystem.File, path: string): Writer => ({
  write: (bytes, position) =>
    // platform-node's writeAll takes the 0 that a write of nothing returns for a failure.
    bytes.byteLength === 0
      ? Effect.void
      : because(
          "Write",
          path,
          Effect.uninterruptible(Effect.zipRight(file.seek(position, "start"), file.writeAll(bytes)))
        ),
  truncate: (size) => because("Write", path, Effect.uninterruptible(file.truncate(size))),
  sync: because("Sync", path, Effect.uninterruptible(file.sync)),
  setModified: (at) => because("SetTime", path, fs.utimes(path, DateTime.toDateUtc(at), DateTime.toDateUtc(at))),
  // It was created with the mode of any new file.
  setMode: Option.match({
    onNone: () => Effect.void,
    onSome: (mode) => because("SetMode", path, fs.chmod(path, mode))
  }),
  id: Effect.map(because("Stat", path, file.stat), idOf),
  // The platform closes a file with its scope, and keeps to itself what came of it.
  close: Effect.void
})

const reader = (file: FileSystem.File, path: string, stats: FileSystem.File.Info, offset: number): Reader => {
  const { modified, size } = localInfo(stats)
  const buffer = new Uint8Array(BUFFER_BYTES)
  let position = offset
  const fill = Effect.suspend(() =>
    Effect.uninterruptible(Effect.zipRight(file.seek(position, "start"), file.read(buffer)))
  )
  return {
    size,
    modified,
    isPrivate: isPrivate(stats),
    read: Effect.flatMap(because("Read", path, fill), (read) => {
      const length = Number(read)
      if (length === 0 && position < size) {
        return new FtpLocalFileError({
          reason: "Other",
          operation: "Read",
          path,
          detail: `the file had ${size} bytes when it was opened and has fewer now`
        })
      }
      return Effect.sync(() => {
        position += length
        return length === 0 ? Option.none() : Option.some(buffer.subarray(0, length))
      })
    })
  }
}

const localInfo = (stats: FileSystem.File.Info): LocalInfo => ({
  type: stats.type === "File" || stats.type === "Directory" ? stats.type : "Other",
  size: Number(stats.size),
  modified: Option.flatMap(stats.mtime, DateTime.make),
  mode: Option.some(stats.mode & PERMISSIONS)
})

const PERMISSIONS = 0o777

const READABLE = 0o644

/** The permissions of others than the owner to write. */
const WRITABLE_BY_OTHERS = 0o022

/** The owner is not compared: no platform's FileSystem reports the current user. */
const isPrivate = ({ mode, nlink, type }: FileSystem.File.Info): boolean =>
  type === "File" && Option.getOrElse(nlink, () => 1) === 1 && (mode & WRITABLE_BY_OTHERS) === 0

const idOf = ({ dev, ino }: FileSystem.File.Info): Option.Option<FileId> =>
  Option.map(ino, (inode) => ({ device: dev, inode }))
