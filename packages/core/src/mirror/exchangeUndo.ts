/**
 * What was made of something that replaces something of another type, taken back: what was moved into it goes back to where it
 * was, and the rest is removed.
 *
 *     C: RNFR old/x, RNTO .docs.ftp-effect-next-…/x      the connection breaks ahead of the reply
 *     C: MLST old/x                                      not there: it was moved, and goes back
 *                                                        there: the server may still move it, so nothing is removed
 *     C: RNFR .docs.ftp-effect-next-…/x, RNTO old/x
 *
 * If it does not get back, or that can't be known, nothing is removed, and the result names it.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { runBounded } from "../base/boundedFinalizer.ts"
import * as PartialName from "../transfer/download/partialName.ts"
import type { Run } from "./attempts.ts"
import type { Exchange } from "./exchangeModel.ts"
import type { Step } from "./MirrorPlan.ts"
import * as Redirected from "./redirected.ts"
import type { Displaced } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { LocalTree, MirrorError, MirrorTree } from "./trees.ts"

export interface Context {
  readonly target: MirrorTree
  readonly places: Map<string, string>
  readonly run: Run
}

/**
 * The old one keeps its name. Returns what could not be taken back. It can't be interrupted. `onBack` is called once it is
 * known what each step has done, and before the steps count as not done.
 */
export const undo = (
  context: Context,
  exchange: Exchange,
  limit: Duration.DurationInput,
  onBack: () => void = () => {}
): Effect.Effect<Option.Option<Displaced>> =>
  Effect.gen(function* () {
    const { places, run } = context
    const { next, removals, steps } = exchange
    const isGone = steps.some(run.isBegun)
      ? Option.getOrElse(yield* runBounded(takeBack(context, exchange), limit), () => false)
      : true
    onBack()
    run.undo(steps)
    run.leaveOut(removals)
    places.delete(next.path)
    return isGone ? Option.none() : Option.some({ path: next.path, live: "Old" as const, replacement: next.place })
  }).pipe(Effect.uninterruptible)

/** Whether nothing is left of it. */
const takeBack = ({ places, run, target }: Context, { next, steps }: Exchange): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const inside = Redirected.make(target, new Map(places))
    let isEmpty = true
    for (const step of [...steps].reverse()) {
      const isBack = yield* Effect.catchAll(takeBackOne({ inside, run, target }, step), (error) =>
        Effect.as(Effect.logDebug(`${target.pathOf(next.place)} could not be taken back`, error), false)
      )
      isEmpty &&= isBack
    }
    return isEmpty && (yield* removed(target, next))
  })

/** Whether nothing of one step is left that must not be removed. */
const takeBackOne = (
  { inside, run, target }: { readonly inside: MirrorTree } & Pick<Context, "run" | "target">,
  step: Step
): Effect.Effect<boolean, MirrorError> => {
  if (step._tag !== "Rename") {
    return Effect.succeed(true)
  }
  const certainty = run.certaintyOf(step)
  const back = Effect.as(inside.rename(step.path, step.from), true)
  return certainty === "NotDone"
    ? Effect.succeed(true)
    : certainty === "Done"
      ? back
      : Effect.flatMap(exists(target, step.from), (isThere) =>
          // If it is where it was, the server may still move it: then what is removed must not have it.
          isThere ? Effect.succeed(false) : back
        )
}

const exists = (target: MirrorTree, path: string): Effect.Effect<boolean, MirrorError> =>
  target._tag === "Remote"
    ? target.client.exists(target.pathOf(path))
    : Effect.map(target.files.ownInfo(target.pathOf(path)), Option.isSome)

/** No other client knows the name. */
const removed = (target: MirrorTree, { kind, place }: Exchange["next"]): Effect.Effect<boolean> =>
  target._tag === "Remote"
    ? Effect.match(
        target.client.remove(target.pathOf(place), { recursive: kind === "Directory", home: true, force: true }),
        {
          onFailure: () => false,
          onSuccess: () => true
        }
      )
    : Effect.map(
        Effect.forEach(
          kind === "Directory" ? [removeAll(target, place)] : removeFile(target, place),
          Effect.match({
            onFailure: (error) => error._tag === "FtpLocalFileError" && error.reason === "NotFound",
            onSuccess: () => true
          })
        ),
        (each) => each.every((isGone) => isGone)
      )

/** With its partial file: no run looks for that, as its name is another one each time. */
const removeFile = ({ files, pathOf }: LocalTree, place: string): ReadonlyArray<Effect.Effect<void, MirrorError>> =>
  [pathOf(place), ...PartialName.keptOf(pathOf(place))].map(files.remove)

/** With its partial files. */
const removeAll = (target: LocalTree, path: string): Effect.Effect<void, MirrorError> =>
  Effect.gen(function* () {
    const { directories, remove } = target.files
    for (const { name, type } of yield* directories.read(target.pathOf(path))) {
      const below = Tree.join(path, name)
      yield* type === "Directory" ? removeAll(target, below) : remove(target.pathOf(below))
    }
    yield* directories.remove(target.pathOf(path))
  })
