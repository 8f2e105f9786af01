/**
 * The steps of a plan, tried one by one. What becomes of them is in the `ledger`.
 */
import * as Effect from "effect/Effect"
import * as Masked from "../base/masked.ts"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
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
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/** The steps of one run, and what became of them. */
export interface Run extends Ledger.Standing {
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
  /** Does what goes well of steps of one kind in few round trips, and returns the others: each of them has a turn alone. */
  readonly together: (
    kind: Flights.Kind,
    steps: ReadonlyArray<Step>,
    target: RemoteTree
  ) => Effect.Effect<ReadonlyArray<Step>>
  /** The same as `unlink` for several, as far as it goes well; returns the others. */
  readonly unlinkTogether: (steps: ReadonlyArray<Step>, target: RemoteTree) => Effect.Effect<ReadonlyArray<Step>>
  /** Makes directories of one directory in one flight. True for each that was made; nothing is said of the others. */
  readonly makeTogether: (steps: ReadonlyArray<Step>) => Effect.Effect<ReadonlyArray<boolean>, MirrorError>
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

    const beginFree = (first: Step, target: MirrorTree, how: How): Effect.Effect<void, MirrorError> => {
      const { isAgain = false, masked, next, source: from = source } = how
      /** The one that is under way: what comes of the effect is about it. */
      let step = first
      let isDone = false
      /** One that can't follow in the same effect. */
      let apart: NextFile | undefined
      const guard = Hidden.guardOf(first, target, options)
      const isAsked = () => ledger.takeAsked(first)
      const replacing = replacingAt(first.path)
      // What was free when the plan was made may be taken by the second turn.
      const given = isAgain ? { ...options, isNew: false } : options
      const flow: Flow | undefined =
        next === undefined || isAgain || guard !== undefined || replacing !== "No"
          ? undefined
          : {
              next: (copied) => {
                ledger.succeeded(step, copied)
                isDone = true
                const isLeft = masked !== undefined && Masked.isInterrupted(masked)
                for (let more = isLeft ? undefined : next(); more !== undefined; more = next()) {
                  if (!ledger.isOver(more.step)) {
                    const plain = plainOf(more, target)
                    if (plain === undefined) {
                      apart = more
                      return undefined
                    }
                    step = more.step
                    isDone = false
                    return plain
                  }
                }
                return undefined
              }
            }
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
        ledger.failed(step, error, isAgain)
        return endsAll(error) ? Effect.fail(error) : Effect.void
      }
      const settle = (now: "Reached" | "Stays" | MirrorError) => {
        if (now === "Reached") {
          ledger.reach(step)
        } else if (now === "Stays") {
          ledger.stays(step, TAKEN)
          ledger.settled(step)
        } else {
          return fail(now)
        }
        return Effect.void
      }
      return Effect.matchEffect(proven === undefined ? perform() : Effect.flatMap(proven, perform), {
        onFailure: (error) => {
          if (guard?.wasTaken() === true) {
            return settle("Stays")
          }
          const taken = replacing === "No" ? Meanwhile.taken(step, from, target, error) : undefined
          if (taken !== undefined) {
            return Effect.flatMap(Masked.restoreOf(masked)(Meanwhile.judge(taken, options)), settle)
          }
          if (step._tag === "SetTime" && isTimeOptional(error)) {
            ledger.timeNotKept(step, error)
            return Effect.void
          }
          return fail(error)
        },
        onSuccess: (result) => {
          if (result === "Settled") {
            ledger.settled(step)
            return Effect.void
          }
          if (result === "Made") {
            ledger.madeBy(step)
          }
          if (!isDone) {
            ledger.succeeded(step, typeof result === "object" ? result : undefined)
          }
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

    /** Those that are in directories which are where their paths say: each is asked for once, side by side. */
    const provenOf = (steps: ReadonlyArray<Step>): Effect.Effect<ReadonlyArray<Step>, MirrorError> => {
      const placeOf = (step: Step) =>
        `${Tree.parent(step.path)}\0${step._tag === "Rename" ? Tree.parent(step.from) : ""}`
      const firsts = new Map(steps.map((step) => [placeOf(step), step]))
      const unproven = new Set<string>()
      const ask = ([place, step]: readonly [string, Step]) =>
        Effect.catchIf(
          prove(step) ?? Effect.void,
          (error) => !endsAll(error),
          () => Effect.sync(() => unproven.add(place))
        )
      return Effect.map(Effect.forEach(firsts, ask, { concurrency: target.concurrency, discard: true }), () =>
        steps.filter((step) => !unproven.has(placeOf(step)))
      )
    }

    /** A flight was ended by what would end each other one too, perhaps after a whole time limit. */
    let isGrounded = false

    /** Who is not settled by it has a turn alone, and meets the failure again that has ended it, if there was one. */
    const inFlight = (
      steps: ReadonlyArray<Step>,
      fly: (steps: ReadonlyArray<Step>, settle: (step: Step) => void) => Effect.Effect<void, MirrorError>
    ): Effect.Effect<ReadonlyArray<Step>> =>
      Effect.suspend(() => {
        if (isGrounded) {
          return Effect.succeed(steps)
        }
        const settled = new Set<Step>()
        return Effect.flatMap(provenOf(steps.filter(ledger.isFree)), (proven) =>
          fly(proven, (step) => settled.add(step))
        ).pipe(
          Effect.catchAll((error) =>
            Effect.sync(() => {
              isGrounded ||= endsAll(error)
            })
          ),
          Effect.map(() => steps.filter((step) => !settled.has(step)))
        )
      })

    const isElsewhere = (path: string) => replacingAt(path) !== "No"

    const together: Run["together"] = (kind, steps, to) =>
      inFlight(steps, (steps, settle) => {
        steps.forEach(ledger.begin)
        const settled = (step: Step) => {
          settle(step)
          options.onEvent?.({ _tag: "Started", step })
        }
        return Flights.run(kind, steps, to, {
          onDone: (step) => {
            settled(step)
            ledger.succeeded(step)
          },
          onTimeRefused: (step, error) => {
            if (isTimeOptional(error)) {
              settled(step)
              ledger.timeNotKept(step, error)
            }
          },
          isElsewhere
        })
      })

    const unlinkTogether: Run["unlinkTogether"] = (steps, to) =>
      inFlight(steps, (steps, settle) =>
        Flights.unlink(steps, to, {
          onDone: (step) => {
            settle(step)
            ledger.unlinked(step)
          },
          onRefused: settle,
          isElsewhere
        })
      )

    const makeTogether: Run["makeTogether"] = (all) => {
      // Directories that can't be made are reported one by one.
      const steps = all.some(ledger.isBelowBroken) ? [] : all
      steps.forEach(ledger.begin)
      return Effect.forEach(steps.slice(0, 1), (step) => prove(step) ?? Effect.void, { discard: true }).pipe(
        Effect.andThen(steps.length === 0 ? Effect.succeed([]) : target.makeDirectories(steps.map(({ path }) => path))),
        Effect.tap((each) =>
          Effect.sync(() => {
            for (const step of steps.filter((_, index) => each[index])) {
              options.onEvent?.({ _tag: "Started", step })
              ledger.madeBy(step)
              ledger.succeeded(step)
            }
          })
        ),
        // Each of them meets the same failure when it is made alone, and reports it.
        Effect.catchIf(
          (error) => !endsAll(error),
          () => Effect.succeed([])
        )
      )
    }

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
