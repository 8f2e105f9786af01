/** Local directories over the FileSystem of any platform: two questions for each entry, as it has no `lstat`. */
import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { because, isNotFound } from "./fileSystemErrors.ts"
import { FtpLocalFileError } from "./localFileError.ts"
import type { LocalDirectories, LocalEntry } from "./localFiles.ts"

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
  remove: (path) => removeEmpty(fs, path),
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

/** Such names are ours (`transfer/download/partialName`): what a killed process leaves takes no part in any tree. */
const RESERVED = ".ftp-effect.part."

const NAME_DIGITS = 8

/**
 * It has no `rmdir`, and its `remove` takes a directory only with everything in it. So an empty one gets another name
 * first, by which no other process writes into it, and is looked into again.
 */
const removeEmpty = (fs: FileSystem.FileSystem, path: string): Effect.Effect<void, FtpLocalFileError> => {
  const fails = <A>(effect: Effect.Effect<A, PlatformError>) => because("Remove", path, effect)
  const demandEmpty = (at: string) =>
    Effect.filterOrFail(
      fails(fs.readDirectory(at)),
      (names) => names.length === 0,
      () => new FtpLocalFileError({ reason: "Other", operation: "Remove", path, detail: "the directory is not empty" })
    )
  return Effect.gen(function* () {
    yield* demandEmpty(path)
    const number = yield* Random.nextIntBetween(0, 16 ** NAME_DIGITS)
    const parked = `${path.replace(/[\\/]+$/, "")}${RESERVED}${number.toString(16).padStart(NAME_DIGITS, "0")}`
    yield* fails(fs.rename(path, parked))
    yield* demandEmpty(parked).pipe(
      Effect.zipRight(fails(fs.remove(parked, { recursive: true }))),
      Effect.onError(() => Effect.ignore(fs.rename(parked, path)))
    )
  }).pipe(Effect.uninterruptible)
}

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
