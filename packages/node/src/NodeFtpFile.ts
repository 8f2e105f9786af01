/**
 * Local files of transfers on node:fs: positional writes, one in flight (`files/writer`), and reads that run ahead of
 * the reader (`files/readAhead`).
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
  type Reader
} from "@ftp-effect/core/FtpLocalFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { callback, errorOf, failure, isNotFound, quickly } from "./files/calls.ts"
import { claim } from "./files/claim.ts"
import { directories } from "./files/directories.ts"
import { open, statsOf } from "./files/opened.ts"
import * as Pipe from "./files/pipe.ts"
import { isSeekable } from "./files/places.ts"
import * as Privacy from "./files/privacy.ts"
import type { Done } from "./files/quick.ts"
import * as ReadAhead from "./files/readAhead.ts"
import { renameIfAbsent } from "./files/rename.ts"
import * as Whole from "./files/whole.ts"
import * as WholeRead from "./files/wholeRead.ts"
import { openWriter } from "./files/writer.ts"

/**
 * Local files on `node:fs`.
 *
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
    writeAtOnce: Whole.begin,
    readWhole: WholeRead.read,
    readAtOnce: WholeRead.readAtOnce,
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
 * Local files on `node:fs`, for `FtpTransfer.toFile` and `fromFile` and for trees.
 *
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

const PERMISSIONS = 0o777

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
      isDoubtfulLink: Privacy.isDoubtfulLink(stats),
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
    quickly<Fs.Stats | undefined>(
      "Stat",
      path,
      () => statHere(path),
      (done) => Fs.stat(path, missingIsNone(done))
    ),
    (stats) => Option.map(Option.fromNullable(stats), localInfo)
  )

const statHere = (path: string): Fs.Stats | undefined => {
  try {
    return Fs.statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // A file in the place of a folder of the path.
    if (isNotFound(error as NodeJS.ErrnoException)) {
      return undefined
    }
    throw error
  }
}

/** Without an error for a missing file: errors are expensive, and most files that are asked for do not exist yet. */
const missingIsNone =
  (done: Done<Fs.Stats | undefined>): Done<Fs.Stats> =>
  (error, stats) =>
    isNotFound(error) ? done(null) : done(error, stats)

const localInfo = (stats: Fs.Stats): LocalInfo => ({
  type: stats.isFile() ? "File" : stats.isDirectory() ? "Directory" : "Other",
  size: stats.size,
  modified: modifiedOf(stats),
  mode: Option.some(stats.mode & PERMISSIONS),
  id: Privacy.idOf(stats),
  isDoubtfulLink: stats.isFile() && Privacy.isDoubtfulLink(stats)
})

const ownInfo = (path: string): Effect.Effect<Option.Option<OwnInfo>, FtpLocalFileError> =>
  Effect.map(
    callback<Fs.Stats | undefined>("Stat", path, (done) => Fs.lstat(path, missingIsNone(done))),
    (stats) =>
      Option.map(Option.fromNullable(stats), (stats) => ({
        size: stats.size,
        id: Option.some(Privacy.idOf(stats)),
        isPrivate: Privacy.isPrivate(stats)
      }))
  )

const version = (path: string): Effect.Effect<Option.Option<string>, FtpLocalFileError> =>
  Effect.map(
    callback<Fs.BigIntStats | undefined>("Stat", path, (done) =>
      Fs.stat(path, { bigint: true }, (error, stats) => (isNotFound(error) ? done(null) : done(error, stats)))
    ),
    (stats) =>
      Option.map(Option.fromNullable(stats), ({ dev, ino, mtimeNs, size }) => [dev, ino, size, mtimeNs].join(" "))
  )

/** Linux has an id for each boot; the boot times that other systems report move with the clock. */
const BOOT_FILE = "/proc/sys/kernel/random/boot_id"

const boot: Effect.Effect<Option.Option<string>> = Effect.runSync(
  Effect.cached(Effect.option(Effect.try(() => Fs.readFileSync(BOOT_FILE, "utf8").trim())))
)

const modifiedOf = (stats: Fs.Stats): Option.Option<DateTime.Utc> => DateTime.make(stats.mtimeMs)
