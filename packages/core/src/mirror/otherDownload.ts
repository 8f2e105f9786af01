/**
 * A file that another run downloads to the same local name: waited for, as long as that run is seen to work.
 *
 *     claimed ──► asked again each second ──► free: it is there, or this run fetches it
 *                     └──► its partial file has not changed for a minute: no longer waited for
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type FtpLocalFile, FtpLocalFileError } from "../platform/FtpLocalFile.ts"

const BETWEEN = "1 second"

/** In millis: longer than a download waits for a silent server, and dials anew. */
const SILENT = 60_000

/** Whether another download has the partial file, which is the error's path. */
export const isInUse = (error: unknown): error is FtpLocalFileError =>
  error instanceof FtpLocalFileError && error.reason === "InUse"

/** Waits until that download has ended, or does nothing more. What else prevents a claim is met by the next attempt. */
export const ended = (files: FtpLocalFile, { path }: Pick<FtpLocalFileError, "path">): Effect.Effect<void> =>
  Effect.gen(function* () {
    let seen: string | undefined
    let since = yield* Clock.currentTimeMillis
    while (isInUse(Option.getOrUndefined(Either.getLeft(yield* Effect.either(Effect.scoped(files.claim(path))))))) {
      const now = yield* Clock.currentTimeMillis
      const state = yield* stateOf(files, path)
      if (state !== seen) {
        seen = state
        since = now
      } else if (now - since >= SILENT) {
        return
      }
      yield* Effect.sleep(BETWEEN)
    }
  })

/** Of what is not there, and of what the disk does not show, nothing is seen to change. */
const stateOf = (files: FtpLocalFile, path: string): Effect.Effect<string> =>
  Effect.map(Effect.orElseSucceed(files.version(path), Option.none<string>), (version) =>
    Option.getOrElse(version, () => "")
  )
