/**
 * What is tried beside the transfers of the campaign: a client before a server that is hostile, or unlike others.
 *
 *     (seed, kind, index) ──► dice ──► one server, one client ──► what is against the law
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Dice from "../dice.ts"
import * as Clocks from "./clocks.ts"
import * as Exchanges from "./exchanges.ts"
import * as Hostile from "./hostile.ts"
import * as Links from "./links.ts"
import * as LongListing from "./longListing.ts"
import * as Mirrors from "./mirrors.ts"
import * as Places from "./places.ts"
import * as Planted from "./planted.ts"
import * as Swaps from "./swaps.ts"

export const kinds = [
  "hostile",
  "links",
  "long-listing",
  "planted",
  "clocks",
  "mirrors",
  "swaps",
  "exchanges",
  "places"
] as const

export type Kind = (typeof kinds)[number]

export interface Trial {
  readonly seed: number
  readonly kind: Kind
  readonly index: number
}

export interface Tried {
  readonly trial: Trial
  readonly breaches: ReadonlyArray<string>
}

export const toName = ({ index, kind, seed }: Trial): string => `${seed}/${kind}/${index}`

/** As many as a long campaign has of each kind, or a short one. */
export const counts = {
  Long: {
    hostile: 100,
    links: 100,
    "long-listing": 2,
    planted: 100,
    clocks: 50,
    mirrors: 200,
    swaps: 100,
    exchanges: 200,
    places: 40
  },
  Short: {
    hostile: 8,
    links: 10,
    "long-listing": 1,
    planted: 12,
    clocks: 6,
    mirrors: 12,
    swaps: 4,
    exchanges: 3,
    places: 0
  }
} as const

export type Length = keyof typeof counts

export const plan = (seed: number, kind: Kind, length: Length): ReadonlyArray<Trial> =>
  Array.from({ length: counts[length][kind] }, (_, index) => ({ seed, kind, index }))

/** A bound on all of a trial, in millis: what takes longer does not end. */
const ENDS_WITHIN = 120_000

export const play = (trial: Trial, scratch: string, length: Length): Effect.Effect<Tried> =>
  Effect.acquireUseRelease(
    Effect.sync(() => Fs.mkdtempSync(join(scratch, `${trial.kind}-`))),
    (folder) =>
      Effect.map(
        Effect.timeoutTo(Effect.disconnect(tryOut(trial, folder, length)), {
          duration: ENDS_WITHIN,
          onSuccess: (breaches) => breaches,
          onTimeout: () => ["it does not end"]
        }),
        (breaches) => ({ trial, breaches })
      ),
    (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
  )

const tryOut = ({ index, kind, seed }: Trial, folder: string, length: Length): Effect.Effect<ReadonlyArray<string>> => {
  // Numbers that no scene and no kill has.
  const dice = Dice.make(seed ^ (kinds.indexOf(kind) + 1), ~index)
  switch (kind) {
    case "hostile":
      return Hostile.play(dice, folder)
    case "links":
      return Links.play(dice)
    case "long-listing":
      return LongListing.play(dice, length)
    case "planted":
      return Planted.play(dice, folder)
    case "clocks":
      return Clocks.play(dice, folder)
    case "mirrors":
      return Mirrors.play(dice, folder)
    case "swaps":
      return Swaps.play(dice, folder)
    case "exchanges":
      return Exchanges.play(dice, folder)
    case "places":
      return Places.play(dice, folder)
  }
}

/** Each waits for the limits of its client more than it computes. */
const LANES: { readonly [kind in Kind]: number } = {
  hostile: 8,
  links: 4,
  "long-listing": 1,
  planted: 12,
  clocks: 6,
  mirrors: 4,
  swaps: 4,
  exchanges: 4,
  places: 3
}

/** `onTried` is called after each trial. Default all kinds. */
export const playAll = (
  seed: number,
  scratch: string,
  length: Length,
  onTried: (tried: Tried) => void = () => {},
  among: ReadonlyArray<Kind> = kinds
): Effect.Effect<ReadonlyArray<Tried>> =>
  Effect.map(
    Effect.forEach(among, (kind) =>
      Effect.forEach(
        plan(seed, kind, length),
        (trial) => Effect.tap(play(trial, scratch, length), (tried) => Effect.sync(() => onTried(tried))),
        { concurrency: LANES[kind] }
      )
    ),
    (tried) => tried.flat()
  )
