/**
 * Local files of transfers on node:fs: positional writes, one in flight, and reads that run ahead of the reader.
 *
 *     read ahead:  buffer A ──lent to the reader──►   while   ──filled by the disk──► buffer B, then they change places
 *
 * Pipes and terminals have no positions, and may be silent for ever: see `files/pipe`. `FtpTransfer` chooses names and
 * decides when a file is complete.
 *
 * @since 0.1.0
 */

import * as Fs from "node:fs"
import {
  FtpLocalFile,
  FtpLocalFileError,
  fromErrno,
  type LocalInfo,
  type Reader,
  type WriteMode,
  type Writer
} from "@ftp-effect/core/FtpLocalFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { memory } from "./buffers/memory.ts"
import { claim } from "./files/claim.ts"
import * as Descriptor from "./files/descriptor.ts"
import * as Pipe from "./files/pipe.ts"

/** Small enough to be in the processor's cache when it is sent: with 2 MiB an upload took 5 % longer. */
const BUFFER_BYTES = 512 * 1024

/** For what has no size, such as a pipe, which holds as much on Linux, or a file of /proc. */
const UNKNOWN_BYTES = 64 * 1024

/** Seconds are what utimes takes. */
const MILLIS_PER_SECOND = 1000

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (): FtpLocalFile =>
  FtpLocalFile.of({
    openWriter,
    openReader,
    info,
    rename: (from, to, existing = "Replace") =>
      existing === "Replace"
        ? callback("Rename", from, (done) => Fs.rename(from, to, done))
        : Effect.zipRight(
            callback("Rename", from, (done) => Fs.link(from, to, done)),
            callback("Remove", from, (done) => Fs.unlink(from, done))
          ),
    remove: (path) =>
      callback("Remove", path, (done) => Fs.unlink(path, (error) => done(isNotFound(error) ? null : error))),
    setModified: (path, at) => {
      const seconds = DateTime.toEpochMillis(at) / MILLIS_PER_SECOND
      return callback("SetTime", path, (done) => Fs.utimes(path, seconds, seconds, done))
    },
    boot,
    claim: (path) => claim(path, (error) => errorOf("Open", path, error))
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FtpLocalFile> = Layer.sync(FtpLocalFile, make)

const openWriter = (path: string, mode: WriteMode): Effect.Effect<Writer, FtpLocalFileError, Scope.Scope> =>
  Effect.gen(function* () {
    const { O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = Fs.constants
    const extra = { Exclusive: O_CREAT | O_EXCL, Truncate: O_CREAT | O_TRUNC, Continue: O_CREAT, Existing: 0 }[mode]
    const opened = yield* open(path, O_WRONLY | extra)
    const { close, descriptor } = opened
    // What this call made is a file.
    const stats = mode === "Exclusive" ? undefined : yield* statsOf(descriptor, path)
    if (stats !== undefined && Pipe.isPipe(descriptor, stats)) {
      return yield* pipeWriter(opened, path)
    }
    const hasPlaces = stats === undefined || isSeekable(stats)
    return {
      write: (bytes, position) => write(descriptor, path, bytes, hasPlaces ? position : null),
      truncate: (size) => callback("Write", path, (done) => Fs.ftruncate(descriptor, size, done)),
      sync: callback("Sync", path, (done) => Fs.fsync(descriptor, done)),
      close
    }
  })

/** There is no disk behind it, so nothing to be synced. */
const pipeWriter = ({ handOver }: Open, path: string): Effect.Effect<Writer, FtpLocalFileError, Scope.Scope> =>
  Effect.map(handOver(Pipe.makeWriter), ({ close, write }) => ({
    write: (bytes, position) => Effect.mapError(write(bytes, position), (error) => errorOf("Write", path, error)),
    truncate: () => failure("Write", path, "ESPIPE"),
    sync: Effect.void,
    close
  }))

const openReader = (path: string, offset: number): Effect.Effect<Reader, FtpLocalFileError, Scope.Scope> =>
  Effect.gen(function* () {
    const opened = yield* open(path, Fs.constants.O_RDONLY)
    const { descriptor } = opened
    const stats = yield* statsOf(descriptor, path)
    if (stats.isDirectory()) {
      return yield* failure("Open", path, "EISDIR")
    }
    if (offset > 0 && !isSeekable(stats)) {
      return yield* failure("Read", path, "ESPIPE")
    }
    if (Pipe.isPipe(descriptor, stats)) {
      const { read } = yield* opened.handOver(Pipe.makeReader)
      return {
        size: stats.size,
        modified: modifiedOf(stats),
        read: Effect.mapError(read, (error) => errorOf("Read", path, error))
      }
    }
    const ahead = readAhead(descriptor, offset, stats)
    // Runs before the file is closed: a descriptor must not be closed under a read.
    yield* Effect.addFinalizer(() => ahead.idle)
    return {
      size: stats.size,
      modified: modifiedOf(stats),
      read: Effect.flatMap(ahead.next, (end) => {
        if (end instanceof Error) {
          return errorOf("Read", path, end)
        }
        return end === "Shrunk"
          ? new FtpLocalFileError({
              reason: "Other",
              operation: "Read",
              path,
              detail: `the file had ${stats.size} bytes when it was opened and has fewer now`
            })
          : ahead.take
      })
    }
  })

const info = (path: string): Effect.Effect<Option.Option<LocalInfo>, FtpLocalFileError> =>
  Effect.map(
    callback<Fs.Stats | undefined>("Stat", path, (done) =>
      // Not by way of an error, which is dear, as most files that are asked for are not there yet.
      Fs.stat(path, (error, stats) => (isNotFound(error) ? done(null) : done(error, stats)))
    ),
    (stats) =>
      stats === undefined
        ? Option.none()
        : Option.some<LocalInfo>({
            type: stats.isFile() ? "File" : stats.isDirectory() ? "Directory" : "Other",
            size: stats.size,
            modified: modifiedOf(stats)
          })
  )

/** Linux names each start of the system; what others tell moves with the clock. */
const BOOT_FILE = "/proc/sys/kernel/random/boot_id"

const boot: Effect.Effect<Option.Option<string>> = Effect.runSync(
  Effect.cached(Effect.option(Effect.try(() => Fs.readFileSync(BOOT_FILE, "utf8").trim())))
)

/** Whether its bytes are at places. */
const isSeekable = (stats: Fs.Stats): boolean => stats.isFile() || stats.isBlockDevice()

interface Open {
  readonly descriptor: number
  readonly close: Effect.Effect<void, FtpLocalFileError>
  /** Gives the descriptor to an owner that closes it, at the latest with the scope. */
  readonly handOver: <A extends { readonly close: Effect.Effect<void> }>(
    make: (descriptor: number) => A
  ) => Effect.Effect<A, never, Scope.Scope>
}

const open = (path: string, flags: number): Effect.Effect<Open, FtpLocalFileError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const descriptor = yield* Effect.mapError(Descriptor.open(path, flags, restore), (error) =>
        errorOf("Open", path, error)
      )
      // Once only, also where it failed: the number may be another file's by then.
      let closed = false
      const close = Effect.suspend(() => {
        if (closed) {
          return Effect.void
        }
        closed = true
        return callback("Close", path, (done) => Fs.close(descriptor, done))
      })
      yield* Effect.addFinalizer(() => Effect.ignore(close))
      return {
        descriptor,
        close,
        handOver: (make) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              const heir = make(descriptor)
              closed = true
              return heir
            }),
            ({ close }) => close
          )
      }
    })
  )

const statsOf = (descriptor: number, path: string): Effect.Effect<Fs.Stats, FtpLocalFileError> =>
  callback<Fs.Stats>("Stat", path, (done) => Fs.fstat(descriptor, done))

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
    let interrupted: (() => void) | undefined
    const step = () =>
      Fs.write(descriptor, bytes, done, bytes.byteLength - done, placeOf(position, done), (error, written) => {
        if (interrupted !== undefined) {
          interrupted()
        } else if (error !== null) {
          resume(errorOf("Write", path, error))
        } else if (done + written === bytes.byteLength) {
          resume(Effect.void)
        } else if (written === 0) {
          resume(failure("Write", path, "ENOSPC"))
        } else {
          done += written
          step()
        }
      })
    step()
    return Effect.async<void>((stopped) => {
      interrupted = () => stopped(Effect.void)
    })
  })

/** `null` is where the last one ended, as devices have no other. */
const placeOf = (start: number | null, done: number): number | null => (start === null ? null : start + done)

/** Two buffers: one lent, one being filled. Nothing is read ahead past the size that the file had when opened. */
const readAhead = (descriptor: number, offset: number, stats: Fs.Stats) => {
  const { size } = stats
  const origin = isSeekable(stats) ? 0 : null
  let [filling, lent]: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined]
  let position = offset
  let reading = false
  let outcome: { readonly length: number } | Error | undefined
  let waiting: (() => void) | undefined
  const left = size - offset
  const bufferBytes = left > 0 ? Math.min(left, BUFFER_BYTES) : UNKNOWN_BYTES

  const start = () => {
    if (reading || outcome !== undefined) {
      return
    }
    reading = true
    filling ??= memory(bufferBytes)
    Fs.read(descriptor, filling, 0, bufferBytes, placeOf(origin, position), (error, length) => {
      reading = false
      outcome = error ?? { length }
      const wake = waiting
      waiting = undefined
      wake?.()
    })
  }

  const until = (ready: () => boolean) =>
    Effect.async<void>((resume) => {
      if (ready()) {
        resume(Effect.void)
        return
      }
      waiting = () => resume(Effect.void)
      return Effect.sync(() => {
        waiting = undefined
      })
    })

  start()
  return {
    idle: Effect.suspend(() => until(() => !reading)),
    /** What stands in the way of `take`, if anything does. */
    next: Effect.suspend(() => {
      start()
      return Effect.map(
        until(() => outcome !== undefined),
        () =>
          outcome instanceof Error
            ? outcome
            : outcome?.length === 0 && position < size
              ? ("Shrunk" as const)
              : undefined
      )
    }),
    // A `sync` at the end, and nothing changed before it: an interrupted read loses nothing.
    take: Effect.sync((): Option.Option<Uint8Array> => {
      const length = outcome !== undefined && "length" in outcome ? outcome.length : 0
      if (length === 0 || filling === undefined) {
        return Option.none()
      }
      const bytes = filling.subarray(0, length)
      const back = lent
      lent = filling
      filling = back
      position += length
      outcome = undefined
      if (position < size) {
        start()
      }
      return Option.some(bytes)
    })
  }
}

const modifiedOf = (stats: Fs.Stats): Option.Option<DateTime.Utc> => DateTime.make(stats.mtimeMs)

const callback = <A = void>(
  operation: FtpLocalFileError["operation"],
  path: string,
  run: (done: (error: NodeJS.ErrnoException | null, value?: A) => void) => void
): Effect.Effect<A, FtpLocalFileError> =>
  // Not interruptible: a descriptor that is being opened would be lost, one in use would be closed.
  Effect.uninterruptible(
    Effect.async((resume) =>
      run((error, value) => resume(error ? errorOf(operation, path, error) : Effect.succeed(value as A)))
    )
  )

const isNotFound = (error: NodeJS.ErrnoException | null): boolean => fromErrno(error?.code).reason === "NotFound"

const errorOf = (operation: FtpLocalFileError["operation"], path: string, error: Pipe.Failure): FtpLocalFileError =>
  failure(operation, path, error.code, error.message)

const failure = (
  operation: FtpLocalFileError["operation"],
  path: string,
  code: string | undefined,
  otherwise = "unknown error"
): FtpLocalFileError => {
  const { reason, text = otherwise } = fromErrno(code)
  return new FtpLocalFileError({ reason, operation, path, detail: text })
}
