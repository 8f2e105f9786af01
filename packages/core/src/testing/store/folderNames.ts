/**
 * From the paths of a store to the names of a local folder, without ever leaving the folder.
 *
 *     /a/b ──parent resolved──► inside? ──named──► its own name         (b may be missing, or a link: not followed)
 *     /a/b ──all resolved─────► inside? ──followed──► what it means     (it exists)
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as RemotePath from "../../protocol/RemotePath.ts"
import { StoreError } from "./FileStore.ts"
import { refusedAt } from "./folderErrors.ts"

export interface Folder {
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

/** The local name of a path whose last component is not followed; its parent exists and is inside. */
export const named = (folder: Folder, path: string): Effect.Effect<string, StoreError> =>
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
export const followed = (folder: Folder, path: string): Effect.Effect<string, StoreError> =>
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
