/**
 * The `rmdir` that the platform's FileSystem does not have: its `remove` takes a directory only with everything in it.
 *
 *     empty? ──► another name, by which no other process writes into it ──► still empty? ──► removed
 *                                                                           └──► its own name again
 */
import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Such names are ours (`transfer/download/partialName`): what a killed process leaves takes no part in any tree. */
const RESERVED = ".ftp-effect.part."

const NAME_DIGITS = 8

/** Whether the directory was empty, and so is gone. */
export const removeEmpty = (fs: FileSystem.FileSystem, path: string): Effect.Effect<boolean, PlatformError> => {
  const isEmpty = (at: string) => Effect.map(fs.readDirectory(at), (names) => names.length === 0)
  return Effect.gen(function* () {
    if (!(yield* isEmpty(path))) {
      return false
    }
    const number = yield* Random.nextIntBetween(0, 16 ** NAME_DIGITS)
    const parked = `${path.replace(/[\\/]+$/, "")}${RESERVED}${number.toString(16).padStart(NAME_DIGITS, "0")}`
    const back = fs.rename(parked, path)
    yield* fs.rename(path, parked)
    const isGone = yield* isEmpty(parked).pipe(
      Effect.tap((empty) => (empty ? fs.remove(parked, { recursive: true }) : Effect.void)),
      Effect.onError(() => Effect.ignore(back))
    )
    if (!isGone) {
      yield* back
    }
    return isGone
  }).pipe(Effect.uninterruptible)
}
