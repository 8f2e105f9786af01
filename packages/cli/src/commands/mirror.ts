/** `mirror`: makes a directory on a server equal to a folder, a folder to a directory, or one server's to another's. */

import * as FileSystem from "@effect/platform/FileSystem"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../arguments/Command.ts"
import * as MirrorFlags from "../arguments/mirrorFlags.ts"
import * as TransferFlags from "../arguments/transferFlags.ts"
import * as Settings from "../connection/Settings.ts"
import * as Mirroring from "../copying/Mirroring.ts"
import * as MirrorStream from "../copying/MirrorStream.ts"
import * as MirrorTrees from "../copying/MirrorTrees.ts"
import * as PlanFile from "../copying/PlanFile.ts"
import * as Watching from "../copying/Watching.ts"
import { usage } from "../errors/CliError.ts"
import { fileError } from "../local/fileError.ts"
import * as Run from "../output/runCommand.ts"

export const command = Command.make(
  {
    usage: "[OPTIONS] SOURCE TARGET",
    details: [
      "SOURCE and TARGET are a folder and a URL, a URL and a folder, or two URLs. What TARGET lacks, or has in another size " +
        "or with another time, is copied, each file verified; what is equal stays. Nothing is deleted without --delete or --conflict replace.",
      "On a terminal, what would be deleted is shown and asked for. Nothing is deleted if SOURCE is missing, " +
        "empty or could not be read to its end, after a file could not be copied, or above --max-delete.",
      "Links are not followed, except a local one to a file inside SOURCE, unless --links says otherwise. An interrupted run is continued by the same command."
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
    dryRun: MirrorFlags.dryRun,
    plan: MirrorFlags.plan,
    explain: MirrorFlags.explain,
    deletes: MirrorFlags.deletes,
    deleteExcluded: MirrorFlags.deleteExcluded,
    deleteWhen: MirrorFlags.deleteWhen,
    maxDelete: MirrorFlags.maxDelete,
    exclude: MirrorFlags.exclude,
    include: MirrorFlags.include,
    excludeFrom: MirrorFlags.excludeFrom,
    compare: MirrorFlags.compare,
    only: MirrorFlags.only,
    conflict: MirrorFlags.conflict,
    links: MirrorFlags.links,
    manifest: MirrorFlags.manifest,
    last: MirrorFlags.last,
    inPlace: MirrorFlags.inPlace,
    swap: MirrorFlags.swap,
    keepPrevious: MirrorFlags.keepPrevious,
    force: MirrorFlags.force,
    yes: MirrorFlags.yes,
    watch: MirrorFlags.watch,
    parallel: TransferFlags.parallel,
    verify: TransferFlags.verify,
    noFsync: TransferFlags.noFsync,
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
            const text = others.length > 0 ? "takes one source and one target" : "needs a source and a target"
            return yield* usage(`mirror ${text}`, "ftp-effect mirror FOLDER ftp://user@host/path")
          }
          const { limitRate, minRate, parallel, retryTime, settings } = flags
          const limits = { parallel, retryTime, limitRate, minRate }
          const durability = TransferFlags.durability(flags.noFsync)
          if (Option.isNone(flags.deletes) && (flags.deleteExcluded || Option.isSome(flags.deleteWhen))) {
            return yield* usage("--delete-excluded and --delete-when need --delete")
          }
          if (flags.keepPrevious && !flags.swap) {
            return yield* usage("--keep-previous needs --swap")
          }
          if (flags.swap && Option.contains(flags.links, "Copy")) {
            return yield* usage(
              "--links copy can't be used with --swap",
              "servers write where a link leads as they please"
            )
          }
          if (flags.watch && flags.swap) {
            return yield* usage("--watch can't be used with --swap", "each change would send the whole tree")
          }
          const fs = yield* FileSystem.FileSystem
          const file = Option.getOrUndefined(flags.plan)
          // A saved plan is applied in any folder.
          const words = file === undefined ? { from, to } : PlanFile.rooted({ from, to })
          const { provide, shown, source, target } = yield* MirrorTrees.open(words, settings, limits)
          const options = yield* optionsOf(flags)
          if (flags.explain.length > 0) {
            return yield* Effect.forEach(
              flags.explain,
              (path) =>
                Effect.flatMap(provide(FtpMirror.explain(path, source, target, options)), Mirroring.showExplanation),
              { discard: true }
            )
          }
          if (!needsPlan(flags)) {
            return yield* MirrorStream.run(
              (onEvent) => provide(FtpMirror.mirror(source, target, { ...options, durability, onEvent })),
              flags.inPlace && target._tag === "Remote"
            )
          }
          const mirror: Mirroring.Mirror = {
            shown,
            to: words.to,
            isUpload: target._tag === "Remote",
            plan: (onEvent) =>
              Effect.zipRight(
                flags.swap && !flags.dryRun && file === undefined
                  ? FtpMirror.finishSwap(target, { onEvent })
                  : Effect.void,
                provide(FtpMirror.plan(source, target, { ...options, onEvent }))
              ),
            save: file === undefined ? undefined : (plan) => PlanFile.write(fs, file, { ...words, plan }),
            apply: (plan, { onEvent, recheck }) =>
              provide(FtpMirror.apply(plan, source, target, { force: flags.force, durability, onEvent, recheck }))
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

/** Whether all of both trees has to be known before anything is done. */
const needsPlan = ({
  compare,
  conflict,
  deletes,
  dryRun,
  last,
  links,
  manifest,
  plan,
  swap,
  watch
}: Flags & {
  readonly dryRun: boolean
  readonly plan: Option.Option<string>
  readonly watch: boolean
}): boolean =>
  dryRun ||
  swap ||
  // Its later runs say nothing of what they find again.
  watch ||
  manifest ||
  last.length > 0 ||
  Option.isSome(plan) ||
  Option.isSome(deletes) ||
  Option.contains(conflict, "Replace") ||
  Option.contains(compare, "Hash") ||
  Option.contains(links, "Copy")

interface Flags {
  readonly deletes: Option.Option<"Ours" | "Extra">
  readonly deleteExcluded: boolean
  readonly deleteWhen: Option.Option<"Before" | "During" | "After">
  readonly maxDelete: Option.Option<FtpMirror.MaxDelete>
  readonly exclude: ReadonlyArray<string>
  readonly excludeFrom: Option.Option<string>
  readonly compare: Option.Option<FtpMirror.CompareBy>
  readonly only: Option.Option<"Newer" | "Missing" | "Existing">
  readonly conflict: Option.Option<"Fail" | "Replace">
  readonly links: Option.Option<FtpMirror.LinkPolicy>
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
      conflict: Option.getOrUndefined(flags.conflict),
      links: Option.getOrUndefined(flags.links),
      manifest: flags.manifest || undefined,
      last,
      atomic: !inPlace,
      swap: swap ? (keepPrevious ? "KeepPrevious" : "RemovePrevious") : undefined,
      force,
      verify: Option.getOrUndefined(flags.verify)
    }
    return options
  })
