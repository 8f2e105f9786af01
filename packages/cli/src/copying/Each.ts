/**
 * The same for each of several things: one that fails is told, the others are still done, and the exit code says it.
 *
 * It does NOT work in parallel: `Copying` does.
 */
import * as Effect from "effect/Effect"
import { Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import { Output } from "../output/Output.ts"

/**
 * One after the other; what the next one would meet too ends everything. An `Incomplete` of one is told already, and counts.
 */
export const run = <A, E extends ExitCode.Failure, R>(
  items: ReadonlyArray<A>,
  subject: (item: A) => string,
  work: (item: A, index: number) => Effect.Effect<void, E, R>,
  hint?: (error: ExitCode.Failure) => string | undefined
): Effect.Effect<void, E | Incomplete, R | Output> =>
  Effect.gen(function* () {
    const output = yield* Output
    const codes: Array<number> = []
    yield* Effect.forEach(
      items,
      (item, index) =>
        Effect.catchAll(work(item, index), (error) => {
          if (error._tag !== "Incomplete" && ExitCode.isFatal(error)) {
            return Effect.fail(error)
          }
          codes.push(ExitCode.of(error))
          return output.failure(error, subject(item), hint?.(error))
        }),
      { discard: true }
    )
    if (codes.length > 0) {
      return yield* new Incomplete({ code: ExitCode.ofAll(codes, items.length - codes.length) })
    }
  })
