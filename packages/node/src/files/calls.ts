/** Calls of node:fs as effects, and what their failures mean. */
import { FtpLocalFileError, fromErrno } from "@ftp-effect/core/FtpLocalFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { type Done, isQuick, now, timed } from "./quick.ts"

export const callback = <A = void>(
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

/** In place on a quick disk: an asynchronous effect costs more than the call. Else by threads. */
export const quickly = <A>(
  operation: FtpLocalFileError["operation"],
  path: string,
  here: () => A,
  byThreads: (done: Done<A>) => void
): Effect.Effect<A, FtpLocalFileError> =>
  Effect.suspend(() => {
    if (!isQuick()) {
      return callback<A>(operation, path, byThreads)
    }
    let called: Effect.Effect<A, FtpLocalFileError> = Effect.dieMessage("a call in place has not called back")
    timed(() =>
      now(here, (error, value) => {
        called = error ? errorOf(operation, path, error) : Effect.succeed(value as A)
      })
    )
    return called
  })

export const isNotFound = (error: NodeJS.ErrnoException | null): boolean => fromErrno(error?.code).reason === "NotFound"

export const errorOf = (
  operation: FtpLocalFileError["operation"],
  path: string,
  error: Pick<NodeJS.ErrnoException, "code" | "message">
): FtpLocalFileError => failure(operation, path, error.code, error.message)

export const failure = (
  operation: FtpLocalFileError["operation"],
  path: string,
  code: string | undefined,
  otherwise = "unknown error"
): FtpLocalFileError => {
  const { reason, text = otherwise } = fromErrno(code)
  return new FtpLocalFileError({ reason, operation, path, detail: text })
}

const MILLIS_PER_SECOND = 1000

/** A time as utimes takes it. */
export const secondsOf = (at: DateTime.Utc): number => DateTime.toEpochMillis(at) / MILLIS_PER_SECOND
