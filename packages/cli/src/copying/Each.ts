/**
 * The same work for each of several items, one after the other: a failure is reported, the remaining items are still
 * done, and the exit code shows it. `Copying` does the same in parallel.
 */
import * as Effect from "effect/Effect"
import { Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import { Output } from "../output/Output.ts"

/** An error that the next item would hit too ends everything. An `Incomplete` is already reported; it only counts. */
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
