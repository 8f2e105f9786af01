/** `stat`: what one thing on the server is. */
import { FtpClient, type OnUnread } from "@ftp-effect/core/FtpClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
import * as Each from "../copying/Each.ts"
import * as EntryText from "../output/EntryText.ts"
import { Output } from "../output/Output.ts"
import * as Run from "../output/runCommand.ts"

export const command = Command.make(
  {
    usage: "[OPTIONS] URL...",
    details: ["Links are not followed. Facts that the server does not report are left out; with --json they are null."],
    examples: [
      ["ftp-effect stat ftp://ftp.example.com/pub/README", "One file"],
      ["ftp-effect stat --json ftp://ftp.example.com/pub/README | jq .size", "Its size in bytes, for a script"]
    ]
  },
  { settings: Settings.flags },
  ({ settings }, urls) =>
    Run.run(
      settings,
      Effect.gen(function* () {
        const server = yield* Remote.connect(urls, settings)
        yield* Remote.withClient(statAll(server.args, Settings.onUnread(settings)), server.client)
      })
    )
)

const statAll = (args: ReadonlyArray<Remote.RemoteArg>, onUnread: OnUnread) =>
  Effect.gen(function* () {
    const output = yield* Output
    const client = yield* FtpClient
    const { found } = yield* Remote.expand(args, onUnread, { times: true })
    yield* Each.run(
      found,
      (_) => _.path,
      ({ entry, path }, index) =>
        Effect.gen(function* () {
          const known = Option.isSome(entry) ? entry.value : yield* client.stat(path)
          yield* output.result(EntryText.json(known), `${index > 0 ? "\n" : ""}${EntryText.facts(known)}`)
        })
    )
  })
