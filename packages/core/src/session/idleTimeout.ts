/**
 * The longest pause of a data connection, the least that has to move, and for a listing how long all of it may take,
 * watched from beside it:
 *
 *     idle ──within──► waiting since t ──it ends──► idle
 *                           ├──t + limit──────────────────────────────────────────► stalled: the connection is reset, and
 *                           ├──all waits together as long as the window, and fewer      the wait fails with TimedOut
 *                           │  bytes moved in them than the minimum rate has ──────►
 *                           └──the whole limit is over ───────────────────────────►
 *
 * One fiber for each transfer sleeps until the present wait could be due. A timeout on each read would be two fibers
 * and a timer for a mebibyte, which took a fifth of a download's processor time. Only waits count for the rate, and
 * from the first byte on: so a slow reader, or a limit of ours, never makes a peer slow, and a server may take its time
 * to begin.
 *
 * What a timeout means for the transfer is decided in `dataFailure`.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { MinimumRate, Timeouts } from "../base/FtpTimeouts.ts"
import * as Observability from "../base/observability.ts"
import { type Connection, FtpTransportError } from "../platform/FtpTransport.ts"

/**
 * Bounds a wait on the data connection; `what` is the complaint. One wait at a time. A wait for the end is not measured
 * by the minimum rate.
 */
export type Within = (
  what: string,
  purpose?: "Bytes" | "End"
) => <A>(self: Effect.Effect<A, FtpTransportError>) => Effect.Effect<A, FtpTransportError>

export interface Watch {
  readonly within: Within
  /** To be called with all bytes that moved. */
  readonly moved: (bytes: number) => void
  /** Millis of the present wait; 0 if there is none. */
  readonly waited: () => number
  /** Resets the connection; the present wait fails with TimedOut. */
  readonly stop: (detail: string) => Effect.Effect<void>
  /** So many bytes may be one wait at most, or a slow one would seem to move nothing. */
  readonly atOnce: number
}

/** What all of a transfer may take, and the complaint if it takes longer. */
export interface Whole {
  readonly limit: Duration.Duration
  readonly what: string
  /** Millis so far in which the consumer was waited for: they don't count. */
  readonly paused: () => number
}

export const watch = (
  connection: Connection,
  { dataStall, minimumRate }: Timeouts,
  whole: Whole | undefined
): Effect.Effect<Watch, never, Scope.Scope> =>
  Effect.clockWith((clock) => {
    const wait: Wait = { what: "", since: undefined, stalled: undefined }
    const span: Span = { waited: 0, since: undefined, bytes: undefined }
    const idle = Effect.sync(() => {
      wait.since = undefined
      if (span.since !== undefined) {
        span.waited += clock.unsafeCurrentTimeMillis() - span.since
        span.since = undefined
      }
    })
    const within: Within = (what, purpose = "Bytes") => {
      const isMeasured = minimumRate !== undefined && purpose === "Bytes"
      return (self) => {
        const bounded = Effect.mapError(Effect.ensuring(self, idle), (error) => wait.stalled ?? error)
        return Effect.suspend(() => {
          wait.what = what
          wait.since = clock.unsafeCurrentTimeMillis()
          if (isMeasured && span.bytes !== undefined) {
            span.since = wait.since
          }
          return bounded
        })
      }
    }
    const watched: Watch = {
      within,
      moved: (bytes) => {
        span.bytes = (span.bytes ?? 0) + bytes
      },
      waited: () => (wait.since === undefined ? 0 : clock.unsafeCurrentTimeMillis() - wait.since),
      stop: (detail) => stop(connection, wait, detail),
      atOnce:
        minimumRate === undefined || hasParts(dataStall, minimumRate)
          ? Number.POSITIVE_INFINITY
          : Math.max(1, Math.floor(wanted(minimumRate) / PARTS))
    }
    return Effect.as(
      // The scope ends it, also that of a caller who can't be interrupted.
      Effect.forkScoped(Effect.interruptible(guard(connection, { dataStall, minimumRate, whole }, wait, span, clock))),
      watched
    )
  })

interface Wait {
  what: string
  /** Millis of the clock. */
  since: number | undefined
  stalled: FtpTransportError | undefined
}

/** What the rate is measured over. */
interface Span {
  /** Millis of the waits that have ended. */
  waited: number
  /** Millis of the clock: the present wait. */
  since: number | undefined
  /** `undefined` before the first one. */
  bytes: number | undefined
}

/** A window has at least as many waits, if they are for as much as may be. */
const PARTS = 8

/** In a window that is so long no wait is a large part of it, as each has its own limit. */
const hasParts = (longestWait: Duration.Duration, { over }: MinimumRate): boolean =>
  Duration.toMillis(over) >= PARTS * Duration.toMillis(longestWait)

const MILLIS_PER_SECOND = 1000

const wanted = ({ bytesPerSecond, over }: MinimumRate): number =>
  (bytesPerSecond * Duration.toMillis(over)) / MILLIS_PER_SECOND

/** Never sleeps longer than the limits, and so is awake when a wait that began meanwhile is due. */
const guard = (
  connection: Connection,
  {
    dataStall: limit,
    minimumRate,
    whole
  }: Pick<Timeouts, "dataStall" | "minimumRate"> & { readonly whole: Whole | undefined },
  wait: Wait,
  span: Span,
  clock: Clock.Clock
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const limitMillis = Duration.toMillis(limit)
    const overMillis = minimumRate === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(minimumRate.over)
    let now = clock.unsafeCurrentTimeMillis()
    const began = now
    const end = () =>
      whole === undefined ? Number.POSITIVE_INFINITY : began + Duration.toMillis(whole.limit) + whole.paused()
    let waited = 0
    let measured = 0
    let over = limit
    while (true) {
      yield* Effect.sleep(Duration.millis(Math.min(limitMillis - waited, overMillis - measured, end() - now)))
      now = clock.unsafeCurrentTimeMillis()
      if (whole !== undefined && now >= end()) {
        wait.what = whole.what
        over = whole.limit
        break
      }
      waited = wait.since === undefined ? 0 : now - wait.since
      if (waited >= limitMillis) {
        break
      }
      measured = span.waited + (span.since === undefined ? 0 : now - span.since)
      if (minimumRate !== undefined && measured >= overMillis) {
        const bytes = span.bytes ?? 0
        if (bytes < wanted(minimumRate)) {
          wait.what = `only ${bytes} bytes, less than ${minimumRate.bytesPerSecond} in a second,`
          over = minimumRate.over
          break
        }
        span.waited = 0
        span.bytes = 0
        span.since = span.since === undefined ? undefined : now
        measured = 0
      }
    }
    yield* stop(connection, wait, `${wait.what} for ${Observability.seconds(over)}`)
  })

const stop = (connection: Connection, wait: Wait, detail: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    wait.stalled = new FtpTransportError({ reason: "TimedOut", detail })
    return connection.reset
  })
