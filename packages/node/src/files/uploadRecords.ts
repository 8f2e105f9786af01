/**
 * The records of uploads, each a file of a folder that only our user may write to:
 *
 *     FOLDER/                          0700, made when the first record is written
 *       0123456789abcdef               0600
 *       0123456789abcdef.3f09c1d2.new  while it is written; then renamed
 *
 * What another user may have put there is neither read nor followed. Records that are old, or more than are kept, are
 * removed when others are written.
 */
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs"
import { join } from "node:path"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import { FtpUploadRecords } from "@ftp-effect/core/FtpUploadRecords"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { callback, isNotFound } from "./calls.ts"
import * as Folders from "./folders.ts"
import * as Privacy from "./privacy.ts"

/** How many records are kept, and how long after they were written last. */
export interface Bounds {
  readonly count: number
  readonly millis: number
}

const MILLIS_PER_DAY = 86_400_000

/** Uploads that broke off and were not resumed: few, and servers remove old partial files. */
const BOUNDS: Bounds = { count: 1000, millis: 30 * MILLIS_PER_DAY }

/** A write takes millis: what is still called `.new` is of a process that was killed. */
const UNFINISHED_MILLIS = 3_600_000

/** So many are written between two looks at all of them. */
const WRITES_PER_LOOK = 100

/** What is looked at: other files that come to be in the folder must not cost more. */
const MAX_NAMES = 20_000

/** As `FtpUploadRecords` has it. */
const MAX_BYTES = 64 * 1024

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/** Windows has no such flags. */
const NO_LINK = Fs.constants.O_NOFOLLOW ?? 0
const NO_WAIT = Fs.constants.O_NONBLOCK ?? 0

const RANDOM_BYTES = 4
const UNFINISHED = /^[0-9a-z]{1,32}\.[0-9a-f]{8}\.new$/
const NAME = /^[0-9a-z]{1,32}$/

export const make = (folder: string, bounds: Bounds = BOUNDS): FtpUploadRecords => {
  let written = 0
  return FtpUploadRecords.of({
    read: (name) =>
      Effect.orElseSucceed(Effect.zipRight(expectOwn(folder), read(join(folder, name))), Option.none<string>),
    write: (name, text) =>
      Effect.gen(function* () {
        yield* callback("Open", folder, (done) => Folders.make(folder, FOLDER_MODE, done))
        yield* expectOwn(folder)
        yield* write(join(folder, name), text)
        if (written++ % WRITES_PER_LOOK === 0) {
          yield* prune(folder, bounds, join(folder, name))
        }
      }),
    remove: (name) => remove(join(folder, name))
  })
}

/** In a folder that others may write to, a record can be put in the place of another one. */
const expectOwn = (folder: string): Effect.Effect<void, FtpLocalFileError> =>
  Effect.flatMap(
    callback<Fs.Stats>("Stat", folder, (done) => Fs.lstat(folder, done)),
    (stats) =>
      Privacy.isPrivateFolder(stats)
        ? Effect.void
        : new FtpLocalFileError({
            reason: "PermissionDenied",
            operation: "Open",
            path: folder,
            detail: "it is not a folder that only the current user may write to"
          })
  )

/** A record may be replaced between its opening and the look at it, and again. */
const READ_TRIES = 5

const read = (path: string, tries = READ_TRIES): Effect.Effect<Option.Option<string>, FtpLocalFileError> =>
  withDescriptor(path, Fs.constants.O_RDONLY | NO_LINK | NO_WAIT, (descriptor) =>
    Effect.gen(function* () {
      const stats = yield* callback<Fs.Stats>("Stat", path, (done) => Fs.fstat(descriptor, done))
      if (stats.nlink === 0 && tries > 1) {
        return yield* read(path, tries - 1)
      }
      if (!Privacy.isPrivate(stats) || stats.size > MAX_BYTES) {
        return Option.none()
      }
      const buffer = Buffer.alloc(stats.size)
      const length = yield* callback<number>("Read", path, (done) =>
        Fs.read(descriptor, buffer, 0, buffer.length, 0, done)
      )
      return Option.some(buffer.toString("utf8", 0, length))
    })
  )

const write = (path: string, text: string): Effect.Effect<void, FtpLocalFileError> => {
  const { O_CREAT, O_EXCL, O_WRONLY } = Fs.constants
  const unfinished = `${path}.${randomBytes(RANDOM_BYTES).toString("hex")}.new`
  return withDescriptor(unfinished, O_WRONLY | O_CREAT | O_EXCL | NO_LINK, (descriptor) =>
    callback("Write", unfinished, (done) => Fs.writeFile(descriptor, text, done))
  ).pipe(
    Effect.zipRight(callback("Rename", unfinished, (done) => Fs.rename(unfinished, path, done))),
    Effect.tapError(() => Effect.ignore(remove(unfinished))),
    Effect.uninterruptible
  )
}

const remove = (path: string): Effect.Effect<void, FtpLocalFileError> =>
  callback("Remove", path, (done) => Fs.unlink(path, (error) => done(isNotFound(error) ? null : error)))

const withDescriptor = <A>(
  path: string,
  flags: number,
  use: (descriptor: number) => Effect.Effect<A, FtpLocalFileError>
): Effect.Effect<A, FtpLocalFileError> =>
  Effect.acquireUseRelease(
    callback<number>("Open", path, (done) => Fs.open(path, flags, FILE_MODE, done)),
    use,
    (descriptor) => Effect.ignore(callback("Close", path, (done) => Fs.close(descriptor, done)))
  )

/**
 * Removes what is too old, or older than the newest ones that are kept. What can't be removed stays. The time is that
 * of the file that was written just now: the clock of the file system may be another one than ours.
 */
const prune = (folder: string, { count, millis }: Bounds, newest: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const stat = (path: string) => callback<Fs.Stats>("Stat", path, (done) => Fs.lstat(path, done))
    const { mtimeMs: now } = yield* stat(newest)
    const kept: Array<{ readonly path: string; readonly at: number }> = []
    for (const name of yield* names(folder)) {
      const path = join(folder, name)
      const { mtimeMs } = yield* stat(path)
      // A time that is to come is of a clock that was wrong.
      const age = Math.abs(now - mtimeMs)
      if (age > (UNFINISHED.test(name) ? UNFINISHED_MILLIS : millis)) {
        yield* remove(path)
      } else {
        kept.push({ path, at: mtimeMs })
      }
    }
    const excess = kept.sort((left, right) => right.at - left.at).slice(count)
    yield* Effect.forEach(excess, ({ path }) => remove(path), { discard: true })
  }).pipe(Effect.ignore)

/** Of records, finished or not. */
const names = (folder: string): Effect.Effect<ReadonlyArray<string>, FtpLocalFileError> =>
  Effect.acquireUseRelease(
    callback<Fs.Dir>("Open", folder, (done) => Fs.opendir(folder, done)),
    (directory) =>
      Effect.gen(function* () {
        const found: Array<string> = []
        for (let looked = 0; looked < MAX_NAMES; looked++) {
          const entry = yield* callback<Fs.Dirent | null>("Read", folder, (done) => directory.read(done))
          if (entry === null) {
            break
          }
          if (entry.isFile() && (NAME.test(entry.name) || UNFINISHED.test(entry.name))) {
            found.push(entry.name)
          }
        }
        return found
      }),
    (directory) => Effect.ignore(callback("Close", folder, (done) => directory.close(done)))
  )
