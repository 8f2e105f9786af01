/** `mkdir`: makes directories on the server. */
import { type ClientError, FtpClient } from "@ftp-effect/core/FtpClient"
import { FtpRejected } from "@ftp-effect/core/FtpError"
import * as NativePlace from "@ftp-effect/core/protocol/NativePlace"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
import * as Unexplained from "../connection/unexplained.ts"
import * as Each from "../copying/Each.ts"
import type { Failure } from "../errors/ExitCode.ts"
import { Output } from "../output/Output.ts"
import * as Run from "../output/runCommand.ts"

const parents = Flag.toggle("parents", "p", "Create parents as needed; ignore existing directories.")

export const command = Command.make(
  {
    usage: "[OPTIONS] URL...",
    details: ["A directory that exists, or whose parent is missing, is an error without -p."],
    examples: [
      ["ftp-effect mkdir ftp://ann@ftp.example.com/inbox", "One directory"],
      ["ftp-effect mkdir -p ftp://ann@ftp.example.com/a/b/c", "With its parents"]
    ]
  },
  { parents, settings: Settings.flags },
  ({ parents, settings }, urls) =>
    Run.run(
      settings,
      Effect.gen(function* () {
        const server = yield* Remote.connect(urls, settings)
        yield* Remote.withClient(makeAll(server.args, parents), server.client)
      })
    )
)

const makeAll = (args: ReadonlyArray<Remote.RemoteArg>, recursive: boolean) =>
  Effect.gen(function* () {
    const output = yield* Output
    const hints = new Map<Failure, string>()
    yield* Each.run(
      args,
      (_) => _.path,
      ({ path }) =>
        Effect.flatMap(
          Effect.tapErrorTag(make(withoutEnd(path), recursive), "FtpRejected", (error) =>
            Effect.map(hintOf(error, path), (hint) => {
              if (hint !== undefined) {
                hints.set(error, hint)
              }
            })
          ),
          (isNew) =>
            output.style.json && isNew ? output.result({ kind: "changed", action: "Made", path }, "") : Effect.void
        ),
      (error) => hints.get(error)
    )
  })

/** Returns whether it was made: with -p it may exist. vsftpd does not say why it makes no directory: it is looked up. */
const make = (path: string, recursive: boolean): Effect.Effect<boolean, ClientError, FtpClient> =>
  Effect.flatMap(FtpClient, (client) =>
    Effect.catchTag(Effect.as(client.makeDirectory(path), true), "FtpRejected", (error) =>
      recursive
        ? Effect.flatMap(Remote.isDirectory(path), (exists) =>
            exists ? Effect.succeed(false) : Effect.as(client.makeDirectory(path, { recursive }), true)
          )
        : Effect.flatMap(
            error.reason === "Other" ? Effect.orElseSucceed(client.exists(path), () => false) : Effect.succeed(false),
            (exists) =>
              exists
                ? Effect.fail(new FtpRejected({ ...error, reason: "AlreadyExists" }))
                : Unexplained.withParent(path)(Effect.fail(error))
          )
    )
  )

/** What its reason alone doesn't show. */
const hintOf = (error: FtpRejected, path: string): Effect.Effect<string | undefined, never, FtpClient> =>
  error.verb !== "MKD"
    ? Effect.succeed(undefined)
    : error.reason === "AlreadyExists"
      ? Effect.map(
          Effect.orElseSucceed(Remote.isDirectory(error.path ?? path), () => true),
          (isDirectory) => (isDirectory ? undefined : "it is no directory: choose another name, or remove it first")
        )
      : Effect.map(
          reasonOf(error.path ?? path),
          Option.match({ onNone: () => undefined, onSome: (reason) => `the path ${reason}` })
        )

/** Why the server's system has no directory of that path, if that shows in it. */
const reasonOf = (path: string): Effect.Effect<Option.Option<string>, never, FtpClient> =>
  Effect.flatMap(FtpClient, (client) =>
    Effect.option(client.withSession((session) => session.treeSyntaxOf(path))).pipe(
      Effect.map(Option.flatMap((syntax) => NativePlace.noDirectoryReason(syntax, path)))
    )
  )

/** Some servers take the empty name after the last slash. */
const withoutEnd = (path: string): string => path.replace(/(?<=[^/])\/+$/, "")
