/** Steps of a plan that are tried together with others. Who is not settled by that has a turn alone: see `attempts`. */
import * as Effect from "effect/Effect"
import { endsAll } from "./endsAll.ts"
import * as Flights from "./flights.ts"
import type { Ledger } from "./ledger.ts"
import type { Step } from "./MirrorPlan.ts"
import type { Prove } from "./proofs.ts"
import type { ApplyOptions } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

export interface AttemptsTogether {
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

/** What they work with. */
export interface Trying {
  readonly ledger: Ledger
  readonly prove: Prove
  readonly options: ApplyOptions
  readonly target: MirrorTree
  /** Whether what a path names has been moved aside meanwhile. */
  readonly isElsewhere: (path: string) => boolean
  /** Whether a step that sets a time may fail in this way. */
  readonly isTimeOptional: (error: MirrorError) => boolean
}

export const make = ({ isElsewhere, isTimeOptional, ledger, options, prove, target }: Trying): AttemptsTogether => {
  /** Those that are in directories which are where their paths say: each is asked for once, side by side. */
  const provenOf = (steps: ReadonlyArray<Step>): Effect.Effect<ReadonlyArray<Step>, MirrorError> => {
    const placeOf = (step: Step) => `${Tree.parent(step.path)}\0${step._tag === "Rename" ? Tree.parent(step.from) : ""}`
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

  const together: AttemptsTogether["together"] = (kind, steps, to) =>
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

  const unlinkTogether: AttemptsTogether["unlinkTogether"] = (steps, to) =>
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

  const makeTogether: AttemptsTogether["makeTogether"] = (all) => {
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

  return { together, unlinkTogether, makeTogether }
}
