/**
 * A directory with its parents: `mkdir -p`. That of node:fs (`recursive`) asks for ever where the parent is there and the
 * system says of its child that it is not, as below /proc and in a working directory that was removed.
 */
import * as Fs from "node:fs"
import { dirname } from "node:path"

type Done = (error: NodeJS.ErrnoException | null) => void

/** One that is there is success. `mode` is that of each directory that is made. */
export const make = (path: string, mode: number | undefined, done: Done): void =>
  Fs.mkdir(path, { mode }, (error) => {
    const parent = dirname(path)
    if (error === null) {
      done(null)
    } else if (error.code !== "ENOENT" || parent === path) {
      expectDirectory(path, error, done)
    } else {
      make(parent, mode, (failed) =>
        failed === null
          ? Fs.mkdir(path, { mode }, (again) => (again === null ? done(null) : expectDirectory(path, again, done)))
          : done(failed.code === "EEXIST" ? Object.assign(failed, { code: "ENOTDIR" }) : failed)
      )
    }
  })

/** Not by the code alone: a system says of a directory that it is there, or that it may not be written beside. */
const expectDirectory = (path: string, error: NodeJS.ErrnoException, done: Done): void =>
  Fs.stat(path, (failed, stats) => done(failed === null && stats.isDirectory() ? null : error))
