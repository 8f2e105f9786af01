/**
 * A plan, done. Steps of one group run at once, groups one after the other:
 *
 *     directories, level by level ─► renames ─► files ─► files that go last ─► times ─► what is in the way ─► links ─► removals
 *
 * What is in the way of something of another type goes when that is whole: see `exchanges.ts`. Removals go the deepest
 * first; with `deleteWhen: "Before"` those of files go before all else, and with
 * `"During"` beside the files, as long as nothing has failed. Temporary names of uploads go after the files in any case, as a
 * file may resume what was left under one.
 *
 * A step that fails does not stop the others, but what needs it is left out. After a failure, or if something of the
 * source could not be read, or has a name that the target can't have, files that go last are left out too. After a failure nothing is removed but what was in the way. Files whose failure may pass are tried once more at the
 * end of their group; those that another run downloads to the same names last, when it has ended.
 *
 * Before anything is changed in a directory of the target that was there already, it is proven to be where its path
 * says; a directory that is removed is first tried as a link (DELE).
 */

import * as Effect from "effect/Effect"
import * as Masked from "../base/masked.ts"
import { FtpPool, keepSession } from "../pool/FtpPool.ts"
import * as Attempts from "./attempts.ts"
import type { FileStep } from "./copyModel.ts"
import * as DeadNames from "./deadNames.ts"
import * as Exchanges from "./exchanges.ts"
import * as Grouping from "./grouping.ts"
import * as Links from "./links.ts"
import type { MirrorPlan, Step } from "./MirrorPlan.ts"
import { type Group, inGroups, isDirectory } from "./order.ts"
import * as OtherDownload from "./otherDownload.ts"
import * as Shares from "./shares.ts"
import type * as StepModel from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"
import * as Twins from "./twins.ts"

/** Does the steps. Fails if an error would meet every other step too. */
export const apply = (
  { skipped, steps }: Pick<MirrorPlan, "skipped" | "steps">,
  source: MirrorTree,
  whole: MirrorTree,
  options: StepModel.ApplyOptions
): Effect.Effect<StepModel.Outcome, MirrorError> =>
  Effect.gen(function* () {
    const exchanges = yield* Exchanges.make(whole, steps, options.onDisplaced)
    const run = yield* Attempts.make(source, exchanges.tree, options, exchanges.replacingAt)
    yield* inOrder({ skipped, steps }, { run, source, target: exchanges.tree }, exchanges, options).pipe(
      Effect.onError(() => exchanges.abandon(run))
    )
    return { ...run.outcome(), displaced: exchanges.displaced() }
  })

const inOrder = (
  { skipped, steps }: Pick<MirrorPlan, "skipped" | "steps">,
  running: Shares.Running,
  exchanges: Exchanges.Exchanges,
  options: StepModel.ApplyOptions
): Effect.Effect<void, MirrorError> =>
  Effect.gen(function* () {
    const { run, target } = running
    const twins = Twins.make(target, steps)
    const apart = (group: ReadonlyArray<Step>) => twins.apart(group, run.collides)
    const groups = inGroups(steps, options)
    const inGroup = (group: Group) => groups.get(group) ?? []
    const all = (group: ReadonlyArray<Step>) => Shares.attemptAll(running, group)

    const remove = (removals: ReadonlyArray<Step>, directories = removals.filter(isDirectory)) =>
      Effect.zipRight(
        Effect.forEach(byDepth(directories, "Down"), (level) => Shares.unlinkAll(running, level), { discard: true }),
        Effect.forEach(
          byDepth(removals, "DeepestFirst"),
          (level) => Effect.flatMap(all(level), () => run.findGone(level)),
          { discard: true }
        )
      )

    const copy = (group: Group) =>
      Effect.zipRight(
        Effect.flatMap(apart(inGroup(group)), (files) => copyFiles(running, files as ReadonlyArray<FileStep>)),
        tryAgain(running, group)
      )

    const removals = inGroup("Removals")
    yield* remove(inGroup("FirstRemovals"), options.deleteWhen === "Before" ? removals.filter(isDirectory) : [])
    if (steps.length > 0) {
      yield* target.makeRoot
    }
    yield* Effect.forEach(byDepth(inGroup("Directories"), "Down"), (level) =>
      Effect.flatMap(
        Effect.flatMap(apart(level), (level) => Shares.makeTogether(running, level)),
        all
      )
    )
    yield* all(yield* apart(inGroup("Renames")))
    const meanwhile =
      options.deleteWhen === "During"
        ? removeMeanwhile(running, removals)
        : Effect.succeed({ left: removals, linksAreGone: options.deleteWhen === "Before" })
    const [{ left, linksAreGone }] = yield* Effect.all([meanwhile, copy("Files")], { concurrency: 2 })
    const last = yield* apart(inGroup("LastFiles"))
    yield* copyLast(running, last as ReadonlyArray<FileStep>, skipped)
    yield* all(inGroup("Times"))
    yield* exchanges.settle(run, "Others", remove)
    const made = (yield* apart(inGroup("Links"))) as ReadonlyArray<Links.LinkStep>
    yield* Effect.forEach(Links.inLevels(made), all, { discard: true })
    yield* exchanges.settle(run, "Links", remove)
    if (run.hasFailures()) {
      run.leaveOut(left)
    } else {
      yield* remove(left, linksAreGone ? [] : undefined)
    }
  })

/**
 * Deletes files, some at a time, until something fails; directories are left for the end. No share begins after a failure, and no
 * step that has a turn alone: what a share has sent by then is deleted.
 */
const removeMeanwhile = (running: Shares.Running, removals: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    const { run, target } = running
    const directories = removals.filter(isDirectory)
    for (const share of byDepth(directories, "Down").flatMap(Shares.small)) {
      const alone = run.hasFailures() ? share : yield* Shares.unlinkTogether(running, share, 1)
      for (const step of alone) {
        if (run.hasFailures()) {
          return { left: removals, linksAreGone: false }
        }
        yield* run.unlink(step)
      }
    }
    const files = removals.filter((step) => !isDirectory(step) && !DeadNames.isRemoval(step))
    const left: Array<Step> = []
    for (const share of Shares.small(files)) {
      for (const step of run.hasFailures() ? share : yield* Shares.inFlights(running, share, 1)) {
        if (run.hasFailures()) {
          left.push(step)
        } else {
          yield* run.attempt(step, target)
          yield* run.findGone([step])
        }
      }
    }
    return { left: [...left, ...removals.filter(DeadNames.isRemoval), ...directories], linksAreGone: true }
  })

/** Files that go last, unless something has failed or can't be read or named: they may name a file that is not there. */
export const copyLast = (
  running: Shares.Running,
  steps: ReadonlyArray<FileStep>,
  skipped: MirrorPlan["skipped"]
): Effect.Effect<void, MirrorError> =>
  Effect.suspend(() =>
    running.run.hasFailures() || skipped.some(({ reason }) => reason === "Unread" || reason === "Unsafe")
      ? Effect.sync(() => running.run.leaveOut(steps))
      : Effect.zipRight(copyFiles(running, steps), tryAgain(running, "LastFiles"))
  )

/** The files of a group whose failure may pass, once more; last those that another run has, when it has ended. */
export const tryAgain = ({ run, target }: Shares.Running, group: Group) => {
  const again = (step: Step) => run.attempt(step, target, { isAgain: true })
  return Effect.zipRight(
    Effect.suspend(() => Effect.forEach(run.takeRetries(group), again, { discard: true })),
    Effect.suspend(() =>
      target._tag === "Remote"
        ? Effect.void
        : Effect.forEach(
            run.takeInUse(group),
            ({ error, step }) => Effect.zipRight(OtherDownload.ended(target.files, error), again(step)),
            { discard: true }
          )
    )
  )
}

/** Steps that don't need each other, one set after the other; files before directories if the deepest go first. */
const byDepth = (steps: ReadonlyArray<Step>, order: "Down" | "DeepestFirst"): ReadonlyArray<ReadonlyArray<Step>> => {
  const levels = new Map<number, Array<Step>>()
  for (const step of steps) {
    const isFile = !isDirectory(step) && order === "DeepestFirst"
    const level = isFile ? Number.POSITIVE_INFINITY : Tree.depth(step.path)
    Grouping.add(levels, level, step)
  }
  const sorted = [...levels].sort(([first], [second]) => first - second).map(([, level]) => level)
  return order === "Down" ? sorted : sorted.reverse()
}

/** Each worker does files one after the other, with the same session. Their directories are proven before. */
const copyFiles = (
  { run, source, target }: Shares.Running,
  steps: ReadonlyArray<FileStep>
): Effect.Effect<void, MirrorError> => {
  let next = 0
  // One mask for all files of a worker.
  const loop = (from: MirrorTree, to: MirrorTree) =>
    Masked.run((masked) => {
      const more = () => (next < steps.length ? { step: steps[next++] as FileStep } : undefined)
      const how = { source: from, masked, next: from._tag === "Local" || to._tag === "Local" ? more : undefined }
      return Effect.whileLoop({
        while: () => next < steps.length && !Masked.isInterrupted(masked),
        body: () => run.attempt(steps[next++] as FileStep, to, how),
        step: () => {}
      })
    })
  const worker =
    target._tag === "Remote"
      ? keeping(target.pool, (pool) => loop(source, { ...target, pool }))
      : source._tag === "Remote"
        ? keeping(source.pool, (pool) => loop({ ...source, pool }, target))
        : loop(source, target)
  const firsts = new Map(steps.map((step) => [Tree.parent(step.path), step]))
  const concurrency = Shares.concurrencyOf(source, target)
  return Effect.zipRight(
    Effect.forEach(firsts.values(), run.prepare, { concurrency, discard: true }),
    Effect.all(
      Array.from({ length: Math.min(concurrency, steps.length) }, () => worker),
      { concurrency: "unbounded", discard: true }
    )
  )
}

const keeping = (pool: FtpPool, use: (pool: FtpPool) => Effect.Effect<void, MirrorError>) =>
  Effect.provideService(keepSession(Effect.flatMap(FtpPool, use)), FtpPool, pool)
