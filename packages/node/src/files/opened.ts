/** A file that is open, closed once: by hand, by its heir, or with the scope. */
import * as Fs from "node:fs"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { callback, errorOf } from "./calls.ts"
import * as Descriptor from "./descriptor.ts"

export interface Open {
  readonly descriptor: number
  readonly close: Effect.Effect<void, FtpLocalFileError>
  /**
   * Gives the descriptor to an owner that closes it, at the latest with the scope. It stays ours, and is closed after
   * the owner, if that says that it has one of its own.
   */
  readonly handOver: <A extends { readonly close: Effect.Effect<void>; readonly hasTaken: boolean }>(
    make: (descriptor: number) => A
  ) => Effect.Effect<A, never, Scope.Scope>
}

export const open = (path: string, flags: number, mode?: number): Effect.Effect<Open, FtpLocalFileError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const opened = yield* Effect.mapError(Descriptor.open(path, flags, restore, mode), (error) =>
        errorOf("Open", path, error)
      )
      const descriptor = opened.number
      // Once only, also where it failed: the number may be another file's by then.
      let closed = false
      const close = Effect.suspend(() => {
        if (closed) {
          return Effect.void
        }
        closed = true
        return callback("Close", path, opened.close)
      })
      yield* Effect.addFinalizer(() => Effect.ignore(close))
      return {
        descriptor,
        close,
        handOver: (make) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              const heir = make(descriptor)
              if (heir.hasTaken) {
                closed = true
                opened.release()
              }
              return heir
            }),
            ({ close }) => close
          )
      }
    })
  )

export const statsOf = (descriptor: number, path: string): Effect.Effect<Fs.Stats, FtpLocalFileError> =>
  callback<Fs.Stats>("Stat", path, (done) => Fs.fstat(descriptor, done))
