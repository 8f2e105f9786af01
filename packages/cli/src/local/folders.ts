/**
 * A directory with its parents: `mkdir -p`. That of node:fs (`recursive`) asks for ever where the parent is there and the
 * system says of its child that it is not, as below /proc.
 */
import { dirname } from "node:path"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"

/** The user's mask takes away what it forbids. */
const ANY = 0o777

/** One that is there is success. `mode` is that of each directory that is made. */
export const make = (path: string, mode = ANY): Effect.Effect<void, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const isThere = Effect.match(files.stat(path), {
      onFailure: () => false,
      onSuccess: ({ type }) => type === "Directory"
    })
    const once: Effect.Effect<void, PlatformError> = Effect.catchAll(files.makeDirectory(path, { mode }), (error) =>
      Effect.flatMap(isThere, (isThere) => (isThere ? Effect.void : Effect.fail(error)))
    )
    const parent = dirname(path)
    yield* Effect.catchIf(
      once,
      (error) => error._tag === "SystemError" && error.reason === "NotFound" && parent !== path,
      () => Effect.zipRight(make(parent, mode), once)
    )
  })
