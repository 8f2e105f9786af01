/**
 * Whether a value is what its type says, for callers without types: tables of checks, by the names of options.
 *
 *     record({ rate: amount }) ──{ rate: "5" }──► FtpUsageError  rate: must be a number from 0 on, not "5"
 */
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/** What is wrong with the value of an argument. */
export type Check = (value: unknown, argument: string) => FtpUsageError | undefined

export type Checks = Readonly<Record<string, Check>>

/** `what` follows "must be". */
export const when =
  (isFine: (value: unknown) => boolean, what: string): Check =>
  (value, argument) =>
    isFine(value) ? undefined : new FtpUsageError({ argument, why: `must be ${what}, not ${shown(value)}` })

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

export const either = (what: string, ...checks: ReadonlyArray<Check>): Check =>
  when((value) => checks.some((check) => check(value, "") === undefined), what)

/** NaN and what is below 0 would count as no time at all. */
export const duration: Check = (value, argument) =>
  isNegative(value) || Option.isNone(Duration.decodeUnknown(value))
    ? new FtpUsageError({ argument, why: `${shown(value)} is not a duration` })
    : undefined

const isNegative = (value: unknown): boolean => typeof value === "number" && !(value >= 0)

/** Fields without a value are left out; those that the table has not are not looked at. */
export const record =
  (checks: Checks): Check =>
  (value, argument) =>
    Predicate.isRecord(value)
      ? firstOf(value, checks, (name) => (argument === "" ? name : `${argument}.${name}`))
      : new FtpUsageError({
          argument: argument === "" ? "options" : argument,
          why: `must be an object, not ${shown(value)}`
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

/** Of a value that can be anything: it could be long, or hold a secret. */
const shown = (value: unknown): string =>
  typeof value === "string"
    ? JSON.stringify(value.slice(0, 40))
    : typeof value === "number" || value === null
      ? String(value)
      : typeof value
