/** `mkdir`: makes directories on the server. */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as Effect from "effect/Effect"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
import * as Each from "../copying/Each.ts"
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
        yield* Effect.provide(makeAll(server.args, parents), server.client)
      })
    )
)

const makeAll = (args: ReadonlyArray<Remote.RemoteArg>, recursive: boolean) =>
  Effect.gen(function* () {
    const output = yield* Output
    const client = yield* FtpClient
    yield* Each.run(
      args,
      (_) => _.path,
      ({ path }) =>
        Effect.zipRight(
          client.makeDirectory(withoutEnd(path), { recursive }),
          output.style.json ? output.result({ kind: "changed", action: "Made", path }, "") : Effect.void
        )
    )
  })

/** Some servers take the empty name after the last slash. */
const withoutEnd = (path: string): string => path.replace(/(?<=[^/])\/+$/, "")
