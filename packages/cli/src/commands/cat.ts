/** `cat`: files of the server to standard output. */
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Command from "../arguments/Command.ts"
import * as TransferFlags from "../arguments/transferFlags.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
import * as Unexplained from "../connection/unexplained.ts"
import * as Each from "../copying/Each.ts"
import * as Resuming from "../copying/Resuming.ts"
import * as Run from "../output/runCommand.ts"
import { Screen } from "../output/Screen.ts"

export const command = Command.make(
  {
    usage: "[OPTIONS] URL...",
    details: [
      "The bytes go to standard output unchanged, one file after another. A file that is cut short is an error at its end. " +
        "With --json only errors are objects."
    ],
    examples: [
      ["ftp-effect cat ftp://ftp.example.com/pub/README | less", "Read a file"],
      ["ftp-effect cat 'ftp://ann@ftp.example.com/logs/*.gz' | zcat | grep ERROR", "Search many"]
    ]
  },
  {
    ignoreSize: TransferFlags.ignoreSize,
    maxBytes: TransferFlags.maxBytes,
    limitRate: TransferFlags.limitRate,
    retryTime: TransferFlags.retryTime,
    settings: Settings.flags
  },
  ({ ignoreSize, limitRate, maxBytes, retryTime, settings }, urls) =>
    Run.run(
      settings,
      Effect.gen(function* () {
        const server = yield* Remote.connect(urls, settings, { retryTime, limitRate })
        const screen = yield* Screen
        const print = Effect.gen(function* () {
          const resume = yield* Resuming.make
          const { found } = yield* Remote.expand(server.args, Settings.onUnread(settings), { times: false })
          yield* Each.run(
            found,
            (_) => _.path,
            ({ path }) =>
              Stream.runForEach(
                FtpTransfer.download(path, {
                  retry: resume(path),
                  maxBytes: Option.getOrUndefined(maxBytes),
                  ignoreSize
                }),
                screen.write
              ).pipe(Unexplained.unlessDirectory(path))
          )
        })
        yield* Remote.withClient(print, server.client)
      })
    )
)
