/**
 * A plan that may be old, or another person's, before it is done:
 *
 *     the trees are its trees ─► no step that no plan has ─► no name or link that either can't have
 *       ─► both listed again, where its steps are ─► recheck
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpUsageError } from "../base/FtpError.ts"
import * as CaseFolding from "./caseFolding.ts"
import * as Filter from "./Filter.ts"
import type { MirrorPlan, Precondition, Step } from "./MirrorPlan.ts"
import type { MirrorOptions } from "./options.ts"
import { isLast, refuseTrees } from "./prepare.ts"
import * as ReadTree from "./readTree.ts"
import * as Recheck from "./recheck.ts"
import * as Spelling from "./spelling.ts"
import type * as Tree from "./Tree.ts"
import { IS_HOME, type LocalTree, type MirrorError, type MirrorTree } from "./trees.ts"

const refuse = (why: string) => new FtpUsageError({ argument: "plan", why })

/**
 * Fails if the plan is not one of these trees, or has steps that no plan has, or names that they can't have: one that
 * leads out of a root too.
 */
export const demand = (
  plan: MirrorPlan,
  source: MirrorTree,
  target: MirrorTree,
  { force }: Pick<MirrorOptions, "force">
): Effect.Effect<void, MirrorError> =>
  Effect.gen(function* () {
    yield* refuseTrees(source, target)
    if (plan.source !== source.label || plan.target !== target.label) {
      return yield* refuse(`is of ${plan.source} and ${plan.target}`)
    }
    for (const tree of [source, target]) {
      yield* tree._tag === "Remote" ? tree.learnNames : Effect.void
    }
    const { manifest } = plan.options
    const others = (plan.spellings ?? []).map(({ inTarget }) => inTarget)
    for (const path of manifest._tag === "InTarget" ? [manifest.path, ...others] : others) {
      const wrong = wrongPath({ path, type: "File" }, [target])
      if (wrong !== undefined) {
        return yield* refuse(wrong)
      }
    }
    if (plan.options.swap !== undefined && plan.steps.some(({ _tag }) => _tag === "MakeLink")) {
      return yield* refuse("has a step that can't be: a link in a swap")
    }
    for (const step of plan.steps) {
      const wrong = wrongPrecondition(step) ?? wrongName(step, source, target)
      if (wrong !== undefined) {
        return yield* refuse(wrong)
      }
    }
    const links = plan.steps.filter((step) => step._tag === "MakeLink")
    if (links.length > 0) {
      // Asked about the names that are sent.
      const { whyNot } = yield* Spelling.respelled(target, plan.spellings ?? []).links
      for (const { path, to } of links) {
        const why = whyNot(path, to)
        if (why !== undefined) {
          return yield* refuse(`has a link ${path} that the target can't have: ${why}`)
        }
      }
    }
    if (force !== true && plan.steps.some(({ _tag }) => _tag === "Remove") && (yield* target.isHome)) {
      return yield* refuse(`deletes, which needs force: ${IS_HOME}`)
    }
    if (target._tag === "Remote") {
      // It is listed after the source, and once a swap that was cut off has been ended.
      target.forgetMissing()
    }
  })

/** What the target can have under the path of a step, when that is planned. */
const PRECONDITIONS: { readonly [T in Step["_tag"]]: ReadonlySet<Precondition["_tag"]> } = {
  MakeDirectory: new Set(["Absent"]),
  Rename: new Set(["Absent"]),
  Copy: new Set(["Absent"]),
  Replace: new Set(["File"]),
  SetTime: new Set(["File"]),
  MakeLink: new Set(["Absent", "Link"]),
  Remove: new Set(["File", "Directory", "Link", "Other"])
}

/**
 * No plan that is made has such a step. It would hold where a listing shows nothing under that path, which proves
 * nothing about what is deleted; or be done to what a link leads to.
 */
const wrongPrecondition = (step: Step): string | undefined =>
  !PRECONDITIONS[step._tag].has(step.precondition._tag)
    ? `has a step that can't be: ${step._tag} with the precondition ${step.precondition._tag}`
    : step._tag === "Rename" && step.moved._tag !== "File"
      ? `has a step that can't be: ${step._tag} of what is no file`
      : undefined

const wrongName = (step: Step, source: MirrorTree, target: MirrorTree): string | undefined => {
  // A local file of a name that no server could have can be deleted all the same.
  const isRemovable = step._tag === "Remove" && target._tag === "Local" && !isWindows(target)
  const trees = isRemovable ? [] : step._tag === "Remove" ? [target] : [source, target]
  return pathsOf(step)
    .map((place) => wrongPath(place, trees))
    .find((wrong) => wrong !== undefined)
}

type Place = Pick<Tree.TreeEntry, "path" | "type">

const pathsOf = (step: Step): ReadonlyArray<Place> => {
  const { _tag, path } = step
  const isDirectory = _tag === "MakeDirectory" || (_tag === "Remove" && step.precondition._tag === "Directory")
  const own: Place = { path, type: isDirectory ? "Directory" : "File" }
  return _tag === "Rename"
    ? [own, { path: step.from, type: "File" }]
    : _tag === "MakeLink" && step.to !== ""
      ? [own, { path: step.to, type: "File" }]
      : [own]
}

/** A name can be a path on systems without slashes: so it is judged by itself, and in its place. */
const wrongPath = (place: Place, trees: ReadonlyArray<MirrorTree>): string | undefined => {
  for (const { names } of trees) {
    const reasons = place.path.split("/").map((name) => names.unsafeReason(name))
    const reason = Option.firstSomeOf([...reasons, names.unsafePlace?.(place) ?? Option.none()])
    if (Option.isSome(reason)) {
      return `has a path with a name that ${reason.value}`
    }
  }
  return undefined
}

const isWindows = ({ files }: LocalTree): boolean => files.directories.platform === "Windows"

/** Lists again the directories that the steps are about, and no others. */
export const recheck = (
  { options, spellings = [], steps }: MirrorPlan,
  source: MirrorTree,
  planned: MirrorTree,
  { onEvent }: Pick<MirrorOptions, "onEvent"> = {}
): Effect.Effect<Recheck.Rechecked, MirrorError> =>
  Effect.gen(function* () {
    const target = Spelling.respelled(planned, spellings)
    const { names } = target
    const { manifest } = options
    const concerned = Effect.sync(() => Recheck.concerned(steps, names.fold))
    const enter = yield* concerned
    const common = { filter: Filter.everything, hidden: manifest._tag === "InTarget" ? manifest.path : "" }
    const { links } = options
    const sourceTree = yield* ReadTree.readTree(source, {
      ...common,
      links,
      missing: "Fail",
      enter: enter.source,
      onScanned: (read) => onEvent?.({ _tag: "Scanned", side: "Source", ...read })
    })
    const readTarget = Effect.flatMap(concerned, (enter) =>
      ReadTree.readTree(target, {
        ...common,
        links: ReadTree.linksOfTarget(links),
        missing: "Empty",
        enter: enter.target,
        onScanned: (read) => onEvent?.({ _tag: "Scanned", side: "Target", ...read })
      })
    )
    const listed = yield* readTarget
    // If case does not count, directories of the steps are there under other names.
    const targetTree = (yield* CaseFolding.learn(target, sourceTree, listed)) ? yield* readTarget : listed
    const filter = options.filter === undefined ? Filter.everything : Filter.make(options.filter)
    const rules = { filter, isLast: isLast(options), names }
    return Recheck.recheck(steps, { source: sourceTree, target: targetTree }, rules)
  })
