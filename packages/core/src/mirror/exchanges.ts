/**
 * What is in the way of something of another type. The new one is made under a temporary name; once all of it is there, two
 * renames exchange them, and only then the old one is removed:
 *
 *     C: STOR .page.1a2b3c4d.ftp-effect           or MKD, and all that is in the new directory
 *     C: MLST page                                as planned: another client has not replaced it
 *     C: RNFR page                                S: 350
 *     C: RNTO .page.ftp-effect-previous-…         S: 250    from here on there is no page
 *     C: RNFR .page.1a2b3c4d.ftp-effect           S: 350
 *     C: RNTO page                                S: 250    until here
 *     C: DELE .page.ftp-effect-previous-…/a       as the plan has it of page/a
 *
 * If something of the new one fails, or the old one is no longer as planned, the old one keeps its name, and the new one is
 * removed (`exchangeUndo.ts`). If the second rename fails, the first one is taken back. What is not known by a reply is asked
 * for; if the server may still do it, both stay, and the result names them. None of it can be interrupted, and all of it is bounded. A run that ends early does the same with what it has begun.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { runBounded } from "../base/boundedFinalizer.ts"
import type { Run } from "./attempts.ts"
import type { Replacing } from "./checkedStep.ts"
import type { Exchange } from "./exchangeModel.ts"
import * as Names from "./exchangeNames.ts"
import * as Renames from "./exchangeRenames.ts"
import * as Undo from "./exchangeUndo.ts"
import * as Grouping from "./grouping.ts"
import type { Step } from "./MirrorPlan.ts"
import { isDirectory } from "./order.ts"
import * as OwnFiles from "./ownFiles.ts"
import * as Redirected from "./redirected.ts"
import { describeDisplaced } from "./result.ts"
import type { Displaced } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"
import { isInTheWay } from "./wholeReplacements.ts"

/** As long as a swap has: a login, two renames and their questions on a slow path. */
const LIMIT = Duration.seconds(60)

export interface Exchanges {
  /** The target, in which what replaces something has a temporary name. */
  readonly tree: MirrorTree
  /** Whether a path is what replaces something, or in it. */
  readonly replacingAt: (path: string) => Replacing
  /** Exchanges what is whole, and removes what was replaced; `remove` deletes by the plan. */
  readonly settle: (
    run: Run,
    what: "Links" | "Others",
    remove: (removals: ReadonlyArray<Step>) => Effect.Effect<void, MirrorError>
  ) => Effect.Effect<void, MirrorError>
  /** What is not where it belongs, of all that is settled. */
  readonly displaced: () => ReadonlyArray<Displaced>
  /**
   * For a run that fails as a whole or is interrupted: takes back what is not settled, and names what is not where it belongs
   * in the log, as there is no result that could.
   */
  readonly abandon: (run: Run) => Effect.Effect<void>
}

export const make = (
  target: MirrorTree,
  steps: ReadonlyArray<Step>,
  onDisplaced: (displaced: Displaced) => void = () => {}
): Effect.Effect<Exchanges> =>
  Effect.map(find(target, steps), (exchanges) => {
    const places = new Map(exchanges.map(({ next: { path, place } }) => [path, place]))
    const open = new Set(exchanges)
    const displaced: Array<Displaced> = []
    const close = (exchange: Exchange, left: Option.Option<Displaced>) => {
      open.delete(exchange)
      if (Option.isSome(left)) {
        displaced.push(left.value)
        onDisplaced(left.value)
      }
    }
    return {
      tree: exchanges.length === 0 ? target : Redirected.make(target, places),
      replacingAt: (path) => (places.has(path) ? "Itself" : Tree.isWithin(path, places) ? "Above" : "No"),
      settle: (run, what, remove) =>
        Effect.forEach(
          exchanges.filter(({ next }) => (next.kind === "Link") === (what === "Links")),
          (exchange) => settleOne({ target, places, run, remove, close }, exchange),
          { discard: true }
        ),
      displaced: () => displaced,
      abandon: (run) =>
        Effect.gen(function* () {
          const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(LIMIT)
          for (const exchange of open) {
            const limit = Math.max(0, until - (yield* Clock.currentTimeMillis))
            close(exchange, yield* Undo.undo({ target, places, run }, exchange, limit))
          }
          yield* Effect.forEach(
            displaced,
            (each) => Effect.logWarning(`in ${target.label} ${each.path} ${describeDisplaced(each)}`),
            { discard: true }
          )
        }).pipe(Effect.uninterruptible)
    }
  })

/** Those whose removal is planned with what comes in their place. */
const find = (target: MirrorTree, steps: ReadonlyArray<Step>): Effect.Effect<ReadonlyArray<Exchange>> =>
  Effect.gen(function* () {
    const { fold } = target.names
    const removals = steps.filter(isInTheWay)
    const paths = new Set(removals.map(({ path }) => path))
    const roots = removals.filter(({ path }) => paths.size > 0 && !Tree.isWithin(Tree.parent(path), paths))
    const below = grouped(roots, removals, ({ path }) => path)
    const others = steps.filter((step) => step._tag !== "Remove")
    const inPlace = grouped(roots, others, ({ path }) => fold(path), fold)
    const exchanges: Array<Exchange> = []
    for (const root of roots) {
      const all = inPlace.get(root) ?? []
      const step = all.find(({ path }) => fold(path) === fold(root.path))
      if (step === undefined) {
        continue
      }
      const [kind, oldKind] = [kindOf(step), isDirectory(root) ? "Directory" : kindOf(root)] as const
      exchanges.push({
        old: { path: root.path, kind: oldKind, aside: yield* Names.makeOld(root.path, oldKind), step: root },
        next: { path: step.path, kind, place: yield* Names.makeNew(step.path, kind), step },
        steps: kind === "Link" ? all : all.filter(({ _tag }) => _tag !== "MakeLink"),
        removals: below.get(root) ?? []
      })
    }
    return exchanges
  })

/** The steps at or below each root, in their order. */
const grouped = <S extends Step>(
  roots: ReadonlyArray<Step>,
  steps: ReadonlyArray<S>,
  keyOf: (step: Step) => string,
  fold: (path: string) => string = (path) => path
): ReadonlyMap<Step, ReadonlyArray<S>> => {
  const groups = new Map<Step, Array<S>>()
  const byPath = new Map(roots.map((root) => [fold(root.path), root]))
  for (const step of byPath.size === 0 ? [] : steps) {
    for (let at = keyOf(step); at !== ""; at = Tree.parent(at)) {
      const root = byPath.get(at)
      if (root !== undefined) {
        Grouping.add(groups, root, step)
        break
      }
    }
  }
  return groups
}

const kindOf = (step: Step): Names.Kind =>
  step._tag === "MakeDirectory"
    ? "Directory"
    : step._tag === "MakeLink" || (step._tag === "Remove" && step.precondition._tag === "Link")
      ? "Link"
      : "File"

interface Context extends Undo.Context {
  readonly remove: (removals: ReadonlyArray<Step>) => Effect.Effect<void, MirrorError>
  readonly close: (exchange: Exchange, left: Option.Option<Displaced>) => void
}

/** It can be interrupted while it asks, and while it removes what was replaced. */
const settleOne = (context: Context, exchange: Exchange): Effect.Effect<void, MirrorError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const { close, places, remove, run, target } = context
      const { next, old, removals, steps } = exchange
      const undo = (exchange: Exchange) => Undo.undo(context, exchange, LIMIT)
      if (!steps.every(run.isDone)) {
        return close(exchange, yield* undo(exchange))
      }
      const seen = yield* Effect.either(restore(look(target, old)))
      if (seen._tag === "Right" && seen.right !== "Dead") {
        run.stays(old.step, seen.right === "Gone" ? { _tag: "Absent" } : seen.right)
        return close(exchange, yield* undo({ ...exchange, removals: removals.filter((step) => step !== old.step) }))
      }
      const found: Renames.Found =
        seen._tag === "Left"
          ? { live: "Old", error: seen.left }
          : Option.getOrElse(
              yield* runBounded(Renames.rename(target, exchange), LIMIT),
              (): Renames.Found => ({ live: "Unknown" })
            )
      const { live } = found
      if (live === "New") {
        places.set(old.path, old.aside)
        return yield* Effect.ensuring(
          restore(remove(removals)),
          Effect.sync(() => {
            places.delete(next.path)
            places.delete(old.path)
            const isGone = removals.every(run.isGone)
            close(exchange, isGone ? Option.none() : Option.some({ path: next.path, live, old: old.aside }))
          })
        )
      }
      if (live === "Old") {
        return close(exchange, yield* Undo.undo(context, exchange, LIMIT, () => run.fail(next.step, found.error)))
      }
      run.fail(next.step, found.error)
      run.undo(steps)
      run.leaveOut(removals)
      close(exchange, Option.some({ path: next.path, live, old: old.aside, replacement: next.place }))
    })
  )

/** What the old one is by now. */
const look = (target: MirrorTree, { kind, path, step }: Exchange["old"]) =>
  Effect.zipRight(kind === "Directory" ? target.prove(path, "Remove") : Effect.void, OwnFiles.look(step, target))
