/**
 * Who logs in, and with which secret. The first source that has it decides:
 *
 *     in the URL ──► FTP_PASSWORD ──► ~/.netrc (or $NETRC, --netrc FILE) ──► asked for, on a terminal ──► none
 *
 * A URL without a user takes user and password from the host's entry in the netrc, else it is anonymous; a secret from
 * the environment is used only with a user in the URL. An account comes from FTP_ACCOUNT, else the netrc.
 */
import { homedir } from "node:os"
import { join } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { type CliError, usage } from "../errors/CliError.ts"
import * as Permissions from "../local/permissions.ts"
import { Output } from "../output/Output.ts"
import { Screen } from "../output/Screen.ts"
import * as Environment from "./environment.ts"
import * as Netrc from "./Netrc.ts"

/** Where the netrc is: a file that must exist, the usual places, or nowhere. */
export type NetrcLocation = { readonly file: string } | "Usual" | "None"

/** Who logs in, as far as it is known without asking the user. */
export interface Login {
  readonly url: FtpUrl.FtpUrl
  /** Asks the user for the password and returns the URL with it; `None` if there is nothing to ask. */
  readonly question: Option.Option<Effect.Effect<FtpUrl.FtpUrl, never, Screen>>
}

/** The URL with the whole login in it, after a question if there is one. */
export const complete = ({ question, url }: Login): Effect.Effect<FtpUrl.FtpUrl, never, Screen> =>
  Option.getOrElse(question, () => Effect.succeed(url))

/** What is known of the login. */
export const find = (
  { given, url }: FtpUrl.Parsed,
  netrc: NetrcLocation
): Effect.Effect<Login, CliError, FileSystem.FileSystem | Screen | Output> =>
  Effect.gen(function* () {
    const output = yield* Output
    if (given.password) {
      yield* output.warning(
        "a password on the command line is visible to all users of this machine, and stays in the shell's history; " +
          "use FTP_PASSWORD, ~/.netrc, or leave it out to be asked"
      )
    }
    const user = given.user ? url.endpoint.user : undefined
    const fromEnvironment = yield* Environment.secret("FTP_PASSWORD")
    const accountFromEnvironment = yield* Environment.secret("FTP_ACCOUNT")
    const knowsPassword = given.password || Option.isSome(fromEnvironment)
    const entry =
      user !== undefined && knowsPassword && Option.isSome(accountFromEnvironment)
        ? undefined
        : yield* fromNetrc(netrc, url.endpoint.host, user)
    const name = user ?? entry?.login
    if (name === undefined) {
      return { url, question: Option.none() }
    }
    const known = given.password
      ? url.endpoint.password
      : user === undefined
        ? entry?.password
        : (Option.getOrUndefined(fromEnvironment) ?? entry?.password)
    const isAnonymous = FtpEndpoint.isAnonymous(FtpEndpoint.make({ host: url.endpoint.host, user: name }))
    const withPassword = (password: Redacted.Redacted<string> | undefined) =>
      new FtpUrl.FtpUrl(
        {
          ...url,
          endpoint: FtpEndpoint.make({
            host: url.endpoint.host,
            port: url.endpoint.port,
            user: name,
            password,
            account: isAnonymous ? undefined : (Option.getOrUndefined(accountFromEnvironment) ?? entry?.account)
          })
        },
        CHECKED
      )
    const screen = yield* Screen
    return {
      url: withPassword(known),
      question:
        known === undefined && !isAnonymous && screen.canAsk
          ? Option.some(Effect.map(asked(name, url.endpoint), withPassword))
          : Option.none()
    }
  })

/** All of it is part of a URL that was read, or made by `FtpEndpoint`. */
const CHECKED = { disableValidation: true }

const asked = (
  user: string,
  endpoint: FtpEndpoint.FtpEndpoint
): Effect.Effect<Redacted.Redacted<string>, never, Screen> =>
  Effect.flatMap(Screen, (screen) =>
    screen.askSecret(`Password for ${WireText.toDisplay(`${user}@${endpoint.host}`)}: `)
  )

const fromNetrc = (
  place: NetrcLocation,
  host: string,
  user: string | undefined
): Effect.Effect<Netrc.Entry | undefined, CliError, FileSystem.FileSystem | Output> =>
  Effect.gen(function* () {
    if (place === "None") {
      return undefined
    }
    const files = yield* FileSystem.FileSystem
    const elsewhere = yield* Environment.variable("NETRC")
    const path = place === "Usual" ? Option.getOrElse(elsewhere, () => join(homedir(), ".netrc")) : place.file
    const text = yield* Effect.option(files.readFileString(path))
    if (Option.isNone(text)) {
      return place === "Usual" ? undefined : yield* usage(`--netrc: can't read ${path}`)
    }
    const entries = yield* Effect.mapError(Netrc.parse(text.value), (line) =>
      usage(`${path}: line ${line} has a quote that is not closed`)
    )
    const entry = Netrc.find(entries, host, user)
    if (entry?.password !== undefined) {
      yield* warnIfOpen(path)
    }
    return entry
  })

const warnIfOpen = (path: string): Effect.Effect<void, never, FileSystem.FileSystem | Output> =>
  Effect.gen(function* () {
    const output = yield* Output
    if (yield* Permissions.isOpenToOthers(path)) {
      yield* output.warning(`${path} holds a password and can be read by others; to protect it: chmod 600 ${path}`)
    }
  })
