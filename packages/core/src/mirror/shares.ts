/**
 * Steps that don't need each other, in shares: each worker takes one at a time, does what it can of it in few round trips
 * (`flights.ts`), and what is left of all of them is done step by step.
 */
import * as Effect from "effect/Effect"
import type * as Attempts from "./attempts.ts"
import type * as Flights from "./flights.ts"
import * as Grouping from "./grouping.ts"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { MirrorTree } from "./trees.ts"

/** A run, and between which trees. */
export interface Running {
  readonly run: Attempts.Run
  readonly source: MirrorTree
  readonly target: MirrorTree
}

/** Makes directories of one level: those of one directory in one flight. Returns which have a turn of their own yet. */
export const makeTogether = ({ run, source, target }: Running, level: ReadonlyArray<Step>) => {
  if (target._tag === "Local") {
    return Effect.succeed(level)
  }
  const siblings = new Map<string, Array<Step>>()
  for (const step of level) {
    Grouping.add(siblings, Tree.parent(step.path), step)
  }
  return Effect.map(
    Effect.forEach(
      siblings.values(),
      (steps) =>
        steps.length < 2
          ? Effect.succeed(steps)
          : Effect.map(run.makeTogether(steps), (made) => steps.filter((_, index) => !made[index])),
      { concurrency: concurrencyOf(source, target) }
    ),
    (left) => left.flat()
  )
}

/** Steps that don't need each other, many at once: those that take a command or two share round trips. */
export const attemptAll = (running: Running, steps: ReadonlyArray<Step>) => {
  const { run, source, target } = running
  return Effect.flatMap(inFlights(running, steps), (left) =>
    Effect.forEach(left, (step) => run.attempt(step, target), {
      concurrency: concurrencyOf(source, target),
      discard: true
    })
  )
}

/** Removes the links among what was listed as directories. */
export const unlinkAll = (running: Running, directories: ReadonlyArray<Step>) => {
  const { run, source, target } = running
  const concurrency = concurrencyOf(source, target)
  return Effect.flatMap(unlinkTogether(running, directories), (left) =>
    Effect.forEach(left, run.unlink, { concurrency, discard: true })
  )
}

/** Does that for those that it goes well with, and returns the others. */
export const unlinkTogether = (
  { run, source, target }: Running,
  directories: ReadonlyArray<Step>,
  workers = concurrencyOf(source, target)
) =>
  target._tag === "Local" || !target.mayHaveLinks()
    ? Effect.succeed([])
    : Effect.map(
        Effect.forEach(inShares(directories, workers), (share) => run.unlinkTogether(share, target), {
          concurrency: workers
        }),
        (left) => left.flat()
      )

/** Does what can be done together, and returns the others. */
export const inFlights = (
  { run, source, target }: Running,
  steps: ReadonlyArray<Step>,
  workers = concurrencyOf(source, target)
) => {
  if (target._tag === "Local") {
    return Effect.succeed(steps)
  }
  const alone: Array<Step> = []
  const kinds = new Map<Flights.Kind, Array<Step>>()
  for (const step of steps) {
    const kind = run.flightOf(step, target)
    if (kind === undefined) {
      alone.push(step)
    } else {
      Grouping.add(kinds, kind, step)
    }
  }
  const shares = [...kinds].flatMap(([kind, steps]) => inShares(steps, workers).map((share) => ({ kind, share })))
  return Effect.map(
    Effect.forEach(shares, ({ kind, share }) => run.together(kind, share, target), { concurrency: workers }),
    (left) => [...alone, ...left.flat()]
  )
}

/** So few steps are not shared among workers: a round trip is less than a login. */
const LITTLE = 16

/**
 * The most for one worker at a time: about as many as go into one round trip, as what is deleted or moved after a look at all of
 * them should be looked at right before that.
 */
const MOST = 100

/** Those of work that has to stop soon once something has failed: it does so between two of them. */
export const small = (steps: ReadonlyArray<Step>) => chunked(steps, LITTLE)

const inShares = (steps: ReadonlyArray<Step>, workers: number) =>
  chunked(steps, Math.min(MOST, Math.max(LITTLE, Math.ceil(steps.length / workers))))

const chunked = (steps: ReadonlyArray<Step>, size: number): ReadonlyArray<ReadonlyArray<Step>> =>
  Array.from({ length: Math.ceil(steps.length / size) }, (_, index) => steps.slice(index * size, (index + 1) * size))

/** A file from server to server takes a session of each side, and both may be of one pool. */
export const concurrencyOf = (source: MirrorTree, target: MirrorTree): number =>
  source._tag === "Local"
    ? target.concurrency
    : target._tag === "Remote" && source.pool === target.pool
      ? Math.max(1, Math.floor(target.concurrency / 2))
      : Math.min(source.concurrency, target.concurrency)
