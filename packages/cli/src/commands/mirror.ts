/** `mirror`: makes a directory on a server equal to a folder, a folder to a directory, or one server's to another's. */

import * as FileSystem from "@effect/platform/FileSystem"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import * as TransferFlags from "../arguments/transferFlags.ts"
import * as Settings from "../connection/Settings.ts"
import * as Mirroring from "../copying/Mirroring.ts"
import * as MirrorTrees from "../copying/MirrorTrees.ts"
import * as PlanFile from "../copying/PlanFile.ts"
import * as Watching from "../copying/Watching.ts"
import { usage } from "../errors/CliError.ts"
import { fileError } from "../local/fileError.ts"
import * as Run from "../output/runCommand.ts"

const dryRun = Flag.toggle("dry-run", "n", "Show what would be done, and do nothing.")

const deletes = Flag.choice(
  "delete",
  "WHAT",
  new Map([
    ["ours", "Ours" as const],
    ["extra", "Extra" as const]
  ]),
  "Delete in the target: ours (what an earlier run put there and SOURCE no longer has; keeps a manifest), or extra (all " +
    "that SOURCE doesn't have). Default: nothing."
)

const maxDelete = Flag.value(
  "max-delete",
  undefined,
  "N|N%",
  (text): Either.Either<FtpMirror.MaxDelete, string> => {
    const [, digits, percent] = /^(\d{1,9})(%?)$/.exec(text) ?? []
    return digits === undefined
      ? Either.left("a number, or a number with %")
      : Either.right(
          percent === "%"
            ? { _tag: "Percent", percent: Number(digits), free: 0 }
            : { _tag: "Count", count: Number(digits) }
        )
  },
  "Delete nothing at all if it would be more than N entries, or N% of the target. Default: 50%, if that is more than 10."
)

const exclude = Flag.values(
  "exclude",
  "PATTERN",
  Either.right<string>,
  "Leave out what matches PATTERN, in .gitignore syntax: neither copied nor deleted. !PATTERN includes again; the last " +
    "one that matches decides."
)

const include = Flag.counting(
  "include",
  "PATTERN",
  exclude,
  // A name that begins with ! is written with a backslash.
  (pattern) => `!${pattern.startsWith("!") ? "\\" : ""}${pattern}`,
  "Include again what matches PATTERN and an earlier --exclude leaves out. Nothing below an excluded directory can be " +
    "included: --exclude '*' --include '*/' --include '*.html' copies only those files."
)

const excludeFrom = Flag.file("exclude-from", "Read such patterns from FILE, before those of --exclude.")

const compare = Flag.choice(
  "compare",
  "HOW",
  new Map<string, FtpMirror.CompareBy>([
    ["size-and-time", "SizeAndTime"],
    ["size", "Size"],
    ["time", "Time"],
    ["hash", "Hash"],
    ["nothing", "Nothing"]
  ]),
  "Compare files by size-and-time, size, time, or hash (the server's, which reads them all); nothing copies them all. Default: size-and-time."
)

const only = Flag.choice(
  "only",
  "WHICH",
  new Map([
    ["newer", "Newer" as const],
    ["missing", "Missing" as const],
    ["existing", "Existing" as const]
  ]),
  "Copy only files that are newer in SOURCE, missing in TARGET, or existing in TARGET."
)

const manifest = Flag.toggle(
  "manifest",
  undefined,
  "Keep a manifest in TARGET: a fresh checkout then uploads only what changed, and moved files are renamed."
)

const deleteExcluded = Flag.toggle(
  "delete-excluded",
  undefined,
  "With --delete: delete in TARGET what a pattern leaves out, too. Default: it stays."
)

const deleteWhen = Flag.choice(
  "delete-when",
  "WHEN",
  new Map([
    ["before", "Before" as const],
    ["during", "During" as const],
    ["after", "After" as const]
  ]),
  "Delete files before others are copied, to make room; during that, until one fails; or after all were copied, and " +
    "nothing if one failed. Default: after."
)

const explain = Flag.values(
  "explain",
  "PATH",
  Either.right<string>,
  "Say what would be done about PATH, relative to SOURCE and TARGET, and which rule decides that; do nothing."
)

const last = Flag.values(
  "last",
  "PATTERN",
  Either.right<string>,
  "Copy files that match PATTERN after all others: index.html, which names them."
)

const inPlace = Flag.toggle(
  "in-place",
  undefined,
  "Upload each file under its own name, not under a temporary one first."
)

const swap = Flag.toggle(
  "swap",
  undefined,
  "Make the whole tree anew beside TARGET, and exchange both by two renames. Refused if TARGET has what would be lost and " +
    "--delete does not allow to delete."
)

const keepPrevious = Flag.toggle(
  "keep-previous",
  undefined,
  "With --swap: keep the old tree beside TARGET. Default: it is removed."
)

const plan = Flag.file(
  "plan",
  "Save the plan to FILE instead of doing it; ftp-effect apply FILE does it later. It has no password."
)

const force = Flag.toggle("force", undefined, "Delete in a login directory, a home or / too.")

const yes = Flag.toggle("yes", "y", "Delete without asking.")

const watch = Flag.toggle(
  "watch",
  "w",
  "Then wait for changes of SOURCE, a folder, and upload them as they come, until Ctrl-C. Only the first run asks before it deletes."
)

export const command = Command.make(
  {
    name: "mirror",
    summary: "Make one tree equal to another",
    usage: "[OPTIONS] SOURCE TARGET",
    details: [
      "SOURCE and TARGET are a folder and a URL, a URL and a folder, or two URLs. What TARGET lacks, or has in another size " +
        "or with another time, is copied, each file verified; what is equal stays. Nothing is deleted without --delete.",
      "With --delete, on a terminal, what would be deleted is shown and asked for. Nothing is deleted if SOURCE is missing, " +
        "empty or could not be read to its end, after a file could not be copied, or above --max-delete.",
      "Links are not followed, except a local one to a file inside SOURCE. An interrupted run is continued by the same command."
    ],
    examples: [
      ["ftp-effect mirror dist ftp://ann@ftp.example.com/www", "Publish a site"],
      [
        "ftp-effect mirror --delete ours --last index.html dist ftp://ann@ftp.example.com/www",
        "With what is gone removed"
      ],
      ["ftp-effect mirror -n --delete extra dist ftp://ann@ftp.example.com/www", "See what would be done"],
      ["ftp-effect mirror --plan site.plan dist ftp://ann@ftp.example.com/www", "Keep that plan for ftp-effect apply"],
      ["ftp-effect mirror --swap --delete extra dist ftp://ann@ftp.example.com/www", "Publish it as a whole"],
      ["ftp-effect mirror --watch dist ftp://ann@ftp.example.com/www", "Publish, and then each change"],
      ["ftp-effect mirror ftp://ann@ftp.example.com/reports in", "Fetch what is new"],
      ["ftp-effect mirror ftp://a@one.example/pub ftp://b@two.example/pub", "From server to server"]
    ],
    operands: { first: "Directory", others: "Directory" }
  },
  {
    dryRun,
    plan,
    explain,
    deletes,
    deleteExcluded,
    deleteWhen,
    maxDelete,
    exclude,
    include,
    excludeFrom,
    compare,
    only,
    manifest,
    last,
    inPlace,
    swap,
    keepPrevious,
    force,
    yes,
    watch,
    parallel: TransferFlags.parallel,
    verify: TransferFlags.verify,
    limitRate: TransferFlags.limitRate,
    minRate: TransferFlags.minRate,
    retryTime: TransferFlags.retryTime,
    settings: Settings.flags
  },
  (flags, operands) =>
    Run.run(
      flags.settings,
      Effect.scoped(
        Effect.gen(function* () {
          const [from, to, ...others] = operands
          if (from === undefined || to === undefined || others.length > 0) {
            return yield* usage("mirror needs a source and a target", "ftp-effect mirror FOLDER ftp://user@host/path")
          }
          const { limitRate, minRate, parallel, retryTime, settings } = flags
          const limits = { parallel, retryTime, limitRate, minRate }
          if (Option.isNone(flags.deletes) && (flags.deleteExcluded || Option.isSome(flags.deleteWhen))) {
            return yield* usage("--delete-excluded and --delete-when need --delete")
          }
          if (flags.keepPrevious && !flags.swap) {
            return yield* usage("--keep-previous needs --swap")
          }
          if (flags.watch && flags.swap) {
            return yield* usage("--watch can't be used with --swap", "each change would send the whole tree")
          }
          const fs = yield* FileSystem.FileSystem
          const file = Option.getOrUndefined(flags.plan)
          // A saved plan is applied in any folder.
          const words = file === undefined ? { from, to } : yield* PlanFile.rooted({ from, to })
          const { provide, source, target } = yield* MirrorTrees.open(words, settings, limits)
          const options = yield* optionsOf(flags)
          if (flags.explain.length > 0) {
            return yield* Effect.forEach(
              flags.explain,
              (path) =>
                Effect.flatMap(provide(FtpMirror.explain(path, source, target, options)), Mirroring.showExplanation),
              { discard: true }
            )
          }
          const mirror: Mirroring.Mirror = {
            plan: (onEvent) =>
              Effect.zipRight(
                flags.swap && !flags.dryRun && file === undefined
                  ? FtpMirror.finishSwap(target, { onEvent })
                  : Effect.void,
                provide(FtpMirror.plan(source, target, { ...options, onEvent }))
              ),
            save: file === undefined ? undefined : (plan) => PlanFile.write(fs, file, { ...words, plan }),
            apply: (plan, { onEvent, recheck }) =>
              provide(FtpMirror.apply(plan, source, target, { force: flags.force, onEvent, recheck }))
          }
          if (!flags.watch) {
            return yield* Mirroring.run(mirror, flags)
          }
          if (source._tag !== "Local" || flags.dryRun || file !== undefined) {
            return yield* usage("--watch needs a folder as SOURCE, and no --dry-run and no --plan")
          }
          yield* Watching.run(source, mirror, { yes: flags.yes, filter: options.filter })
        })
      )
    )
)

interface Flags {
  readonly deletes: Option.Option<"Ours" | "Extra">
  readonly deleteExcluded: boolean
  readonly deleteWhen: Option.Option<"Before" | "During" | "After">
  readonly maxDelete: Option.Option<FtpMirror.MaxDelete>
  readonly exclude: ReadonlyArray<string>
  readonly excludeFrom: Option.Option<string>
  readonly compare: Option.Option<FtpMirror.CompareBy>
  readonly only: Option.Option<"Newer" | "Missing" | "Existing">
  readonly manifest: boolean
  readonly last: ReadonlyArray<string>
  readonly inPlace: boolean
  readonly swap: boolean
  readonly keepPrevious: boolean
  readonly force: boolean
  readonly verify: Option.Option<NonNullable<FtpMirror.MirrorOptions["verify"]>>
}

const optionsOf = (flags: Flags) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const fromFile = Option.isNone(flags.excludeFrom)
      ? []
      : FtpMirror.patternsOf(
          yield* Effect.mapError(fs.readFileString(flags.excludeFrom.value), fileError("Read", flags.excludeFrom.value))
        )
    const { force, inPlace, keepPrevious, last, swap } = flags
    const options: FtpMirror.MirrorOptions = {
      filter: { patterns: [...fromFile, ...flags.exclude] },
      delete: Option.getOrUndefined(flags.deletes),
      deleteExcluded: flags.deleteExcluded,
      deleteWhen: Option.getOrUndefined(flags.deleteWhen),
      maxDelete: Option.getOrUndefined(flags.maxDelete),
      compare: Option.getOrUndefined(flags.compare),
      only: Option.getOrUndefined(flags.only),
      manifest: flags.manifest || undefined,
      last,
      atomic: !inPlace,
      swap: swap ? (keepPrevious ? "KeepPrevious" : "RemovePrevious") : undefined,
      force,
      verify: Option.getOrUndefined(flags.verify)
    }
    return options
  })
