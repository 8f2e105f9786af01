/**
 * Files that a listing does not show: many servers leave out names that begin with a dot. If only what is missing, or
 * newer, is copied, each file is asked for by its name before it counts as missing.
 *
 *     C: MLST www/.htaccess      the listing of www has no such name
 *     S: 250 …                   the server has it: it is left as it is, or as it is newer
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isNotFound } from "../base/FtpError.ts"
import * as FtpClient from "../client/FtpClient.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import { endsAll } from "./endsAll.ts"
import type { Explanation } from "./explain.ts"
import type { Skip, Step } from "./MirrorPlan.ts"
import type { Rules } from "./rules.ts"
import { mayPass } from "./secondTurn.ts"
import * as Tree from "./Tree.ts"
import { isNewer, NOT_NEWER } from "./transfers.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/** A file that the target is to get. */
export interface New {
  readonly path: string
  readonly modified?: FtpTime | undefined
}

const isNew = ({ _tag }: Step): boolean => _tag === "Copy" || _tag === "MakeLink" || _tag === "Rename"

type Only = Pick<Rules, "only">

const isAsked = ({ only }: Only, target: MirrorTree): target is RemoteTree =>
  (only === "Missing" || only === "Newer") && target._tag === "Remote"

/** Whether the target has a file that must not be replaced, although its directory's listing does not show it. */
export const isTaken = (
  target: MirrorTree,
  rules: Only,
  { modified, path }: New
): Effect.Effect<boolean, MirrorError, FtpPool> =>
  !isAsked(rules, target)
    ? Effect.succeed(false)
    : Effect.flatMap(FtpClient.make, (client) =>
        rules.only === "Missing"
          ? client.exists(target.pathOf(path))
          : client.stat(target.pathOf(path)).pipe(
              Effect.map((there) => !isNewer({ modified: Option.fromNullable(modified) }, there)),
              Effect.catchIf(isNotFound, () => Effect.succeed(false))
            )
      )

/** Why a file is left out after all, or `undefined` if it is missing. Fails if an error would meet every file. */
export const whyLeft = (
  target: MirrorTree,
  rules: Only,
  step: New
): Effect.Effect<Skip | undefined, MirrorError, FtpPool> =>
  isTaken(target, rules, step).pipe(
    Effect.map((taken): Skip | undefined =>
      !taken
        ? undefined
        : rules.only === "Newer"
          ? { path: step.path, ...NOT_NEWER }
          : { path: step.path, reason: "Existing", detail: "the target has it" }
    ),
    Effect.catchIf(
      (error) => !endsAll(error),
      (error) =>
        Effect.succeed<Skip>({
          path: step.path,
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

/**
 * The steps without those that would replace files which the target has. A file that is to be moved there keeps its name, so
 * its directories stay too.
 */
export const withoutTaken = <A extends Steps>(
  plan: A,
  target: MirrorTree,
  rules: Only
): Effect.Effect<A, MirrorError> =>
  !isAsked(rules, target)
    ? Effect.succeed(plan)
    : Effect.gen(function* () {
        const made = yield* madeAnew(plan.steps, target)
        const left = yield* Effect.forEach(
          plan.steps,
          (step) =>
            !isNew(step) || Tree.isWithin(step.path, made)
              ? Effect.succeed(undefined)
              : Effect.map(whyLeft(target, rules, step), (skip) =>
                  skip === undefined || step._tag !== "Rename"
                    ? skip
                    : { ...skip, detail: `${skip.detail}, so ${step.from} keeps its name` }
                ),
          { concurrency: target.concurrency }
        )
        const unmoved = plan.steps.flatMap((step, index) =>
          step._tag === "Rename" && left[index] !== undefined ? [step.from] : []
        )
        const stays = new Set(unmoved.flatMap((path) => [...Tree.ancestors(path)]))
        return {
          ...plan,
          steps: plan.steps.filter(
            (step, index) => left[index] === undefined && !(step._tag === "Remove" && stays.has(step.path))
          ),
          skipped: [...plan.skipped, ...left.filter((skip) => skip !== undefined)]
        }
      }).pipe(Effect.provideService(FtpPool, target.pool))

/** The directories that the target gets, without those that it has but does not list. In the others nothing is hidden. */
const madeAnew = (
  steps: ReadonlyArray<Step>,
  target: RemoteTree
): Effect.Effect<ReadonlySet<string>, MirrorError, FtpPool> =>
  Effect.gen(function* () {
    const client = yield* FtpClient.make
    const made = new Set<string>()
    // Those above come first.
    for (const { _tag, path } of steps) {
      if (_tag === "MakeDirectory" && (Tree.isWithin(path, made) || !(yield* client.exists(target.pathOf(path))))) {
        made.add(path)
      }
    }
    return made
  })

/** What becomes of a path, if the target has what its listing does not show. */
export const explained = (
  explanation: Explanation,
  target: MirrorTree,
  rules: Pick<Rules, "only">
): Effect.Effect<Explanation, MirrorError> => {
  const { verdict } = explanation
  return verdict._tag !== "Planned" || !isNew(verdict.step) || target._tag === "Local"
    ? Effect.succeed(explanation)
    : whyLeft(target, rules, verdict.step).pipe(
        Effect.map(
          (skip): Explanation =>
            skip === undefined ? explanation : { ...explanation, verdict: { _tag: "Skipped", skip } }
        ),
        Effect.provideService(FtpPool, target.pool)
      )
}
