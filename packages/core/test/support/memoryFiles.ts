/** Local files in memory: so that a test of transfers is ruled by TestClock alone, and can break the disk. */
import {
  FtpLocalFile,
  FtpLocalFileError,
  type LocalDirectories,
  type LocalEntry,
  type WatchListener,
  type Writer
} from "@ftp-effect/core/FtpLocalFile"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/** What is on the disk, and how much of it is left. */
export class MemoryFiles extends Context.Tag("test/MemoryFiles")<
  MemoryFiles,
  {
    readonly files: Map<string, Uint8Array>
    /** The inodes of the files that this side has created: what a test puts there itself is another user's. */
    readonly ids: Map<string, number>
    readonly modes: Map<string, number>
    /** Times that were set. */
    readonly times: Map<string, DateTime.Utc>
    /** Symbolic links, with their targets. Files are not reached through them. */
    readonly links: Map<string, string>
    /** Directories that were made; one that has files need not be here. */
    readonly directories: Set<string>
    /** Who watches; a test calls them. */
    readonly watchers: Set<WatchListener>
    room: number
    boot: Option.Option<string>
  }
>() {}

export const layer: Layer.Layer<FtpLocalFile | MemoryFiles> = Layer.effectContext(
  Effect.sync(() => {
    const disk: MemoryFiles["Type"] = {
      files: new Map(),
      ids: new Map(),
      modes: new Map(),
      times: new Map(),
      links: new Map(),
      directories: new Set(),
      watchers: new Set(),
      room: Number.POSITIVE_INFINITY,
      boot: Option.some("the first start")
    }
    /** The content of a file with room to grow, all zeros: a copy for each write would take for ever. */
    const grown = new Map<string, Uint8Array>()
    const { files } = disk
    const claimed = new Set<string>()
    let nextId = 1
    const idOf = (path: string) =>
      Option.map(Option.fromNullable(disk.ids.get(path)), (inode) => ({ device: 1, inode }))

    const resize = (path: string, size: number) => {
      const before = files.get(path) ?? new Uint8Array(0)
      const store = grown.get(path)
      if (store !== undefined && store.buffer === before.buffer && store.byteLength >= size) {
        store.fill(0, size, Math.max(size, before.byteLength))
        files.set(path, store.subarray(0, size))
        return
      }
      const larger = new Uint8Array(size * 2)
      larger.set(before.subarray(0, size))
      grown.set(path, larger)
      files.set(path, larger.subarray(0, size))
    }

    const writer = (path: string): Writer => ({
      write: (bytes, position) =>
        Effect.suspend(() => {
          disk.room -= bytes.byteLength
          if (disk.room < 0) {
            return failure("NoSpace", "Write", path)
          }
          if (!files.has(path)) {
            // It was removed under its writer, which gets no error.
            return Effect.void
          }
          const end = position + bytes.byteLength
          if ((files.get(path)?.byteLength ?? 0) < end) {
            resize(path, end)
          }
          files.get(path)?.set(bytes, position)
          return Effect.void
        }),
      truncate: (size) => Effect.sync(() => resize(path, size)),
      sync: Effect.void,
      setModified: (at) => Effect.sync(() => void disk.times.set(path, at)),
      setMode: (mode) =>
        Effect.sync(
          () =>
            void disk.modes.set(
              path,
              Option.getOrElse(mode, () => 0o644)
            )
        ),
      id: Effect.sync(() => idOf(path)),
      close: Effect.void
    })

    const service = FtpLocalFile.of({
      openWriter: (path, mode) =>
        Effect.suspend(() => {
          if (mode === "Exclusive" && files.has(path)) {
            return failure("AlreadyExists", "Open", path)
          }
          if (mode === "Existing" && !files.has(path)) {
            return failure("NotFound", "Open", path)
          }
          if (mode === "Truncate" || !files.has(path)) {
            files.set(path, new Uint8Array(0))
            disk.ids.set(path, nextId++)
            disk.modes.set(path, mode === "Exclusive" ? 0o600 : 0o644)
          }
          return Effect.succeed(writer(path))
        }),
      openReader: (path, offset) =>
        Effect.suspend(() => {
          const content = files.get(path)
          if (content === undefined) {
            return failure("NotFound", "Open", path)
          }
          let rest: Uint8Array | undefined = content.slice(offset)
          return Effect.succeed({
            size: content.byteLength,
            modified: Option.none(),
            isPrivate: disk.ids.has(path),
            read: Effect.sync(() => {
              const bytes = rest
              rest = undefined
              return bytes === undefined || bytes.byteLength === 0 ? Option.none() : Option.some(bytes)
            })
          })
        }),
      info: (path) =>
        Effect.sync(() =>
          !files.has(path) && (disk.directories.has(path) || [...files.keys()].some((at) => at.startsWith(`${path}/`)))
            ? Option.some({ type: "Directory" as const, size: 0, modified: Option.none(), mode: Option.none() })
            : Option.map(Option.fromNullable(files.get(path)), ({ byteLength }) => ({
                type: "File" as const,
                size: byteLength,
                modified: Option.fromNullable(disk.times.get(path)),
                mode: Option.fromNullable(disk.modes.get(path))
              }))
        ),
      version: (path) =>
        Effect.sync(() =>
          Option.map(Option.fromNullable(files.get(path)), ({ byteLength }) => `${path} ${byteLength}`)
        ),
      ownInfo: (path) =>
        Effect.sync(() =>
          Option.map(Option.fromNullable(files.get(path)), ({ byteLength }) => ({
            size: byteLength,
            id: idOf(path),
            isPrivate: disk.ids.has(path)
          }))
        ),
      rename: (from, to, existing) =>
        Effect.suspend(() => {
          const content = files.get(from)
          if (existing === "Fail" && (files.has(to) || disk.links.has(to))) {
            return failure("AlreadyExists", "Rename", to)
          }
          const link = disk.links.get(from)
          disk.links.delete(to)
          if (link !== undefined) {
            disk.links.delete(from)
            files.delete(to)
            disk.links.set(to, link)
            return Effect.void
          }
          if (content === undefined) {
            return disk.directories.has(from) || [...files.keys()].some((path) => path.startsWith(`${from}/`))
              ? Effect.sync(() => renameDirectory(disk, from, to))
              : failure("NotFound", "Rename", from)
          }
          files.delete(from)
          files.set(to, content)
          for (const facts of [disk.ids, disk.modes, disk.times] as ReadonlyArray<Map<string, unknown>>) {
            const fact = facts.get(from)
            facts.delete(from)
            if (fact !== undefined) {
              facts.set(to, fact)
            }
          }
          return Effect.void
        }),
      remove: (path) =>
        Effect.sync(() => {
          files.delete(path)
          disk.links.delete(path)
          disk.ids.delete(path)
          disk.times.delete(path)
        }),
      directories: directoriesOf(disk),
      boot: Effect.sync(() => disk.boot),
      claim: (path) =>
        Effect.acquireRelease(
          Effect.suspend(() =>
            claimed.has(path) ? failure("InUse", "Open", path) : Effect.sync(() => claimed.add(path))
          ),
          () => Effect.sync(() => claimed.delete(path))
        )
    })
    return Context.make(FtpLocalFile, service).pipe(Context.add(MemoryFiles, disk))
  })
)

/** With all that is in it. */
const renameDirectory = (
  { directories, files, ids, links, modes, times }: MemoryFiles["Type"],
  from: string,
  to: string
): void => {
  const moved = (path: string) => (path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path)
  for (const facts of [files, ids, links, modes, times] as ReadonlyArray<Map<string, unknown>>) {
    const all = [...facts]
    facts.clear()
    for (const [path, fact] of all) {
      facts.set(moved(path), fact)
    }
  }
  const all = [...directories]
  directories.clear()
  for (const path of all) {
    directories.add(moved(path))
  }
  directories.add(to)
}

const directoriesOf = ({ directories, files, links, times, watchers }: MemoryFiles["Type"]): LocalDirectories => {
  const below = (path: string) => {
    const names = [...files.keys(), ...links.keys(), ...directories].flatMap((other) =>
      other.startsWith(`${path}/`) ? [other.slice(path.length + 1).split("/", 1)[0] as string] : []
    )
    return [...new Set(names)]
  }
  const exists = (path: string) => directories.has(path) || below(path).length > 0
  /** With links resolved: those in it, and the last one. What is not there is its own path. */
  const realPath = (path: string, followed = 0): Effect.Effect<string, FtpLocalFileError> => {
    const names = path.split("/")
    for (let count = 2; count <= names.length; count++) {
      const at = names.slice(0, count).join("/")
      const target = links.get(at)
      if (target !== undefined) {
        const to = target.startsWith("/") ? target : RemotePath.join(RemotePath.parent(at), target)
        return followed === 40
          ? failure("Other", "Stat", path)
          : realPath(RemotePath.normalise([to, ...names.slice(count)].join("/")), followed + 1)
      }
    }
    return Effect.succeed(path)
  }
  return {
    read: (path) =>
      Effect.suspend(() =>
        exists(path)
          ? Effect.succeed(
              below(path).map((name): LocalEntry => {
                const file = files.get(`${path}/${name}`)
                return {
                  name,
                  type: links.has(`${path}/${name}`) ? "SymbolicLink" : file === undefined ? "Directory" : "File",
                  size: file?.byteLength ?? 0,
                  modified: Option.fromNullable(times.get(`${path}/${name}`))
                }
              })
            )
          : failure("NotFound", "ReadDirectory", path)
      ),
    make: (path) => Effect.sync(() => void directories.add(path)),
    remove: (path) =>
      Effect.suspend(() =>
        below(path).length > 0
          ? failure("Other", "Remove", path)
          : exists(path)
            ? Effect.sync(() => void directories.delete(path))
            : failure("NotFound", "Remove", path)
      ),
    setModified: (path, at) => Effect.sync(() => void times.set(path, at)),
    realPath: (path) => Effect.suspend(() => realPath(path)),
    readLink: (path) =>
      Effect.suspend(() => {
        const target = links.get(path)
        return target === undefined ? failure("NotFound", "ReadLink", path) : Effect.succeed(target)
      }),
    symlink: (target, path) =>
      Effect.suspend(() =>
        files.has(path) || links.has(path) || exists(path)
          ? failure("AlreadyExists", "MakeLink", path)
          : Effect.sync(() => void links.set(path, target))
      ),
    watch: (path, listener) =>
      Effect.suspend(() =>
        exists(path)
          ? Effect.asVoid(
              Effect.acquireRelease(
                Effect.sync(() => watchers.add(listener)),
                () => Effect.sync(() => watchers.delete(listener))
              )
            )
          : failure("NotFound", "Watch", path)
      ),
    home: undefined,
    platform: "Posix",
    foldsNames: false
  }
}

const failure = (reason: FtpLocalFileError["reason"], operation: FtpLocalFileError["operation"], path: string) =>
  new FtpLocalFileError({ reason, operation, path, detail: reason })
