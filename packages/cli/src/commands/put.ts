/** `put`: from here to the server. */
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import { conflictOf, expectConflict } from "../arguments/conflictFlag.ts"
import * as Flag from "../arguments/Flag.ts"
import { linksOf, needsTree } from "../arguments/linksFlag.ts"
import * as Target from "../arguments/Target.ts"
import * as TransferFlags from "../arguments/transferFlags.ts"
import * as Remote from "../connection/Remote.ts"
import * as RemoteTarget from "../connection/RemoteTarget.ts"
import * as Settings from "../connection/Settings.ts"
import * as Upload from "../copying/Upload.ts"
import { usage } from "../errors/CliError.ts"
import * as Destination from "../local/destination.ts"
import * as Expand from "../local/expand.ts"
import * as Names from "../local/names.ts"
import * as Run from "../output/runCommand.ts"

const recursive = Flag.toggle("recursive", "r", "Include directories with everything in them.")
const noClobber = Flag.toggle(
  "no-clobber",
  "n",
  "Do not replace existing files on the server. Implies --atomic: what is kept then is never the beginning of a file."
)

const inPlace = Flag.toggle(
  "in-place",
  undefined,
  "With --no-clobber: upload under the final name all the same, for a server that can't rename."
)

const atomic = Flag.toggle(
  "atomic",
  undefined,
  "Upload each file under a temporary name and rename it after verification: no reader sees a partial file."
)

const resume = Flag.toggle(
  "continue",
  "c",
  "Resume files of which the server has the beginning, if that can be verified; otherwise upload them whole."
)

const conflict = conflictOf(
  "A file where the other side has a directory, in trees: fail (both stay, the rest is copied), or replace (what TARGET has " +
    "is deleted without asking, with all that is in a directory, once all of the new one is there). Needs -r. Default: fail."
)

const links = linksOf(
  "Symbolic links of trees: skip them; follow those to files inside the tree; or copy those as links that stay inside it, " +
    "if the server has SITE SYMLINK. Needs -r. Default: follow."
)

export const command = Command.make(
  {
    usage: "[OPTIONS] FILE... URL",
    details: [
      'URL is a new name, or a directory to copy into: an existing one, or one to create if the URL ends in "/". Several ' +
        "files, or a pattern, need a directory.",
      'With -r, the content of one directory goes into URL itself. If URL ends in "/", it goes into URL/NAME. That does not ' +
        "depend on what exists, so the same command resumes an interrupted one.",
      "An upload succeeds when the server has confirmed it and has as many bytes as were sent. One failure does not stop the " +
        "other files. With --atomic or --continue, the same command resumes an interrupted upload of 1 MiB " +
        "or more. In a tree, links to files in the same tree are followed; other links, devices and pipes are skipped; --links can change that."
    ],
    examples: [
      ["ftp-effect put report.pdf ftp://ann@ftp.example.com/inbox/", "One file, into a directory"],
      ["ftp-effect put report.pdf ftp://ann@ftp.example.com/inbox/final.pdf", "Under another name"],
      ["ftp-effect put *.html *.css ftp://ann@ftp.example.com/www/", "Several"],
      ["ftp-effect put --atomic big.iso ftp://ann@ftp.example.com/pub/", "Without a partial file under the final name"],
      ["ftp-effect put -r site ftp://ann@ftp.example.com/www", "A tree: its content to www; with www/ to www/site"]
    ],
    operands: { first: "File", others: "File" }
  },
  {
    recursive,
    noClobber,
    conflict,
    links,
    atomic,
    inPlace,
    resume,
    parallel: TransferFlags.parallel,
    verify: TransferFlags.verify,
    ignoreSize: TransferFlags.ignoreSize,
    limitRate: TransferFlags.limitRate,
    minRate: TransferFlags.minRate,
    retryTime: TransferFlags.retryTime,
    settings: Settings.flags
  },
  (
    {
      atomic,
      conflict,
      ignoreSize,
      inPlace,
      limitRate,
      links,
      minRate,
      noClobber,
      parallel,
      recursive,
      resume,
      retryTime,
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
          "--ignore-size": ignoreSize
        })
        const isAtomic = yield* atomicity({ atomic, inPlace, noClobber })
        const last = words[words.length - 1]
        if (last === undefined || !Remote.isUrl(last)) {
          return yield* usage("put needs a URL as its last argument", "ftp-effect put FILE... ftp://user@host/path")
        }
        if (words.length === 1) {
          return yield* usage("put needs a file before the URL", "ftp-effect put FILE... ftp://user@host/path")
        }
        if (words.slice(0, -1).includes("-")) {
          return yield* usage(
            "put has no source -",
            "for standard input: ftp-effect put /dev/stdin ftp://user@host/name; for a file of that name: ./-"
          )
        }
        if (words.slice(0, -1).some(Remote.isUrl)) {
          return yield* usage("put copies local files to one URL", "from a server: ftp-effect get URL")
        }
        const verification = yield* TransferFlags.verification(verify, ignoreSize)
        const { client, args } = yield* Remote.connect([last], settings, { parallel, retryTime, limitRate, minRate })
        const expanded = yield* Effect.forEach(words.slice(0, -1), Expand.expand)
        const byPattern = expanded.some((matches, index) => matches.length !== 1 || matches[0] !== words[index])
        const [target] = args
        const sources = yield* Target.distinct(
          expanded.flat(),
          (source) => source,
          (source) => RemotePath.join(target.path, Names.nameOf(source))
        )
        yield* Remote.withClient(
          Effect.gen(function* () {
            yield* Upload.expect(sources)
            const onlyDirectory = Destination.existing(yield* Destination.lookUp(sources[0] ?? "")) === "Directory"
            const several = sources.length > 1 || byPattern
            const isTree = recursive && onlyDirectory && !several
            const placement = yield* RemoteTarget.place(target, { several, onlyDirectory, isTree })
            yield* Upload.run(
              sources,
              { path: target.path, placement },
              {
                recursive,
                clobber: !noClobber,
                conflict: Option.getOrUndefined(conflict),
                links: Option.getOrUndefined(links),
                atomic: isAtomic,
                // The temporary name of an atomic upload is unique to its source, so resuming is safe.
                resume: isAtomic || resume ? "IfVerified" : "Never",
                verification
              }
            )
          }).pipe(Effect.scoped),
          client
        )
      })
    )
)

/** A run that was killed must leave no beginning of a file that `--no-clobber` then keeps as whole. */
const atomicity = ({ atomic, inPlace, noClobber }: Record<"atomic" | "inPlace" | "noClobber", boolean>) =>
  inPlace && (atomic || !noClobber)
    ? usage(
        "--in-place takes back what --no-clobber implies",
        "without --no-clobber, files are uploaded in place anyway"
      )
    : Effect.succeed(atomic || (noClobber && !inPlace))
