/**
 * Trees whose things change their type from version to version: each is missing, a file, or a directory with files.
 *
 *     p      a file, or p/a, p/b, p/s, p/s/c
 *     d/q    the same, one level below
 */
import * as Dice from "../dice.ts"
import type * as Sides from "./mirrorSides.ts"

const THINGS = ["p", "q", "r", "d/p", "d/q", "x", "e/z"] as const

export type Thing = (typeof THINGS)[number]

/** The files of each thing by their paths. */
export type Shape = ReadonlyMap<Thing, Sides.Files>

export const filesOf = (shape: Shape): Sides.Files => new Map([...shape.values()].flatMap((files) => [...files]))

export const thingOf = (path: string): Thing | undefined =>
  THINGS.find((thing) => path === thing || path.startsWith(`${thing}/`))

export const draw = (dice: Dice.Dice, version: number): Shape =>
  new Map(THINGS.map((thing) => [thing, drawOne(dice, thing, version)]))

/** What `likelihood` says of each thing: drawn anew, or as it was. What has moved has its content. */
export const redraw = (dice: Dice.Dice, shape: Shape, likelihood: number, version: number): Shape => {
  const next = new Map(
    [...shape].map(([thing, files]) => [thing, dice.chance(likelihood) ? drawOne(dice, thing, version) : files])
  )
  const [from, to] = [dice.pick(THINGS), dice.pick(THINGS)]
  const moved = next.get(from)
  if (moved !== undefined && from !== to && dice.chance(0.3)) {
    next.set(to, new Map([...moved].map(([path, content]) => [`${to}${path.slice(from.length)}`, content])))
    next.set(from, new Map())
  }
  return next
}

/** The things that are not the same in both. */
export const differing = (left: Shape, right: Shape): ReadonlyArray<Thing> =>
  THINGS.filter((thing) => left.get(thing) !== right.get(thing))

/** No two things have files of one size, nor two versions of one: only so sizes and times tell them apart. */
const SIZES = 100
const VERSIONS = 10

const drawOne = (dice: Dice.Dice, thing: Thing, version: number): Sides.Files => {
  const file = (path: string) => {
    const size = dice.weigh([
      [5, dice.between(0, 4)],
      [1, 300]
    ])
    const bytes = Dice.content(dice.below(2 ** 31), size * SIZES + THINGS.indexOf(thing) * VERSIONS + version)
    return [path, Buffer.from(bytes).toString("latin1")] as const
  }
  return dice.weigh<() => Sides.Files>([
    [2, () => new Map()],
    [3, () => new Map([file(thing)])],
    [
      3,
      () =>
        new Map([
          file(`${thing}/a`),
          ...(dice.chance(0.5) ? [file(`${thing}/b`)] : []),
          ...(dice.chance(0.5) ? [file(dice.chance(0.5) ? `${thing}/s` : `${thing}/s/c`)] : [])
        ])
    ]
  ])()
}
