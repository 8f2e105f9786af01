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
 * If something of the new one fails, or the old one is no longer as planned, the old one keeps its name, and the new one is removed. If the second rename fails, the
 * first one is taken back. What is not known by a reply is asked for. None of it can be interrupted, and all of it is bounded.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { runBounded } from "../base/boundedFinalizer.ts"
import type { Run } from "./attempts.ts"
import * as Names from "./exchangeNames.ts"
import type { Step } from "./MirrorPlan.ts"
import { isDirectory } from "./order.ts"
import * as OwnFiles from "./ownFiles.ts"
import * as Redirected from "./redirected.ts"
import type { Removal } from "./removals.ts"
import type { Displaced } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"
import { isInTheWay } from "./wholeReplacements.ts"

/** As long as a swap has: a login, two renames and their questions on a slow path. */
const LIMIT = "60 seconds"

/** One thing of the target that is replaced by one of another type. Its old and its new name may differ in case. */
interface Exchange {
  readonly old: { readonly path: string; readonly kind: Names.Kind; readonly aside: string; readonly step: Removal }
  readonly next: { readonly path: string; readonly kind: Names.Kind; readonly place: string; readonly step: Step }
  /** What is at the new path or below it, without links in a directory: these are made at the end. */
  readonly steps: ReadonlyArray<Step>
  readonly removals: ReadonlyArray<Step>
}

export interface Exchanges {
  /** The target, in which what replaces something has a temporary name. */
  readonly tree: MirrorTree
  /** Whether a file is written under a temporary name anyway. */
  readonly isTemporary: (path: string) => boolean
  /** Exchanges what is whole, and removes what was replaced; `remove` deletes by the plan. */
  readonly settle: (
    run: Run,
    what: "Links" | "Others",
    remove: (removals: ReadonlyArray<Step>) => Effect.Effect<void, MirrorError>
  ) => Effect.Effect<ReadonlyArray<Displaced>, MirrorError>
}

export const make = (target: MirrorTree, steps: ReadonlyArray<Step>): Effect.Effect<Exchanges> =>
  Effect.map(find(target, steps), (exchanges) => {
    const places = new Map(exchanges.map(({ next: { path, place } }) => [path, place]))
    return {
      tree: exchanges.length === 0 ? target : Redirected.make(target, places),
      isTemporary: (path) => places.has(path),
      settle: (run, what, remove) =>
        Effect.map(
          Effect.forEach(
            exchanges.filter(({ next }) => (next.kind === "Link") === (what === "Links")),
            (exchange) => settleOne({ target, places, run, remove }, exchange)
          ),
          (each) => each.flatMap(Option.toArray)
        )
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
        groups.set(root, [...(groups.get(root) ?? []), step])
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

interface Context {
  readonly target: MirrorTree
  readonly places: Map<string, string>
  readonly run: Run
  readonly remove: (removals: ReadonlyArray<Step>) => Effect.Effect<void, MirrorError>
}

const settleOne = (context: Context, exchange: Exchange): Effect.Effect<Option.Option<Displaced>, MirrorError> =>
  Effect.gen(function* () {
    const { places, remove, run, target } = context
    const { next, old, removals, steps } = exchange
    if (!steps.every(run.isDone)) {
      return yield* undo(context, exchange)
    }
    const seen = yield* Effect.either(look(target, old))
    if (seen._tag === "Right" && seen.right !== "Dead") {
      run.stays(old.step, seen.right === "Gone" ? { _tag: "Absent" } : seen.right)
      return yield* undo(context, { ...exchange, removals: removals.filter((step) => step !== old.step) })
    }
    const found: Found =
      seen._tag === "Left"
        ? { live: "Old", error: seen.left }
        : yield* Effect.uninterruptible(
            Effect.map(
              runBounded(rename(target, exchange), LIMIT),
              Option.getOrElse((): Found => ({ live: "Unknown" }))
            )
          )
    if (found.live === "New") {
      places.set(old.path, old.aside)
      yield* Effect.ensuring(
        remove(removals),
        Effect.sync(() => {
          places.delete(next.path)
          places.delete(old.path)
        })
      )
      return removals.every(run.isGone)
        ? Option.none()
        : Option.some({ path: next.path, live: "New" as const, old: old.aside })
    }
    run.fail(next.step, found.error)
    if (found.live === "Old") {
      return yield* undo(context, exchange)
    }
    run.leaveOut(removals)
    return Option.some({ path: next.path, live: found.live, old: old.aside, replacement: next.place })
  })

/** What the old one is by now. */
const look = (target: MirrorTree, { kind, path, step }: Exchange["old"]) =>
  Effect.zipRight(kind === "Directory" ? target.prove(path, "Remove") : Effect.void, OwnFiles.look(step, target))

interface Found {
  readonly live: Displaced["live"]
  readonly error?: MirrorError | undefined
}

const rename = (target: MirrorTree, { next, old }: Exchange): Effect.Effect<Found> =>
  Effect.gen(function* () {
    const first = yield* moved(target, old.path, old.aside, old.kind)
    if (first.state !== "Moved") {
      return { live: first.state === "Kept" ? "Old" : "Unknown", error: first.error }
    }
    const second = yield* moved(target, next.place, next.path, next.kind)
    if (second.state === "Moved") {
      return { live: "New" }
    }
    const { error } = second
    if (second.state === "Unknown") {
      return { live: "Unknown", error }
    }
    const back = yield* moved(target, old.aside, old.path, old.kind)
    return { live: back.state === "Moved" ? "Old" : back.state === "Kept" ? "None" : "Unknown", error }
  })

interface Moved {
  readonly state: "Moved" | "Kept" | "Unknown"
  readonly error?: MirrorError | undefined
}

/** One rename; if its reply was lost, what is there decides. */
const moved = (target: MirrorTree, from: string, to: string, kind: Names.Kind): Effect.Effect<Moved> =>
  target._tag === "Local"
    ? Effect.match(
        // A directory and a link can't be linked under a second name, by which nothing would be replaced.
        target.files.rename(target.pathOf(from), target.pathOf(to), kind === "File" ? "Fail" : "Replace"),
        { onFailure: (error): Moved => ({ state: "Kept", error }), onSuccess: (): Moved => ({ state: "Moved" }) }
      )
    : Effect.matchEffect(target.client.rename(target.pathOf(from), target.pathOf(to)), {
        onSuccess: () => Effect.succeed<Moved>({ state: "Moved" }),
        onFailure: (error) =>
          error._tag === "FtpRejected" || error._tag === "FtpUsageError"
            ? Effect.succeed<Moved>({ state: "Kept", error })
            : Effect.match(
                Effect.all([target.client.exists(target.pathOf(from)), target.client.exists(target.pathOf(to))]),
                {
                  onFailure: (): Moved => ({ state: "Unknown", error }),
                  onSuccess: ([isThere, isMoved]): Moved =>
                    isThere === isMoved ? { state: "Unknown", error } : { state: isMoved ? "Moved" : "Kept", error }
                }
              )
      })

/** The old one keeps its name. What was moved into the new one goes back, and the rest of it is removed. */
const undo = (
  { places, run, target }: Context,
  { next, removals, steps }: Exchange
): Effect.Effect<Option.Option<Displaced>> =>
  Effect.gen(function* () {
    const inside = Redirected.make(target, new Map(places))
    const done = steps.filter(run.isDone)
    const left: Array<Step> = []
    for (const step of [...done].reverse()) {
      const undone =
        step._tag === "Rename"
          ? inside.rename(step.path, step.from)
          : target._tag === "Remote"
            ? Effect.void
            : step._tag === "MakeDirectory"
              ? inside.removeDirectory(step.path)
              : inside.removeFile(step.path)
      yield* Effect.catchAll(undone, (error) => {
        left.push(step)
        return Effect.logDebug(`${target.pathOf(next.place)} could not be taken back`, error)
      })
    }
    run.undo(done)
    run.leaveOut(removals)
    const isGone = left.length === 0 && (yield* removed(target, next))
    places.delete(next.path)
    return isGone ? Option.none() : Option.some({ path: next.path, live: "Old" as const, replacement: next.place })
  })

/** Nobody else knows the name. */
const removed = (target: MirrorTree, { kind, place }: Exchange["next"]): Effect.Effect<boolean> =>
  target._tag === "Remote"
    ? Effect.match(target.client.remove(target.pathOf(place), { recursive: kind === "Directory", force: true }), {
        onFailure: () => false,
        onSuccess: () => true
      })
    : Effect.match(kind === "Directory" ? target.removeDirectory(place) : target.removeFile(place), {
        onFailure: (error) => error._tag === "FtpLocalFileError" && error.reason === "NotFound",
        onSuccess: () => true
      })
