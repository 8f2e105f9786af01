/** The calls of the file system that a small file takes, as node:fs has them: by its threads, or in place. */
import * as Fs from "node:fs"
import { type Done, isQuick, now } from "./quick.ts"

export interface FileCalls {
  readonly open: (path: string, flags: number, mode: number, done: Done<number>) => void
  readonly write: (file: number, bytes: Uint8Array, from: number, count: number, at: number, done: Done<number>) => void
  readonly fchmod: (file: number, mode: number, done: Done<void>) => void
  readonly futimes: (file: number, accessed: number, modified: number, done: Done<void>) => void
  readonly close: (file: number, done: Done<void>) => void
  readonly link: (from: string, to: string, done: Done<void>) => void
  readonly rename: (from: string, to: string, done: Done<void>) => void
  readonly unlink: (path: string, done: Done<void>) => void
}

const IN_PLACE: FileCalls = {
  open: (path, flags, mode, done) => now(() => Fs.openSync(path, flags, mode), done),
  write: (file, bytes, from, count, at, done) => now(() => Fs.writeSync(file, bytes, from, count, at), done),
  fchmod: (file, mode, done) => now(() => Fs.fchmodSync(file, mode), done),
  futimes: (file, accessed, modified, done) => now(() => Fs.futimesSync(file, accessed, modified), done),
  close: (file, done) => now(() => Fs.closeSync(file), done),
  link: (from, to, done) => now(() => Fs.linkSync(from, to), done),
  rename: (from, to, done) => now(() => Fs.renameSync(from, to), done),
  unlink: (path, done) => now(() => Fs.unlinkSync(path), done)
}

/** Those that suit the disk, by what is known of it now. */
export const fitting = (): FileCalls => (isQuick() ? IN_PLACE : Fs)
