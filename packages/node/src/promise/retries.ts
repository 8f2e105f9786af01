/** Retries in plain values, as a schedule. `FtpPromise` is the public module. */
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import { duration } from "../options/checks.ts"

/**
 * When to try again.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryOptions {
  /** How many more tries at most; `Infinity`, the default, for no limit. In a transfer, each byte that moves starts the count anew. */
  readonly times?: number | undefined
  /** The first pause, in milliseconds or words. Default 500 milliseconds. */
  readonly delay?: Duration.DurationInput | undefined
  /** By how much each pause is longer than the one before it. Default 2; 1 for pauses of one length. */
  readonly factor?: number | undefined
  /** The longest pause. Default 30 seconds. */
  readonly maxDelay?: Duration.DurationInput | undefined
  /** Whether each pause is 80 to 120 % of its length, so that many clients don't come back at once. Default true. */
  readonly jitter?: boolean | undefined
}

/**
 * How many more tries, when, or a `Schedule` of Effect.
 *
 * @since 0.1.0
 * @category models
 */
export type Retries = number | RetryOptions | Schedule.Schedule<unknown, unknown>

const FIRST_PAUSE = Duration.millis(500)
const LONGEST_PAUSE = Duration.seconds(30)
const GROWTH = 2

const TRIES = "must be a whole number of tries from 0 on, or Infinity"

/** Throws a `FtpUsageError` for what is no number of tries, or no duration. A text that no number is compared with would mean no limit. */
export const toSchedule = (retries: Retries): Schedule.Schedule<unknown, unknown> => {
  if (Schedule.isSchedule(retries)) {
    return retries
  }
  if (typeof retries !== "number" && !isOptions(retries)) {
    throw new FtpUsageError({ argument: "retries", why: TRIES })
  }
  const {
    delay,
    factor = GROWTH,
    jitter = true,
    maxDelay,
    times = Number.POSITIVE_INFINITY
  } = typeof retries === "number" ? { times: retries } : retries
  if (times !== Number.POSITIVE_INFINITY && !(Number.isInteger(times) && times >= 0)) {
    throw new FtpUsageError({ argument: typeof retries === "number" ? "retries" : "retries.times", why: TRIES })
  }
  if (!(typeof factor === "number" && factor >= 1)) {
    throw new FtpUsageError({ argument: "retries.factor", why: "must be 1 or more" })
  }
  const pauses = Schedule.union(
    Schedule.exponential(pause("delay", delay, FIRST_PAUSE), factor),
    Schedule.spaced(pause("maxDelay", maxDelay, LONGEST_PAUSE))
  )
  const limited: Schedule.Schedule<unknown, unknown> = Number.isFinite(times)
    ? Schedule.intersect(pauses, Schedule.recurs(times))
    : pauses
  return jitter ? Schedule.jittered(limited) : limited
}

const isOptions = (value: unknown): value is RetryOptions => Predicate.isRecord(value)

const pause = (name: string, input: unknown, otherwise: Duration.Duration): Duration.Duration => {
  if (input === undefined) {
    return otherwise
  }
  const wrong = duration(input, `retries.${name}`)
  if (wrong !== undefined) {
    throw wrong
  }
  return Duration.decode(input as Duration.DurationInput)
}

/** The options of a call with `retries` as the `retry` that the library takes. */
export const inOptions = (options: unknown): unknown => {
  if (!Predicate.isRecord(options) || !("retries" in options)) {
    return options
  }
  const { retries, ...rest } = options
  return retries === undefined ? rest : { ...rest, retry: toSchedule(retries as Retries) }
}
