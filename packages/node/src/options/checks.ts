/**
 * Whether a value is what its type says, for callers without types: tables of checks, by the names of options.
 *
 *     record({ rate: amount }) ──{ rate: "5" }──► FtpUsageError  rate: must be a number from 0 on, not "5"
 */
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"

/** What is wrong with the value of an argument. */
export type Check = (value: unknown, argument: string) => FtpUsageError | undefined

export type Checks = Readonly<Record<string, Check>>

/** `what` follows "must be". */
export const when =
  (isFine: (value: unknown) => boolean, what: string): Check =>
  (value, argument) =>
    isFine(value) ? undefined : new FtpUsageError({ argument, why: `must be ${what}, not ${shown(value)}` })

/** The same for what can hold a secret, also one of a wrong type: it is not shown. */
export const unshown =
  (isFine: (value: unknown) => boolean, what: string): Check =>
  (value, argument) =>
    isFine(value) ? undefined : new FtpUsageError({ argument, why: `must be ${what}, not ${kindOf(value)}` })

export const secret: Check = unshown(
  (value) => typeof value === "string" || Redacted.isRedacted(value),
  "a string, or a Redacted of one"
)

export const text: Check = when(Predicate.isString, "a string")

export const texts: Check = when(
  (value) => Array.isArray(value) && value.every(Predicate.isString),
  "an array of strings"
)

export const flag: Check = when(Predicate.isBoolean, "true or false")

export const callback: Check = when(Predicate.isFunction, "a function")

export const oneOf = (...words: ReadonlyArray<string>): Check =>
  when((value) => typeof value === "string" && words.includes(value), `one of ${words.join(", ")}`)

export const wholeFrom = (least: number): Check =>
  when((value) => Number.isInteger(value) && Number(value) >= least, `a whole number from ${least} on`)

export const limitFrom = (least: number): Check =>
  when(
    (value) => value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && Number(value) >= least),
    `a whole number from ${least} on, or Infinity`
  )

export const either = (what: string, ...checks: ReadonlyArray<Check>): Check =>
  when((value) => checks.some((check) => check(value, "") === undefined), what)

/** NaN and what is below 0 would count as no time at all. */
export const duration: Check = (value, argument) =>
  isNegative(value) || Option.isNone(Duration.decodeUnknown(value))
    ? new FtpUsageError({ argument, why: `${shown(value)} is not a duration` })
    : undefined

const isNegative = (value: unknown): boolean =>
  typeof value === "number" || typeof value === "bigint"
    ? !(value >= 0)
    : typeof value === "string"
      ? value.startsWith("-")
      : Array.isArray(value) && value.some(isNegative)

/** Fields without a value are left out; those that the table has not are not looked at. */
export const record =
  (checks: Checks): Check =>
  (value, argument) =>
    Predicate.isRecord(value)
      ? firstOf(value, checks, (name) => (argument === "" ? name : `${argument}.${name}`))
      : new FtpUsageError({
          argument: argument === "" ? "options" : argument,
          why: `must be an object, not ${kindOf(value)}`
        })

const firstOf = (
  values: Readonly<Record<string, unknown>>,
  checks: Checks,
  nameOf: (name: string) => string
): FtpUsageError | undefined => {
  for (const [name, check] of Object.entries(checks)) {
    const wrong = values[name] === undefined ? undefined : check(values[name], nameOf(name))
    if (wrong !== undefined) {
      return wrong
    }
  }
  return undefined
}

const kindOf = (value: unknown): string => (value === null ? "null" : typeof value)

/** Of a value that can be anything, and so could be long. */
const shown = (value: unknown): string =>
  typeof value === "string"
    ? JSON.stringify(value.slice(0, 40))
    : typeof value === "number" || value === null
      ? String(value)
      : typeof value
