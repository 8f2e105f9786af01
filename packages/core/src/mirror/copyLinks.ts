/**
 * The links of a tree that is copied while it is read, if they are copied as links. They are made after all files of the
 * command, so that nothing is written through one; first those that others lead to.
 *
 *     files of all trees ─► for each link: its directory proven ─► asked for by its name, if only what is missing is copied
 *        ─► asked whether it leads to something, if the server makes no others ─► made
 */
import * as Effect from "effect/Effect"
import { FtpPool } from "../pool/FtpPool.ts"
import { endsAll } from "./endsAll.ts"
import { whyLeft } from "./hidden.ts"
import * as Links from "./links.ts"
import * as LocalLinks from "./localLinks.ts"
import type { Skip } from "./MirrorPlan.ts"
import * as Meanwhile from "./meanwhile.ts"
import type { TreeCopy } from "./planDirectory.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError } from "./trees.ts"

/**
 * What becomes of each link.
 *
 * @since 0.1.0
 * @category models
 */
export interface LinkHandlers<E, R> {
  readonly made: (step: Links.LinkStep) => Effect.Effect<void, E, R>
  readonly skipped: (skip: Skip) => Effect.Effect<void, E, R>
  /** May fail, which ends it all. */
  readonly failed: (error: MirrorError, step: Links.LinkStep) => Effect.Effect<void, E, R>
}

/** The copy with the rules for its links, which the target knows. */
export const withRules = (copy: TreeCopy): Effect.Effect<TreeCopy, MirrorError> =>
  copy.links !== "Copy" || copy.rules.links._tag === "Copy"
    ? Effect.succeed(copy)
    : Effect.zipRight(
        LocalLinks.refuseFollowed([copy.source, copy.target], copy.links),
        Effect.map(
          copy.target.links,
          (links): TreeCopy => ({ ...copy, rules: { ...copy.rules, links: { _tag: "Copy", ...links } } })
        )
      )

/** Makes the links that a copy has found. */
export const makeLinks = <E, R>(
  { rules, target }: TreeCopy,
  steps: ReadonlyArray<Links.LinkStep>,
  { failed, made, skipped }: LinkHandlers<E, R>
): Effect.Effect<void, E | MirrorError, R> =>
  Effect.gen(function* () {
    if (steps.length === 0) {
      return
    }
    const { needsTarget } = yield* target.links
    const leads = (to: string) =>
      target._tag === "Local" || !needsTarget || to === ""
        ? Effect.succeed(true)
        : target.client.exists(target.pathOf(to))
    const why = (step: Links.LinkStep) =>
      target._tag === "Local" || step.precondition._tag !== "Absent"
        ? Effect.succeed(undefined)
        : Effect.provideService(whyLeft(target, rules, step, "Unknown"), FtpPool, target.pool)
    const one = (step: Links.LinkStep): Effect.Effect<Skip | undefined, MirrorError> =>
      Effect.gen(function* () {
        yield* target.prove(Tree.parent(step.path), "Write")
        const skip = yield* why(step)
        if (skip !== undefined) {
          return skip
        }
        if (!(yield* leads(step.to))) {
          return Links.dangling(step)
        }
        yield* Meanwhile.makeLink(step, target)
        return undefined
      })
    for (const level of Links.inLevels(steps)) {
      yield* Effect.forEach(
        level,
        (step) =>
          Effect.matchEffect(one(step), {
            onSuccess: (skip) => (skip === undefined ? made(step) : skipped(skip)),
            onFailure: (error) => (endsAll(error) ? Effect.fail<E | MirrorError>(error) : failed(error, step))
          }),
        { concurrency: target.concurrency, discard: true }
      )
    }
  })
