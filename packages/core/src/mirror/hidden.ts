/**
 * Files that a listing does not show: many servers leave out names that begin with a dot. If only what is missing is
 * copied, each file is asked for by its name before it counts as missing.
 *
 *     C: MLST www/.htaccess      the listing of www has no such name
 *     S: 250 …                   the server has it: it is left as it is
 */
import * as Effect from "effect/Effect"
import * as FtpClient from "../client/FtpClient.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import { endsAll } from "./endsAll.ts"
import type { Explanation } from "./explain.ts"
import type { Skip, Step } from "./MirrorPlan.ts"
import type { Rules } from "./rules.ts"
import { mayPass } from "./secondTurn.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Whether the target has a file that must not be replaced, although its directory's listing does not show it. */
export const isTaken = (
  target: MirrorTree,
  { only }: Pick<Rules, "only">,
  path: string
): Effect.Effect<boolean, MirrorError, FtpPool> =>
  only === "Missing" && target._tag === "Remote"
    ? Effect.flatMap(FtpClient.make, (client) => client.exists(target.pathOf(path)))
    : Effect.succeed(false)

/** Why a file is left out after all, or `undefined` if it is missing. Fails if an error would meet every file. */
export const whyLeft = (
  target: MirrorTree,
  rules: Pick<Rules, "only">,
  path: string
): Effect.Effect<Skip | undefined, MirrorError, FtpPool> =>
  isTaken(target, rules, path).pipe(
    Effect.map((taken): Skip | undefined =>
      taken ? { path, reason: "Existing", detail: "the target has it" } : undefined
    ),
    Effect.catchIf(
      (error) => !endsAll(error),
      (error) =>
        Effect.succeed<Skip>({
          path,
          reason: "Unread",
          detail: error.message,
          ...(mayPass(error) && { mayPass: true })
        })
    )
  )

interface Steps {
  readonly steps: ReadonlyArray<Step>
  readonly skipped: ReadonlyArray<Skip>
}

/** The steps without copies of files that the target has. In a directory that is made nothing is hidden. */
export const withoutTaken = <A extends Steps>(
  plan: A,
  target: MirrorTree,
  rules: Pick<Rules, "only">
): Effect.Effect<A, MirrorError> => {
  if (rules.only !== "Missing" || target._tag === "Local") {
    return Effect.succeed(plan)
  }
  const made = new Set(plan.steps.flatMap(({ _tag, path }) => (_tag === "MakeDirectory" ? [path] : [])))
  return Effect.forEach(
    plan.steps,
    (step) =>
      (step._tag !== "Copy" && step._tag !== "MakeLink") || Tree.isWithin(step.path, made)
        ? Effect.succeed(undefined)
        : whyLeft(target, rules, step.path),
    { concurrency: target.concurrency }
  ).pipe(
    Effect.map((left) => ({
      ...plan,
      steps: plan.steps.filter((_, index) => left[index] === undefined),
      skipped: [...plan.skipped, ...left.filter((skip) => skip !== undefined)]
    })),
    Effect.provideService(FtpPool, target.pool)
  )
}

/** What becomes of a path, if the target has what its listing does not show. */
export const explained = (
  explanation: Explanation,
  target: MirrorTree,
  rules: Pick<Rules, "only">
): Effect.Effect<Explanation, MirrorError> => {
  const { verdict } = explanation
  return verdict._tag !== "Planned" || verdict.step._tag !== "Copy" || target._tag === "Local"
    ? Effect.succeed(explanation)
    : whyLeft(target, rules, verdict.step.path).pipe(
        Effect.map(
          (skip): Explanation =>
            skip === undefined ? explanation : { ...explanation, verdict: { _tag: "Skipped", skip } }
        ),
        Effect.provideService(FtpPool, target.pool)
      )
}
