/** `get`: from the server to here. */

import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import { conflictOf, expectConflict } from "../arguments/conflictFlag.ts"
import * as Flag from "../arguments/Flag.ts"
import { linksOf, needsTree } from "../arguments/linksFlag.ts"
import * as Target from "../arguments/Target.ts"
import * as TransferFlags from "../arguments/transferFlags.ts"
import * as Remote from "../connection/Remote.ts"
import * as Settings from "../connection/Settings.ts"
import * as Download from "../copying/Download.ts"
import { usage } from "../errors/CliError.ts"
import * as Typed from "../errors/typed.ts"
import * as Destination from "../local/destination.ts"
import * as Run from "../output/runCommand.ts"

const recursive = Flag.toggle("recursive", "r", "Include directories with everything in them.")
const noClobber = Flag.toggle("no-clobber", "n", "Do not replace existing local files.")

const conflict = conflictOf(
  "A file where the other side has a directory, in trees: fail (both stay, the rest is copied), or replace (what TARGET has " +
    "is deleted without asking, with all that is in a directory, once all of the new one is there). Needs -r. Default: fail."
)

const links = linksOf(
  "Symbolic links of trees: skip or follow, which both leave out those of a server; or copy them as links, if they stay " +
    "inside the tree, and then follow no links in TARGET. Needs -r. Default: follow."
)

export const command = Command.make(
  {
    usage: "[OPTIONS] URL... [TARGET]",
    details: [
      'TARGET is a new name, or a directory to copy into: an existing one, or one to create if the name ends in "/". ' +
        "Missing folders on the way to it are made. Default: the current directory. Several URLs, or a pattern, need a " +
        "directory.",
      'With -r, the content of one directory goes into TARGET itself. If TARGET ends in "/", or is ".", it goes into ' +
        "TARGET/NAME. That does not depend on what exists, so the same command resumes an interrupted one.",
      "A file is downloaded to NAME.ftp-effect.part and renamed into place after verification. Times are kept. If a download " +
        "of 1 MiB or more is interrupted, the same command resumes it. One failure does not stop the other files. Links in a " +
        "tree are skipped unless --links says otherwise, and names that are unsafe as local ones are refused."
    ],
    examples: [
      ["ftp-effect get ftp://ftp.example.com/pub/a.iso", "One file, here"],
      ["ftp-effect get ftp://ftp.example.com/pub/a.iso b.iso", "Under another name"],
      [
        "ftp-effect get 'ftp://ann@ftp.example.com/logs/*.gz' logs/",
        "All matches of a pattern; quote it against the shell"
      ],
      ["ftp-effect get --segments auto ftp://ftp.example.com/pub/a.iso", "Over several connections, if that is faster"],
      ["ftp-effect get -r -P 8 ftp://ann@ftp.example.com/photos ~/backup/", "A tree, to ~/backup/photos, 8 at once"]
    ],
    operands: { others: "File" }
  },
  {
    recursive,
    noClobber,
    conflict,
    links,
    parallel: TransferFlags.parallel,
    segments: TransferFlags.segments,
    verify: TransferFlags.verify,
    ignoreSize: TransferFlags.ignoreSize,
    noFsync: TransferFlags.noFsync,
    maxBytes: TransferFlags.maxBytes,
    limitRate: TransferFlags.limitRate,
    minRate: TransferFlags.minRate,
    retryTime: TransferFlags.retryTime,
    settings: Settings.flags
  },
  (
    {
      conflict,
      ignoreSize,
      limitRate,
      links,
      maxBytes,
      minRate,
      noClobber,
      noFsync,
      parallel,
      recursive,
      retryTime,
      segments,
      settings,
      verify
    },
    words
  ) =>
    Run.run(
      settings,
      Effect.gen(function* () {
        yield* needsTree(links, recursive)
        yield* expectConflict(conflict, recursive, {
          "--no-clobber": noClobber,
          "--max-bytes": Option.isSome(maxBytes),
          "--ignore-size": ignoreSize
        })
        const { target, urls } = yield* split(words)
        const verification = yield* TransferFlags.verification(verify, ignoreSize)
        const { client, args } = yield* Remote.connect(urls, settings, {
          parallel: TransferFlags.sessions(parallel, segments),
          retryTime,
          limitRate,
          minRate
        })
        yield* Remote.withClient(
          Effect.gen(function* () {
            const info = yield* Destination.lookUp(target)
            const existing = Destination.existing(info)
            const named = args.length > 1
            // Decided before anything is looked up, so that a mistake is reported before the server is asked.
            const isWrittenAsDirectory = Target.isWrittenAsDirectory(target)
            const early = yield* Target.place(
              { existing, isWrittenAsDirectory, shown: target },
              { several: named, onlyDirectory: false }
            )
            const { byPattern, found } = yield* Remote.expand(args, Settings.onUnread(settings), { times: true })
            const [first] = found
            // Only a target that exists and may be the tree itself is worth the question.
            const mayBeTree = recursive && !byPattern && !named && existing !== "Nothing" && !isWrittenAsDirectory
            const onlyDirectory =
              mayBeTree && first !== undefined && (yield* Download.leadsToDirectory(first.path, first.entry))
            const placement =
              byPattern || onlyDirectory
                ? yield* Target.place(
                    { existing, isWrittenAsDirectory, shown: target },
                    { several: byPattern, onlyDirectory }
                  )
                : early
            const wanted = yield* Target.distinct(
              found,
              ({ path }) => path,
              ({ name }) => join(target, name)
            )
            if (placement === "Into") {
              yield* Destination.makeDirectory(target)
            }
            yield* Download.run(
              wanted,
              { path: target, placement, info },
              {
                recursive,
                onUnread: Settings.onUnread(settings),
                clobber: !noClobber,
                conflict: Option.getOrUndefined(conflict),
                links: Option.getOrUndefined(links),
                segments: Option.getOrUndefined(segments),
                durability: TransferFlags.durability(noFsync),
                verification,
                maxBytes: Option.getOrUndefined(maxBytes),
                atOnce: TransferFlags.atOnce(parallel),
                secondTurn: !Option.contains(retryTime, 0)
              }
            )
          }),
          client
        )
      })
    )
)

/** The last word is the target unless it is a URL. */
const split = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const last = words[words.length - 1]
    const target = last === undefined || Remote.isUrl(last) ? undefined : last
    const urls = target === undefined ? words : words.slice(0, -1)
    const stray = urls.find((word) => !Remote.isUrl(word))
    if (stray !== undefined) {
      return yield* usage(
        `"${Typed.withoutSecret(stray)}" is not a URL`,
        "sources are URLs like ftp://user@host/path; the local target comes last"
      )
    }
    if (target === "-") {
      return yield* usage("get has no target -", "to print files: ftp-effect cat URL")
    }
    if (target !== undefined && urls.length === 0) {
      return yield* usage("a URL is missing", "it looks like ftp://user@host/path")
    }
    return { urls, target: target ?? "." }
  })
