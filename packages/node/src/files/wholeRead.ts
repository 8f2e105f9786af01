/**
 * A small file read at once, if it is the one that was found under its name a moment ago:
 *
 *     open ──► its bytes, and whether there are more ──► size and time as before? ──► closed
 */
import * as Fs from "node:fs"
import type { LocalInfo } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Slab from "../buffers/slab.ts"
import * as Privacy from "./privacy.ts"
import { type Done, isQuick, now, timed } from "./quick.ts"

/** A pipe that has taken the file's name since would keep this thread waiting for a writer. */
const FLAGS = Fs.constants.O_RDONLY | Fs.constants.O_NONBLOCK

/** Millis: the writer of such a pipe has found a reader, and must not lose it before the long way has opened the pipe. */
const LINGER = 1000

/** The calls of the file system that it takes, as node:fs has them. */
interface Calls {
  readonly open: (path: string, flags: number, done: Done<number>) => void
  readonly read: (file: number, into: Uint8Array, from: number, count: number, at: null, done: Done<number>) => void
  readonly fstat: (file: number, done: Done<Fs.Stats>) => void
  readonly close: (file: number, done: Done<void>) => void
}

const HERE: Calls = {
  open: (path, flags, done) => now(() => Fs.openSync(path, flags), done),
  read: (file, into, from, count, at, done) => now(() => Fs.readSync(file, into, from, count, at), done),
  fstat: (file, done) => now(() => Fs.fstatSync(file), done),
  close: (file, done) => now(() => Fs.closeSync(file), done)
}

/** `None` if it is another file, is being written, or can't be read: the long way finds out why. */
export const read = (path: string, info: LocalInfo): Effect.Effect<Option.Option<Uint8Array>> =>
  Effect.suspend(() => {
    const result = (bytes?: Uint8Array, stats?: Fs.Stats) =>
      bytes !== undefined && stats !== undefined && isSame(stats, info) ? Option.some(bytes) : Option.none<Uint8Array>()
    if (isQuick()) {
      let found = Option.none<Uint8Array>()
      timed(() =>
        readWith(HERE, path, info.size, (bytes, stats) => {
          found = result(bytes, stats)
        })
      )
      return Effect.succeed(found)
    }
    // Not interruptible: a descriptor that is being opened would be lost, one in use would be closed.
    return Effect.uninterruptible(
      Effect.async((resume) =>
        readWith(Fs, path, info.size, (bytes, stats) => resume(Effect.succeed(result(bytes, stats))))
      )
    )
  })

/** Whether it is the same file, as far as that is known, with the same size and time: all of it compared as numbers. */
const isSame = (stats: Fs.Stats, { id, modified, size, type }: LocalInfo): boolean =>
  (id === undefined || Privacy.isSame(stats, id)) &&
  stats.isFile() === (type === "File") &&
  stats.size === size &&
  Option.isSome(modified) &&
  Math.trunc(stats.mtimeMs) === modified.value.epochMillis

/** `size` bytes, if it has no more, and what it is after them. */
const readWith = (
  calls: Calls,
  path: string,
  size: number,
  done: (bytes?: Uint8Array, stats?: Fs.Stats) => void
): void => {
  // One byte more shows whether the file has grown.
  const buffer = Slab.take(size + 1)
  calls.open(path, FLAGS, (error, file = -1) => {
    if (error) {
      done()
      return
    }
    const close = (bytes?: Uint8Array, stats?: Fs.Stats) => calls.close(file, () => done(bytes, stats))
    calls.read(file, buffer, 0, buffer.byteLength, null, (failed, count = 0) =>
      calls.fstat(file, (error, stats) => {
        if (stats?.isFIFO()) {
          setTimeout(() => calls.close(file, () => {}), LINGER).unref()
          done()
        } else if (failed || error || count !== size) {
          close()
        } else {
          close(buffer.subarray(0, size), stats)
        }
      })
    )
  })
}
