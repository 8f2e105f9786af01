/**
 * What is in a folder. A name that cannot stand in a line of a listing, or that is not Unicode, is left out; the log
 * warns once.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as RemotePath from "../../protocol/RemotePath.ts"
import * as WireText from "../../protocol/WireText.ts"
import { type FileInfo, MODE_BITS, type NamedInfo, type StoreError } from "./FileStore.ts"
import { refusedAt } from "./folderErrors.ts"
import { type Folder, followed } from "./folderNames.ts"

/** libuv's four file threads are kept busy; more only queues. */
const LIST_CONCURRENCY = 16

export const info = (folder: Folder, path: string, local: string): Effect.Effect<FileInfo, StoreError> =>
  Effect.map(refusedAt(path, folder.fileSystem.stat(local)), (stat) => ({
    type: stat.type === "Directory" ? "Directory" : "File",
    size: Number(stat.size),
    modified: Option.getOrUndefined(Option.map(stat.mtime, (at) => at.getTime())),
    mode: stat.mode & MODE_BITS,
    owner: String(Option.getOrElse(stat.uid, () => 0)),
    group: String(Option.getOrElse(stat.gid, () => 0)),
    unique: `${stat.dev.toString(16)}g${Option.getOrElse(stat.ino, () => 0).toString(16)}`
  }))

/** A link's own time, and which file it is, are out of the platform's reach: it has stat, but no lstat. */
export const linkInfo = (folder: Folder, path: string, local: string): Effect.Effect<FileInfo, StoreError> =>
  Effect.flatMap(Effect.option(folder.fileSystem.readLink(local)), (link) =>
    Option.isNone(link)
      ? info(folder, path, local)
      : Effect.succeed({
          type: "SymbolicLink" as const,
          size: link.value.length,
          modified: undefined,
          mode: 0o777,
          owner: "0",
          group: "0",
          unique: undefined,
          linkTarget: link.value
        })
  )

export const list = (folder: Folder, path: string): Effect.Effect<ReadonlyArray<NamedInfo>, StoreError> =>
  Effect.gen(function* () {
    const local = yield* followed(folder, path)
    const names = yield* refusedAt(path, folder.fileSystem.readDirectory(local))
    const found = yield* Effect.forEach(names, (name) => listed(folder, path, local, name), {
      concurrency: LIST_CONCURRENCY
    })
    return found.flatMap(Option.toArray)
  })

/** `None` for what is left out. */
const listed = (
  folder: Folder,
  directory: string,
  local: string,
  name: string
): Effect.Effect<Option.Option<NamedInfo>> => {
  if (LINE_END.test(name)) {
    return leaveOut(folder, directory, name, "has a line end in it")
  }
  if (NOT_UNICODE.test(name)) {
    return leaveOut(folder, directory, name, "is not Unicode")
  }
  return Effect.catchAll(
    Effect.map(linkInfo(folder, directory, local + folder.path.sep + name), (info) => Option.some({ name, info })),
    ({ reason }) =>
      // The platform puts U+FFFD where it can't read a name, and nothing has the name then; any other vanished since.
      reason === "NotFound" && name.includes("\ufffd")
        ? leaveOut(folder, directory, name, "is not UTF-8")
        : Effect.succeedNone
  )
}

const LINE_END = /[\r\n]/
const NOT_UNICODE = /\p{Surrogate}/u

const leaveOut = (
  { leftOut }: Folder,
  directory: string,
  name: string,
  why: string
): Effect.Effect<Option.Option<NamedInfo>> =>
  Effect.suspend(() => {
    const path = RemotePath.join(directory, name)
    if (leftOut.has(path)) {
      return Effect.succeedNone
    }
    leftOut.add(path)
    return Effect.as(
      Effect.logWarning(`${WireText.toDisplay(path)} is left out of listings: its name ${why}`),
      Option.none()
    )
  })
