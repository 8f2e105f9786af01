/** Local directories on node:fs. */
import * as Fs from "node:fs"
import { homedir } from "node:os"
import { sep } from "node:path"
import type { LocalDirectories } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import { callback, quickly, secondsOf } from "./calls.ts"
import * as Entries from "./entries.ts"
import * as Folders from "./folders.ts"
import * as InPlace from "./inPlace.ts"
import * as Privacy from "./privacy.ts"
import { watch } from "./watch.ts"

export const directories: LocalDirectories = {
  read: Entries.read,
  readInPlace: InPlace.read,
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
  make: (path) => callback("MakeDirectory", path, (done) => Folders.make(path, undefined, done)),
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
