/**
 * What a command prints, and how: text for people, or one JSON object per line.
 *
 *                 results        notices, summaries      warnings, errors
 *     (default)   stdout         stderr                  stderr
 *     --quiet     stdout         nowhere                 stderr
 *     --json      stdout         stdout                  stderr
 */
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type { OutputClosed } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Hint from "../errors/hint.ts"
import type { JsonLine } from "./JsonLine.ts"
import * as JsonText from "./jsonText.ts"
import { Screen } from "./Screen.ts"

/** The choices that were made on the command line. */
export interface Style {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** Where a command prints. Text is made safe to show here, except that of results: names in it are safe already. */
export interface Output {
  readonly style: Style
  /** What the command is for. */
  readonly result: (line: JsonLine, text: string) => Effect.Effect<void, OutputClosed | FtpLocalFileError>
  /** What is good to know. */
  readonly notice: (line: JsonLine, text: string) => Effect.Effect<void, OutputClosed | FtpLocalFileError>
  /** Text for people alone; nothing with `--json` or `--quiet`. */
  readonly remark: (text: string) => Effect.Effect<void>
  readonly warning: (text: string) => Effect.Effect<void>
  /**
   * An error, about `subject` where it is one of several things. The hint is the error's own unless one is given; as text
   * it is shown once.
   */
  readonly failure: (error: ExitCode.Failure, subject?: string, hint?: string) => Effect.Effect<void>
}

/** The tag of `Output`. */
export const Output: Context.Tag<Output, Output> = Context.GenericTag<Output>("ftp-effect/Output")

const PROGRAM = "ftp-effect"

/** The output in a style. */
export const make = (style: Style): Effect.Effect<Output, never, Screen> =>
  Effect.map(Screen, (screen) => {
    /** A hint that holds for many failures is shown with the first. */
    const hinted = new Set<string>()
    const hintLine = (hint: string) =>
      Effect.suspend(() => {
        const isNew = !hinted.has(hint)
        hinted.add(hint)
        return isNew ? screen.line(`  hint: ${WireText.toDisplay(hint)}`) : Effect.void
      })
    const print = (text: string) => screen.write(`${text}\n`)
    const sayError = (line: JsonLine, ...texts: ReadonlyArray<string>) =>
      style.json
        ? screen.line(JsonText.toText(line))
        : Effect.forEach(texts, (text) => screen.line(`${PROGRAM}: ${WireText.toDisplay(text)}`), { discard: true })
    return Output.of({
      style,
      result: (line, text) => print(style.json ? JsonText.toText(line) : text),
      notice: (line, text) =>
        style.json ? print(JsonText.toText(line)) : style.quiet ? Effect.void : screen.line(WireText.toDisplay(text)),
      remark: (text) => (style.json || style.quiet ? Effect.void : screen.line(WireText.toDisplay(text))),
      warning: (text) => sayError({ kind: "warning", message: text }, `warning: ${text}`),
      failure: (error, subject, hint = Hint.hint(error)) => {
        // Already reported, or there is no reader.
        if (error._tag === "Incomplete" || error._tag === "OutputClosed") {
          return Effect.void
        }
        const line: JsonLine = {
          kind: "error",
          tag: error._tag,
          reason: reasonOf(error),
          message: error.message,
          hint: hint ?? null,
          subject: subject ?? ("path" in error ? error.path : undefined) ?? null,
          exitCode: ExitCode.of(error)
        }
        const about = subject === undefined || error.message.includes(subject) ? "" : `${subject}: `
        return Effect.zipRight(
          sayError(line, `${about}${Hint.headline(error)}`),
          hint === undefined || style.json ? Effect.void : hintLine(hint)
        )
      }
    })
  })

/** The library's reason; what the command itself refuses as the name is taken has the same as if the server did. */
const reasonOf = (error: Exclude<ExitCode.Failure, { readonly _tag: "Incomplete" | "OutputClosed" }>): string | null =>
  "reason" in error ? error.reason : error._tag === "CliError" && error.kind === "Exists" ? "AlreadyExists" : null

/** Shows the library's warnings always, its dialogue with `--verbose`, with the number of its session once there are two. */
export const logging =
  (style: Style) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Screen> =>
    Effect.flatMap(Screen, (screen) =>
      self.pipe(
        Effect.locallyWith(FiberRef.currentLoggers, (loggers) =>
          loggers.pipe(HashSet.remove(Logger.defaultLogger), HashSet.add(loggerOn(screen, style)))
        ),
        Logger.withMinimumLogLevel(style.verbose ? LogLevel.Trace : LogLevel.Warning)
      )
    )

const loggerOn = (screen: Screen, style: Style): Logger.Logger<unknown, void> => {
  const show = (line: JsonLine, shown: string) =>
    Effect.runSync(screen.line(style.json ? JsonText.toText(line) : shown))
  const sessions = new Set<number>()
  return Logger.make(({ annotations, logLevel, message }) => {
    const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
    const [server, session] = [HashMap.get(annotations, "ftp.server"), HashMap.get(annotations, "ftp.session")]
    if (logLevel === LogLevel.Trace && server._tag === "Some" && session._tag === "Some") {
      const number = Number(session.value)
      sessions.add(number)
      const line: JsonLine = { kind: "dialogue", server: String(server.value), session: number, line: text }
      show(line, sessions.size > 1 ? `[${number}] ${text}` : text)
    } else if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) {
      const line: JsonLine = { kind: "warning", message: text }
      show(line, `${PROGRAM}: ${labelOf(logLevel)}: ${WireText.toDisplay(text)}`)
    }
  })
}

/** Ours, as in `Output.warning`; Effect's own is shorter. */
const labelOf = (level: LogLevel.LogLevel): string =>
  level === LogLevel.Warning ? "warning" : level.label.toLowerCase()
