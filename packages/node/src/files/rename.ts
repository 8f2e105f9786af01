/**
 * A rename that replaces nothing, in one step:
 *
 *     link(from, to) ──► unlink(from): the file has its name by then, so a failure is only a warning
 *        └── no hard links here ──► create `to` empty, only if it does not exist ──► rename(from, to)
 */
import * as Fs from "node:fs"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import { errorOf } from "./calls.ts"
import * as Descriptor from "./descriptor.ts"
import type { FileCalls } from "./fileCalls.ts"

type Calls = Pick<FileCalls, "link" | "unlink" | "open" | "close" | "rename">

/** The errors of file systems that have no hard links, or allow none for this file. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL"])

export const renameIfAbsent = (from: string, to: string, calls: Calls = Fs): Effect.Effect<void, FtpLocalFileError> =>
  Effect.uninterruptible(
    Effect.async((resume) =>
      renameOver(calls, from, to, (error, left) =>
        resume(error ?? (left ? Effect.logWarning(`${to} is complete, but ${left.message}`) : Effect.void))
      )
    )
  )

/** Calls `done` with why it has failed, or why the file has its first name too. */
export const renameOver = (
  calls: Calls,
  from: string,
  to: string,
  done: (error: FtpLocalFileError | undefined, left?: FtpLocalFileError) => void
): void =>
  calls.link(from, to, (error) => {
    if (!error) {
      calls.unlink(from, (error) => done(undefined, error ? errorOf("Remove", from, error) : undefined))
    } else if (WITHOUT_LINKS.has(error.code ?? "")) {
      overEmptyFile(calls, from, to, done)
    } else {
      done(notRenamed(from, to, error))
    }
  })

/** It names what is in the way: `from` is a name that only this library knows. */
const notRenamed = (from: string, to: string, error: NodeJS.ErrnoException): FtpLocalFileError =>
  errorOf("Rename", error.code === "EEXIST" ? to : from, error)

const { O_CREAT, O_EXCL, O_WRONLY } = Fs.constants

const overEmptyFile = (
  { close, open, rename, unlink }: Calls,
  from: string,
  to: string,
  done: (error: FtpLocalFileError | undefined) => void
): void =>
  open(to, O_WRONLY | O_CREAT | O_EXCL, Descriptor.ANY_NEW_FILE, (error, descriptor = -1) => {
    if (error) {
      done(notRenamed(from, to, error))
      return
    }
    close(descriptor, (error) =>
      error
        ? done(errorOf("Close", to, error))
        : rename(from, to, (error) =>
            error ? unlink(to, () => done(errorOf("Rename", from, error))) : done(undefined)
          )
    )
  })
