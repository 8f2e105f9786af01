/** Files that are written: at positions, one write in flight. Pipes and terminals have no positions: see `pipe`. */
import * as Fs from "node:fs"
import { FtpLocalFileError, type WriteMode, type Writer } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { callback, errorOf, failure, secondsOf } from "./calls.ts"
import * as Descriptor from "./descriptor.ts"
import { type Open, open, statsOf } from "./opened.ts"
import * as Pipe from "./pipe.ts"
import { isSeekable, placeOf } from "./places.ts"
import * as Privacy from "./privacy.ts"

export const openWriter = (path: string, mode: WriteMode): Effect.Effect<Writer, FtpLocalFileError, Scope.Scope> =>
  Effect.gen(function* () {
    const { O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = Fs.constants
    const extra = {
      Exclusive: O_CREAT | O_EXCL | Descriptor.NO_LINK,
      Truncate: O_CREAT | O_TRUNC,
      Continue: O_CREAT,
      Existing: Descriptor.NO_LINK
    }[mode]
    const opened = yield* open(path, O_WRONLY | extra, mode === "Exclusive" ? Descriptor.OWNER_ONLY : undefined)
    const { close, descriptor } = opened
    // With O_EXCL this call has created it, so it is a regular file.
    const stats = mode === "Exclusive" ? undefined : yield* statsOf(descriptor, path)
    if (stats !== undefined && Pipe.isPipe(descriptor, stats)) {
      return yield* pipeWriter(opened, path)
    }
    const hasPlaces = stats === undefined || isSeekable(stats)
    return {
      write: (bytes, position) => write(descriptor, path, bytes, hasPlaces ? position : null),
      truncate: (size) => callback("Write", path, (done) => Fs.ftruncate(descriptor, size, done)),
      sync: callback("Sync", path, (done) => Fs.fsync(descriptor, done)),
      setModified: (at) => {
        const seconds = secondsOf(at)
        return callback("SetTime", path, (done) => Fs.futimes(descriptor, seconds, seconds, done))
      },
      setMode: (wanted) => setMode(descriptor, path, stats, wanted),
      id: Effect.map(
        Effect.suspend(() => (stats === undefined ? statsOf(descriptor, path) : Effect.succeed(stats))),
        (stats) => Option.some(Privacy.idOf(stats))
      ),
      close
    }
  })

/** A file with another hard link may be another user's, put in the place of ours. */
const setMode = (
  descriptor: number,
  path: string,
  stats: Fs.Stats | undefined,
  wanted: Option.Option<number>
): Effect.Effect<void, FtpLocalFileError> =>
  stats !== undefined && stats.nlink > 1
    ? new FtpLocalFileError({ reason: "Other", operation: "SetMode", path, detail: "it has another hard link" })
    : callback("SetMode", path, (done) =>
        Fs.fchmod(
          descriptor,
          Option.getOrElse(wanted, () => Descriptor.ANY_NEW_FILE & ~process.umask()),
          done
        )
      )

/** There is no disk behind it, so nothing to be synced. */
const pipeWriter = ({ handOver }: Open, path: string): Effect.Effect<Writer, FtpLocalFileError, Scope.Scope> =>
  Effect.map(handOver(Pipe.makeWriter), ({ close, write }) => ({
    write: (bytes, position) => Effect.mapError(write(bytes, position), (error) => errorOf("Write", path, error)),
    truncate: () => failure("Write", path, "ESPIPE"),
    sync: Effect.void,
    setModified: () => failure("SetTime", path, "ESPIPE"),
    setMode: () => failure("SetMode", path, "ESPIPE"),
    id: Effect.succeedNone,
    close
  }))

/**
 * The kernel may take fewer bytes than it is given, and says why only when it is asked again. An interruption waits for
 * the write in flight: the disk reads from the caller's bytes until then, and the file must not be closed under it.
 */
const write = (
  descriptor: number,
  path: string,
  bytes: Uint8Array,
  position: number | null
): Effect.Effect<void, FtpLocalFileError> =>
  Effect.async((resume) => {
    let done = 0
    let isOver = false
    let interrupted: (() => void) | undefined
    const end = (result: Effect.Effect<void, FtpLocalFileError>) => {
      isOver = true
      resume(result)
    }
    const step = () =>
      Fs.write(descriptor, bytes, done, bytes.byteLength - done, placeOf(position, done), (error, written) => {
        if (interrupted !== undefined) {
          interrupted()
        } else if (error !== null) {
          end(errorOf("Write", path, error))
        } else if (done + written === bytes.byteLength) {
          end(Effect.void)
        } else if (written === 0) {
          end(failure("Write", path, "ENOSPC"))
        } else {
          done += written
          step()
        }
      })
    step()
    return Effect.async<void>((stopped) => {
      interrupted = () => stopped(Effect.void)
      // The interruption can come after the end, before the fiber continues.
      if (isOver) {
        interrupted()
      }
    })
  })
