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
import { errorOf, failure, secondsOf } from "./calls.ts"
import * as Descriptor from "./descriptor.ts"
import { fitting } from "./fileCalls.ts"
import { type Done, isQuick, timed } from "./quick.ts"
import { renameOver } from "./rename.ts"

const { O_CREAT, O_EXCL, O_WRONLY } = Fs.constants

const HEX = 16
const DIGITS = 8

/** Beginning anywhere, so that two processes seldom meet; where they do, `O_EXCL` fails one of them. */
let last = Math.floor(Math.random() * HEX ** DIGITS)

const suffix = (): string => {
  last = (last + 1) % HEX ** DIGITS
  return `.${last.toString(HEX).padStart(DIGITS, "0")}`
}

type Written = Effect.Effect<ReadonlyArray<FtpLocalFileError>, FtpLocalFileError>

/** Succeeds with what could not be kept of it, its time or its mode: the file is complete without. */
export const write = (file: WholeFile): Written =>
  file.durability === "Synced"
    ? writeInTurns(file)
    : Effect.suspend(() => (isQuick() ? writeHere(file) : writeInTurns(file)))

/** Without a turn of the event loop. */
const writeHere = (file: WholeFile): Written => {
  let written: Written = Effect.dieMessage("a call in place has not called back")
  begin(file, (error, refused) => {
    written = error ?? Effect.succeed(refused)
  })
  return written
}

const writeInTurns = (file: WholeFile): Written =>
  Effect.async((resume) => begin(file, (error, refused) => resume(error ?? Effect.succeed(refused))))

type Ended = (error: FtpLocalFileError | undefined, refused: ReadonlyArray<FtpLocalFileError>) => void

/** In the order in which they are done: one call of the file system for each. */
export const begin = (
  { bytes, durability, existing, mode, modified, partialFile, path }: WholeFile,
  done: Ended
): void => {
  const from = `${partialFile}${suffix()}`
  const refused: Array<FtpLocalFileError> = []
  let calls = fitting()
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
      ? // Never in place: a disk takes its time.
        Fs.fsync(file, (error) =>
          timed(() => {
            calls = fitting()
            error ? fail(errorOf("Sync", path, error)) : close()
          })
        )
      : close()
  const close = () => calls.close(file, (error) => (!error ? rename() : remove(errorOf("Close", path, error))))
  const rename = () =>
    existing === "Fail"
      ? renameOver(calls, from, path, (error, left) => {
          if (left !== undefined) {
            refused.push(left)
          }
          error ? remove(error) : done(undefined, refused)
        })
      : calls.rename(from, path, (error) =>
          !error ? done(undefined, refused) : remove(errorOf("Rename", path, error))
        )
  const access = Option.isSome(mode) ? Descriptor.OWNER_ONLY : Descriptor.ANY_NEW_FILE
  timed(() =>
    calls.open(from, O_WRONLY | O_CREAT | O_EXCL | Descriptor.NO_LINK, access, (error, descriptor = -1) => {
      if (error) {
        done(errorOf("Open", path, error), refused)
        return
      }
      file = descriptor
      put(0)
    })
  )
}
