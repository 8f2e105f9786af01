/** `ls`: what is on the server. */
import type { OnUnread } from "@ftp-effect/core/FtpClient"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Descent from "@ftp-effect/core/protocol/Descent"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import { DEFAULT_PARALLEL } from "../arguments/transferFlags.ts"
import * as ListingAhead from "../connection/listingAhead.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
import { CliError, Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as EntryPrinter from "../output/EntryPrinter.ts"
import { Output } from "../output/Output.ts"
import * as Run from "../output/runCommand.ts"
import * as Sorting from "../output/sorting.ts"

const long = Flag.toggle("long", "l", "Show mode, size and time, even if the output is not a terminal.")
const names = Flag.toggle("names", "1", "Show names only, one per line.")
const recursive = Flag.toggle(
  "recursive",
  "R",
  `List everything below, directory by directory, over up to ${DEFAULT_PARALLEL} connections.`
)
const human = Flag.toggle("human", "H", "Show sizes like 1.4 MiB.")

export const command = Command.make(
  {
    usage: "[OPTIONS] URL...",
    details: [
      "On a terminal it shows mode, size, time and name; into a file or a pipe, names only. Sorted by name. Characters " +
        "that could disturb a terminal are shown as escapes; --json has the exact names."
    ],
    examples: [
      ["ftp-effect ls ftp://ftp.example.com/pub", "One directory"],
      [
        "ftp-effect ls 'ftp://ann@ftp.example.com/logs/*.gz'",
        "Only the matches of a pattern; quote it against the shell"
      ],
      ["ftp-effect ls -R --json ftp://ann@ftp.example.com/ | jq -r 'select(.size > 1e9) | .path'", "Every large file"]
    ]
  },
  { long, names, recursive, human, settings: Settings.flags },
  ({ human, long, names, recursive, settings }, urls) =>
    Run.run(
      settings,
      Effect.gen(function* () {
        const server = yield* Remote.connect(urls, settings)
        yield* Remote.withClient(
          Effect.scoped(listAll(server.args, { long, names, recursive, human }, Settings.onUnread(settings))),
          server.client
        )
      })
    )
)

const leadsNowhere = (path: string, why: Descent.Refusal) =>
  new CliError({
    kind: "Failed",
    message: `did not list ${path}: ${why === "Loop" ? "the directory leads back to one above it" : "too many levels"}`
  })

interface Form extends EntryPrinter.Form {
  readonly recursive: boolean
}

const listAll = (args: ReadonlyArray<Remote.RemoteArg>, form: Form, policy: OnUnread) =>
  Effect.gen(function* () {
    const output = yield* Output
    const client = yield* FtpClient.FtpClient
    const { print, showsTimes: times } = yield* EntryPrinter.make(form)
    const codes: Array<number> = []
    let done = 0
    let headed = 0
    const fail = (error: ExitCode.Failure, path?: string) => {
      codes.push(ExitCode.of(error))
      return output.failure(error, path)
    }
    const onUnread: OnUnread = policy === "Fail" ? (error) => fail(error) : policy
    const ahead = yield* ListingAhead.make({ onUnread, times }, policy === "Fail")

    const showDirectory = (
      path: string,
      headings: boolean,
      descent = Descent.start
    ): Effect.Effect<void, ExitCode.Failure> =>
      Effect.gen(function* () {
        const { entries: listed, unread } = yield* ahead.take
        yield* Effect.forEach(unread, (error) => fail(error), { discard: true })
        const entries = yield* Sorting.byName(listed)
        const heading =
          headings && !output.style.json
            ? `${headed++ === 0 ? "" : "\n"}${WireText.toDisplay(path === "" ? "." : path)}:\n`
            : ""
        yield* print(entries, heading)
        done++
        if (form.recursive) {
          const below = entries
            .filter(({ type }) => type === "Directory")
            .map((entry) => ({ path: entry.path, descent: Descent.enter(descent, entry) }))
          yield* ahead.expect(below.flatMap(({ descent, path }) => (Either.isRight(descent) ? [path] : [])))
          for (const { descent, path } of below) {
            yield* attempt(
              path,
              Either.isRight(descent) ? showDirectory(path, true, descent.right) : leadsNowhere(path, descent.left)
            )
          }
        }
      })

    const attempt = (path: string, work: Effect.Effect<void, ExitCode.Failure>) =>
      Effect.catchAll(work, (error) => (ExitCode.isFatal(error) ? Effect.fail(error) : fail(error, path)))

    // Of one client, which keeps its session from one directory to the next.
    const { byPattern, found } = yield* FtpPool.keepSession(
      Effect.flatMap(FtpClient.make, (kept) =>
        Effect.provideService(Remote.expand(args, onUnread, { times }), FtpClient.FtpClient, kept)
      )
    )
    const single: Array<FtpEntry> = []
    const directories: Array<string> = []
    for (const { entry, path } of found) {
      if (Option.isNone(entry) || entry.value.type === "Directory") {
        directories.push(path)
      } else {
        single.push(entry.value)
      }
    }
    yield* print(yield* Sorting.byName(single))
    headed += single.length
    done += single.length
    yield* ahead.expect(directories)
    for (const path of directories) {
      const headings = form.recursive || byPattern || found.length > 1
      yield* attempt(
        path,
        // What can't be listed may be a file; its entry is more useful than the refusal to list it.
        Effect.catchTag(showDirectory(path, headings), "FtpRejected", (rejected) =>
          path === ""
            ? Effect.fail(rejected)
            : Effect.flatMap(client.stat(path), (entry): Effect.Effect<void, ExitCode.Failure> => {
                if (entry.type === "Directory") {
                  return Effect.fail(rejected)
                }
                done++
                return print([entry])
              })
        )
      )
    }
    if (codes.length > 0) {
      return yield* new Incomplete({ code: ExitCode.ofAll(codes, done) })
    }
  })
