/**
 * The manifest while a plan is done: each finished step changes it, and it is written every few seconds, so that a run
 * that is killed loses little. At the end the directories that changed are listed once more, for the times of its files
 * as the target lists them. A file that has not the time it was given is another one by then.
 *
 * Another run may write the same manifest meanwhile. So it is read right before it is written, and what it says by then of
 * files that this run has done nothing about is taken over:
 *
 *     as it was read ──► changed by now, and not touched by this run: theirs
 *                   └──► else as this run knows it
 *
 * What no manifest claims stays unclaimed. FTP has no lock: of two runs that write in the same moment the last one wins.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { runBounded } from "../base/boundedFinalizer.ts"
import { isRetryable } from "../base/FtpError.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as UtcOffset from "../protocol/UtcOffset.ts"
import { compareTimes, MILLIS } from "./compare.ts"
import type { Copied } from "./copyModel.ts"
import * as MirrorManifest from "./MirrorManifest.ts"
import type { Step } from "./MirrorPlan.ts"
import type { ManifestStore } from "./manifestStore.ts"
import * as ManifestText from "./manifestText.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

export interface Keeping {
  readonly onDone: (step: Step, copied: Copied | undefined) => void
  /** A step that was done was taken back: what is known is as it was before. */
  readonly onUndone: (step: Step) => void
  /** Writes what changed so far, within a few seconds: for a run that is interrupted, or fails as a whole. */
  readonly settle: Effect.Effect<void>
  /** Writes what changed, with the target's times. */
  readonly finish: Effect.Effect<void, MirrorError>
}

/** Often enough to lose little, seldom enough that a large one does not fill the line. */
const INTERVAL = "10 seconds"

/** As long as a person waits after Ctrl-C. */
const SETTLE_LIMIT = "5 seconds"

interface Options {
  /** Whether steps may be taken back after they were done. */
  readonly mayUndo?: boolean | undefined
  /** What the manifest said when the run began; `undefined` if no other run writes it. */
  readonly read?: MirrorManifest.Files | undefined
}

export const make = (
  before: MirrorManifest.Files,
  store: ManifestStore,
  target: MirrorTree,
  { mayUndo = false, read }: Options = {}
): Effect.Effect<Keeping, never, Scope.Scope> =>
  Effect.gen(function* () {
    const files = new Map(before)
    const changed = new Set<string>()
    /** What this run has put there, where something of another type may be removed only then. */
    const put = new Set<string>()
    /** What this run has done something about. */
    const touched = new Set<string>()
    const previous = new Map<Step, ReadonlyArray<readonly [path: string, known: Known | undefined]>>()
    let isWritten = true
    const turns = yield* Effect.makeSemaphore(1)
    const writeNow = Effect.suspend(() => {
      isWritten = true
      return store.write(ManifestText.encode(files, target.label)).pipe(
        Effect.onError(() =>
          Effect.sync(() => {
            isWritten = false
          })
        )
      )
    })
    const takeOver =
      read === undefined
        ? Effect.void
        : Effect.matchEffect(store.read, {
            onSuccess: (now) =>
              Effect.sync(() => adopt(files, { before: read, now: Option.getOrUndefined(now), touched }, target.label)),
            // What another run has written since would be lost. The next turn tries again, and the last one reports.
            onFailure: (error) =>
              isRetryable(error) ? Effect.fail(error) : Effect.logDebug("the manifest could not be read again", error)
          })
    // One at a time, so that an older one never replaces a newer one.
    const write = turns.withPermits(1)(store.alone(Effect.zipRight(takeOver, writeNow)))
    const onDone: Keeping["onDone"] = (step, copied) => {
      if (step._tag === "Remove" && step.reason._tag === "TypeDiffers" && put.has(step.path)) {
        return
      }
      touched.add(step.path)
      if (step._tag === "Rename") {
        touched.add(step.from)
      }
      if (mayUndo && step._tag !== "Remove") {
        const paths = step._tag === "Rename" ? [step.from, step.path] : [step.path]
        previous.set(
          step,
          paths.map((path) => [path, files.get(path)] as const)
        )
      }
      change(files, step, copied)
      isWritten = false
      if (step._tag !== "Remove") {
        put.add(step.path)
      }
      if (copied !== undefined) {
        changed.add(step.path)
      }
    }
    const onUndone: Keeping["onUndone"] = (step) => {
      for (const [path, known] of previous.get(step) ?? []) {
        if (known === undefined) {
          files.delete(path)
        } else {
          files.set(path, known)
        }
        isWritten = false
      }
      if (previous.delete(step)) {
        put.delete(step.path)
        changed.delete(step.path)
      }
    }
    yield* Effect.suspend(() => (isWritten ? Effect.void : write)).pipe(
      // The next turn tries again, and the last one reports.
      Effect.catchAll((error) => Effect.logDebug("the manifest could not be written", error)),
      Effect.schedule(Schedule.spaced(INTERVAL)),
      // The scope ends it, also that of a caller who can't be interrupted.
      Effect.interruptible,
      Effect.forkScoped
    )
    return {
      onDone,
      onUndone,
      settle: Effect.suspend(() => (isWritten ? Effect.void : Effect.asVoid(runBounded(write, SETTLE_LIMIT)))),
      finish: Effect.gen(function* () {
        if (!isWritten || changed.size > 0) {
          yield* Effect.catchAll(learnTimes(files, changed, target), (error) =>
            // Without its time a file is known by its size.
            Effect.logDebug("the times of the target's files could not be read for the manifest", error)
          )
          yield* write
        }
      })
    }
  })

interface Versions {
  readonly before: MirrorManifest.Files
  readonly now: ManifestText.Text | undefined
  readonly touched: ReadonlySet<string>
}

/** What another run has written down since, of what this one has done nothing about. */
const adopt = (files: Map<string, Known>, { before, now, touched }: Versions, label: string): void => {
  for (const [path, known] of now === undefined ? NOTHING : ManifestText.decode(now, label)) {
    if (!touched.has(path) && !isSame(known, before.get(path))) {
      files.set(path, known)
    }
  }
}

const isSame = (one: Known, other: Known | undefined): boolean =>
  other !== undefined &&
  (MirrorManifest.isLink(one)
    ? MirrorManifest.isLink(other) && one.link === other.link
    : !MirrorManifest.isLink(other) &&
      one.sha256 === other.sha256 &&
      one.size === other.size &&
      one.source === other.source &&
      one.target?.at === other.target?.at &&
      one.target?.precision === other.target?.precision)

const NOTHING: MirrorManifest.Files = new Map()

type Known = MirrorManifest.ManifestFile | MirrorManifest.ManifestLink

const change = (files: Map<string, Known>, step: Step, copied: Copied | undefined): void => {
  switch (step._tag) {
    case "Copy":
    case "Replace":
      if (copied?.sha256 !== undefined) {
        files.set(step.path, {
          sha256: copied.sha256,
          size: copied.bytes,
          source: step.modified === undefined ? undefined : DateTime.toEpochMillis(step.modified.at),
          target: givenTime(copied)
        })
      }
      break
    case "MakeLink":
      files.set(step.path, { link: step.to })
      break
    case "Rename": {
      const moved = files.get(step.from)
      files.delete(step.from)
      if (moved !== undefined) {
        files.set(step.path, moved)
      }
      break
    }
    case "Remove":
      files.delete(step.path)
  }
}

/** A server may keep whole seconds. A time whose zone or year was guessed is not the one that the file has. */
const givenTime = ({ given }: Copied): MirrorManifest.ManifestTime | undefined =>
  given === undefined || !isExact(given)
    ? undefined
    : {
        at: DateTime.toEpochMillis(given.at),
        precision: given.precision === "Millisecond" ? "Second" : given.precision
      }

const isExact = ({ guess, zone }: FtpTime): boolean => guess === undefined && zone !== "Assumed"

/** One listing for each directory that has new files. */
const learnTimes = (
  files: Map<string, Known>,
  changed: ReadonlySet<string>,
  target: MirrorTree
): Effect.Effect<void, MirrorError> =>
  Effect.forEach(
    new Set([...changed].map(Tree.parent)),
    (directory) =>
      Effect.map(target.list(directory, Descent.start), (listing) => {
        for (const { entry } of listing.found) {
          const file = files.get(entry.path)
          if (
            file !== undefined &&
            !MirrorManifest.isLink(file) &&
            changed.has(entry.path) &&
            Option.isSome(entry.modified) &&
            isOurs(file, entry)
          ) {
            const { at, precision } = entry.modified.value
            const { sha256, size, source } = file
            files.set(entry.path, { sha256, size, source, target: { at: DateTime.toEpochMillis(at), precision } })
          }
        }
      }),
    { concurrency: target.concurrency, discard: true }
  )

/**
 * Whether another client may not have replaced it since it was copied: it has its size, and the time that it was given. One
 * that has not keeps the claim of what was copied, from which it has drifted.
 */
const isOurs = ({ size, target }: MirrorManifest.ManifestFile, entry: Tree.TreeEntry): boolean =>
  !Option.exists(entry.size, (listed) => listed !== size) &&
  (target === undefined || !Option.exists(entry.modified, (listed) => isOtherTime(target, listed)))

const isOtherTime = ({ at, precision }: MirrorManifest.ManifestTime, listed: FtpTime): boolean =>
  isExact(listed) &&
  compareTimes({ at: DateTime.unsafeMake(at), precision, zone: "Utc" }, listed) !== "Same" &&
  !isInOtherZone(at, listed)

/** Some servers read the time that is set as one of their own zone. */
const isInOtherZone = (given: number, { at, precision }: FtpTime): boolean =>
  MILLIS[precision] <= MILLIS.Second && UtcOffset.mayBeOff(DateTime.toEpochMillis(at) - given)
