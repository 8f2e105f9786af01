/**
 * What is done about each thing that is found in a tree that is copied while it is read: a file is sent, a directory is
 * made, and what is left is noted. A file that a hidden one of the target may be is first asked for.
 */
import * as Effect from "effect/Effect"
import type { FtpPool } from "../pool/FtpPool.ts"
import type * as Attempts from "./attempts.ts"
import type { FileStep, NextFile } from "./copyModel.ts"
import * as CopyOne from "./copyOne.ts"
import type * as CopyTree from "./copyTree.ts"
import * as Hidden from "./hidden.ts"
import type { FlowOf } from "./jobs.ts"
import type * as MirrorPlan from "./MirrorPlan.ts"
import type { PlanSoFar } from "./planSoFar.ts"
import * as Refused from "./refused.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError } from "./trees.ts"

export const handlers = (
  copy: CopyTree.TreeCopy,
  run: Attempts.Run,
  found: PlanSoFar
): CopyTree.Handlers<MirrorError, FtpPool> => {
  const { rules, source, target } = copy
  const send = (
    step: FileStep,
    { source }: Pick<CopyTree.Known, "source">,
    next?: () => NextFile | undefined
  ): Effect.Effect<void, MirrorError, FtpPool> => {
    found.steps.push(step)
    if (rules.isLast(step.path)) {
      found.last.push(step)
      return Effect.void
    }
    return CopyOne.withSession(copy, (masked, from, to) =>
      run.attempt(step, to, { source: from, found: source, masked, next })
    )
  }
  const flowOf = (step: FileStep, known: CopyTree.Known): FlowOf<MirrorError, FtpPool> => ({
    file: { step, found: known.source },
    run: (next) =>
      Effect.suspend(() =>
        send(step, known, () => {
          const file = next()
          if (file !== undefined) {
            found.steps.push(file.step)
          }
          return file
        })
      )
  })
  /** In a directory that was made nothing is hidden; what is to be replaced was listed. */
  const mayBeHidden = ({ _tag, path }: FileStep) => _tag === "Copy" && run.stateOf(Tree.parent(path)) !== "Made"
  const sendUnseen = (step: FileStep, { isNew, source }: CopyTree.Known): Effect.Effect<void, MirrorError, FtpPool> => {
    const inListing = isNew ? "Lacked" : "Unknown"
    const asked = mayBeHidden(step) ? Hidden.whyLeft(target, rules, step, inListing) : Effect.succeed(undefined)
    return Effect.flatMap(asked, (skip) => {
      if (skip !== undefined) {
        found.skip(skip)
        return Effect.void
      }
      found.tell(step)
      if (!rules.isLast(step.path)) {
        run.asked(step)
      }
      return send(step, { source })
    })
  }
  const asks = Hidden.isAsked(rules, target)
  /** Between two servers files don't follow each other in one effect. */
  const isLocal = source._tag === "Local" || target._tag === "Local"
  const attempt = asks ? sendUnseen : send
  const setTime = (step: MirrorPlan.Step): Effect.Effect<void> =>
    Effect.sync(() => {
      found.steps.push(step)
      found.times.push(step)
    })
  return {
    file: (step, known) => {
      if (!asks || step._tag === "SetTime") {
        found.tell(step)
      }
      const run = Effect.suspend(() => (step._tag === "SetTime" ? setTime(step) : attempt(step, known)))
      const isPlain = step._tag !== "SetTime" && !asks && isLocal && !rules.isLast(step.path)
      return {
        kind: "File",
        subject: step.path,
        run: Effect.as(run, []),
        flow: isPlain ? flowOf(step, known) : undefined
      }
    },
    makeDirectory: (step) =>
      Effect.suspend(() => {
        found.steps.push(step)
        found.tell(step)
        return Effect.map(run.attempt(step, target), () => run.stateOf(step.path))
      }),
    makeTogether: (steps) =>
      Effect.map(run.makeTogether(steps), (made) => {
        for (const step of steps.filter((_, index) => made[index])) {
          found.steps.push(step)
          found.tell(step)
        }
        return made
      }),
    enter: run.prepare,
    left: (left) =>
      Effect.sync(() => {
        if (left._tag === "Skipped") {
          found.skip(left.skip)
        } else if (left._tag === "Gap") {
          found.skip(...Refused.ofGap(left.gap))
        } else if (left._tag === "Refused") {
          found.skip(...Refused.ofName(left.name, rules))
        } else {
          found.warn(left.message)
        }
      }),
    unchanged: found.same,
    dead: (paths) => {
      for (const path of paths) {
        found.dead.push(path)
      }
    }
  }
}
