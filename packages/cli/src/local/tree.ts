/** Local trees as uploads need them: what is in a directory, and what of it is sent. */
import * as Fs from "node:fs/promises"
import { basename, join, resolve, sep } from "node:path"
import { FtpLocalFile, FtpLocalFileError, fromErrno, type LocalInfo } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** What a local tree has under one name. */
export interface Child {
  readonly name: string
  readonly path: string
  readonly kind: { readonly _tag: "File"; readonly info: LocalInfo } | { readonly _tag: "Directory" } | Skipped
}

interface Skipped {
  readonly _tag: "Skipped"
  readonly why: string
}

type Name = Awaited<ReturnType<typeof namesIn>>[number]

/** With what each of them is, which most file systems tell with the names. */
const namesIn = (directory: string) => Fs.readdir(directory, { withFileTypes: true })

/**
 * What is in a directory, by name. A link to a file inside `root` counts as that file; links that lead out of it, to
 * directories or to nothing, devices and pipes are to be skipped.
 */
export const children = (
  directory: string,
  root: string
): Effect.Effect<ReadonlyArray<Child>, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const names = yield* Effect.tryPromise({ try: () => namesIn(directory), catch: notRead(directory) })
    names.sort((one, other) => (one.name < other.name ? -1 : 1))
    return yield* Effect.forEach(names, (found): Effect.Effect<Child> => {
      const { name } = found
      const path = join(directory, name)
      return found.isDirectory()
        ? Effect.succeed({ name, path, kind: { _tag: "Directory" } })
        : Effect.map(kindOf(files, path, found, root), (kind) => ({ name, path, kind }))
    })
  })

const notRead =
  (path: string) =>
  (error: unknown): FtpLocalFileError => {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined
    const { reason, text } = fromErrno(code)
    return new FtpLocalFileError({ reason, operation: "Open", path, detail: text ?? String(error) })
  }

const kindOf = (files: FtpLocalFile, path: string, found: Name, root: string): Effect.Effect<Child["kind"]> =>
  Effect.flatMap(
    Effect.orElseSucceed(files.info(path), Option.none<LocalInfo>),
    (info): Effect.Effect<Child["kind"]> => {
      const isLink = found.isSymbolicLink()
      if (Option.isNone(info)) {
        return Effect.succeed(skipped(isLink ? "a dangling link" : "it can't be read"))
      }
      const { type } = info.value
      const file = { _tag: "File", info: info.value } as const
      if (!isLink) {
        return Effect.succeed(
          type === "File"
            ? file
            : type === "Directory"
              ? { _tag: "Directory" }
              : skipped("neither a file nor a directory")
        )
      }
      if (type === "Directory") {
        return Effect.succeed(skipped("a link to a directory"))
      }
      return Effect.map(isInside(path, root), (isInside) =>
        isInside
          ? type === "File"
            ? file
            : skipped("neither a file nor a directory")
          : skipped("a link that leaves the tree")
      )
    }
  )

const skipped = (why: string): Skipped => ({ _tag: "Skipped", why })

const isInside = (path: string, root: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    Promise.all([Fs.realpath(path), Fs.realpath(root)]).then(
      ([real, realRoot]) => real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep),
      () => false
    )
  )

/** The name that a copy gets; empty for a root. */
export const nameOf = (path: string): string => basename(resolve(path))
