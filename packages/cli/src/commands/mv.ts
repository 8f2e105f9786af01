/** `mv`: renames and moves on the server. */
import { FtpClient, type OnUnread } from "@ftp-effect/core/FtpClient"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Effect from "effect/Effect"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import * as Target from "../arguments/Target.ts"
import * as Remote from "../connection/Remote.ts"
import * as RemoteTarget from "../connection/RemoteTarget.ts"
import * as Settings from "../connection/Settings.ts"
import * as Unexplained from "../connection/unexplained.ts"
import * as Each from "../copying/Each.ts"
import { CliError, usage } from "../errors/CliError.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import { Output } from "../output/Output.ts"
import * as Run from "../output/runCommand.ts"

const noClobber = Flag.toggle("no-clobber", "n", "Refuse if the new name is taken. UNIX servers replace it otherwise.")

export const command = Command.make(
  {
    usage: "[OPTIONS] URL... URL",
    details: [
      "The last URL is the new name, or an existing directory to move into. All are on one server; mirror copies from one " +
        "server to another."
    ],
    examples: [
      ["ftp-effect mv ftp://ann@ftp.example.com/a.txt ftp://ann@ftp.example.com/b.txt", "A new name"],
      ["ftp-effect mv 'ftp://ann@ftp.example.com/*.log' ftp://ann@ftp.example.com/old/", "Into a directory"]
    ]
  },
  { noClobber, settings: Settings.flags },
  ({ noClobber, settings }, urls) =>
    Run.run(
      settings,
      Effect.gen(function* () {
        if (urls.length < 2) {
          return yield* usage("mv needs two URLs: what to move, and where to", "more: ftp-effect mv --help")
        }
        const { client, args } = yield* Remote.connect(urls, settings)
        yield* Remote.withClient(
          moveAll(args.slice(0, -1), args[args.length - 1] ?? args[0], {
            noClobber,
            onUnread: Settings.onUnread(settings)
          }),
          client
        )
      })
    )
)

const moveAll = (
  sources: ReadonlyArray<Remote.RemoteArg>,
  target: Remote.RemoteArg,
  { noClobber, onUnread }: { readonly noClobber: boolean; readonly onUnread: OnUnread }
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const client = yield* FtpClient
    const { byPattern, found } = yield* Remote.expand(sources, onUnread, { times: false })
    const into = (name: string) => RemotePath.join(target.path, name)
    const moved = yield* Target.distinct(
      found,
      ({ path }) => path,
      ({ name }) => into(name)
    )
    const placement = yield* RemoteTarget.place(target, {
      several: found.length > 1 || byPattern,
      onlyDirectory: false
    })
    yield* Each.run(
      moved,
      (_) => _.path,
      ({ name, path }) =>
        Effect.gen(function* () {
          const to = placement === "Into" ? into(name) : target.path
          if (noClobber && (yield* client.exists(to))) {
            return yield* taken(to)
          }
          yield* Unexplained.withParent(to)(client.rename(path, to))
          if (output.style.json) {
            yield* output.result({ kind: "changed", action: "Renamed", path, to }, "")
          }
        })
    )
  })

const taken = (path: string): Effect.Effect<never, ExitCode.Failure> =>
  new CliError({ kind: "Exists", message: `${path} exists` })
