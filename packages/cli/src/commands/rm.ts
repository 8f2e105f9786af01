/** `rm`: removes on the server. */
import { FtpClient, holdsLoginDirectory, isNameless } from "@ftp-effect/core/FtpClient"
import { FtpRejected } from "@ftp-effect/core/FtpError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import type * as ListingFlags from "../arguments/listingFlags.ts"
import * as TransferFlags from "../arguments/transferFlags.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
import * as Each from "../copying/Each.ts"
import { Incomplete, usage } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Hint from "../errors/hint.ts"
import { Output } from "../output/Output.ts"
import * as Run from "../output/runCommand.ts"

const recursive = Flag.toggle("recursive", "r", "Include directories with everything in them.")
const force = Flag.toggle("force", "f", "Ignore missing files.")

export const command = Command.make(
  {
    usage: "[OPTIONS] URL...",
    details: [
      "Without -r, only empty directories are removed. With -r, one failure does not stop the rest. Links are removed, never " +
        "followed. A login directory is not removed, nor one that holds it. There is no question and no undo: look with ls " +
        "first, above all before you use a pattern."
    ],
    examples: [
      ["ftp-effect rm ftp://ann@ftp.example.com/old.txt", "One file"],
      ["ftp-effect rm 'ftp://ann@ftp.example.com/logs/2023-*.gz'", "All matches of a pattern"],
      ["ftp-effect rm -rf ftp://ann@ftp.example.com/build", "A tree, if it is there"]
    ]
  },
  { recursive, force, parallel: TransferFlags.parallelRemovals, settings: Settings.flags },
  ({ force, parallel, recursive, settings }, urls) =>
    Run.run(
      settings,
      Effect.gen(function* () {
        const server = yield* Remote.connect(urls, settings, { parallel })
        const whole = server.args.find(({ path }) => isNameless(path))
        if (whole !== undefined) {
          return yield* usage(
            `${whole.shown} is the root or the login directory itself, which is not removed`,
            "name what is in it"
          )
        }
        yield* Remote.withClient(
          removeAll(server.args, { recursive, force, onUnread: Settings.onUnread(settings) }),
          server.client
        )
      })
    )
)

interface Options {
  readonly recursive: boolean
  readonly force: boolean
  readonly onUnread: ListingFlags.UnreadPolicy
}

const removeAll = (args: ReadonlyArray<Remote.RemoteArg>, options: Options) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { found } = yield* Remote.expand(args, options.onUnread, { times: false })
    if (options.recursive) {
      yield* refuseHome(found)
    }
    yield* Each.run(
      found,
      (_) => _.path,
      ({ path }) =>
        Effect.flatMap(remove(path, options), (wasThere) =>
          output.style.json && wasThere ? output.result({ kind: "changed", action: "Removed", path }, "") : Effect.void
        ),
      options.recursive ? hintBelow : undefined
    )
  })

/** What a pattern matches may be the login directory, too. */
const refuseHome = (found: ReadonlyArray<Remote.Match>) =>
  Effect.gen(function* () {
    const directories = found.filter(({ entry }) => !Option.exists(entry, ({ type }) => type !== "Directory"))
    const client = yield* FtpClient
    const home = yield* Effect.findFirst(
      directories.map(({ path }) => path),
      (path) => holdsLoginDirectory(client, path)
    )
    if (Option.isSome(home)) {
      return yield* usage(
        `${home.value} is a root or the login directory, or holds it: it is not removed`,
        "name what is in it"
      )
    }
  })

/** Returns whether it was there. Entries of a tree that could not be removed are reported one by one. */
const remove = (path: string, { force, onUnread, recursive }: Options) =>
  Effect.gen(function* () {
    const output = yield* Output
    const client = yield* FtpClient
    let remaining = 0
    const onFailure = (error: ExitCode.Failure, entry: string) =>
      Effect.suspend(() => {
        remaining++
        return output.failure(error, entry, hintBelow(error))
      })
    // Whether it is the login directory was asked above.
    return yield* client.remove(path, { recursive, home: true, onUnread, onFailure }).pipe(
      Effect.as(true),
      // What is missing may be an entry below, which another client removed meanwhile.
      Effect.catchTag("FtpRejected", (error) =>
        Effect.flatMap(force ? client.exists(path) : Effect.succeed(true), (exists) =>
          exists ? explained(error, path, recursive) : Effect.succeed(false)
        )
      ),
      Effect.mapError((error) =>
        remaining > 0 && !ExitCode.isFatal(error) ? new Incomplete({ code: ExitCode.Failed }) : error
      )
    )
  })

/** vsftpd does not say why it removes no directory: one with something in it is `NotEmpty`. */
const explained = (error: FtpRejected, path: string, recursive: boolean) =>
  recursive || error.verb !== "RMD" || error.reason !== "Other"
    ? Effect.fail(error)
    : Effect.flatMap(FtpClient, (client) =>
        client.list(path, { onUnread: "Ignore", times: false }).pipe(
          Effect.orElseSucceed(() => []),
          Effect.flatMap(({ length }) =>
            Effect.fail(length > 0 ? new FtpRejected({ ...error, reason: "NotEmpty" }) : error)
          )
        )
      )

/** The hint for one entry below a tree. */
const hintBelow = (error: ExitCode.Failure): string | undefined =>
  error._tag === "FtpRejected" && error.reason === "NotEmpty"
    ? "the server may have files in it that it does not list"
    : Hint.hint(error)
