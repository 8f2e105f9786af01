/**
 * A plan, done. Steps of one group run at once, groups one after the other:
 *
 *     what is in the way ─► directories, level by level ─► renames ─► files ─► files that go last ─► times ─► removals
 *
 * Removals go the deepest first; with `deleteWhen: "Before"` those of files go before all but what is in the way.
 *
 * A step that fails does not stop the others, but what needs it is left out, and nothing is removed after a failure but
 * what was in the way. Files whose failure may pass are tried once more
 * at the end of their group.
 *
 * Before anything is changed in a directory of the target that was there already, it is proven to be where its path
 * says; a directory that is removed is first tried as a link (DELE).
 */
import * as Effect from "effect/Effect"
import { FtpPool, keepSession } from "../pool/FtpPool.ts"
import { type Copied, type CopyOptions, copyFile, type FileStep } from "./copyFile.ts"
import { endsAll } from "./endsAll.ts"
import type { MirrorPlan, Step } from "./MirrorPlan.ts"
import { type Group, groupOf } from "./order.ts"
import type { Rules } from "./rules.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/**
 * What happens while a plan is done. `bytes` counts from the beginning of the file.
 *
 * @since 0.1.0
 * @category models
 */
export type MirrorEvent =
  | { readonly _tag: "Started"; readonly step: Step }
  | { readonly _tag: "Progress"; readonly step: Step; readonly bytes: number }
  | { readonly _tag: "Done"; readonly step: Step; readonly result: Copied | undefined }
  | { readonly _tag: "Failed"; readonly step: Step; readonly error: MirrorError; readonly triedAgain: boolean }
  | { readonly _tag: "LeftOut"; readonly step: Step; readonly because: "Directory" | "Failures" }

/**
 * A step that could not be done.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure {
  readonly step: Step
  readonly error: MirrorError
}

/** What became of the steps. */
export interface Outcome {
  readonly done: ReadonlyArray<Step>
  readonly failures: ReadonlyArray<Failure>
  /** Not tried, as something before them failed. */
  readonly leftOut: ReadonlyArray<Step>
  /** Bytes of the files that were copied. */
  readonly bytes: number
}

export interface ApplyOptions extends CopyOptions {
  readonly isLast: Rules["isLast"]
  readonly deleteWhen: Rules["deleteWhen"]
  /** Called in the fiber of the work: it must be quick and must not throw. */
  readonly onEvent?: ((event: MirrorEvent) => void) | undefined
}

/** Does the steps. Fails if an error would meet every other step too. */
export const apply = (
  { steps }: Pick<MirrorPlan, "steps">,
  source: MirrorTree,
  target: MirrorTree,
  options: ApplyOptions
): Effect.Effect<Outcome, MirrorError> =>
  Effect.gen(function* () {
    const run = yield* makeRun(source, target, options)
    const concurrency = Math.min(target.concurrency, source._tag === "Remote" ? source.concurrency : target.concurrency)
    const inGroup = (group: Group) => steps.filter((step) => groupOf(step, options) === group)
    const all = (group: ReadonlyArray<Step>) =>
      Effect.forEach(group, (step) => run.attempt(step, target), { concurrency, discard: true })

    const remove = (removals: ReadonlyArray<Step>, directories = removals.filter(isDirectory)) =>
      Effect.zipRight(
        Effect.forEach(byDepth(directories, "Down"), (level) =>
          Effect.forEach(level, run.unlink, { concurrency, discard: true })
        ),
        Effect.forEach(byDepth(removals, "DeepestFirst"), all, { discard: true })
      )

    const copy = (group: Group) =>
      Effect.andThen(
        inWorkers(inGroup(group) as ReadonlyArray<FileStep>, source, target, concurrency, run.attempt),
        () => Effect.forEach(run.takeRetries(group), (step) => run.attempt(step, target, true), { discard: true })
      )

    const removals = inGroup("Removals")
    yield* remove(inGroup("InTheWay"))
    yield* remove(inGroup("FirstRemovals"), options.deleteWhen === "Before" ? removals.filter(isDirectory) : [])
    if (steps.length > 0) {
      yield* target.makeRoot
    }
    yield* Effect.forEach(byDepth(inGroup("Directories"), "Down"), all)
    yield* all(inGroup("Renames"))
    yield* copy("Files")
    yield* copy("LastFiles")
    yield* all(inGroup("Times"))
    if (run.hasFailures()) {
      run.leaveOut(removals)
    } else {
      yield* remove(removals, options.deleteWhen === "Before" ? [] : undefined)
    }
    return run.outcome()
  })

const isDirectory = ({ precondition }: Step): boolean => precondition._tag === "Directory"

/** Steps that don't need each other, one set after the other; files before directories if the deepest go first. */
const byDepth = (steps: ReadonlyArray<Step>, order: "Down" | "DeepestFirst"): ReadonlyArray<ReadonlyArray<Step>> => {
  const levels = new Map<number, Array<Step>>()
  for (const step of steps) {
    const isFile = !isDirectory(step) && order === "DeepestFirst"
    const level = isFile ? Number.POSITIVE_INFINITY : Tree.depth(step.path)
    const same = levels.get(level)
    if (same === undefined) {
      levels.set(level, [step])
    } else {
      same.push(step)
    }
  }
  const sorted = [...levels].sort(([first], [second]) => first - second).map(([, level]) => level)
  return order === "Down" ? sorted : sorted.reverse()
}

/** Each worker does files one after the other, with the same session. */
const inWorkers = (
  steps: ReadonlyArray<FileStep>,
  source: MirrorTree,
  target: MirrorTree,
  concurrency: number,
  attempt: Run["attempt"]
): Effect.Effect<void, MirrorError> => {
  let next = 0
  const loop = (from: MirrorTree, to: MirrorTree) =>
    Effect.whileLoop({
      while: () => next < steps.length,
      body: () => attempt(steps[next++] as FileStep, to, false, from),
      step: () => {}
    })
  const worker =
    target._tag === "Remote"
      ? keeping(target.pool, (pool) => loop(source, { ...target, pool }))
      : source._tag === "Remote"
        ? keeping(source.pool, (pool) => loop({ ...source, pool }, target))
        : loop(source, target)
  return Effect.all(
    Array.from({ length: Math.min(concurrency, steps.length) }, () => worker),
    { concurrency: "unbounded", discard: true }
  )
}

const keeping = (pool: FtpPool, use: (pool: FtpPool) => Effect.Effect<void, MirrorError>) =>
  Effect.provideService(keepSession(Effect.flatMap(FtpPool, use)), FtpPool, pool)

interface Run {
  readonly attempt: (
    step: Step,
    target: MirrorTree,
    isAgain?: boolean,
    source?: MirrorTree
  ) => Effect.Effect<void, MirrorError>
  /** Removes a link that was listed as a directory, so that nothing beyond it is touched. */
  readonly unlink: (step: Step) => Effect.Effect<void, MirrorError>
  readonly takeRetries: (group: Group) => ReadonlyArray<Step>
  readonly hasFailures: () => boolean
  readonly leaveOut: (steps: ReadonlyArray<Step>) => void
  readonly outcome: () => Outcome
}

const makeRun = (source: MirrorTree, target: MirrorTree, options: ApplyOptions): Effect.Effect<Run> =>
  Effect.sync(() => {
    const emit = options.onEvent ?? (() => {})
    const done: Array<Step> = []
    const failures = new Map<Step, MirrorError>()
    const leftOut: Array<Step> = []
    const made = new Set<string>()
    const broken = new Set<string>()
    /** Links that were listed as directories: with them goes what was listed below. */
    const unlinked = new Set<string>()
    const proofs = new Map<string, Effect.Effect<void, MirrorError>>()
    let bytes = 0

    const prove = (step: Step): Effect.Effect<void, MirrorError> =>
      step._tag === "Rename"
        ? Effect.zipRight(
            proveDirectory(Tree.parent(step.from), "Remove"),
            proveDirectory(Tree.parent(step.path), "Write")
          )
        : proveDirectory(Tree.parent(step.path), step._tag === "Remove" ? "Remove" : "Write")

    const proveDirectory = (directory: string, why: "Write" | "Remove"): Effect.Effect<void, MirrorError> =>
      Effect.suspend(() => {
        if (made.has(directory)) {
          return Effect.void
        }
        const key = `${why} ${directory}`
        const known = proofs.get(key)
        return known === undefined
          ? Effect.flatMap(Effect.cached(target.prove(directory, why)), (cached) => {
              // A failure is not kept: a file that is tried again proves its directory again.
              const proof = Effect.tapError(cached, () => Effect.sync(() => proofs.delete(key)))
              proofs.set(key, proof)
              return proof
            })
          : known
      })

    const leaveOut = (step: Step, because: "Directory" | "Failures") => {
      leftOut.push(step)
      emit({ _tag: "LeftOut", step, because })
    }

    const attempt: Run["attempt"] = (step, to, isAgain = false, from = source) =>
      Effect.suspend(() => {
        if (Tree.isWithin(step.path, broken)) {
          leaveOut(step, "Directory")
          return Effect.void
        }
        if (step._tag === "Remove" && Tree.isWithin(step.path, unlinked)) {
          return Effect.void
        }
        emit({ _tag: "Started", step })
        return Effect.matchEffect(Effect.zipRight(prove(step), perform(step, from, to, options)), {
          onFailure: (error) => {
            failures.set(step, error)
            if (step._tag === "MakeDirectory") {
              broken.add(step.path)
            }
            emit({ _tag: "Failed", step, error, triedAgain: isAgain })
            return endsAll(error) ? Effect.fail(error) : Effect.void
          },
          onSuccess: (result) => {
            failures.delete(step)
            done.push(step)
            if (step._tag === "MakeDirectory") {
              made.add(step.path)
            }
            bytes += result?.bytes ?? 0
            emit({ _tag: "Done", step, result })
            return Effect.void
          }
        })
      })

    const unlink: Run["unlink"] = (step) =>
      target._tag === "Local" || Tree.isWithin(step.path, unlinked)
        ? Effect.void
        : Effect.zipRight(prove(step), target.removeFile(step.path)).pipe(
            Effect.andThen(() => Effect.sync(() => unlinked.add(step.path))),
            Effect.asVoid,
            Effect.catchIf(
              (error) => !endsAll(error),
              () => Effect.void
            )
          )

    return {
      attempt,
      unlink,
      takeRetries: (group) =>
        [...failures].flatMap(([step, error]) =>
          groupOf(step, options) === group && "isRetryable" in error && error.isRetryable ? [step] : []
        ),
      hasFailures: () => failures.size > 0 || leftOut.length > 0,
      leaveOut: (steps) => {
        for (const step of steps) {
          leaveOut(step, "Failures")
        }
      },
      outcome: () => ({
        done,
        failures: Array.from(failures, ([step, error]) => ({ step, error })),
        leftOut,
        bytes
      })
    }
  })

const perform = (
  step: Step,
  source: MirrorTree,
  target: MirrorTree,
  options: ApplyOptions
): Effect.Effect<Copied | undefined, MirrorError> => {
  const { onEvent } = options
  switch (step._tag) {
    case "MakeDirectory":
      return Effect.as(target.makeDirectory(step.path), undefined)
    case "Rename":
      return Effect.as(target.rename(step.from, step.path), undefined)
    case "SetTime":
      return Effect.as(target.setModified(step.path, step.modified.at), undefined)
    case "Remove":
      return Effect.as(isDirectory(step) ? target.removeDirectory(step.path) : target.removeFile(step.path), undefined)
    default:
      return copyFile(source, target, step, {
        ...options,
        ...(onEvent !== undefined && { onProgress: ({ bytes }) => onEvent({ _tag: "Progress", step, bytes }) })
      })
  }
}
