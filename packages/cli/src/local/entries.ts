/** How much there is in a local directory, before it is read. */
import { opendir } from "node:fs/promises"
import * as Effect from "effect/Effect"

/** How many entries a directory has, counted up to `most`. What is no directory, or can't be read, counts as one. */
export const countUpTo = (path: string, most: number): Effect.Effect<number> =>
  Effect.orElseSucceed(
    Effect.tryPromise(async () => {
      let count = 0
      // Leaving the loop closes the directory.
      for await (const _ of await opendir(path)) {
        count++
        if (count >= most) {
          break
        }
      }
      return count
    }),
    () => 1
  )
