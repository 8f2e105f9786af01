/**
 * The certificates that the user trusted permanently, one line for each server, in `known_certificates` of the
 * configuration:
 *
 *     files.example:21 sha256:3f0c…9a 2026-11-24
 *     [2001:db8::1]:990 sha256:77ab…02 2026-11-30
 *
 * Host and port as in the URL, the pin that its certificate must match, and the date, for people. Several lines for one
 * server are several pins. Empty lines, and what begins with `#`, mean nothing. The folder is
 * `$XDG_CONFIG_HOME/ftp-effect`, else `~/.config/ftp-effect`.
 *
 * `Trust` asks the user.
 */
import { homedir } from "node:os"
import { dirname, isAbsolute, join } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Pin from "@ftp-effect/core/protocol/Pin"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { CliError } from "../errors/CliError.ts"
import * as Folders from "../local/folders.ts"
import * as Environment from "./environment.ts"

/** One line that means something. */
export interface Line {
  /** From 1. */
  readonly number: number
  readonly server: string
  readonly pin: string
  /** As it is written; empty if the line has none. */
  readonly since: string
}

/** Where the file is. The XDG specification has relative paths ignored. */
export const place: Effect.Effect<string> = Effect.map(Environment.variable("XDG_CONFIG_HOME"), (home) =>
  join(
    Option.getOrElse(Option.filter(home, isAbsolute), () => join(homedir(), ".config")),
    "ftp-effect",
    "known_certificates"
  )
)

/** The lines of the text. Hosts are in lower case. */
export const parse = (text: string): ReadonlyArray<Line> =>
  text.split("\n").flatMap((line, index) => {
    const [server = "", pin = "", since = ""] = line.trim().split(/\s+/)
    return server === "" || server.startsWith("#")
      ? []
      : [{ number: index + 1, server: server.toLowerCase(), pin, since }]
  })

/** The text with one more line at its end. */
export const append = (text: string, line: Omit<Line, "number">): string =>
  `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line.server.toLowerCase()} ${line.pin} ${line.since}\n`

/** The lines of one server. A line whose pin can't be read is no reason to trust, or to ask: it is to be mended. */
export const find = (server: string): Effect.Effect<ReadonlyArray<Line>, CliError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const path = yield* place
    const lines = parse(yield* textOf(path)).filter((line) => line.server === server.toLowerCase())
    return yield* Effect.forEach(lines, (line) =>
      Either.mapBoth(Pin.parse(line.pin), {
        onLeft: ({ expected }) =>
          new CliError({
            kind: "Untrusted",
            message: `${path}, line ${line.number}: "${line.pin}" is not ${expected}`,
            hint: `it says which certificate ${server} must have: correct or remove the line`
          }),
        onRight: (fingerprint) => ({ ...line, pin: Pin.fromFingerprint(fingerprint) })
      })
    )
  })

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/** Adds a line, in one step: another reader sees the old file or the new one. */
export const add = (line: Omit<Line, "number">): Effect.Effect<string, CliError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = yield* place
    const text = append(yield* textOf(path), line)
    const draft = `${path}.${process.pid}`
    yield* Effect.gen(function* () {
      yield* Folders.make(dirname(path), FOLDER_MODE)
      yield* files.writeFileString(draft, text, { mode: FILE_MODE })
      yield* files.rename(draft, path)
    }).pipe(
      Effect.onError(() => Effect.ignore(files.remove(draft))),
      Effect.mapError(
        ({ message }) => new CliError({ kind: "Failed", message: `${path} can't be written: ${message}` })
      )
    )
    return path
  })

/**
 * Empty where there is no file. One that is there and can't be read is an error: it may forbid what we are about to do.
 */
const textOf = (path: string): Effect.Effect<string, CliError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.catchAll(files.readFileString(path), (error) =>
      error._tag === "SystemError" && error.reason === "NotFound"
        ? Effect.succeed("")
        : new CliError({ kind: "Untrusted", message: `${path} can't be read: ${error.message}` })
    )
  )
