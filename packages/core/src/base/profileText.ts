/**
 * The text of a profile, read by hand. What is not plainly right is left to the schema: see `FtpProfile.fromJson`.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/** What the schema allows: the one version, the longest texts in characters, the least and the largest numbers, and words. */
export interface Allowed {
  readonly version: number
  readonly name: number
  readonly greeting: number
  readonly port: Range
  readonly sessions: Range
  /** In minutes. */
  readonly offset: Range
  readonly facts: ReadonlyArray<string>
  readonly avoided: ReadonlyArray<string>
  readonly dialects: ReadonlyArray<string>
  readonly dateOrders: ReadonlyArray<string>
  readonly charsets: ReadonlyArray<string>
  readonly timeCommands: ReadonlyArray<string>
}

type Range = readonly [least: number, largest: number]

/** The JSON of a text that is not wrong in any way; `None` if the schema has to look. */
export const read = (text: string, allowed: Allowed): Option.Option<unknown> =>
  Option.filter(parsed(text), (value) => isUsual(value, allowed))

const parsed = Option.liftThrowable((text: string): unknown => JSON.parse(text))

const isUsual = (value: unknown, allowed: Allowed): boolean => {
  if (!Predicate.isRecord(value)) {
    return false
  }
  const {
    avoided,
    charset,
    dateOrder,
    dialect,
    fails,
    features,
    greeting,
    host,
    learnedAt,
    port,
    sessions,
    timeCommand,
    user,
    version,
    works,
    zone,
    ...others
  } = value
  return (
    version === allowed.version &&
    isText(host, allowed.name) &&
    isWhole(port, allowed.port) &&
    isText(user, allowed.name) &&
    isTime(learnedAt) &&
    isText(greeting, allowed.greeting) &&
    isText(features, allowed.greeting) &&
    areAmong(works, allowed.facts) &&
    areAmong(fails, allowed.facts) &&
    areAmong(avoided, allowed.avoided) &&
    (dialect === undefined || isAmong(dialect, allowed.dialects)) &&
    (dateOrder === undefined || isAmong(dateOrder, allowed.dateOrders)) &&
    (charset === undefined || isAmong(charset, allowed.charsets)) &&
    (timeCommand === undefined || isAmong(timeCommand, allowed.timeCommands)) &&
    (zone === undefined || isAtTime(zone, "minutes", allowed.offset)) &&
    (sessions === undefined || isAtTime(sessions, "limit", allowed.sessions)) &&
    Object.keys(others).length === 0
  )
}

const isText = (value: unknown, longest: number): boolean => typeof value === "string" && value.length <= longest

const isWhole = (value: unknown, [least, largest]: Range): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= largest

/** As `DateTime.formatIso` writes it, of years with four digits. */
const isTime = (value: unknown): boolean =>
  typeof value === "string" &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value))

const isAmong = (value: unknown, words: ReadonlyArray<string>): boolean =>
  typeof value === "string" && words.includes(value)

const areAmong = (value: unknown, words: ReadonlyArray<string>): boolean =>
  Array.isArray(value) && value.length <= words.length && value.every((word) => isAmong(word, words))

const isAtTime = (value: unknown, name: string, range: Range): boolean =>
  Predicate.isRecord(value) && isWhole(value[name], range) && isTime(value.at) && Object.keys(value).length === 2
