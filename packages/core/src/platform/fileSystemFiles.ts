/**
 * Local files over the FileSystem of any platform. Reads do not run ahead, and a full disk is recognised only if the
 * platform reports it.
 */
import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpLocalFileError, fromErrno } from "./localFileError.ts"
import type { LocalFiles, LocalInfo, Reader, WriteMode, Writer } from "./localFiles.ts"

/** As large as the runs of a data connection. */
const BUFFER_BYTES = 1024 * 1024

export const make = (fs: FileSystem.FileSystem): LocalFiles => ({
  openWriter: (path, mode) => Effect.map(openForWriting(fs, path, mode), (file): Writer => writer(file, path)),
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
  rename: (from, to, existing = "Replace") =>
    because(
      "Rename",
      from,
      existing === "Replace" ? fs.rename(from, to) : Effect.zipRight(fs.link(from, to), fs.remove(from))
    ),
  remove: (path) => Effect.catchIf(because("Remove", path, fs.remove(path)), isNotFound, () => Effect.void),
  setModified: (path, at) => because("SetTime", path, fs.utimes(path, DateTime.toDateUtc(at), DateTime.toDateUtc(at))),
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
            detail: "another download writes it now"
          })
        }
        held.add(path)
        return Effect.void
      }),
      () => Effect.sync(() => held.delete(path))
    )
}

const openForWriting = (fs: FileSystem.FileSystem, path: string, mode: WriteMode) => {
  const open = (flag: FileSystem.OpenFlag) => because("Open", path, fs.open(path, { flag }))
  switch (mode) {
    case "Exclusive":
      return open("wx")
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
const writer = (file: FileSystem.File, path: string): Writer => ({
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
  modified: Option.flatMap(stats.mtime, DateTime.make)
})

const isNotFound = (error: FtpLocalFileError): boolean => error.reason === "NotFound"

const because = <A, R>(
  operation: FtpLocalFileError["operation"],
  path: string,
  effect: Effect.Effect<A, PlatformError, R>
): Effect.Effect<A, FtpLocalFileError, R> =>
  Effect.mapError(
    effect,
    (error) => new FtpLocalFileError({ reason: reasonOf(error), operation, path, detail: error.message })
  )

const reasonOf = (error: PlatformError): FtpLocalFileError["reason"] => {
  if (error._tag === "SystemError") {
    if (error.reason === "NotFound" || error.reason === "PermissionDenied" || error.reason === "AlreadyExists") {
      return error.reason
    }
    const { cause } = error
    if (typeof cause === "object" && cause !== null && "code" in cause) {
      return fromErrno(String(cause.code)).reason
    }
  }
  return "Other"
}
