/**
 * A rename that replaces nothing, in one step:
 *
 *     link(from, to) ──► unlink(from): the file has its name by then, so a failure is only a warning
 *        └── no hard links here ──► create `to` empty, only if it does not exist ──► rename(from, to)
 */
import * as Fs from "node:fs"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import { callback, errorOf } from "./calls.ts"

/** The errors of file systems that have no hard links, or allow none for this file. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL"])

export const renameIfAbsent = (
  from: string,
  to: string,
  link: typeof Fs.link = Fs.link
): Effect.Effect<void, FtpLocalFileError> =>
  Effect.uninterruptible(
    Effect.flatMap(
      Effect.async<NodeJS.ErrnoException | null>((resume) => link(from, to, (error) => resume(Effect.succeed(error)))),
      (error) => {
        if (!error) {
          return Effect.catchAll(
            callback("Remove", from, (done) => Fs.unlink(from, done)),
            (error) => Effect.logWarning(`${to} is complete, but ${error.message}`)
          )
        }
        return WITHOUT_LINKS.has(error.code ?? "") ? overEmptyFile(from, to) : errorOf("Rename", from, error)
      }
    )
  )

const overEmptyFile = (from: string, to: string) =>
  callback<number>("Rename", from, (done) => Fs.open(to, "wx", done)).pipe(
    Effect.flatMap((descriptor) => callback("Close", to, (done) => Fs.close(descriptor, done))),
    Effect.zipRight(
      Effect.tapError(
        callback("Rename", from, (done) => Fs.rename(from, to, done)),
        () => Effect.ignore(callback("Remove", to, (done) => Fs.unlink(to, done)))
      )
    )
  )
