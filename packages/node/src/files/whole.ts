/**
 * A small file written at once:
 *
 *     NAME.ftp-effect.part.1a2b3c4d, created here ──► its bytes, mode, time ──► on the disk, if demanded ──► NAME
 *
 * No other download has this name, so nothing is claimed, and there is nothing to be resumed: what fails is removed.
 *
 * A call that went well has the error `null` on Node.js, and `undefined` on Deno.
 */
import * as Fs from "node:fs"
import type { FtpLocalFileError, WholeFile } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { callback, errorOf, failure, secondsOf } from "./calls.ts"
import * as Descriptor from "./descriptor.ts"
import { type Done, isQuick, now, timed } from "./quick.ts"
import { renameIfAbsent } from "./rename.ts"

const { O_CREAT, O_EXCL, O_WRONLY } = Fs.constants

const HEX = 16
const DIGITS = 8

/** Beginning anywhere, so that two processes seldom meet; where they do, `O_EXCL` fails one of them. */
let last = Math.floor(Math.random() * HEX ** DIGITS)

const suffix = (): string => {
  last = (last + 1) % HEX ** DIGITS
  return `.${last.toString(HEX).padStart(DIGITS, "0")}`
}

/** The calls of the file system that a small file takes, as node:fs has them. */
interface Calls {
  readonly open: (path: string, flags: number, mode: number, done: Done<number>) => void
  readonly write: (file: number, bytes: Uint8Array, from: number, count: number, at: number, done: Done<number>) => void
  readonly fchmod: (file: number, mode: number, done: Done<void>) => void
  readonly futimes: (file: number, accessed: number, modified: number, done: Done<void>) => void
  readonly close: (file: number, done: Done<void>) => void
  readonly rename: (from: string, to: string, done: Done<void>) => void
  readonly unlink: (path: string, done: Done<void>) => void
}

const HERE: Calls = {
  open: (path, flags, mode, done) => now(() => Fs.openSync(path, flags, mode), done),
  write: (file, bytes, from, count, at, done) => now(() => Fs.writeSync(file, bytes, from, count, at), done),
  fchmod: (file, mode, done) => now(() => Fs.fchmodSync(file, mode), done),
  futimes: (file, accessed, modified, done) => now(() => Fs.futimesSync(file, accessed, modified), done),
  close: (file, done) => now(() => Fs.closeSync(file), done),
  rename: (from, to, done) => now(() => Fs.renameSync(from, to), done),
  unlink: (path, done) => now(() => Fs.unlinkSync(path), done)
}

/** Succeeds with what could not be kept of it, its time or its mode: the file is complete without. */
export const write = (file: WholeFile): Effect.Effect<ReadonlyArray<FtpLocalFileError>, FtpLocalFileError> =>
  Effect.suspend(() => {
    const from = `${file.partialFile}${suffix()}`
    const written = isQuick() && file.durability === "Written" ? writeHere(file, from) : writeInTurns(file, from)
    return file.existing === "Replace"
      ? written
      : // As one: between the two an interruption would leave the file under its first name.
        Effect.uninterruptible(
          Effect.zipLeft(
            written,
            Effect.tapError(renameIfAbsent(from, file.path), () =>
              Effect.ignore(callback("Remove", from, (done) => Fs.unlink(from, done)))
            )
          )
        )
  })

type Written = Effect.Effect<ReadonlyArray<FtpLocalFileError>, FtpLocalFileError>

/** Without a turn of the event loop. */
const writeHere = (file: WholeFile, from: string): Written => {
  let written: Written = Effect.dieMessage("a call in place has not called back")
  timed(() =>
    writeWith(HERE, file, from, (error, refused) => {
      written = error ?? Effect.succeed(refused)
    })
  )
  return written
}

const writeInTurns = (file: WholeFile, from: string): Written =>
  Effect.uninterruptible(
    Effect.async((resume) =>
      timed(() =>
        writeWith(isQuick() ? HERE : Fs, file, from, (error, refused) => resume(error ?? Effect.succeed(refused)))
      )
    )
  )

/** In the order in which they are done: one call of the file system for each. */
const writeWith = (
  calls: Calls,
  { bytes, durability, existing, mode, modified, path }: WholeFile,
  from: string,
  done: (error: FtpLocalFileError | undefined, refused: ReadonlyArray<FtpLocalFileError>) => void
): void => {
  const refused: Array<FtpLocalFileError> = []
  let file = -1
  const remove = (why: FtpLocalFileError) => calls.unlink(from, () => done(why, refused))
  const fail = (why: FtpLocalFileError) => calls.close(file, () => remove(why))
  const may =
    (operation: FtpLocalFileError["operation"], next: () => void): Done<void> =>
    (error) => {
      if (error) {
        refused.push(errorOf(operation, path, error))
      }
      next()
    }
  const put = (at: number): void =>
    at === bytes.byteLength
      ? setMode()
      : calls.write(file, bytes, at, bytes.byteLength - at, at, (error, count = 0) => {
          if (error) {
            fail(errorOf("Write", path, error))
          } else if (count === 0) {
            fail(failure("Write", path, "ENOSPC"))
          } else {
            put(at + count)
          }
        })
  const setMode = () => (Option.isSome(mode) ? calls.fchmod(file, mode.value, may("SetMode", setTime)) : setTime())
  const setTime = () => {
    if (Option.isNone(modified)) {
      sync()
      return
    }
    const seconds = secondsOf(modified.value)
    calls.futimes(file, seconds, seconds, may("SetTime", sync))
  }
  const sync = () =>
    durability === "Synced"
      ? // Never here: a disk takes its time.
        Fs.fsync(file, (error) => (!error ? close() : fail(errorOf("Sync", path, error))))
      : close()
  const close = () => calls.close(file, (error) => (!error ? rename() : remove(errorOf("Close", path, error))))
  const rename = () =>
    existing === "Fail"
      ? done(undefined, refused)
      : calls.rename(from, path, (error) =>
          !error ? done(undefined, refused) : remove(errorOf("Rename", path, error))
        )
  const access = Option.isSome(mode) ? Descriptor.OWNER_ONLY : Descriptor.ANY_NEW_FILE
  calls.open(from, O_WRONLY | O_CREAT | O_EXCL | Descriptor.NO_LINK, access, (error, descriptor = -1) => {
    if (error) {
      done(errorOf("Open", path, error), refused)
      return
    }
    file = descriptor
    put(0)
  })
}
