/**
 * Files that a listing does not show: many servers leave out names that begin with a dot, and another client may have put
 * one there since. If only what is missing, or newer, is copied, each file is asked for by its name before it counts as
 * missing, once more when its turn has come, and once more before a larger one gets its final name.
 *
 *     C: MLST www/.htaccess      the listing of www has no such name
 *     S: 250 …                   the server has it: it is left as it is, or as it is newer
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpIntegrityError, isNotFound } from "../base/FtpError.ts"
import * as Calls from "../client/calls.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import type { UploadOptions } from "../transfer/FtpTransfer.ts"
import { isSmall } from "../transfer/smallFile.ts"
import { endsAll } from "./endsAll.ts"
import type { Explanation } from "./explain.ts"
import * as ListedAgain from "./listedAgain.ts"
import type { Skip, Step } from "./MirrorPlan.ts"
import type { Rules } from "./rules.ts"
import { mayPass } from "./secondTurn.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"
import { isNewer, NOT_NEWER } from "./whyLeft.ts"

/** A file that the target is to get. */
export interface New {
  readonly path: string
  readonly modified?: FtpTime | undefined
  /** Its size, if it is known. */
  readonly bytes?: number | undefined
}

const isNew = ({ _tag }: Step): boolean => _tag === "Copy" || _tag === "MakeLink" || _tag === "Rename"

type Only = Pick<Rules, "only">

/** Whether what the target has decides which files are copied, and it is a server. */
export const isAsked = ({ only }: Only, target: MirrorTree): target is RemoteTree =>
  (only === "Missing" || only === "Newer") && target._tag === "Remote"

/**
 * - `"Lacks"`: the directory of the path was listed just now, and lacks it, so the server need not list it once more
 * - `"Lacked"`: it was listed some time ago
 */
export type InListing = "Lacks" | "Lacked" | "Unknown"

/** In millis: how long a listing counts for the files of a directory on a server that can't be asked for one. */
const COUNTS_FOR = 2000

/** Whether the target has a file that must not be replaced, although its directory's listing does not show it. */
export const isTaken = (
  target: MirrorTree,
  rules: Only,
  { modified, path }: New,
  inListing: InListing,
  countsFor = COUNTS_FOR
): Effect.Effect<boolean, MirrorError, FtpPool> =>
  !isAsked(rules, target)
    ? Effect.succeed(false)
    : stat(target.pathOf(path), inListing).pipe(
        Effect.asSome,
        Effect.catchIf(isNotFound, (error) =>
          inListing === "Lacked" && ListedAgain.isNeeded(target, error)
            ? ListedAgain.find(target, path, countsFor)
            : Effect.succeedNone
        ),
        Effect.map(
          Option.exists(
            (there) => rules.only === "Missing" || !isNewer({ modified: Option.fromNullable(modified) }, there)
          )
        )
      )

/** Asks before a file gets its final name; `wasTaken` says whether the upload has failed because of it. */
export interface Guard {
  /** Whether the target has it by now; its directory was listed some time ago, and lacked it. */
  readonly isTaken: Effect.Effect<boolean, MirrorError>
  readonly onPublish: NonNullable<UploadOptions["onPublish"]>
  readonly wasTaken: () => boolean
}

export const guard = (target: RemoteTree, rules: Only, step: New): Guard => {
  let wasTaken = false
  const path = target.pathOf(step.path)
  const asked = (countsFor?: number) =>
    Effect.provideService(isTaken(target, rules, step, "Lacked", countsFor), FtpPool, target.pool)
  const fails = (reason: "Changed" | "Unverified", actual: string) =>
    new FtpIntegrityError({
      reason,
      direction: "Upload",
      path,
      expected: rules.only === "Missing" ? "no file of that name" : "no newer file of that name",
      actual,
      endpoint: target.pool.endpoints.map(Endpoint.toLabel).join(", ")
    })
  return {
    wasTaken: () => wasTaken,
    isTaken: asked(),
    // A larger one was under way for as long as a listing takes.
    onPublish: asked(isSmall(step.bytes) ? undefined : 0).pipe(
      Effect.catchAll((error) =>
        error._tag === "FtpListingError" || error._tag === "FtpLocalFileError"
          ? fails("Unverified", error.message)
          : Effect.fail(error)
      ),
      Effect.flatMap((taken) => {
        wasTaken = taken
        return taken ? fails("Changed", "one that was put there meanwhile") : Effect.void
      })
    )
  }
}

const stat = (path: string, inListing: InListing): Effect.Effect<FtpEntry, MirrorError, FtpPool> =>
  Effect.flatMap(FtpPool, ({ endpoints, lend, policies }) =>
    Calls.retrying(lend, policies, endpoints).reading("stat", path, (session) =>
      session.stat(path, { isUnlisted: inListing !== "Unknown" })
    )
  )

/** A file that must not replace one that another client has put there meanwhile. */
export const guardOf = (
  step: Step,
  to: MirrorTree,
  { only = "All" }: { readonly only?: Rules["only"] | undefined }
): Guard | undefined =>
  isAsked({ only }, to) &&
  (step._tag === "Copy" || step._tag === "Rename" || (step._tag === "Replace" && only === "Newer"))
    ? guard(to, { only }, step)
    : undefined

/** Why a file is left out after all, or `undefined` if it is missing. Fails if an error would meet every file. */
export const whyLeft = (
  target: MirrorTree,
  rules: Only,
  step: New,
  inListing: InListing
): Effect.Effect<Skip | undefined, MirrorError, FtpPool> =>
  isTaken(target, rules, step, inListing).pipe(
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
        // Of a directory that it has, and does not list, nothing was read.
        const unread = new Set(plan.steps.flatMap(({ _tag, path }) => (_tag === "MakeDirectory" ? [path] : [])))
        const inListing = (path: string) => (Tree.isWithin(path, unread) ? "Unknown" : "Lacks")
        const left = yield* Effect.forEach(
          plan.steps,
          (step) =>
            !isNew(step) || Tree.isWithin(step.path, made)
              ? Effect.succeed(undefined)
              : Effect.map(whyLeft(target, rules, step, inListing(step.path)), (skip) =>
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

/**
 * The directories that the target gets, without those that it has but does not list, and those of which it does not say
 * that it lacks them. In the others nothing is hidden.
 */
const madeAnew = (
  steps: ReadonlyArray<Step>,
  target: RemoteTree
): Effect.Effect<ReadonlySet<string>, MirrorError, FtpPool> =>
  Effect.gen(function* () {
    const directories = new Set(steps.flatMap(({ _tag, path }) => (_tag === "MakeDirectory" ? [path] : [])))
    const isLacking = (path: string) =>
      stat(target.pathOf(path), directories.has(Tree.parent(path)) ? "Unknown" : "Lacks").pipe(
        Effect.as(false),
        Effect.catchIf(
          (error) => !endsAll(error),
          (error) => Effect.succeed(isNotFound(error))
        )
      )
    const made = new Set<string>()
    const levels = new Map<number, Array<string>>()
    for (const path of directories) {
      const depth = path.split("/").length
      const level = levels.get(depth) ?? []
      level.push(path)
      levels.set(depth, level)
    }
    // Those above come first: what is in one that is made need not be asked for.
    for (const [, level] of [...levels].sort(([a], [b]) => a - b)) {
      yield* Effect.forEach(
        level.filter((path) => !Tree.isWithin(path, made)),
        (path) => Effect.map(isLacking(path), (lacks) => lacks && made.add(path)),
        { concurrency: target.concurrency, discard: true }
      )
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
    : whyLeft(target, rules, verdict.step, "Unknown").pipe(
        Effect.map(
          (skip): Explanation =>
            skip === undefined ? explanation : { ...explanation, verdict: { _tag: "Skipped", skip } }
        ),
        Effect.provideService(FtpPool, target.pool)
      )
}
