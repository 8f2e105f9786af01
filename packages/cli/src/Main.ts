/**
 * From words to an exit code: reads the command line, runs the command, and reports usage errors. `bin` runs the
 * process.
 */
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Argv from "./arguments/Argv.ts"
import type * as Command from "./arguments/Command.ts"
import * as Completions from "./arguments/Completions.ts"
import * as HelpPage from "./arguments/HelpPage.ts"
import * as apply from "./commands/apply.ts"
import * as cat from "./commands/cat.ts"
import * as demo from "./commands/demo.ts"
import * as doctor from "./commands/doctor.ts"
import * as get from "./commands/get.ts"
import * as ls from "./commands/ls.ts"
import * as mirror from "./commands/mirror.ts"
import * as mkdir from "./commands/mkdir.ts"
import * as mv from "./commands/mv.ts"
import * as put from "./commands/put.ts"
import * as rm from "./commands/rm.ts"
import * as serve from "./commands/serve.ts"
import * as stat from "./commands/stat.ts"
import * as ExitCode from "./errors/ExitCode.ts"
import * as Output from "./output/Output.ts"
import type { Environment } from "./output/runCommand.ts"
import { Screen } from "./output/Screen.ts"

declare const FTP_EFFECT_VERSION: string

/** Set by the bundler from package.json. */
export const version: string = typeof FTP_EFFECT_VERSION === "string" ? FTP_EFFECT_VERSION : "0.0.0-source"

/** Every command, in the order of the overview. */
export const commands: ReadonlyArray<Command.Command<Environment>> = [
  ls.command,
  get.command,
  put.command,
  mirror.command,
  apply.command,
  cat.command,
  rm.command,
  mv.command,
  mkdir.command,
  stat.command,
  doctor.command,
  demo.command,
  serve.command
]

/** Runs the command that the words, without the program's own name, ask for. Interruption is left to the caller. */
export const run = (words: ReadonlyArray<string>): Effect.Effect<number, never, Environment> =>
  Effect.gen(function* () {
    const request = yield* Argv.read(words, commands)
    switch (request._tag) {
      case "Version":
        yield* print(`${version}\n`)
        return
      case "Help":
        yield* print(`${yield* help(request.command)}\n`)
        return
      case "Completions":
        yield* print(Completions.script(request.shell, commands))
        return
      case "Run":
        yield* yield* Either.mapLeft(request.command.prepare(request.given, request.operands), (message) =>
          Argv.refuse(message, request.command)
        )
    }
  }).pipe(
    Effect.as(ExitCode.Ok),
    Effect.catchAll((error) => Effect.as(report(error, words), ExitCode.of(error))),
    Effect.catchAllCause((cause) => (Cause.isInterrupted(cause) ? Effect.failCause(cause) : defect(cause)))
  )

const print = (text: string) => Effect.flatMap(Screen, (screen) => screen.write(text))

const help = (command: HelpPage.Page | undefined) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const { columns } = yield* screen.size
    return command === undefined ? HelpPage.program(commands, version, columns) : HelpPage.command(command, columns)
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
