/**
 * Steps that take a command or two each, many in one round trip:
 *
 *     deleted by the plan        ───────────────────────────────────► DELE, or RMD, of all
 *     deleted as ours, renamed   ──as planned, by what all of them are──► DELE, or RNFR and RNTO, of all
 *     gets another time          ───────────────────────────────────► MFMT, or what else sets times, of all
 *
 * A flight does what goes well. What is another one than planned, is refused, or may not have been tried is left to its turn
 * alone, which finds out what to say of it. What may have been deleted although no reply came is looked for at the end: the
 * same command would be refused, as there is nothing left to do.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpRejected } from "../base/FtpError.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import * as DeadNames from "./deadNames.ts"
import * as GoneMeanwhile from "./goneMeanwhile.ts"
import type { Step } from "./MirrorPlan.ts"
import { isDirectory } from "./order.ts"
import * as OwnFiles from "./ownFiles.ts"
import type { ApplyOptions } from "./stepModel.ts"
import type { MirrorError, RemoteTree } from "./trees.ts"

/** How the steps of a flight are done. */
export type Kind = "Directories" | "Files" | "OwnFiles" | "Renames" | "Times"

/** Of a step that can be done with others. */
export const kindOf = (step: Step, target: RemoteTree, options: Pick<ApplyOptions, "delete">): Kind | undefined =>
  step._tag === "Rename"
    ? "Renames"
    : step._tag === "SetTime"
      ? "Times"
      : step._tag !== "Remove" || DeadNames.isRemoval(step)
        ? undefined
        : isDirectory(step)
          ? "Directories"
          : OwnFiles.isRemoval(step, target, options)
            ? "OwnFiles"
            : "Files"

/** Who hears of what a flight decides. */
export interface Handlers {
  /** Called for each step that is done. */
  readonly onDone: (step: Step) => void
  /** Called for each that is refused for good. */
  readonly onRefused?: (step: Step) => void
  /** Called for each time that the server refuses to set, and would if it were asked for that alone. */
  readonly onTimeRefused?: (step: Step, error: FtpRejected) => void
  /** Whether a path is elsewhere in the target for a time, so that no listing of its directory shows it. */
  readonly isElsewhere: (path: string) => boolean
}

/** Does what goes well of steps of one kind. */
export const run = (
  kind: Kind,
  steps: ReadonlyArray<Step>,
  target: RemoteTree,
  handlers: Handlers
): Effect.Effect<void, MirrorError> => {
  switch (kind) {
    case "Directories":
    case "Files":
      return remove(kind, steps, target, handlers)
    case "OwnFiles":
      return Effect.flatMap(asPlanned(steps, target), (same) => remove("Files", same, target, handlers))
    case "Renames":
      return Effect.flatMap(asPlanned(steps, target), (same) =>
        rename(same.filter(OwnFiles.isRename), target, handlers.onDone)
      )
    case "Times":
      return setTimes(steps.filter(isSetTime), target, handlers)
  }
}

/** Links that were listed as directories, removed as files: a directory refuses that, and stays. */
export const unlink = (
  steps: ReadonlyArray<Step>,
  target: RemoteTree,
  handlers: Handlers
): Effect.Effect<void, MirrorError> => remove("Files", steps, target, handlers)

const remove = (
  kind: "Directories" | "Files",
  steps: ReadonlyArray<Step>,
  target: RemoteTree,
  { isElsewhere, onDone, onRefused = () => {} }: Handlers
): Effect.Effect<void, MirrorError> => {
  const doubtful: Array<Step> = []
  const asked = inTurns(
    steps,
    target,
    (session, next) =>
      session.removeFirst(
        kind,
        next.map(({ path }) => target.pathOf(path))
      ),
    (step, removal) => {
      if (removal === "Unknown") {
        doubtful.push(step)
      } else {
        ;(removal === "Removed" ? onDone : onRefused)(step)
      }
    }
  )
  return Effect.flatMap(asked, () =>
    doubtful.length === 0
      ? Effect.void
      : Effect.map(GoneMeanwhile.find(doubtful, target, { isElsewhere }), (gone) => gone.forEach(onDone))
  )
}

const rename = (
  steps: ReadonlyArray<OwnFiles.Rename>,
  target: RemoteTree,
  onDone: (step: Step) => void
): Effect.Effect<void, MirrorError> =>
  inTurns(
    steps,
    target,
    (session, next) =>
      session.renameFirst(next.map(({ from, path }) => ({ from: target.pathOf(from), to: target.pathOf(path) }))),
    // Alone, one that may be done is looked for under both names.
    (step, renamed) => {
      if (renamed === "Renamed") {
        onDone(step)
      }
    }
  )

type SetTime = Extract<Step, { readonly _tag: "SetTime" }>

const isSetTime = (step: Step): step is SetTime => step._tag === "SetTime"

const setTimes = (
  steps: ReadonlyArray<SetTime>,
  target: RemoteTree,
  { onDone, onTimeRefused = () => {} }: Handlers
): Effect.Effect<void, MirrorError> =>
  inTurns(
    steps,
    target,
    (session, next) =>
      session.setModifiedFirst(next.map(({ modified, path }) => ({ path: target.pathOf(path), at: modified.at }))),
    (step, set) => {
      if (set === "Set") {
        onDone(step)
      } else if (set !== "Unknown") {
        onTimeRefused(step, set)
      }
    }
  )

/** Those of which one burst shows that they are still what the plan has seen. */
const asPlanned = (
  steps: ReadonlyArray<Step>,
  target: RemoteTree
): Effect.Effect<ReadonlyArray<OwnFiles.Planned>, MirrorError> => {
  const same: Array<OwnFiles.Planned> = []
  return Effect.as(
    inTurns(
      steps.filter(OwnFiles.isPlanned),
      target,
      (session, next) => session.factsFirst(next.map((step) => target.pathOf(OwnFiles.placeOf(step)))),
      (step, facts) => {
        if (Option.isSome(facts) && OwnFiles.isAsPlanned(step, facts.value)) {
          same.push(step)
        }
      }
    ),
    same
  )
}

/** Asks for all of them, burst by burst, until the server takes them one by one: then each has a turn alone anyway. */
const inTurns = <S, A, E extends MirrorError>(
  steps: ReadonlyArray<S>,
  { client }: RemoteTree,
  ask: (session: FtpSession, next: ReadonlyArray<S>) => Effect.Effect<ReadonlyArray<A>, E>,
  onAnswer: (step: S, answer: A) => void
): Effect.Effect<void, MirrorError> =>
  Effect.gen(function* () {
    let next = 0
    let isTogether = true
    while (isTogether && next < steps.length) {
      const asked = steps.slice(next)
      const answers = yield* client.withSession((session) => ask(session, asked))
      isTogether = answers.length > 1
      for (const answer of answers) {
        const step = steps[next++]
        if (step !== undefined) {
          onAnswer(step, answer)
        }
      }
    }
  })
