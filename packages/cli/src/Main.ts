/**
 * From words to an exit code: reads the command line, runs the command, and reports usage errors. `bin` runs the
 * process.
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type * as Terminal from "@effect/platform/Terminal"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Cause from "effect/Cause"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Argv from "./arguments/Argv.ts"
import * as HelpPage from "./arguments/HelpPage.ts"
import * as cat from "./commands/cat.ts"
import * as demo from "./commands/demo.ts"
import * as get from "./commands/get.ts"
import * as ls from "./commands/ls.ts"
import * as mkdir from "./commands/mkdir.ts"
import * as mv from "./commands/mv.ts"
import * as put from "./commands/put.ts"
import * as rm from "./commands/rm.ts"
import * as serve from "./commands/serve.ts"
import * as stat from "./commands/stat.ts"
import { usage } from "./errors/CliError.ts"
import * as ExitCode from "./errors/ExitCode.ts"
import * as Output from "./output/Output.ts"
import { Screen } from "./output/Screen.ts"

declare const FTP_EFFECT_VERSION: string

/** Set by the bundler from package.json. */
export const version: string = typeof FTP_EFFECT_VERSION === "string" ? FTP_EFFECT_VERSION : "0.0.0-source"

/** The help of every command, in the order of the overview. */
export const pages: ReadonlyArray<HelpPage.HelpPage> = [
  ls.page,
  get.page,
  put.page,
  cat.page,
  rm.page,
  mv.page,
  mkdir.page,
  stat.page,
  demo.page,
  serve.page
]

const root = Command.make("ftp-effect").pipe(
  Command.withSubcommands([
    ls.command,
    get.command,
    put.command,
    cat.command,
    rm.command,
    mv.command,
    mkdir.command,
    stat.command,
    demo.command,
    serve.command
  ])
)

const runWords = Command.run(root, { name: "ftp-effect", version, executable: "ftp-effect" })

/** What the commands are given from outside. */
export type Environment = Screen | FileSystem.FileSystem | Path.Path | Terminal.Terminal

/** Runs the command that the words, without the program's own name, ask for. Interruption is left to the caller. */
export const run = (words: ReadonlyArray<string>): Effect.Effect<number, never, Environment> =>
  Effect.gen(function* () {
    const request = yield* Argv.read(words, pages)
    switch (request._tag) {
      case "Version":
        yield* print(`${version}\n`)
        return
      case "Help":
        yield* print(`${yield* help(request.command)}\n`)
        return
      case "Run":
        yield* dispatch(request.words)
    }
  }).pipe(
    Effect.as(ExitCode.Ok),
    Effect.catchAll((error) => Effect.as(report(error, words), ExitCode.of(error))),
    Effect.catchAllCause((cause) => (Cause.isInterrupted(cause) ? Effect.failCause(cause) : defect(cause)))
  )

const print = (text: string) => Effect.flatMap(Screen, (screen) => screen.write(text))

const help = (command: string | undefined) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const { columns } = yield* screen.size
    const page = pages.find(({ name }) => name === command)
    return page === undefined ? HelpPage.program(pages, version, columns) : HelpPage.command(page, columns)
  })

/** What the parser itself prints about mistakes is dropped; the error that it fails with is reported below. */
const dispatch = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const outer = yield* Effect.consoleWith(Effect.succeed)
    yield* Effect.withConsole(
      runWords(["", "", ...words]).pipe(
        Effect.catchIf(ValidationError.isValidationError, (error) => usage(plain(error.error), seeHelp(words)))
      ),
      { ...outer, error: () => Effect.void } satisfies Console.Console
    )
  }).pipe(Effect.provide(CliConfig.layer({ isCaseSensitive: true, showBuiltIns: false })))

const seeHelp = ([command]: ReadonlyArray<string>): string =>
  `more: ftp-effect ${command === undefined ? "" : `${command} `}--help`

const plain = (doc: HelpDoc.HelpDoc): string =>
  HelpDoc.toAnsiText(doc)
    .replace(/\x1b\[[0-9;]*m/g, "")
    .trim()
    .replace(/\s+/g, " ")

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
