/** Which file of the machine it is, and whether another user can have put it there or written it. */
import type { Stats } from "node:fs"
import type { FileId } from "@ftp-effect/core/FtpLocalFile"

/** The permissions of others than the owner to write. */
const WRITABLE_BY_OTHERS = 0o022

/** Windows has neither user ids nor permission bits. */
const userId = process.geteuid?.()

/** Whether the system tells whose a file is. */
export const hasOwners = userId !== undefined

export const isPrivate = (stats: Stats): boolean =>
  stats.isFile() &&
  stats.nlink === 1 &&
  (userId === undefined || (stats.uid === userId && (stats.mode & WRITABLE_BY_OTHERS) === 0))

export const idOf = ({ dev, ino }: Stats): FileId => ({ device: dev, inode: ino })

/** Whether no other user can put a file there, or replace one. */
export const isPrivateFolder = (stats: Stats): boolean =>
  stats.isDirectory() && (userId === undefined || (stats.uid === userId && (stats.mode & WRITABLE_BY_OTHERS) === 0))
