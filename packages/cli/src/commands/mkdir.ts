/** `mkdir`: makes directories on the server. */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as NativePlace from "@ftp-effect/core/protocol/NativePlace"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
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
    const client = yield* FtpClient
    const hints = new Map<Failure, string>()
    yield* Each.run(
      args,
      (_) => _.path,
      ({ path }) =>
        Effect.zipRight(
          Effect.tapErrorTag(client.makeDirectory(withoutEnd(path), { recursive }), "FtpRejected", (error) =>
            Effect.map(reasonOf(error.path ?? path), (reason) => {
              if (error.verb === "MKD" && error.reason !== "AlreadyExists" && Option.isSome(reason)) {
                hints.set(error, `the path ${reason.value}`)
              }
            })
          ),
          output.style.json ? output.result({ kind: "changed", action: "Made", path }, "") : Effect.void
        ),
      (error) => hints.get(error)
    )
  })

/** Why the server's system has no directory of that path, if that shows in it. */
const reasonOf = (path: string): Effect.Effect<Option.Option<string>, never, FtpClient> =>
  Effect.flatMap(FtpClient, (client) =>
    Effect.option(client.withSession((session) => session.treeSyntaxOf(path))).pipe(
      Effect.map(Option.flatMap((syntax) => NativePlace.noDirectoryReason(syntax, path)))
    )
  )

/** Some servers take the empty name after the last slash. */
const withoutEnd = (path: string): string => path.replace(/(?<=[^/])\/+$/, "")
