/** Which file of the machine it is, and what another user can have done with it. */

import type { Stats } from "node:fs"
import * as Fs from "node:fs"
import type { FileId } from "@ftp-effect/core/FtpLocalFile"

/** The permissions of others than the owner to write. */
const WRITABLE_BY_OTHERS = 0o022

/** The permissions of others than the owner to read: of a group, that is of any group, and of all users. */
const READABLE_BY_ALL = 0o044

/** Windows has neither user ids nor permission bits. */
const userId = process.geteuid?.()

/** Whether the system tells whose a file is. */
export const hasOwners = userId !== undefined

export const isPrivate = (stats: Stats): boolean =>
  stats.isFile() &&
  stats.nlink === 1 &&
  (userId === undefined || (stats.uid === userId && (stats.mode & WRITABLE_BY_OTHERS) === 0))

/** Not every runtime reports when an inode has changed. */
export const idOf = ({ ctimeMs, dev, ino }: Stats): FileId => ({
  device: dev,
  inode: ino,
  changed: typeof ctimeMs === "number" ? ctimeMs : undefined
})

/** Whether it is the file of that id, whose inode has not changed since, as far as that is known. */
export const isSame = ({ ctimeMs, dev, ino }: Stats, { changed, device, inode }: FileId): boolean =>
  ino === inode && dev === device && (changed === undefined || ctimeMs === changed)

/** Whether no other user can put a file there, or replace one. */
export const isPrivateFolder = (stats: Stats): boolean =>
  stats.isDirectory() && (userId === undefined || (stats.uid === userId && (stats.mode & WRITABLE_BY_OTHERS) === 0))

/** `1` if Linux makes no link for a user to a file of another user that he can't read and write. */
const PROTECTION = "/proc/sys/fs/protected_hardlinks"

let asked: boolean | undefined

const areLinksProtected = (): boolean => {
  if (asked === undefined) {
    try {
      asked = Fs.readFileSync(PROTECTION, "utf8").trim() === "1"
    } catch {
      // No Linux, or a sandbox without that file.
      asked = false
    }
  }
  return asked
}

/** Whether another user can have made it: as a hard link to a file that he can't read. */
export const isDoubtfulLink = ({ mode, nlink }: Stats, areProtected = areLinksProtected): boolean =>
  nlink > 1 && (mode & READABLE_BY_ALL) !== READABLE_BY_ALL && !areProtected()
