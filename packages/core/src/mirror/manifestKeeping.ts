/**
 * The manifest while a plan is done: each finished step changes it, and it is written every few seconds, so that a run
 * that is killed loses little. At the end the directories that changed are listed once more, for the times of its files
 * as the target lists them. A file that has not the time it was given is another one by then.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { runBounded } from "../base/boundedFinalizer.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import { compareTimes, MILLIS } from "./compare.ts"
import type { Copied } from "./copyFile.ts"
import * as MirrorManifest from "./MirrorManifest.ts"
import type { Step } from "./MirrorPlan.ts"
import type { ManifestStore } from "./manifestStore.ts"
import * as ManifestText from "./manifestText.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

export interface Keeping {
  readonly onDone: (step: Step, copied: Copied | undefined) => void
  /** Another run has done it meanwhile. */
  readonly onReached: (step: Step) => void
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

export const make = (
  before: MirrorManifest.Files,
  store: ManifestStore,
  target: MirrorTree,
  /** Whether steps may be taken back after they were done. */
  mayUndo = false
): Effect.Effect<Keeping, never, Scope.Scope> =>
  Effect.gen(function* () {
    const files = new Map(before)
    const changed = new Set<string>()
    /** What this run has put there, where something of another type may be removed only then. */
    const put = new Set<string>()
    /** What another run has put there, of which it may keep a manifest in the same place. */
    const reached = new Map<string, Step>()
    const previous = new Map<Step, ReadonlyArray<readonly [path: string, known: Known | undefined]>>()
    let isWritten = true
    const turns = yield* Effect.makeSemaphore(1)
    // One at a time, so that an older one never replaces a newer one.
    const write = turns.withPermits(1)(
      Effect.suspend(() => {
        isWritten = true
        return store.write(ManifestText.encode(files, target.label)).pipe(
          Effect.onError(() =>
            Effect.sync(() => {
              isWritten = false
            })
          )
        )
      })
    )
    const onDone: Keeping["onDone"] = (step, copied) => {
      if (step._tag === "Remove" && step.reason._tag === "TypeDiffers" && put.has(step.path)) {
        return
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
    const onReached: Keeping["onReached"] = (step) => {
      if (step._tag === "Copy" || step._tag === "MakeLink") {
        reached.set(step.path, step)
      }
    }
    return {
      onDone,
      onReached,
      onUndone,
      settle: Effect.suspend(() => (isWritten ? Effect.void : Effect.asVoid(runBounded(write, SETTLE_LIMIT)))),
      finish: Effect.gen(function* () {
        if (reached.size > 0) {
          yield* Effect.catchAll(claimReached(files, reached, store, target.label), (error) =>
            Effect.logDebug("the manifest of the other run could not be read", error)
          )
          isWritten = false
        }
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

/**
 * Of two runs at once the last one writes the manifest: it keeps what the other one says there of its own files. What no
 * manifest claims stays unclaimed.
 */
const claimReached = (
  files: Map<string, Known>,
  reached: ReadonlyMap<string, Step>,
  { read }: ManifestStore,
  label: string
): Effect.Effect<void, MirrorError> =>
  Effect.map(read, (text) => {
    const theirs = Option.isSome(text) ? ManifestText.decode(text.value, label) : NOTHING
    for (const [path, step] of reached) {
      const known = theirs.get(path)
      const isIts =
        known !== undefined &&
        (MirrorManifest.isLink(known)
          ? step._tag === "MakeLink" && known.link === step.to
          : step._tag === "Copy" && known.size === step.bytes)
      if (isIts) {
        files.set(path, known)
      }
    }
  })

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

/** Some servers read the time that is set as one of their own zone: all zones are whole quarters of an hour apart. */
const QUARTER = 15 * 60 * 1000
const MOST_QUARTERS = 14 * 4

const isInOtherZone = (given: number, { at, precision }: FtpTime): boolean => {
  const quarters = (DateTime.toEpochMillis(at) - given) / QUARTER
  const off = Math.abs(quarters - Math.round(quarters)) * QUARTER
  return MILLIS[precision] <= MILLIS.Second && off <= MILLIS.Second && Math.abs(quarters) <= MOST_QUARTERS
}
