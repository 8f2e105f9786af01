/** Who may read a local file. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

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
