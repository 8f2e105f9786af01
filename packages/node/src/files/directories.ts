/**
 * Local directories on node:fs. A directory is read in one call, and each entry asked for its size and time by `lstat`,
 * many at once.
 */
import * as Fs from "node:fs"
import { homedir } from "node:os"
import { sep } from "node:path"
import type { FtpLocalFileError, LocalDirectories, LocalEntry } from "@ftp-effect/core/FtpLocalFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { callback, errorOf, isNotFound, secondsOf } from "./calls.ts"

export const directories: LocalDirectories = {
  read: (path) =>
    Effect.flatMap(
      callback<Array<string>>("ReadDirectory", path, (done) => Fs.readdir(path, done)),
      (names) => statAll(path, names)
    ),
  make: (path) =>
    callback("MakeDirectory", path, (done) => Fs.mkdir(path, { recursive: true }, (error) => done(error))),
  remove: (path) => callback("Remove", path, (done) => Fs.rmdir(path, done)),
  setModified: (path, at) => callback("SetTime", path, (done) => Fs.utimes(path, secondsOf(at), secondsOf(at), done)),
  realPath: (path) => callback<string>("Stat", path, (done) => Fs.realpath(path, done)),
  home: homedir(),
  platform: sep === "\\" ? "Windows" : "Posix",
  foldsNames: process.platform === "win32" || process.platform === "darwin"
}

/** Calls at once: libuv has four threads, and each should find the next one waiting. */
const AT_ONCE = 16

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
      const begin = (): void => {
        while (!isOver && running < AT_ONCE && next < names.length) {
          const name = names[next++] as string
          running++
          Fs.lstat(directory + sep + name, (error, stats) => {
            running--
            if (isOver) {
              return
            }
            if (error === null) {
              entries.push(entryOf(name, stats))
            } else if (isNotFound(error)) {
              if (name.includes(REPLACEMENT)) {
                entries.push({ name, type: "Other", size: 0, modified: Option.none() })
              }
            } else {
              isOver = true
              resume(errorOf("Stat", directory + sep + name, error))
              return
            }
            begin()
          })
        }
        if (running === 0 && !isOver) {
          isOver = true
          resume(Effect.succeed(entries))
        }
      }
      begin()
    })
  )

const entryOf = (name: string, stats: Fs.Stats): LocalEntry => ({
  name,
  type: stats.isFile() ? "File" : stats.isDirectory() ? "Directory" : stats.isSymbolicLink() ? "SymbolicLink" : "Other",
  size: stats.isFile() ? stats.size : 0,
  modified: Option.some(DateTime.unsafeMake(Math.trunc(stats.mtimeMs)))
})
