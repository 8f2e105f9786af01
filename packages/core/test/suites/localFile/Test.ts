/** What the tests of a `FtpLocalFile` on a real disk need. */
import * as Fs from "node:fs"
import type { FtpLocalFile, FtpLocalFileError, Reader } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

/** Runs a body with the service, and with paths in a folder of its own. */
export type Test = (
  title: string,
  body: (files: FtpLocalFile, at: (name: string) => string) => Effect.Effect<void, unknown, Scope.Scope>
) => void

/** As long as the disk takes to answer, so that what waits for it can be answered too. */
export const turnOfTheDisk = Effect.async<void>((resume) => {
  Fs.stat(".", () => resume(Effect.void))
})

/** Trips to the disk after which one that began before them is over. */
export const TRIPS = 50

export const readAll = (reader: Reader) =>
  Effect.gen(function* () {
    const parts: Array<Uint8Array> = []
    for (;;) {
      const next = yield* reader.read
      if (Option.isNone(next)) {
        return Buffer.concat(parts)
      }
      parts.push(next.value.slice())
    }
  })

export const failureOf = <A, R>(effect: Effect.Effect<A, FtpLocalFileError, R>) =>
  Effect.map(Effect.flip(effect), ({ operation, reason }) => `${operation} ${reason}`)
