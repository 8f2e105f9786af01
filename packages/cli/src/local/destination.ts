/** Where a download goes: what is there now, and whether it is replaced or written into. */
import { resolve } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import { FtpLocalFile, FtpLocalFileError, type LocalInfo } from "@ftp-effect/core/FtpLocalFile"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Existing } from "../arguments/Target.ts"
import * as Descriptor from "./descriptor.ts"
import { fileError } from "./fileError.ts"
import * as Folders from "./folders.ts"

/** What has this name, without trailing slashes; links are followed. */
export const lookUp = (path: string): Effect.Effect<Option.Option<LocalInfo>, FtpLocalFileError, FtpLocalFile> =>
  // `resolve` takes the slashes away: what is a file would not be found with them.
  Effect.flatMap(FtpLocalFile, (files) => files.info(resolve(path)))

/** A device or a pipe counts as a file. */
export const existing: (info: Option.Option<LocalInfo>) => Existing = Option.match({
  onNone: () => "Nothing",
  onSome: ({ type }) => (type === "Directory" ? "Directory" : "File")
})

/** Where a download goes. Devices and pipes are written to: they must not be replaced. */
export type Destination =
  | { readonly kind: "File"; readonly path: string }
  | { readonly kind: "Device"; readonly path: string }
  /** A file that is open already, written at its position. */
  | { readonly kind: "Descriptor"; readonly path: string; readonly descriptor: number }

/**
 * What a download to this name writes; `info` is of what has the name now. For a link it is what the link leads to, so
 * that the link stays. Names of /dev and /proc are devices even if they lead to a file: `/dev/stdout` stands for what a
 * shell has opened.
 */
export const destination = (
  path: string,
  info: Option.Option<LocalInfo>
): Effect.Effect<Destination, FtpLocalFileError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    if (Option.isNone(info)) {
      return Option.isNone(yield* Effect.option(files.readLink(path)))
        ? { kind: "File", path }
        : yield* new FtpLocalFileError({
            reason: "NotFound",
            operation: "Open",
            path,
            detail: "it is a dangling link"
          })
    }
    const descriptor = Descriptor.named(path)
    if (Option.isSome(descriptor) && info.value.type === "File") {
      return { kind: "Descriptor", path, descriptor: descriptor.value }
    }
    const real = yield* Effect.mapError(files.realPath(path), fileError("Open", path))
    return info.value.type === "Other" || isOfSystem(resolve(path)) || isOfSystem(real)
      ? { kind: "Device", path }
      : { kind: "File", path: real }
  })

/** /dev/shm holds files like any others. */
const isOfSystem = (path: string): boolean => /^\/(?:proc|dev(?!\/shm\/))\//.test(path)

/**
 * How many bytes of a file an earlier run left in a partial file with its journal. `FtpTransfer.toFile` resumes it if
 * the server still has the same file.
 */
export const keptBytes = (path: string): Effect.Effect<number, never, FtpLocalFile> =>
  Effect.orElseSucceed(FtpTransfer.keptBytes(path), () => 0)

/**
 * Makes a directory with its parents; one that is there is success. Returns whether it has a
 * name: if upper and lower case are one file, or the forms of Unicode are, a name that differs in that counts as present;
 * so does each name of one that can't be read.
 */
export const makeDirectory = (
  path: string
): Effect.Effect<(name: string) => boolean, FtpLocalFileError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const made = yield* Effect.either(files.makeDirectory(path))
    if (made._tag === "Right") {
      return () => false
    }
    yield* Effect.mapError(Folders.make(path), fileError("Open", path))
    const names = yield* Effect.option(files.readDirectory(path))
    const present = Option.map(names, (names) => new Set(names.map(folded)))
    return (name: string) => !Option.exists(present, (names) => !names.has(folded(name)))
  })

const folded = (name: string): string => name.normalize("NFKC").toLowerCase()
