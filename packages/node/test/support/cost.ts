/**
 * What a piece of work costs, in numbers that are the same on each machine: steps of Effect's run loop, and fibers. Those
 * of a test server don't count, as its fibers are not children of the one that is measured.
 */
import * as Effect from "effect/Effect"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as RuntimeFlagsPatch from "effect/RuntimeFlagsPatch"
import * as Supervisor from "effect/Supervisor"

export interface Cost {
  readonly steps: number
  readonly fibers: number
}

class Counter extends Supervisor.AbstractSupervisor<void> {
  steps = 0
  fibers = 0
  override readonly value = Effect.void
  override onStart(): void {
    this.fibers += 1
  }
  override onEnd(): void {}
  override onEffect(): void {
    this.steps += 1
  }
}

type CostOf = <A, E, R>(part: Effect.Effect<A, E, R>) => Effect.Effect<Cost, E, R>

/** Runs the work, in which it can be asked what a part of it costs. */
export const counted = <A, E, R>(work: (costOf: CostOf) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  const counter = new Counter()
  const costOf: CostOf = (part) =>
    Effect.suspend(() => {
      const { fibers, steps } = counter
      return Effect.map(part, () => ({ steps: counter.steps - steps, fibers: counter.fibers - fibers }))
    })
  return work(costOf).pipe(
    Effect.supervised(counter),
    Effect.withRuntimeFlagsPatch(RuntimeFlagsPatch.enable(RuntimeFlags.OpSupervision))
  )
}
