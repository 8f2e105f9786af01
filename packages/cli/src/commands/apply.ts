/** `apply`: does a plan that `mirror --plan` saved, as far as it still holds. */
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Effect from "effect/Effect"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import * as TransferFlags from "../arguments/transferFlags.ts"
import * as Settings from "../connection/Settings.ts"
import * as Mirroring from "../copying/Mirroring.ts"
import * as MirrorTrees from "../copying/MirrorTrees.ts"
import * as PlanFile from "../copying/PlanFile.ts"
import { usage } from "../errors/CliError.ts"
import { isFtpUrl } from "../errors/typed.ts"
import * as Run from "../output/runCommand.ts"

const dryRun = Flag.toggle("dry-run", "n", "Show what would still be done, and do nothing.")

const showOnly = Flag.toggle("show", undefined, "Show what FILE says, connect to no server, and do nothing.")

const force = Flag.toggle("force", undefined, "Delete in or above a login directory or a home, or in /, too.")

const yes = Flag.toggle("yes", "y", "Delete without asking.")

export const command = Command.make(
  {
    usage: "[OPTIONS] FILE",
    details: [
      "FILE is a plan that mirror --plan saved: it names both trees, the steps, and what each tree had. Both are listed " +
        "again first. A step whose file was changed since, on either side, is skipped and reported, never forced; then " +
        "nothing is deleted either, and the exit code is 1. What is as planned already is left as it is, so the same " +
        "plan continues an interrupted run.",
      "The password is not in FILE: it comes from where mirror takes it, and goes to the server that FILE names. Options " +
        "about the server have to be given again. Look at a plan of another person's with --show first."
    ],
    examples: [
      ["ftp-effect apply --show site.plan", "See what a plan says, and of which server it is"],
      ["ftp-effect apply -n site.plan", "See what of a plan still holds"],
      ["ftp-effect apply site.plan", "Do it"]
    ],
    operands: { first: "File" }
  },
  {
    dryRun,
    showOnly,
    force,
    yes,
    noFsync: TransferFlags.noFsync,
    parallel: TransferFlags.parallel,
    limitRate: TransferFlags.limitRate,
    minRate: TransferFlags.minRate,
    retryTime: TransferFlags.retryTime,
    settings: Settings.flags
  },
  (flags, words) =>
    Run.run(
      flags.settings,
      Effect.scoped(
        Effect.gen(function* () {
          const [file, ...others] = words
          if (file === undefined || others.length > 0) {
            return yield* usage("apply needs one plan", "mirror --plan FILE makes one")
          }
          if (isFtpUrl(file)) {
            return yield* usage("apply takes a local file, not a URL", "mirror --plan FILE makes one")
          }
          const { plan, ...names } = yield* PlanFile.read(file)
          if (flags.showOnly) {
            return yield* Mirroring.showSaved(plan, names)
          }
          const { force, limitRate, minRate, parallel, retryTime, settings } = flags
          const limits = { parallel, retryTime, limitRate, minRate }
          const durability = TransferFlags.durability(flags.noFsync)
          const { provide, shown, source, target } = yield* MirrorTrees.open(names, settings, limits)
          yield* Mirroring.run(
            {
              shown,
              to: names.to,
              isUpload: target._tag === "Remote",
              plan: () => Effect.succeed(plan),
              recheck: (plan) => provide(FtpMirror.recheck(plan, source, target)),
              apply: (plan, { onEvent, recheck }) =>
                provide(FtpMirror.apply(plan, source, target, { force, durability, onEvent, recheck }))
            },
            flags
          )
        })
      )
    )
)
