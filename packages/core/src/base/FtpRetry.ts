/**
 * When to try again: the schedules, as data that can be replaced. Each is driven by the error that it may wait out, and
 * none repeats anything that the server may have applied.
 *
 * `FtpPool` drives `connect`, `FtpClient` drives `busy`, `FtpTransfer` drives `busy` and `resume`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { FtpError, FtpTransferInterrupted, OpenError } from "./FtpError.ts"

/**
 * The schedules in force. They are consulted only for errors whose `isRetryable` is true.
 *
 * @since 0.1.0
 * @category models
 */
export interface Policies {
  /** Opening a session: a server that is slow, restarting, or full. */
  readonly connect: Schedule.Schedule<unknown, OpenError>
  /**
   * A command that the server refused for now, with a 4yz, and did not apply. It may be one that begins a transfer, before
   * a byte was moved, or a question about one. Within a transfer it is reset by every attempt that moved a byte.
   */
  readonly busy: Schedule.Schedule<unknown, FtpError>
  /**
   * Going on with a transfer that stopped on its way. It is reset by every attempt that moved a byte. During a run over a
   * tree it is driven also while a server that the run has had a session of can't be reached: by an interruption whose
   * path is empty, and which has moved nothing.
   */
  readonly resume: Schedule.Schedule<unknown, FtpTransferInterrupted>
}

/** Long enough that a server which restarts, or frees the slots of sessions that just ended (1-2 s), is met again. */
const FIRST_PAUSE = Duration.millis(500)
const CONNECT_TIMES = 3
const BUSY_TIMES = 2
const LONGEST_PAUSE = Duration.seconds(30)
const WITHOUT_PROGRESS = Duration.minutes(3)

/** 80 to 120 % of each delay, in whole milliseconds, as a fraction of one means nothing to a clock. */
const jittered = <Out, In>(schedule: Schedule.Schedule<Out, In>): Schedule.Schedule<Out, In> =>
  Schedule.modifyDelay(Schedule.jittered(schedule), (_, delay) => Duration.millis(Math.round(Duration.toMillis(delay))))

/** A name that does not resolve and a port that is closed are answers: waiting seldom changes them. */
const mayRecover = (error: OpenError): boolean =>
  error._tag !== "FtpConnectError" || (error.reason !== "Resolve" && error.reason !== "Refused")

/**
 * Three more tries after about 0.5, 1 and 2 seconds, each with jitter; none if the name does not resolve or the port is
 * closed, as people wait for that answer.
 *
 * @since 0.1.0
 * @category schedules
 */
export const connect: Schedule.Schedule<unknown, OpenError> = Schedule.exponential(FIRST_PAUSE).pipe(
  jittered,
  Schedule.intersect(Schedule.recurs(CONNECT_TIMES)),
  Schedule.whileInput(mayRecover)
)

/**
 * Two more tries after about 0.5 and 1 second, each with jitter.
 *
 * @since 0.1.0
 * @category schedules
 */
export const busy: Schedule.Schedule<unknown, FtpError> = Schedule.exponential(FIRST_PAUSE).pipe(
  jittered,
  Schedule.intersect(Schedule.recurs(BUSY_TIMES))
)

/**
 * Resumes after about 0.5, 1, 2 … and then every 30 seconds, each with jitter, and gives up when this much time has
 * passed without a byte.
 *
 * @since 0.1.0
 * @category schedules
 */
export const resumeFor = (
  withoutProgress: Duration.DurationInput
): Schedule.Schedule<unknown, FtpTransferInterrupted> =>
  Schedule.exponential(FIRST_PAUSE).pipe(
    Schedule.union(Schedule.spaced(LONGEST_PAUSE)),
    jittered,
    Schedule.intersect(Schedule.recurUpTo(withoutProgress))
  )

/**
 * `resumeFor` three minutes: long enough for a server to restart or a line to come back.
 *
 * @since 0.1.0
 * @category schedules
 */
export const resume: Schedule.Schedule<unknown, FtpTransferInterrupted> = resumeFor(WITHOUT_PROGRESS)

/**
 * goftp's rule: resumes at once for as long as each attempt moves something, and then stops.
 *
 * @since 0.1.0
 * @category schedules
 */
export const whileProgress: Schedule.Schedule<unknown, FtpTransferInterrupted> = Schedule.recurWhile(
  ({ transferred }) => transferred > 0
)

/**
 * The schedules in force, read when a pool is made.
 *
 * @since 0.1.0
 * @category references
 */
export class FtpRetry extends Context.Reference<FtpRetry>()("@ftp-effect/core/FtpRetry", {
  defaultValue: (): Policies => ({ connect, busy, resume })
}) {}

/**
 * Other schedules, the rest by default: `FtpRetry.layer({ connect: Schedule.stop })`.
 *
 * @example
 * ```ts
 * import * as FtpRetry from "@ftp-effect/core/FtpRetry"
 * import * as Schedule from "effect/Schedule"
 *
 * const Once = FtpRetry.layer({ connect: Schedule.stop, resume: FtpRetry.resumeFor("10 minutes") })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (policies: Partial<Policies>): Layer.Layer<never> =>
  Layer.succeed(FtpRetry, { connect, busy, resume, ...policies })
