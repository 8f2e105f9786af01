/**
 * URLs on the command line: one server for all of them, and the paths or patterns on it.
 *
 *     ftp://ann@host/pub/*.txt      *, ? and [...] are wildcards as typed
 *     ftp://ann@host/pub/%2A.txt    percent-encoded they are characters of the name
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type { ListError, OnUnread } from "@ftp-effect/core/FtpClient"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as NativePath from "@ftp-effect/core/protocol/NativePath"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Glob from "../arguments/Glob.ts"
import { type CliError, usage } from "../errors/CliError.ts"
import * as Typed from "../errors/typed.ts"
import type { Output } from "../output/Output.ts"
import type { Screen } from "../output/Screen.ts"
import type * as Connection from "./Connection.ts"
import * as Client from "./client.ts"
import * as Login from "./Login.ts"
import * as Settings from "./Settings.ts"

/** A path on the server, as an argument names it. */
export interface RemoteArg {
  /** The URL for people, without a secret. */
  readonly shown: string
  /** As it is sent; `""` is the login directory. */
  readonly path: string
  /** The same with its wildcards, and `\` before what is none. */
  readonly pattern: string
  readonly endsInSlash: boolean
}

/** A server and the paths on it, in the order of the arguments. */
export interface Server {
  readonly args: readonly [RemoteArg, ...Array<RemoteArg>]
  readonly client: Connection.Client
}

/** Whether a word is meant as a URL, right or wrong. */
export const isUrl = (word: string): boolean => Typed.isFtpUrl(word) || /^[a-z][a-z0-9+.-]*:\/\//i.test(word)

/** The one server that all the URLs name. */
export const connect = (
  words: ReadonlyArray<string>,
  settings: Settings.Settings,
  limits: Client.Limits = {}
): Effect.Effect<Server, CliError, FileSystem.FileSystem | Screen | Output> =>
  Effect.map(find(words, settings), ({ args, login, route }) => ({
    args,
    client: Client.make(login, route, settings, limits)
  }))

/** Runs the work with the client, which is closed at its end. As a layer it would take a hundred steps more. */
export const withClient = <A, E, R>(work: Effect.Effect<A, E, R>, client: Connection.Client) =>
  Effect.scopedWith((scope) =>
    Effect.flatMap(Scope.extend(client, scope), (services) => Effect.provide(work, services))
  )

/** A server that is not connected to: who logs in, and how to get there. */
export interface Found extends Pick<Server, "args"> {
  readonly login: Login.Login
  readonly route: Settings.Route
}

/** The one server that all the URLs name, with no question asked yet. */
export const find = (
  words: ReadonlyArray<string>,
  settings: Settings.Settings
): Effect.Effect<Found, CliError, FileSystem.FileSystem | Screen | Output> =>
  Effect.gen(function* () {
    const parsed = yield* Effect.forEach(words, parse)
    const [first, ...others] = parsed
    if (first === undefined) {
      return yield* usage("a URL is missing", LOOKS_LIKE)
    }
    for (const other of others) {
      if (!isSameServer(first.url, other.url)) {
        return yield* usage(
          `${other.arg.shown} is not on the same server as ${first.arg.shown}`,
          "one command works with one server and one user; call it once for each"
        )
      }
    }
    const route = yield* Settings.read(first.url, settings)
    const login = yield* Login.find(first, Settings.netrcLocation(settings))
    return { args: [first.arg, ...others.map(({ arg }) => arg)] as const, login, route }
  })

const LOOKS_LIKE = "it looks like ftp://user@host/path"

const parse = (text: string) =>
  Effect.gen(function* () {
    if (!/^[a-z]+:\/\//i.test(text)) {
      return yield* usage(
        `"${Typed.withoutSecret(text)}" is not a URL`,
        Typed.isHost(text) ? `did you mean ftp://${text}?` : LOOKS_LIKE
      )
    }
    const parsed = yield* orUsage(text, FtpUrl.read(text))
    const pattern = yield* orUsage(text, FtpUrl.decodePath(withEscapes(parsed.encodedPath)))
    const { url } = parsed
    const { path } = url
    const arg: RemoteArg = {
      shown: FtpUrl.toLabel(url),
      path,
      pattern,
      endsInSlash: path === "" || path.endsWith("/")
    }
    return { ...parsed, arg }
  })

const orUsage = <A>(text: string, read: Either.Either<A, FtpUrl.InvalidUrl>): Either.Either<A, CliError> =>
  Either.mapLeft(read, ({ message }) =>
    usage(
      `this is not an FTP URL: ${shown(text)}: ${message}`,
      /^sftp:/i.test(text)
        ? "SFTP is another protocol, that of SSH: use the command sftp"
        : SLASH_IN_PASSWORD.test(text)
          ? 'if a "/" is part of the password, write it %2F (and "%" as %25); or set FTP_PASSWORD'
          : LOOKS_LIKE
    )
  )

/** A colon with no `@` up to the first slash, and an `@` after it. */
const SLASH_IN_PASSWORD = /^[a-z]+:\/\/[^/@]*:[^/@]*\/.*@/is

/** Without a password: only a well-formed server part, with no `@` after it, says where a password could be. */
const shown = (text: string): string => {
  const [, server = "", path = ""] = /^([a-z]+:\/\/[^/]*)\/?(.*)$/is.exec(text) ?? []
  const url = path.includes("@") ? Option.none() : Either.getRight(FtpUrl.parse(server))
  return Option.match(url, {
    onNone: () => Typed.withoutSecret(text),
    onSome: (url) => `${FtpUrl.toLabel(url)}${path}`
  })
}

/**
 * A URL as it can be typed again, with another path if one is given, and without a password; or why there is none. What is
 * no URL is returned as it is.
 */
export const withoutPassword = (text: string, path?: string): Either.Either<string, CliError> =>
  Either.match(FtpUrl.read(text), {
    onLeft: () => Either.right(text),
    onRight: ({ given, url }) =>
      Schema.encodeEither(FtpUrl.FtpUrlFromString)(
        new FtpUrl.FtpUrl({
          ...url,
          path: path ?? url.path,
          endpoint: FtpEndpoint.make({
            host: url.endpoint.host,
            port: url.endpoint.port,
            user: given.user ? url.endpoint.user : undefined
          })
        })
      ).pipe(Either.mapLeft(() => usage("this URL can't be saved in a plan")))
  })

/** What is percent-encoded is no wildcard, and a backslash escapes nothing: both get a backslash. */
const withEscapes = (encodedPath: string): string =>
  encodedPath.replace(/\\|%(?:2A|3F|5B|5D|5C)/gi, (code) => (code === "\\" ? "%5C%5C" : `%5C${code}`))

const isSameServer = (left: FtpUrl.FtpUrl, right: FtpUrl.FtpUrl): boolean =>
  left.security === right.security &&
  FtpEndpoint.toAuthority(left.endpoint) === FtpEndpoint.toAuthority(right.endpoint) &&
  left.endpoint.user === right.endpoint.user &&
  Redacted.value(left.endpoint.password) === Redacted.value(right.endpoint.password)

/** A path that an argument names or a pattern matches; without an entry it has not been looked up yet. */
export interface Match {
  readonly path: string
  /** What a copy is called; empty if the path has no name (`""`, `/`, `..`). */
  readonly name: string
  readonly entry: Option.Option<FtpEntry>
}

type Candidate = Glob.Candidate<ListError, FtpClient> & { readonly entry: FtpEntry }

/** What the arguments mean: each path itself, and for each pattern what matches it, or itself if nothing does. */
export const expand = (
  args: ReadonlyArray<RemoteArg>,
  onUnread: OnUnread,
  /** Whether the times of the entries are of use. */
  { times }: { readonly times: boolean }
): Effect.Effect<{ readonly found: ReadonlyArray<Match>; readonly byPattern: boolean }, ListError, FtpClient> =>
  Effect.gen(function* () {
    const client = yield* FtpClient
    const list = (directory: string): Effect.Effect<ReadonlyArray<Candidate>, ListError, FtpClient> =>
      client.list(directory, { onUnread, times }).pipe(
        Effect.catchIf(
          (error) => error._tag === "FtpRejected" && error.reason === "NotFound",
          () => Effect.succeed<ReadonlyArray<FtpEntry>>([])
        ),
        Effect.map((entries) =>
          entries.map((entry) => ({
            name: entry.name,
            path: entry.path,
            mayHold: entry.type === "Directory" || entry.type === "SymbolicLink",
            isDirectory:
              entry.type === "SymbolicLink" ? isDirectory(entry.path) : Effect.succeed(entry.type === "Directory"),
            entry
          }))
        )
      )
    const found: Array<Match> = []
    let byPattern = false
    for (const { path, pattern } of args) {
      const syntax = yield* syntaxOf(path, pattern)
      const matches = yield* matchesOf(pattern, syntax, list)
      byPattern = byPattern || matches.length > 0
      if (matches.length === 0) {
        found.push({
          path,
          name: syntax === "Slashes" ? nameOf(path) : NativePath.split(syntax, path).name,
          entry: Option.none()
        })
      }
      for (const { entry, path } of matches) {
        // A link that is named as a directory is one.
        const isFollowed = entry.type === "SymbolicLink" && pattern.endsWith("/")
        found.push({ path, name: entry.name, entry: isFollowed ? Option.none() : Option.some(entry) })
      }
    }
    return { found, byPattern }
  })

/** How the server writes the path: it is asked only about one that could be of OpenVMS or z/OS. */
const syntaxOf = (path: string, pattern: string): Effect.Effect<NativePath.Syntax, ListError, FtpClient> =>
  NativePath.looksLike(path) === "Slashes" && !Glob.hasWildcard(pattern)
    ? Effect.succeed("Slashes")
    : Effect.flatMap(FtpClient, (client) => client.withSession((session) => session.syntaxOf(path)))

/** What a pattern matches. `DISK:[ANNA]*.TXT` names a directory of OpenVMS, in which case and versions don't count. */
const matchesOf = (
  pattern: string,
  syntax: NativePath.Syntax,
  list: (directory: string) => Effect.Effect<ReadonlyArray<Candidate>, ListError, FtpClient>
): Effect.Effect<ReadonlyArray<Candidate>, ListError, FtpClient> => {
  // The brackets of a directory may have been typed as they are, or in percent-encoding.
  const parts = NativePath.splitPattern(syntax, pattern.replace(/\\([[\]'()])/g, "$1"))
  return parts === undefined
    ? Glob.hasWildcard(pattern)
      ? Glob.expand(pattern, list, RemotePath.join, syntax === "Slashes" ? {} : { namesOf: namesOn(syntax) })
      : Effect.succeed([])
    : Glob.hasWildcard(parts.pattern)
      ? Glob.expand(parts.pattern, list, RemotePath.join, { start: parts.directory, namesOf: namesOn(syntax) })
      : Effect.succeed([])
}

/** What a listed name can be called in a pattern, in upper case. */
const namesOn =
  (syntax: NativePath.Syntax) =>
  (name: string): ReadonlyArray<string> => {
    const upper = name.toUpperCase()
    return syntax === "Vms" ? [upper, upper.replace(/;\d+$/, "")] : [upper]
  }

/** Whether the path can be entered, also through a link. */
export const isDirectory = (path: string) =>
  Effect.flatMap(FtpClient, (client) =>
    path === "" ? Effect.succeed(true) : client.withSession((session) => session.isDirectory(path))
  )

/** The name that a copy gets; empty if the path has none (`""`, `/`, `..`). */
const nameOf = (path: string): string => {
  const name = RemotePath.baseName(RemotePath.normalise(path))
  return name === "." || name === ".." ? "" : name
}
