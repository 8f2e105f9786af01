/** Local directories over the FileSystem of any platform: two questions for each entry, as it has no `lstat`. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { because, isNotFound } from "./fileSystemErrors.ts"
import { FtpLocalFileError } from "./localFileError.ts"
import type { LocalDirectories, LocalEntry } from "./localFiles.ts"
import { removeEmpty } from "./removeEmpty.ts"

/** Questions at once: more than a disk answers at a time. */
const AT_ONCE = 16

export const make = (fs: FileSystem.FileSystem): LocalDirectories => ({
  read: (path) =>
    Effect.gen(function* () {
      const names = yield* because("ReadDirectory", path, fs.readDirectory(path))
      const entries = yield* Effect.forEach(names, (name) => entryOf(fs, path, name), { concurrency: AT_ONCE })
      return entries.flatMap(Option.toArray)
    }),
  make: (path) => because("MakeDirectory", path, fs.makeDirectory(path, { recursive: true })),
  remove: (path) =>
    Effect.filterOrFail(
      because("Remove", path, removeEmpty(fs, path)),
      (isGone) => isGone,
      () => new FtpLocalFileError({ reason: "Other", operation: "Remove", path, detail: "the directory is not empty" })
    ),
  setModified: (path, at) => because("SetTime", path, fs.utimes(path, DateTime.toDateUtc(at), DateTime.toDateUtc(at))),
  realPath: (path) => because("Stat", path, fs.realPath(path)),
  readLink: (path) => because("ReadLink", path, fs.readLink(path)),
  symlink: (target, path) => because("MakeLink", path, fs.symlink(target, path)),
  // Its stream begins when it is run, so a change at once may be missed.
  watch: (path, { changed, failed }) =>
    fs.watch(path, { recursive: true }).pipe(
      Stream.runForEach((event) => Effect.sync(() => changed(event.path.replaceAll("\\", "/")))),
      (run) => because("Watch", path, run),
      Effect.catchAll((error) => Effect.sync(() => failed(error))),
      // The scope ends it, also that of a caller who can't be interrupted.
      Effect.interruptible,
      Effect.forkScoped,
      Effect.zipRight(because("Watch", path, fs.stat(path))),
      Effect.asVoid
    ),
  home: undefined,
  platform: "Windows",
  foldsNames: true
})

const entryOf = (fs: FileSystem.FileSystem, directory: string, name: string) => {
  const path = `${directory}/${name}`
  return Effect.gen(function* () {
    if (Option.isSome(yield* Effect.option(fs.readLink(path)))) {
      return Option.some<LocalEntry>({ name, type: "SymbolicLink", size: 0, modified: Option.none() })
    }
    const { mtime, size, type } = yield* because("Stat", path, fs.stat(path))
    return Option.some<LocalEntry>({
      name,
      type: type === "File" || type === "Directory" ? type : "Other",
      size: type === "File" ? Number(size) : 0,
      modified: Option.flatMap(mtime, DateTime.make)
    })
  }).pipe(Effect.catchIf(isNotFound, () => Effect.succeedNone))
}
