/** Patterns among local names, for shells that leave them to the command. */
import { sep } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Effect from "effect/Effect"
import * as Glob from "../arguments/Glob.ts"

/** What a word means: itself if it exists or has no wildcard, else what it matches, else itself. */
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
        Effect.map((names) => names.map((name) => candidate(files, name, RemotePath.join(directory, name))))
      )
    const matches = yield* Glob.expand(pattern, list, RemotePath.join)
    return matches.length === 0 ? [word] : matches.map(({ path }) => path)
  })

const candidate = (files: FileSystem.FileSystem, name: string, path: string) => ({
  name,
  path,
  mayHold: true,
  isDirectory: Effect.match(files.stat(path), {
    onFailure: () => false,
    onSuccess: ({ type }) => type === "Directory"
  })
})
