/**
 * Whether options are what their types say. JavaScript callers can give anything, and what no rule reads would count as
 * a rule that is not there: a `maxDelete` without a number as no limit, a filter without patterns as one of everything.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { FtpUsageError } from "../base/FtpError.ts"
import type { ApplyOptions } from "./applyOptions.ts"
import type { MirrorOptions } from "./options.ts"

type All = MirrorOptions & Pick<ApplyOptions, "recheck">

/** The options whose type `T` covers. */
type Of<T> = { [K in keyof All]-?: NonNullable<All[K]> extends T ? K : never }[keyof All]

/** Every word that an option may be, and no other. */
type Words = {
  readonly [K in Exclude<Of<string>, undefined>]: { readonly [W in NonNullable<All[K]> & string]: true }
}

const WORDS: Words = {
  compare: { SizeAndTime: true, Size: true, Time: true, Hash: true, Nothing: true },
  only: { All: true, Newer: true, Missing: true, Existing: true },
  delete: { None: true, Extra: true, Ours: true },
  deleteWhen: { Before: true, During: true, After: true },
  links: { Skip: true, Follow: true, Copy: true },
  conflict: { Fail: true, Replace: true },
  times: { Keep: true, IfPossible: true, Now: true },
  swap: { RemovePrevious: true, KeepPrevious: true },
  verify: { Hash: true, SizeAndTime: true, Size: true, Reply: true },
  durability: { Written: true, Synced: true }
}

const FLAGS: { readonly [K in Of<boolean>]: true } = { deleteExcluded: true, atomic: true, force: true, recheck: true }

const CALLBACKS: { readonly [K in Of<(_: never) => void>]: true } = { onEvent: true, onProgress: true }

const COUNT = '{ _tag: "Count", count: 20 }'
const PERCENT = '{ _tag: "Percent", percent: 50, free: 10 }'
const PATTERNS = "must be an array of patterns"
const SIZE = "must be a number of bytes from 0 on"
const MOMENT = "must be a DateTime of Effect"

/** Fails with the first option that is wrong, before anything is done. */
export const checking =
  (options: Partial<All>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | FtpUsageError, R> =>
    Effect.suspend((): Effect.Effect<A, E | FtpUsageError, R> => {
      const [wrong] = [...wrongWords(options), ...wrongShapes(options)]
      return wrong === undefined ? self : new FtpUsageError({ argument: wrong[0], why: wrong[1] })
    })

type Wrong = readonly [argument: string, why: string]

const wrongWords = (options: Partial<All>): ReadonlyArray<Wrong> => {
  const values: Readonly<Record<string, unknown>> = options
  return Object.entries(WORDS).flatMap(([name, words]): ReadonlyArray<Wrong> => {
    const value = values[name]
    return value === undefined || (typeof value === "string" && Object.hasOwn(words, value))
      ? []
      : [[name, `must be one of ${Object.keys(words).join(", ")}, not ${shown(value)}`]]
  })
}

const wrongShapes = (options: Partial<All>): ReadonlyArray<Wrong> => {
  const { filter, last, manifest, maxDelete } = options
  const values: Readonly<Record<string, unknown>> = options
  const isOf = (type: "boolean" | "function") => (name: string) =>
    values[name] === undefined || typeof values[name] === type
  const checks: ReadonlyArray<readonly [isFine: boolean, ...wrong: Wrong]> = [
    ...Object.keys(FLAGS).map((name) => [isOf("boolean")(name), name, "must be true or false"] as const),
    ...Object.keys(CALLBACKS).map((name) => [isOf("function")(name), name, "must be a function"] as const),
    [maxDelete === undefined || isLimit(maxDelete), "maxDelete", `must be like ${COUNT} or ${PERCENT}`],
    [last === undefined || isPatterns(last), "last", PATTERNS],
    [
      manifest === undefined || isPlace(manifest),
      "manifest",
      "must be true or false, a name, or like { localFile: PATH }"
    ],
    [filter === undefined || Predicate.isRecord(filter), "filter", "must be like { patterns: [] }"],
    ...(Predicate.isRecord(filter) ? ofFilter(filter) : [])
  ]
  return checks.flatMap(([isFine, name, why]): ReadonlyArray<Wrong> => (isFine ? [] : [[name, why]]))
}

const ofFilter = ({ maxBytes, minBytes, newerThan, olderThan, paths, patterns }: Readonly<Record<string, unknown>>) =>
  [
    [paths === undefined || isPatterns(paths), "filter.paths", "must be an array of paths"],
    [patterns === undefined || isPatterns(patterns), "filter.patterns", PATTERNS],
    [minBytes === undefined || isAmount(minBytes), "filter.minBytes", SIZE],
    [maxBytes === undefined || isAmount(maxBytes), "filter.maxBytes", SIZE],
    [newerThan === undefined || DateTime.isDateTime(newerThan), "filter.newerThan", MOMENT],
    [olderThan === undefined || DateTime.isDateTime(olderThan), "filter.olderThan", MOMENT]
  ] as const

const isAmount = (value: unknown): boolean => typeof value === "number" && value >= 0

const isLimit = (value: unknown): boolean =>
  Predicate.isRecord(value) &&
  (value._tag === "Count"
    ? isAmount(value.count)
    : value._tag === "Percent" && isAmount(value.percent) && isAmount(value.free))

const isPatterns = (value: unknown): boolean =>
  Array.isArray(value) && value.every((pattern) => typeof pattern === "string")

const isPlace = (value: unknown): boolean =>
  typeof value === "boolean" ||
  typeof value === "string" ||
  (Predicate.isRecord(value) && typeof value.localFile === "string")

/** Of a value that can be anything, and so could be long. */
const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : typeof value
