/**
 * Local files of transfers on node:fs: positional writes, one in flight, and reads that run ahead of the reader
 * (`files/readAhead`).
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
  type LocalInfo,
  type OwnInfo,
  type Reader,
  type WriteMode,
  type Writer
} from "@ftp-effect/core/FtpLocalFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { callback, errorOf, failure, isNotFound, secondsOf } from "./files/calls.ts"
import { claim } from "./files/claim.ts"
import * as Descriptor from "./files/descriptor.ts"
import { directories } from "./files/directories.ts"
import * as Pipe from "./files/pipe.ts"
import { isSeekable, placeOf } from "./files/places.ts"
import * as Privacy from "./files/privacy.ts"
import { isQuick, now, timed } from "./files/quick.ts"
import * as ReadAhead from "./files/readAhead.ts"
import { renameIfAbsent } from "./files/rename.ts"
import * as Whole from "./files/whole.ts"
import * as WholeRead from "./files/wholeRead.ts"

/**
 * @example
 * ```ts
 * import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
 *
 * const program = NodeFtpFile.make().info("report.csv")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): FtpLocalFile =>
  FtpLocalFile.of({
    openWriter,
    openReader,
    writeWhole: Whole.write,
    readWhole: (path, info) => WholeRead.read(path, info, localInfo),
    info,
    ownInfo,
    version,
    rename: (from, to, existing = "Replace") =>
      existing === "Replace" ? callback("Rename", from, (done) => Fs.rename(from, to, done)) : renameIfAbsent(from, to),
    remove: (path) =>
      callback("Remove", path, (done) => Fs.unlink(path, (error) => done(isNotFound(error) ? null : error))),
    directories,
    boot,
    claim: (path) => claim(path, (error) => errorOf("Open", path, error))
  })

/**
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.provide(FtpTransfer.keptBytes("report.csv"), NodeFtpFile.layer)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FtpLocalFile> = Layer.sync(FtpLocalFile, make)

const openWriter = (path: string, mode: WriteMode): Effect.Effect<Writer, FtpLocalFileError, Scope.Scope> =>
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

const PERMISSIONS = 0o777

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
        isPrivate: false,
        id: Privacy.idOf(stats),
        read: Effect.mapError(read, (error) => errorOf("Read", path, error))
      }
    }
    const ahead = ReadAhead.make(descriptor, offset, stats)
    // Runs before the file is closed: a descriptor must not be closed under a read.
    yield* Effect.addFinalizer(() => ahead.idle)
    return {
      size: stats.size,
      modified: modifiedOf(stats),
      isPrivate: Privacy.isPrivate(stats),
      id: Privacy.idOf(stats),
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
  describe(statQuickly, path, localInfo)

/** In place if the disk is quick. */
const statQuickly: Stat = (path, done) =>
  isQuick()
    ? timed(() => now<Fs.Stats | undefined>(() => Fs.statSync(path, { throwIfNoEntry: false }), done))
    : Fs.stat(path, done)

const localInfo = (stats: Fs.Stats): LocalInfo => ({
  type: stats.isFile() ? "File" : stats.isDirectory() ? "Directory" : "Other",
  size: stats.size,
  modified: modifiedOf(stats),
  mode: Option.some(stats.mode & PERMISSIONS),
  id: Privacy.idOf(stats)
})

const ownInfo = (path: string): Effect.Effect<Option.Option<OwnInfo>, FtpLocalFileError> =>
  describe(Fs.lstat, path, (stats) => ({
    size: stats.size,
    id: Option.some(Privacy.idOf(stats)),
    isPrivate: Privacy.isPrivate(stats)
  }))

const version = (path: string): Effect.Effect<Option.Option<string>, FtpLocalFileError> =>
  Effect.map(
    callback<Fs.BigIntStats | undefined>("Stat", path, (done) =>
      Fs.stat(path, { bigint: true }, (error, stats) => (isNotFound(error) ? done(null) : done(error, stats)))
    ),
    (stats) =>
      Option.map(Option.fromNullable(stats), ({ dev, ino, mtimeNs, size }) => [dev, ino, size, mtimeNs].join(" "))
  )

type Stat = (path: string, done: (error: NodeJS.ErrnoException | null, stats?: Fs.Stats | undefined) => void) => void

/** Without an error for a missing file: errors are expensive, and most files that are asked for do not exist yet. */
const describe = <A>(
  stat: Stat,
  path: string,
  toInfo: (stats: Fs.Stats) => A
): Effect.Effect<Option.Option<A>, FtpLocalFileError> =>
  Effect.map(
    callback<Fs.Stats | undefined>("Stat", path, (done) =>
      stat(path, (error, stats) => (isNotFound(error) ? done(null) : done(error, stats)))
    ),
    (stats) => Option.map(Option.fromNullable(stats), toInfo)
  )

/** Linux has an id for each boot; the boot times that other systems report move with the clock. */
const BOOT_FILE = "/proc/sys/kernel/random/boot_id"

const boot: Effect.Effect<Option.Option<string>> = Effect.runSync(
  Effect.cached(Effect.option(Effect.try(() => Fs.readFileSync(BOOT_FILE, "utf8").trim())))
)

interface Open {
  readonly descriptor: number
  readonly close: Effect.Effect<void, FtpLocalFileError>
  /** Gives the descriptor to an owner that closes it, at the latest with the scope. */
  readonly handOver: <A extends { readonly close: Effect.Effect<void> }>(
    make: (descriptor: number) => A
  ) => Effect.Effect<A, never, Scope.Scope>
}

const open = (path: string, flags: number, mode?: number): Effect.Effect<Open, FtpLocalFileError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const descriptor = yield* Effect.mapError(Descriptor.open(path, flags, restore, mode), (error) =>
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

const modifiedOf = (stats: Fs.Stats): Option.Option<DateTime.Utc> => DateTime.make(stats.mtimeMs)
