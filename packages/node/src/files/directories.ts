/**
 * Local directories on node:fs. A directory is read in one call, and each entry asked for its size and time by `lstat`:
 * in place on a quick disk, else many at once.
 */
import * as Fs from "node:fs"
import { homedir } from "node:os"
import { sep } from "node:path"
import type { FtpLocalFileError, LocalDirectories, LocalEntry } from "@ftp-effect/core/FtpLocalFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { callback, errorOf, isNotFound, quickly, secondsOf } from "./calls.ts"
import * as Privacy from "./privacy.ts"
import { isQuick, now, timed } from "./quick.ts"
import { watch } from "./watch.ts"

export const directories: LocalDirectories = {
  read: (path) =>
    Effect.flatMap(
      callback<Array<string>>("ReadDirectory", path, (done) => Fs.readdir(path, done)),
      (names) => statAll(path, names)
    ),
  // Windows does not say who may change a directory.
  isPrivate: Privacy.hasOwners
    ? (path) =>
        Effect.map(
          quickly(
            "Stat",
            path,
            () => Fs.statSync(path),
            (done) => Fs.stat(path, done)
          ),
          Privacy.isPrivateFolder
        )
    : undefined,
  make: (path) =>
    callback("MakeDirectory", path, (done) => Fs.mkdir(path, { recursive: true }, (error) => done(error))),
  remove: (path) => callback("Remove", path, (done) => Fs.rmdir(path, done)),
  setModified: (path, at) => callback("SetTime", path, (done) => Fs.utimes(path, secondsOf(at), secondsOf(at), done)),
  realPath: (path) =>
    quickly(
      "Stat",
      path,
      () => Fs.realpathSync.native(path),
      (done) => Fs.realpath.native(path, done)
    ),
  readLink: (path) => callback<string>("ReadLink", path, (done) => Fs.readlink(path, done)),
  symlink: (target, path) => callback("MakeLink", path, (done) => Fs.symlink(target, path, done)),
  watch,
  home: homedir(),
  platform: sep === "\\" ? "Windows" : "Posix",
  foldsNames: process.platform === "win32" || process.platform === "darwin"
}

/** Calls at once by threads: libuv has four, and each should find the next one waiting. */
const AT_ONCE = 16

/** Calls in place until others get a turn: less than a millisecond. */
const IN_PLACE = 64

/** What Node has in place of bytes that are not UTF-8: nothing is found by such a name, and it has not vanished. */
const REPLACEMENT = "\ufffd"

const statAll = (
  directory: string,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<LocalEntry>, FtpLocalFileError> =>
  Effect.uninterruptible(
    Effect.async((resume) => {
      const entries: Array<LocalEntry> = []
      let next = 0
      let running = 0
      let isOver = false
      const end = (result: Effect.Effect<ReadonlyArray<LocalEntry>, FtpLocalFileError>): void => {
        if (!isOver) {
          isOver = true
          resume(result)
        }
      }
      const stat = (lstat: Lstat, then: () => void): void => {
        const name = names[next++] as string
        running++
        lstat(directory + sep + name, (error, stats) => {
          running--
          if (!error && stats !== undefined) {
            entries.push(entryOf(name, stats))
          } else if (error && !isNotFound(error)) {
            end(errorOf("Stat", directory + sep + name, error))
          } else if (name.includes(REPLACEMENT)) {
            entries.push({ name, type: "Other", size: 0, modified: Option.none() })
          }
          then()
        })
      }
      const inPlace = (): void => {
        timed(() => {
          for (let count = 0; count < IN_PLACE && !isOver && next < names.length; count++) {
            stat(lstatNow, () => {})
          }
        })
        if (!isOver && next < names.length) {
          setImmediate(begin)
        } else {
          end(Effect.succeed(entries))
        }
      }
      const byThreads = (): void => {
        while (!isOver && running < AT_ONCE && next < names.length) {
          stat(Fs.lstat, byThreads)
        }
        if (running === 0) {
          end(Effect.succeed(entries))
        }
      }
      const begin = (): void => (isQuick() ? inPlace() : byThreads())
      begin()
    })
  )

type Lstat = (path: string, done: (error: NodeJS.ErrnoException | null, stats?: Fs.Stats) => void) => void

const lstatNow: Lstat = (path, done) =>
  now<Fs.Stats | undefined>(() => Fs.lstatSync(path, { throwIfNoEntry: false }), done)

const entryOf = (name: string, stats: Fs.Stats): LocalEntry => ({
  name,
  type: stats.isFile() ? "File" : stats.isDirectory() ? "Directory" : stats.isSymbolicLink() ? "SymbolicLink" : "Other",
  size: stats.isFile() ? stats.size : 0,
  modified: Option.some(DateTime.unsafeMake(Math.trunc(stats.mtimeMs))),
  id: Privacy.idOf(stats)
})
