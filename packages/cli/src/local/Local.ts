/**
 * Local files and directories as `get` and `put` need them.
 *
 * It does NOT read or write contents: `FtpTransfer` does.
 */

import { basename, join, resolve, sep } from "node:path"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { FtpLocalFile, FtpLocalFileError, type LocalInfo } from "@ftp-effect/core/FtpLocalFile"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Glob from "../arguments/Glob.ts"
import type { Existing } from "../arguments/Target.ts"

/** What has this name, slashes behind it left out; links are followed. A device or a pipe counts as a file. */
export const existing = (path: string): Effect.Effect<Existing, FtpLocalFileError, FtpLocalFile> =>
  Effect.map(
    // `resolve` takes the slashes away: what is a file would not be found with them.
    Effect.flatMap(FtpLocalFile, (files) => files.info(resolve(path))),
    Option.match({
      onNone: () => "Nothing" as const,
      onSome: ({ type }) => (type === "Directory" ? ("Directory" as const) : ("File" as const))
    })
  )

/** Where a download goes. What is no file of a disk is written into, as it can't be replaced, and must not be. */
export type Destination =
  | { readonly kind: "File"; readonly path: string }
  /** `from` is where to write: behind what is there, as a shell may have opened a file for /dev/stdout with `>>`. */
  | { readonly kind: "Device"; readonly path: string; readonly from: number }

/**
 * What is written when a name is, which has `info` now: for a link what it leads to, so that the link stays. Names of
 * /dev and /proc are devices even where they lead to a file: `/dev/stdout` stands for what a shell has opened.
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
            detail: "it is a link to nothing"
          })
    }
    const real = yield* Effect.mapError(files.realPath(path), failure("Open", path))
    return info.value.type === "Other" || isOfSystem(resolve(path)) || isOfSystem(real)
      ? { kind: "Device", path, from: info.value.type === "File" ? info.value.size : 0 }
      : { kind: "File", path: real }
  })

/** /dev/shm holds files like any others. */
const isOfSystem = (path: string): boolean => /^\/(?:proc|dev(?!\/shm\/))\//.test(path)

/**
 * How many bytes of a file an earlier run left here to go on with, which `FtpTransfer.toFile` does if the server still has
 * that very file: a part with its journal beside it.
 */
export const keptBytes = (path: string): Effect.Effect<number, never, FtpLocalFile> =>
  Effect.orElseSucceed(FtpTransfer.keptBytes(path), () => 0)

/** What an unfinished download is called, behind the name that it will have. */
export const PART_SUFFIX = ".ftp-effect.part"

/** Makes a directory with its parents; one that is there is success. */
export const makeDirectory = (path: string): Effect.Effect<void, FtpLocalFileError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.mapError(files.makeDirectory(path, { recursive: true }), failure("Open", path))
  )

/** What a local tree has under one name. */
export interface Child {
  readonly name: string
  readonly path: string
  readonly kind: { readonly _tag: "File"; readonly size: number } | { readonly _tag: "Directory" } | Skipped
}

interface Skipped {
  readonly _tag: "Skipped"
  readonly why: string
}

/**
 * What is in a directory, by name. A link to a file inside `root` counts as that file; links that lead out of it, to
 * directories or to nothing, devices and pipes are to be skipped.
 */
export const children = (
  directory: string,
  root: string
): Effect.Effect<ReadonlyArray<Child>, FtpLocalFileError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const names = yield* Effect.mapError(files.readDirectory(directory), failure("Open", directory))
    return yield* Effect.forEach([...names].sort(), (name) => {
      const path = join(directory, name)
      return Effect.map(kindOf(path, root), (kind): Child => ({ name, path, kind }))
    })
  })

const kindOf = (path: string, root: string): Effect.Effect<Child["kind"], never, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const isLink = Option.isSome(yield* Effect.option(files.readLink(path)))
    const info = yield* Effect.option(files.stat(path))
    if (Option.isNone(info)) {
      return skipped(isLink ? "a link to nothing" : "it can't be looked at")
    }
    const { size, type } = info.value
    if (isLink && type === "Directory") {
      return skipped("a link to a directory")
    }
    if (isLink && !(yield* isInside(path, root))) {
      return skipped("a link that leads out of the tree")
    }
    return type === "Directory"
      ? { _tag: "Directory" as const }
      : type === "File"
        ? { _tag: "File" as const, size: Number(size) }
        : skipped("neither a file nor a directory")
  })

const skipped = (why: string): Skipped => ({ _tag: "Skipped", why })

const isInside = (path: string, root: string): Effect.Effect<boolean, never, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const [real, realRoot] = yield* Effect.all([files.realPath(path), files.realPath(root)])
    return real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)
  }).pipe(Effect.orElseSucceed(() => false))

/** What a word means: itself where it is there or has no wildcard, else what it meets, else itself. */
export const expand = (word: string): Effect.Effect<ReadonlyArray<string>, never, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const pattern = sep === "\\" ? word.replaceAll("\\", "/") : word
    if (!Glob.hasWildcard(pattern) || (yield* Effect.orElseSucceed(files.exists(word), () => false))) {
      return [word]
    }
    const list = (directory: string) =>
      files.readDirectory(directory === "" ? "." : directory).pipe(
        Effect.orElseSucceed((): Array<string> => []),
        Effect.map((names) => names.map((name) => ({ name, path: RemotePath.join(directory, name), mayHold: true })))
      )
    const met = yield* Glob.expand(pattern, list, RemotePath.join)
    return met.length === 0 ? [word] : met.map(({ path }) => path)
  })

/** Bits of the mode that let others than the owner read. */
const OTHERS = 0o077

/** Whether others than the owner may read a file, which is no question for Windows. */
export const isOpenToOthers = (path: string): Effect.Effect<boolean, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.map(
      Effect.option(files.stat(path)),
      (info) => process.platform !== "win32" && Option.isSome(info) && (info.value.mode & OTHERS) !== 0
    )
  )

/** The name that a copy gets; empty for a root. */
export const nameOf = (path: string): string => basename(resolve(path))

/** Why a name that a server listed must not become a local one, in words that follow "its name". */
export const unsafeReason = (name: string): Option.Option<string> =>
  Option.orElse(RemotePath.unsafeNameReason(name, sep === "\\" ? "Windows" : "Posix"), () =>
    // Every byte that is no UTF-8 would become the same character, and names fall together.
    /\p{Surrogate}/u.test(name)
      ? Option.some("is not UTF-8; download it alone, under a name of your own")
      : Option.none()
  )

/** Whether a local name can be said to a server at all. */
export const canBeSent = (name: string): boolean => Either.isRight(WireText.encode(name)) && !name.includes("\ufffd")

const failure =
  (operation: FtpLocalFileError["operation"], path: string) =>
  (error: PlatformError): FtpLocalFileError => {
    const said = error.cause instanceof Error && "code" in error.cause ? String(error.cause.code) : ""
    const [reason, detail] = REASONS[said] ?? ["Other", error.description ?? error.message]
    return new FtpLocalFileError({ reason, operation, path, detail })
  }

const REASONS: { readonly [code: string]: readonly [reason: FtpLocalFileError["reason"], words: string] } = {
  ENOENT: ["NotFound", "no such file or directory"],
  EACCES: ["PermissionDenied", "permission denied"],
  EPERM: ["PermissionDenied", "operation not permitted"],
  EEXIST: ["AlreadyExists", "a file with that name is there"],
  ENOTDIR: ["Other", "a file is where a directory should be"],
  ENOSPC: ["NoSpace", "no space left on the device"],
  EDQUOT: ["NoSpace", "the quota is used up"]
}
