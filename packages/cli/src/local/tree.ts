/** Local trees as uploads need them: what is in a directory, and what of it is sent. */
import { basename, join, resolve, sep } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { fileError } from "./fileError.ts"

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
    const names = yield* Effect.mapError(files.readDirectory(directory), fileError("Open", directory))
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
      return skipped(isLink ? "a dangling link" : "it can't be read")
    }
    const { size, type } = info.value
    if (isLink && type === "Directory") {
      return skipped("a link to a directory")
    }
    if (isLink && !(yield* isInside(path, root))) {
      return skipped("a link that leaves the tree")
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

/** The name that a copy gets; empty for a root. */
export const nameOf = (path: string): string => basename(resolve(path))
