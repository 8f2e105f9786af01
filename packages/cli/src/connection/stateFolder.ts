/**
 * The folders for what the command remembers between its runs, by the XDG Base Directory Specification where there is
 * one. What is in the cache can be deleted at any time.
 *
 *     state                                         cache
 *     $XDG_STATE_HOME/ftp-effect                    $XDG_CACHE_HOME/ftp-effect      if set to an absolute path
 *     ~/.local/state/ftp-effect                     ~/.cache/ftp-effect             else
 *     ~/Library/Application Support/ftp-effect      ~/Library/Caches/ftp-effect     macOS
 *     %LOCALAPPDATA%\ftp-effect                     %LOCALAPPDATA%\ftp-effect\Cache  Windows
 */
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Environment from "./environment.ts"

const NAME = "ftp-effect"

const variable = (name: string): Effect.Effect<Option.Option<string>> =>
  Effect.map(Environment.variable(name), Option.filter(isAbsolute))

interface Kind {
  readonly variable: string
  readonly unix: ReadonlyArray<string>
  readonly mac: ReadonlyArray<string>
  readonly windows: ReadonlyArray<string>
}

const STATE: Kind = {
  variable: "XDG_STATE_HOME",
  unix: [".local", "state"],
  mac: ["Library", "Application Support"],
  windows: []
}

const CACHE: Kind = { variable: "XDG_CACHE_HOME", unix: [".cache"], mac: ["Library", "Caches"], windows: ["Cache"] }

const folderOn = (kind: Kind, platform: NodeJS.Platform): Effect.Effect<string> =>
  Effect.gen(function* () {
    const chosen = yield* variable(kind.variable)
    if (Option.isSome(chosen)) {
      return join(chosen.value, NAME)
    }
    switch (platform) {
      case "darwin":
        return join(homedir(), ...kind.mac, NAME)
      case "win32":
        return join(
          Option.getOrElse(yield* variable("LOCALAPPDATA"), () => join(homedir(), "AppData", "Local")),
          NAME,
          ...kind.windows
        )
      default:
        return join(homedir(), ...kind.unix, NAME)
    }
  })

/** The folder for state on a platform; it need not exist. */
export const placeOn = (platform: NodeJS.Platform): Effect.Effect<string> => folderOn(STATE, platform)

/** The folder for the cache on a platform; it need not exist. */
export const cacheOn = (platform: NodeJS.Platform): Effect.Effect<string> => folderOn(CACHE, platform)

/** Where records of uploads are. */
export const uploadRecords: Effect.Effect<string> = Effect.map(placeOn(process.platform), (folder) =>
  join(folder, "uploads")
)

/** Where profiles of servers are. */
export const profiles: Effect.Effect<string> = Effect.map(cacheOn(process.platform), (folder) =>
  join(folder, "profiles")
)
