/**
 * What changes below a local directory, as node:fs reports it.
 *
 *     macOS, Windows    one watcher, which the system makes recursive
 *     others            a watcher for each directory (inotify), also for those that are made meanwhile. Node's own recursive
 *                       one has a watcher for each file, and hides that the system has no more of them
 */
import * as Fs from "node:fs"
import { sep } from "node:path"
import { FtpLocalFileError, type LocalDirectories, type WatchListener } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import { errorOf } from "./calls.ts"

const isRecursive = process.platform === "darwin" || process.platform === "win32"

export const watch: LocalDirectories["watch"] = (root, listener) =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.suspend(() => (isRecursive ? watchAll(root, listener) : watchEach(root, listener))),
      (close) => Effect.sync(close)
    )
  )

type Close = () => void

const watchAll = (root: string, { changed, failed }: WatchListener): Effect.Effect<Close, FtpLocalFileError> =>
  Effect.try({
    try: () => {
      const watcher = Fs.watch(root, { recursive: true }, (_, name) => changed((name ?? "").replaceAll(sep, "/")))
      watcher.on("error", (error) => failed(watchError(root, error)))
      return () => watcher.close()
    },
    catch: (error) => watchError(root, error)
  })

const watchEach = (
  root: string,
  { changed, enter, failed }: WatchListener
): Effect.Effect<Close, FtpLocalFileError> => {
  /** By the path of the directory relative to the root. */
  const watchers = new Map<string, Fs.FSWatcher>()
  const close = () => {
    for (const watcher of watchers.values()) {
      watcher.close()
    }
    watchers.clear()
  }
  /** Of a directory that is gone or has another name, and of those in it. */
  const drop = (directory: string): void => {
    if (watchers.has(directory)) {
      for (const [path, watcher] of watchers) {
        if (path === directory || path.startsWith(`${directory}/`)) {
          watcher.close()
          watchers.delete(path)
        }
      }
    }
  }
  const add = (directory: string): void => {
    const at = directory === "" ? root : `${root}${sep}${directory}`
    const below = (name: string) => (directory === "" ? name : `${directory}/${name}`)
    // The watcher comes first, so that what is made meanwhile is seen by one of the two.
    const watcher = Fs.watch(at, (event, name) => {
      const path = name === null ? directory : below(name)
      changed(path)
      // A watcher's own directory is named too, once it is gone; only what is in the root is dropped.
      if (event === "rename" && path !== "") {
        // What has that name now, if anything, is another directory.
        drop(path)
        if (isDirectory(`${root}${sep}${path}`)) {
          addLater(path)
        }
      }
    })
    watchers.set(directory, watcher)
    watcher.on("error", (error) => failed(watchError(at, error)))
    for (const entry of Fs.readdirSync(at, { withFileTypes: true })) {
      if (entry.isDirectory() && enter(below(entry.name))) {
        addOrMissing(below(entry.name))
      }
    }
  }
  /** A directory that is gone by now is watched by none. */
  const addOrMissing = (directory: string): void => {
    try {
      add(directory)
    } catch (error) {
      drop(directory)
      if (!isGone(error)) {
        throw error
      }
    }
  }
  const addLater = (directory: string): void => {
    try {
      if (enter(directory)) {
        addOrMissing(directory)
      }
    } catch (error) {
      failed(watchError(directory, error))
    }
  }
  return Effect.try({
    try: () => {
      add("")
      return close
    },
    catch: (error) => {
      close()
      return watchError(root, error)
    }
  })
}

/** inotify has no more watches: the same code as of a full disk. */
const watchError = (path: string, error: unknown): FtpLocalFileError => {
  const { code, message } = error as NodeJS.ErrnoException
  return code === "ENOSPC"
    ? new FtpLocalFileError({
        reason: "Other",
        operation: "Watch",
        path,
        detail: "the system watches no more directories (fs.inotify.max_user_watches)"
      })
    : errorOf("Watch", path, { code, message })
}

const isDirectory = (path: string): boolean => {
  try {
    return Fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch {
    // What can't be looked at can't be watched; that it changed is reported.
    return false
  }
}

const isGone = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException
  return code === "ENOENT" || code === "ENOTDIR"
}
