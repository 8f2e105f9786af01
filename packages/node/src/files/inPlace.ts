/**
 * A directory that is read where its path says, whatever other users do with the path meanwhile. Linux only:
 *
 *     open, not through a link ──► /proc/self/fd/N leads to its path? ──yes──► read as /proc/self/fd/N/NAME ──► closed
 *                                        └──no: a link is on the way
 *
 * The path of an entry that is asked for later may lead elsewhere by then. That of a descriptor leads to what was opened.
 */
import * as Fs from "node:fs"
import type { DirectoryInPlace } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Entries from "./entries.ts"
import * as Privacy from "./privacy.ts"
import { type Done, isQuick, now, timed } from "./quick.ts"

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = Fs.constants

const FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW

/** The calls of the file system that it takes beside those for its entries. */
interface Calls {
  readonly open: (path: string, flags: number, done: Done<number>) => void
  readonly readlink: (path: string, done: Done<string>) => void
  readonly fstat: (file: number, done: Done<Fs.Stats>) => void
  readonly close: (file: number, done: Done<void>) => void
  /** The names in a small directory. */
  readonly names: Entries.ReadNames
}

const HERE: Calls = {
  open: (path, flags, done) => now(() => Fs.openSync(path, flags), done),
  readlink: (path, done) => now(() => Fs.readlinkSync(path), done),
  fstat: (file, done) => now(() => Fs.fstatSync(file), done),
  close: (file, done) => now(() => Fs.closeSync(file), done),
  names: Entries.here
}

const BY_THREADS: Calls = {
  open: Fs.open,
  readlink: Fs.readlink,
  fstat: Fs.fstat,
  close: Fs.close,
  names: Entries.byThread
}

/** Bytes, as the file system has it: a thousand names, more or less, which are read in less than a millisecond. */
const SMALL = 64 * 1024

type Read = (path: string) => Effect.Effect<Option.Option<DirectoryInPlace>>

/** `None` after any failure: `read` finds out why. */
const readHere: Read = (path) =>
  // Not interruptible: the descriptor would be lost.
  Effect.uninterruptible(
    Effect.async((resume) => {
      const done = (found?: DirectoryInPlace) => resume(Effect.succeed(Option.fromNullable(found)))
      if (isQuick()) {
        timed(() => readWith(HERE, path, done))
      } else {
        readWith(BY_THREADS, path, done)
      }
    })
  )

const readWith = (calls: Calls, path: string, done: (found?: DirectoryInPlace) => void): void =>
  calls.open(path, FLAGS, (error, file = -1) => {
    if (error) {
      done()
      return
    }
    const close = (found?: DirectoryInPlace) => calls.close(file, () => done(found))
    const held = `/proc/self/fd/${file}`
    calls.readlink(held, (error, at) => {
      if (error || at !== path) {
        close()
        return
      }
      calls.fstat(file, (error, stats) => {
        if (error || stats === undefined) {
          close()
          return
        }
        const names = stats.size <= SMALL ? calls.names : Entries.byThread
        Entries.readWith(held, names, (error, entries) =>
          error || entries === undefined ? close() : close({ entries, isPrivate: Privacy.isPrivateFolder(stats) })
        )
      })
    })
  })

/** No other system has a path for what a descriptor has open. */
export const read: Read | undefined = process.platform === "linux" ? readHere : undefined
