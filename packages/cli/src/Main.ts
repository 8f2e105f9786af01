/**
 * From words to an exit code: reads the command line, runs the command, and reports usage errors. `bin` runs the
 * process.
 */
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Argv from "./arguments/Argv.ts"
import type * as Command from "./arguments/Command.ts"
import * as Completions from "./arguments/Completions.ts"
import * as HelpPage from "./arguments/HelpPage.ts"
import * as Commands from "./commands/all.ts"
import * as ExitCode from "./errors/ExitCode.ts"
import * as Output from "./output/Output.ts"
import type { Environment } from "./output/runCommand.ts"
import { Screen } from "./output/Screen.ts"

declare const FTP_EFFECT_VERSION: string

/** Set by the bundler from package.json. */
const version: string = typeof FTP_EFFECT_VERSION === "string" ? FTP_EFFECT_VERSION : "0.0.0-source"

/** Runs the command that the words, without the program's own name, ask for. Interruption is left to the caller. */
export const run = (words: ReadonlyArray<string>): Effect.Effect<number, never, Environment> =>
  Effect.gen(function* () {
    const request = yield* requestOf(words)
    switch (request._tag) {
      case "Version":
        yield* print(`${version}\n`)
        return
      case "Help":
        yield* print(`${yield* help(request.command)}\n`)
        return
      case "Completions":
        yield* print(Completions.script(request.shell, yield* Commands.all))
        return
      case "Run":
        yield* yield* Either.mapLeft(request.command.prepare(request.given, request.operands), (message) =>
          Argv.refuse(message, request.command)
        )
    }
  }).pipe(
    Effect.as(ExitCode.Ok),
    Effect.catchAll((error) => Effect.as(report(error, words), ExitCode.of(error))),
    Effect.catchAllCause((cause) =>
      Cause.isInterrupted(cause)
        ? Effect.failCause(cause)
        : isWithoutDirectory(cause)
          ? Effect.as(report(DIRECTORY_GONE, words), ExitCode.of(DIRECTORY_GONE))
          : defect(cause)
    )
  )

/** Node throws it where a relative path is made absolute. */
const isWithoutDirectory = (cause: Cause.Cause<never>): boolean =>
  Chunk.some(Cause.defects(cause), (thrown) => Predicate.hasProperty(thrown, "syscall") && thrown.syscall === "uv_cwd")

const DIRECTORY_GONE = new FtpLocalFileError({
  reason: "NotFound",
  operation: "Stat",
  path: ".",
  detail: "the current directory was removed"
})

/** The other commands matter only if the words hold a mistake, or name the command after its options. */
const requestOf = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    if (words.every((word) => /^-.*[^-]/s.test(word))) {
      return yield* Argv.read(words, NO_COMMANDS)
    }
    const named = yield* Commands.named(words[0])
    const request = Argv.read(words, named)
    return named.length > 0 && Either.isRight(request) ? request.right : yield* Argv.read(words, yield* Commands.all)
  })

/** Options alone name none. */
const NO_COMMANDS: ReadonlyArray<Command.Command<Environment>> = []

const print = (text: string) => Effect.flatMap(Screen, (screen) => screen.write(text))

const help = (command: HelpPage.Page | undefined) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const { columns } = yield* screen.size
    return command === undefined
      ? HelpPage.program(Commands.headings, version, columns)
      : HelpPage.command(command, columns)
  })

/** The style is unknown if the words could not be parsed, so `--json` is searched for. */
const report = (error: ExitCode.Failure, words: ReadonlyArray<string>) =>
  Effect.flatMap(Output.make({ json: words.includes("--json"), quiet: false, verbose: false }), (output) =>
    output.failure(error)
  )

const defect = (cause: Cause.Cause<never>) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    yield* screen.line("ftp-effect: this is a defect of ftp-effect; please report it with what follows")
    yield* Effect.forEach(Cause.pretty(cause).split("\n"), (line) => screen.line(WireText.toDisplay(line)), {
      discard: true
    })
    return ExitCode.Defect
  })
