/**
 * The folder for what the command remembers between its runs, by the XDG Base Directory Specification where there is
 * one:
 *
 *     $XDG_STATE_HOME/ftp-effect                    if it is set to an absolute path
 *     ~/.local/state/ftp-effect                     else
 *     ~/Library/Application Support/ftp-effect      macOS
 *     %LOCALAPPDATA%\ftp-effect                     Windows
 */
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const NAME = "ftp-effect"

const variable = (name: string): Effect.Effect<Option.Option<string>> =>
  Effect.map(
    Effect.orElseSucceed(Config.option(Config.string(name)), () => Option.none<string>()),
    Option.filter(isAbsolute)
  )

/** The folder on a platform; it need not exist. */
export const placeOn = (platform: NodeJS.Platform): Effect.Effect<string> =>
  Effect.gen(function* () {
    const state = yield* variable("XDG_STATE_HOME")
    if (Option.isSome(state)) {
      return join(state.value, NAME)
    }
    switch (platform) {
      case "darwin":
        return join(homedir(), "Library", "Application Support", NAME)
      case "win32":
        return join(
          Option.getOrElse(yield* variable("LOCALAPPDATA"), () => join(homedir(), "AppData", "Local")),
          NAME
        )
      default:
        return join(homedir(), ".local", "state", NAME)
    }
  })

/** Where records of uploads are. */
export const uploadRecords: Effect.Effect<string> = Effect.map(placeOn(process.platform), (folder) =>
  join(folder, "uploads")
)
