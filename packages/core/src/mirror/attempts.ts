/**
 * The steps of a plan, tried one by one. What becomes of them is in the `ledger`.
 */
import * as Effect from "effect/Effect"
import * as Masked from "../base/masked.ts"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import * as AttemptsTogether from "./attemptsTogether.ts"
import { performIfUnchanged, type Replacing, TAKEN } from "./checkedStep.ts"
import type { NextFile } from "./copyModel.ts"
import { endsAll } from "./endsAll.ts"
import * as Flights from "./flights.ts"
import * as GoneMeanwhile from "./goneMeanwhile.ts"
import * as Hidden from "./hidden.ts"
import * as Ledger from "./ledger.ts"
import type { Step } from "./MirrorPlan.ts"
import * as Meanwhile from "./meanwhile.ts"
import type { Flow } from "./performStep.ts"
import * as Proofs from "./proofs.ts"
import type { ApplyOptions } from "./stepModel.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/** The steps of one run, and what became of them. */
export interface Run extends Ledger.Standing, AttemptsTogether.AttemptsTogether {
  readonly attempt: (step: Step, target: MirrorTree, how?: How) => Effect.Effect<void, MirrorError>
  /** Removes a link that was listed as a directory, so that nothing beyond it is touched. */
  readonly unlink: (step: Step) => Effect.Effect<void, MirrorError>
  /**
   * Proves that the directory of a step is where its path says, before a worker that keeps a session tries the step: the
   * proof takes a session of its own. If it fails, so does each step in that directory.
   */
  readonly prepare: (step: Step) => Effect.Effect<void, MirrorError>
  /** Notes what another run has removed meanwhile, of removals that were refused. */
  readonly findGone: (steps: ReadonlyArray<Step>) => Effect.Effect<void, MirrorError>
  /** How a step is done together with others; `undefined` if it has to be done alone. */
  readonly flightOf: (step: Step, target: RemoteTree) => Flights.Kind | undefined
}

/** How a step is tried. */
export interface How {
  /** Whether it was tried before. */
  readonly isAgain?: boolean | undefined
  /** With the session that a worker keeps. Default: that of the run. */
  readonly source?: MirrorTree | undefined
  /** What is known of the local file that is sent. */
  readonly found?: LocalInfo | undefined
  /** Of a worker that is masked: then the attempt begins at the call. */
  readonly masked?: Masked.Masked | undefined
  /**
   * Gives another file to be sent with the same session, once the one before is done: then many are one effect. One that it has given is
   * tried. Default: there are no others.
   */
  readonly next?: (() => NextFile | undefined) | undefined
}

/** What comes of the effect is about `step`, and `apart` can't follow in it. */
interface UnderWay {
  step: Step
  isDone: boolean
  apart: NextFile | undefined
}

export const make = (
  source: MirrorTree,
  target: MirrorTree,
  options: ApplyOptions,
  replacingAt: (path: string) => Replacing = () => "No"
): Effect.Effect<Run> =>
  Effect.sync(() => {
    const ledger = Ledger.make(options)
    const prove = Proofs.make(source, target, ledger.made)

    /** Whether a step that sets a time may fail in this way. */
    const isTimeOptional = (error: MirrorError) => options.mustKeepTimes !== true && isRefusal(error)

    const attempt: Run["attempt"] = (step, to, how = {}) =>
      how.masked === undefined ? Effect.suspend(() => begin(step, to, how)) : begin(step, to, how)

    const begin = (step: Step, to: MirrorTree, how: How): Effect.Effect<void, MirrorError> =>
      ledger.isOver(step) ? Effect.void : beginFree(step, to, how)

    const toldOf = (step: Step, found: LocalInfo | undefined, isAgain: boolean) =>
      found ?? (isAgain ? undefined : options.sourceFiles?.get(step.path))

    /** A file of which nothing has to be asked before. */
    const plainOf = ({ found, step }: NextFile, target: MirrorTree) => {
      const file = toldOf(step, found, false)
      return (file !== undefined || source._tag === "Remote") &&
        replacingAt(step.path) === "No" &&
        Hidden.guardOf(step, target, options) === undefined &&
        prove(step) === undefined
        ? { step, found: file }
        : undefined
    }

    /** The files after one that is sent or fetched. */
    const flowOf = (now: UnderWay, next: () => NextFile | undefined, target: MirrorTree, { masked }: How): Flow => ({
      next: (copied) => {
        ledger.succeeded(now.step, copied)
        now.isDone = true
        const isLeft = masked !== undefined && Masked.isInterrupted(masked)
        for (let more = isLeft ? undefined : next(); more !== undefined; more = next()) {
          if (!ledger.isOver(more.step)) {
            const plain = plainOf(more, target)
            if (plain === undefined) {
              now.apart = more
              return undefined
            }
            now.step = more.step
            now.isDone = false
            return plain
          }
        }
        return undefined
      }
    })

    const beginFree = (first: Step, target: MirrorTree, how: How): Effect.Effect<void, MirrorError> => {
      const { isAgain = false, masked, next, source: from = source } = how
      const now: UnderWay = { step: first, isDone: false, apart: undefined }
      const guard = Hidden.guardOf(first, target, options)
      const isAsked = () => ledger.takeAsked(first)
      const replacing = replacingAt(first.path)
      // What was free when the plan was made may be taken by the second turn.
      const given = isAgain ? { ...options, isNew: false } : options
      const flow =
        next === undefined || isAgain || guard !== undefined || replacing !== "No"
          ? undefined
          : flowOf(now, next, target, how)
      const file = toldOf(first, how.found, isAgain)
      const perform = () =>
        performIfUnchanged(
          masked,
          { step: first, source: from, target, file, guard, isAsked, replacing, flow },
          given,
          ledger
        )
      const proof = prove(first, isAgain)
      const proven = proof && Masked.restoreOf(masked)(proof)
      const fail = (error: MirrorError) => {
        ledger.failed(now.step, error, isAgain)
        return endsAll(error) ? Effect.fail(error) : Effect.void
      }
      const settle = (found: "Reached" | "Stays" | MirrorError) => {
        if (found === "Reached") {
          ledger.reach(now.step)
        } else if (found === "Stays") {
          ledger.stays(now.step, TAKEN)
          ledger.settled(now.step)
        } else {
          return fail(found)
        }
        return Effect.void
      }
      return Effect.matchEffect(proven === undefined ? perform() : Effect.flatMap(proven, perform), {
        onFailure: (error) => {
          if (guard?.wasTaken() === true) {
            return settle("Stays")
          }
          const taken = replacing === "No" ? Meanwhile.taken(now.step, from, target, error) : undefined
          if (taken !== undefined) {
            return Effect.flatMap(Masked.restoreOf(masked)(Meanwhile.judge(taken, options)), settle)
          }
          if (now.step._tag === "SetTime" && isTimeOptional(error)) {
            ledger.timeNotKept(now.step, error)
            return Effect.void
          }
          return fail(error)
        },
        onSuccess: (result) => {
          if (result === "Settled") {
            ledger.settled(now.step)
            return Effect.void
          }
          if (result === "Made") {
            ledger.madeBy(now.step)
          }
          if (!now.isDone) {
            ledger.succeeded(now.step, typeof result === "object" ? result : undefined)
          }
          const { apart } = now
          return apart === undefined ? Effect.void : beginFree(apart.step, target, { ...how, found: apart.found })
        }
      })
    }

    const unlink: Run["unlink"] = (step) =>
      target._tag === "Local" || !target.mayHaveLinks() || ledger.isUnlinked(step)
        ? Effect.void
        : Effect.zipRight(prove(step) ?? Effect.void, target.removeFile(step.path)).pipe(
            Effect.andThen(() => ledger.unlinked(step)),
            Effect.catchIf(
              (error) => !endsAll(error),
              () => Effect.void
            )
          )

    const isElsewhere = (path: string) => replacingAt(path) !== "No"
    const { makeTogether, together, unlinkTogether } = AttemptsTogether.make({
      ledger,
      prove,
      options,
      target,
      isElsewhere,
      isTimeOptional
    })
    const listed: GoneMeanwhile.Listed = new Map()

    // Without a spread, whose result everything would be slow to read.
    return {
      attempt,
      unlink,
      prepare: (step) =>
        Effect.catchIf(
          prove(step) ?? Effect.void,
          (error) => !endsAll(error),
          () => Effect.void
        ),
      findGone: (steps) => {
        const refused = ledger.refused(steps).filter(({ path }) => !isElsewhere(path))
        return refused.length === 0
          ? Effect.void
          : Effect.map(GoneMeanwhile.find(refused, target, { listed }), (gone) => gone.forEach(ledger.reach))
      },
      flightOf: (step, to) =>
        Hidden.guardOf(step, to, options) === undefined ? Flights.kindOf(step, to, options) : undefined,
      together,
      unlinkTogether,
      makeTogether,
      refused: ledger.refused,
      asked: ledger.asked,
      stateOf: ledger.stateOf,
      takeRetries: ledger.takeRetries,
      takeInUse: ledger.takeInUse,
      hasFailures: ledger.hasFailures,
      leaveOut: ledger.leaveOut,
      collides: ledger.collides,
      isBegun: ledger.isBegun,
      certaintyOf: ledger.certaintyOf,
      isDone: ledger.isDone,
      isGone: ledger.isGone,
      fail: ledger.fail,
      stays: ledger.stays,
      undo: ledger.undo,
      outcome: ledger.outcome
    }
  })

/** A server without the right to set times, or a local file of another user's. Not a file that is gone, nor a busy server. */
const isRefusal = (error: MirrorError): boolean =>
  (error._tag === "FtpRejected" || (error._tag === "FtpLocalFileError" && error.operation === "SetTime")) &&
  error.reason !== "NotFound" &&
  !(error._tag === "FtpRejected" && error.isRetryable) &&
  !endsAll(error)
