/**
 * A mirror that deletes nothing: files are copied while both trees are read (`copyTree`), and the plan is what was found
 * to do by the end.
 *
 *     a directory, planned ──► files at once ──► files that go last ──► times
 *
 * A file whose failure may pass is tried once more at the end. What needs the whole of both trees first takes the other
 * way: deleting, replacing a directory by a file, a manifest, hashes, links.
 */
import * as Effect from "effect/Effect"
import { FtpUsageError } from "../base/FtpError.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Apply from "./apply.ts"
import * as Attempts from "./attempts.ts"
import type { FileStep } from "./copyFile.ts"
import * as CopyOne from "./copyOne.ts"
import * as CopyReading from "./copyReading.ts"
import * as CopyTree from "./copyTree.ts"
import * as DeadUploads from "./deadUploads.ts"
import type { MirrorEvent } from "./events.ts"
import * as Hidden from "./hidden.ts"
import * as Jobs from "./jobs.ts"
import * as MirrorPlan from "./MirrorPlan.ts"
import type { MirrorOptions } from "./options.ts"
import { inOrder } from "./order.ts"
import * as PlanOptions from "./planOptions.ts"
import { manifestName, refuseTrees, rulesOf } from "./prepare.ts"
import * as Progress from "./progress.ts"
import * as Refused from "./refused.ts"
import type { MirrorResult } from "./result.ts"
import { isFine } from "./skips.ts"
import type { Spelling } from "./spelling.ts"
import type * as StepModel from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Whether a mirror with these options can begin to copy before all is read. */
export const isPossible = ({
  compare,
  conflict,
  delete: what = "None",
  links,
  manifest = false,
  swap
}: MirrorOptions): boolean =>
  swap === undefined &&
  what === "None" &&
  conflict !== "Replace" &&
  manifest === false &&
  compare !== "Hash" &&
  links !== "Copy"

/** Copies what differs. Fails, and does nothing, if the root of the source can't be read. */
export const mirror = (
  source: MirrorTree,
  unspelled: MirrorTree,
  options: MirrorOptions
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.gen(function* () {
    yield* refuseTrees(source, unspelled)
    // Nothing is deleted, so it does not matter what else is there.
    const rules = yield* rulesOf(unspelled, { ...options, force: true }, false)
    const planOptions = PlanOptions.fromMirror(options)
    const { keepsTimes } = rules.compare
    if (planOptions.times === "Keep" && !keepsTimes) {
      return yield* new FtpUsageError({ argument: "times", why: `${unspelled.label} has no way to set times (MFMT)` })
    }
    const { atomic, deleteWhen, verify } = planOptions
    const { durability, onProgress } = options
    const tally = onProgress && Progress.make([])
    const onEvent = (event: StepModel.StepEvent) => {
      options.onEvent?.(event)
      const progress = tally?.after(event)
      if (progress !== undefined) {
        onProgress?.(progress)
      }
    }
    const replaces = CopyReading.replacesAll(rules)
    const settings = {
      keepsTimes,
      mustKeepTimes: planOptions.times === "Keep",
      compare: rules.compare.by,
      atomic,
      verify,
      durability,
      replaces,
      onEvent,
      deleteWhen,
      isLast: rules.isLast,
      only: rules.only
    }
    const scanned = scanning(options)
    const spellings: Array<Spelling> = []
    const copy = CopyTree.make(source, unspelled, {
      rules,
      hidden: manifestName(options),
      links: options.links,
      onSpelling: (spelling) => spellings.push(spelling)
    })
    const { target } = copy
    const run = yield* Attempts.make(source, target, settings)
    const found = makeFound(options, tally)
    yield* Jobs.run(
      [CopyTree.start(copy, { ...handlers(copy, run, found), scanned })],
      Apply.concurrencyOf(source, target),
      Effect.fail,
      found.all
    ).pipe(provideKept(source, target))
    const dead = DeadUploads.warningOf(found.dead)
    if (dead !== undefined) {
      found.warn(dead)
    }
    const files = { run, source, target }
    yield* Apply.tryAgain(files, "Files")
    yield* Apply.copyLast(files, found.last, found.skipped)
    yield* Apply.attemptAll(files, found.times)
    const outcome = { ...run.outcome(), displaced: [] }
    const { skipped, steps, unchanged, warnings } = found
    const plan: MirrorPlan.MirrorPlan = {
      version: MirrorPlan.VERSION,
      source: source.label,
      target: target.label,
      options: planOptions,
      steps: inOrder(steps, rules),
      skipped,
      unchanged,
      ...(spellings.length > 0 && { spellings }),
      ...(warnings.length > 0 && { warnings })
    }
    const result: MirrorResult = {
      ...outcome,
      plan,
      isComplete:
        outcome.failures.length + outcome.leftOut.length === 0 && skipped.every(({ reason }) => isFine(reason)),
      manifestError: undefined,
      published: { _tag: "PerFile" },
      leftTrees: []
    }
    options.onEvent?.({ _tag: "Summary", result })
    return result
  })

/** Tells how much of each side was read so far. */
const scanning = ({ onEvent }: MirrorOptions): CopyTree.Handlers<never, never>["scanned"] => {
  const read = { Source: { directories: 0, entries: 0 }, Target: { directories: 0, entries: 0 } }
  return (side, entries) => {
    read[side].directories++
    read[side].entries += entries
    onEvent?.({ _tag: "Scanned", side, ...read[side] })
  }
}

/** What is found to do, and who hears of it. */
interface Found {
  readonly steps: Array<MirrorPlan.Step>
  readonly skipped: Array<MirrorPlan.Skip>
  readonly warnings: Array<string>
  unchanged: number
  readonly dead: Array<string>
  readonly last: Array<FileStep>
  readonly times: Array<MirrorPlan.Step>
  /** Tells of a step. It is one of the `steps` when its turn has come. */
  readonly tell: (step: MirrorPlan.Step) => void
  readonly skip: (...skips: ReadonlyArray<MirrorPlan.Skip>) => void
  readonly warn: (warning: string) => void
  readonly same: (files: number) => void
  readonly all: () => void
}

const makeFound = ({ onEvent }: MirrorOptions, tally: Progress.Tally | undefined): Found => {
  const emit = (piece: Partial<Extract<MirrorEvent, { readonly _tag: "Found" }>>) =>
    onEvent?.({ _tag: "Found", steps: [], skipped: [], warnings: [], unchanged: 0, isLast: false, ...piece })
  const found: Found = {
    steps: [],
    skipped: [],
    warnings: [],
    unchanged: 0,
    dead: [],
    last: [],
    times: [],
    tell: (step) => {
      tally?.add(step)
      // Without a spread: it is told of each file.
      onEvent?.({ _tag: "Found", steps: [step], skipped: NONE, warnings: NONE, unchanged: 0, isLast: false })
    },
    skip: (...skipped) => {
      found.skipped.push(...skipped)
      emit({ skipped })
    },
    warn: (warning) => {
      found.warnings.push(warning)
      emit({ warnings: [warning] })
    },
    same: (unchanged) => {
      found.unchanged += unchanged
      if (unchanged > 0) {
        emit({ unchanged })
      }
    },
    all: () => emit({ isLast: true })
  }
  return found
}

const NONE: ReadonlyArray<never> = []

const handlers = (
  copy: CopyTree.TreeCopy,
  run: Attempts.Run,
  found: Found
): CopyTree.Handlers<MirrorError, FtpPool> => {
  const { rules, target } = copy
  const send = (
    step: FileStep,
    { source }: Pick<CopyTree.Known, "source">
  ): Effect.Effect<void, MirrorError, FtpPool> => {
    found.steps.push(step)
    if (rules.isLast(step.path)) {
      found.last.push(step)
      return Effect.void
    }
    return CopyOne.withSession(copy, (masked, from, to) =>
      run.attempt(step, to, { source: from, found: source, masked })
    )
  }
  /** In a directory that was made nothing is hidden; what is to be replaced was listed. */
  const mayBeHidden = ({ _tag, path }: FileStep) => _tag === "Copy" && run.stateOf(Tree.parent(path)) !== "Made"
  const sendUnseen = (step: FileStep, { isNew, source }: CopyTree.Known): Effect.Effect<void, MirrorError, FtpPool> => {
    const inListing = isNew ? "Lacked" : "Unknown"
    const asked = mayBeHidden(step) ? Hidden.whyLeft(target, rules, step, inListing) : Effect.succeed(undefined)
    return Effect.flatMap(asked, (skip) => {
      if (skip !== undefined) {
        found.skip(skip)
        return Effect.void
      }
      found.tell(step)
      if (!rules.isLast(step.path)) {
        run.asked(step)
      }
      return send(step, { source })
    })
  }
  const asks = Hidden.isAsked(rules, target)
  const attempt = asks ? sendUnseen : send
  const setTime = (step: MirrorPlan.Step): Effect.Effect<void> =>
    Effect.sync(() => {
      found.steps.push(step)
      found.times.push(step)
    })
  return {
    file: (step, known) => {
      if (!asks || step._tag === "SetTime") {
        found.tell(step)
      }
      const run = Effect.suspend(() => (step._tag === "SetTime" ? setTime(step) : attempt(step, known)))
      return { kind: "File", subject: step.path, run: Effect.as(run, []) }
    },
    makeDirectory: (step) =>
      Effect.suspend(() => {
        found.steps.push(step)
        found.tell(step)
        return Effect.map(run.attempt(step, target), () => run.stateOf(step.path))
      }),
    makeTogether: (steps) =>
      Effect.map(run.makeTogether(steps), (made) => {
        for (const step of steps.filter((_, index) => made[index])) {
          found.steps.push(step)
          found.tell(step)
        }
        return made
      }),
    enter: run.prepare,
    left: (left) =>
      Effect.sync(() => {
        if (left._tag === "Skipped") {
          found.skip(left.skip)
        } else if (left._tag === "Gap") {
          found.skip(...Refused.ofGap(left.gap))
        } else if (left._tag === "Refused") {
          found.skip(...Refused.ofName(left.name, rules))
        } else {
          found.warn(left.message)
        }
      }),
    unchanged: found.same,
    dead: (paths) => {
      for (const path of paths) {
        found.dead.push(path)
      }
    }
  }
}

/** The pool whose sessions the workers keep. */
const provideKept = (source: MirrorTree, target: MirrorTree) => {
  const kept = target._tag === "Remote" ? target : source._tag === "Remote" ? source : undefined
  return <A, E>(self: Effect.Effect<A, E, FtpPool>): Effect.Effect<A, E | FtpUsageError> =>
    kept === undefined
      ? new FtpUsageError({ argument: "target", why: "a mirror needs a server on one side at least" })
      : Effect.provideService(self, FtpPool, kept.pool)
}
