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
    const can = { source: judgeOf(source), target: judgeOf(target) }
    for (const path of manifest._tag === "InTarget" ? [manifest.path, ...others] : others) {
      const wrong = can.target(path, "File")
      if (wrong !== undefined) {
        return yield* refuse(wrong)
      }
    }
    if (plan.options.swap !== undefined && plan.steps.some(({ _tag }) => _tag === "MakeLink")) {
      return yield* refuse("has a step that can't be: a link in a swap")
    }
    for (const step of plan.steps) {
      const wrong = wrongPrecondition(step) ?? wrongName(step, target, can)
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

/** Why a tree can't have something, if so. */
type Judge = (path: string, type: Tree.TreeEntry["type"]) => string | undefined

interface Judges {
  readonly source: Judge
  readonly target: Judge
}

const wrongName = (step: Step, target: MirrorTree, can: Judges): string | undefined => {
  const { _tag, path } = step
  if (_tag === "Remove") {
    const type = step.precondition._tag === "Directory" ? "Directory" : "File"
    // A local file of a name that no server could have can be deleted all the same.
    return target._tag === "Local" && !isWindows(target) ? undefined : can.target(path, type)
  }
  const type = _tag === "MakeDirectory" ? "Directory" : "File"
  const wrong = can.source(path, type) ?? can.target(path, type)
  const other = _tag === "Rename" ? step.from : _tag === "MakeLink" && step.to !== "" ? step.to : undefined
  return wrong ?? (other === undefined ? undefined : (can.source(other, "File") ?? can.target(other, "File")))
}

/** A name can be a path on systems without slashes: so it is judged by itself, and in its place. */
const judgeOf = ({ names }: MirrorTree): Judge => {
  /** Directories that were judged with an entry before. */
  const fine = new Set<string>()
  const reasonFor = (path: string): Option.Option<string> => {
    const end = path.lastIndexOf("/")
    const above = path.slice(0, end)
    if (end !== -1 && !fine.has(above)) {
      for (const name of above.split("/")) {
        const reason = names.unsafeReason(name)
        if (Option.isSome(reason)) {
          return reason
        }
      }
      fine.add(above)
    }
    return names.unsafeReason(path.slice(end + 1))
  }
  return (path, type) => {
    const named = reasonFor(path)
    const reason = Option.isSome(named) ? named : names.unsafePlace?.({ path, type })
    return reason !== undefined && Option.isSome(reason) ? `has a path with a name that ${reason.value}` : undefined
  }
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
