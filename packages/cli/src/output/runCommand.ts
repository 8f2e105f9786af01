/** A command with its output: its failure is printed, and what remains is the exit code. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Output from "./Output.ts"
import type { Screen } from "./Screen.ts"

/** What commands may use. */
export type Environment = Screen | FileSystem.FileSystem

/** Runs a command in a style. */
export const run = <E extends ExitCode.Failure, R>(
  style: Output.Style,
  command: Effect.Effect<void, E, R>
): Effect.Effect<void, Incomplete, Exclude<R, Output.Output> | Screen> =>
  Effect.flatMap(Output.make(style), (output) =>
    command.pipe(
      Effect.catchAll((error) => Effect.zipRight(output.failure(error), new Incomplete({ code: ExitCode.of(error) }))),
      Effect.provideService(Output.Output, output),
      Output.logging(style)
    )
  )
