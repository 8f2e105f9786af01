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
import { isQuick, timed } from "./quick.ts"

/** A pipe that has taken the file's name since would keep this thread waiting for a writer. */
const FLAGS = Fs.constants.O_RDONLY | Fs.constants.O_NONBLOCK

/** Millis: the writer of such a pipe has found a reader, and must not lose it before the long way has opened the pipe. */
const LINGER = 1000

/** `undefined` also if the disk is slow, and threads have to read it. */
export const readAtOnce = (path: string, info: LocalInfo): Uint8Array | undefined =>
  isQuick() ? timed(() => readHere(path, info)) : undefined

/** `None` if it is another file, is being written, or can't be read: the long way finds out why. */
export const read = (path: string, info: LocalInfo): Effect.Effect<Option.Option<Uint8Array>> =>
  Effect.suspend(() =>
    isQuick()
      ? Effect.succeed(Option.fromNullable(timed(() => readHere(path, info))))
      : // Not interruptible: a descriptor that is being opened would be lost, one in use would be closed.
        Effect.uninterruptible(
          Effect.async((resume) =>
            readByThreads(path, info, (bytes) => resume(Effect.succeed(Option.fromNullable(bytes))))
          )
        )
  )

/** One byte more than it has shows whether it has grown. */
const bufferFor = ({ size }: LocalInfo): Uint8Array => Slab.take(size + 1)

/** In place. The many calls of `readByThreads` take about as long as those of the system do. */
const readHere = (path: string, info: LocalInfo): Uint8Array | undefined => {
  const buffer = bufferFor(info)
  let file: number | undefined
  try {
    file = Fs.openSync(path, FLAGS)
    const count = Fs.readSync(file, buffer, 0, buffer.byteLength, null)
    if (isWhole(count, Fs.fstatSync(file), info)) {
      const read = file
      file = undefined
      Fs.closeSync(read)
      return buffer.subarray(0, count)
    }
  } catch {
    // The long way meets it again, and says why.
  }
  file === undefined || leave(file)
  return undefined
}

const readByThreads = (path: string, info: LocalInfo, done: (bytes?: Uint8Array) => void): void => {
  const buffer = bufferFor(info)
  Fs.open(path, FLAGS, (error, file) => {
    if (error) {
      done()
      return
    }
    Fs.read(file, buffer, 0, buffer.byteLength, null, (failed, count) =>
      Fs.fstat(file, (error, stats) => {
        if (failed || error || !isWhole(count, stats, info)) {
          leave(file)
          done()
        } else {
          Fs.close(file, () => done(buffer.subarray(0, count)))
        }
      })
    )
  })
}

const leave = (file: number): void => {
  const close = () => Fs.close(file, () => {})
  Fs.fstat(file, (_, stats) => (stats?.isFIFO() ? setTimeout(close, LINGER).unref() : close()))
}

/** Whether that is all of the same file, as far as that is known, with the same size and time: compared as numbers. */
const isWhole = (count: number, stats: Fs.Stats, { id, modified, size, type }: LocalInfo): boolean =>
  count === size &&
  stats.size === size &&
  (id === undefined || Privacy.isSame(stats, id)) &&
  stats.isFile() === (type === "File") &&
  Option.isSome(modified) &&
  Math.trunc(stats.mtimeMs) === modified.value.epochMillis
