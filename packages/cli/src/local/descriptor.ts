/**
 * Files that are open already: `/dev/stdout`, `/dev/fd/5`. A shell and the other commands of a group share their
 * position. To open the name anew would begin at 0 and overwrite what the others wrote.
 */
import { write } from "node:fs"
import { resolve } from "node:path"
import { FtpLocalFileError, fromErrno } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const STANDARD: ReadonlyMap<string, number> = new Map([
  ["/dev/stdin", 0],
  ["/dev/stdout", 1],
  ["/dev/stderr", 2]
])

/** The descriptor that a name stands for, if it is the name of one. */
export const named = (path: string): Option.Option<number> => {
  const name = resolve(path)
  const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(name) ?? []
  return Option.fromNullable(STANDARD.get(name) ?? (digits === undefined ? undefined : Number(digits)))
}

/** Writes all bytes at the descriptor's position; `path` is for errors. It must be a file: a pipe may be full. */
export const append = (descriptor: number, path: string, bytes: Uint8Array): Effect.Effect<void, FtpLocalFileError> =>
  // Not interruptible: the bytes are lent until the call returns.
  Effect.uninterruptible(
    Effect.async((resume) => {
      const writeFrom = (start: number): void =>
        write(descriptor, bytes, start, bytes.byteLength - start, null, (error, written) => {
          if (error !== null) {
            const { reason, text } = fromErrno(error.code)
            resume(new FtpLocalFileError({ reason, operation: "Write", path, detail: text ?? error.message }))
          } else if (start + written < bytes.byteLength) {
            writeFrom(start + written)
          } else {
            resume(Effect.void)
          }
        })
      writeFrom(0)
    })
  )
