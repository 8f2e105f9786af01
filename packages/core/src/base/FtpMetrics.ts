/**
 * What the library counts, of all clients of a process together. A metric is a plain value of Effect: read it with
 * `Metric.value`, or export all of them (`@effect/opentelemetry`, `Metric.snapshot`). One that has tags counts under
 * their values only: `Metric.value(Metric.tagged(FtpMetrics.dials, "ftp.outcome", "Success"))`.
 *
 *     ftp.client.sessions.live      gauge         logged in now
 *     ftp.client.sessions.lent      gauge         lent to a caller now
 *     ftp.client.sessions.waits     counter       callers that had to wait for a session
 *     ftp.client.dials              counter       `ftp.outcome`: Success, or the reason or tag of the error
 *     ftp.client.bytes              counter       `ftp.direction`: Download, Upload; of transfers that were verified
 *     ftp.client.transfers          counter       `ftp.direction`, `ftp.outcome`
 *     ftp.client.resumes            counter       `ftp.direction`: interruptions of transfers
 *     ftp.client.command.duration   histogram     seconds from a command to its final reply; `ftp.verb`
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

const gauge = (name: string, description: string): Metric.Metric.Gauge<number> => Metric.gauge(name, { description })

const counter = (name: string, description: string): Metric.Metric.Counter<number> =>
  Metric.counter(name, { description, incremental: true })

/**
 * Sessions that are logged in now.
 *
 * @since 0.1.0
 * @category metrics
 */
export const sessionsLive: Metric.Metric.Gauge<number> = gauge(
  "ftp.client.sessions.live",
  "Sessions that are logged in"
)

/**
 * Sessions that are lent to a caller now.
 *
 * @since 0.1.0
 * @category metrics
 */
export const sessionsLent: Metric.Metric.Gauge<number> = gauge(
  "ftp.client.sessions.lent",
  "Sessions that are lent to a caller"
)

/**
 * How many callers had to wait for a session.
 *
 * @since 0.1.0
 * @category metrics
 */
export const waits: Metric.Metric.Counter<number> = counter(
  "ftp.client.sessions.waits",
  "Callers that had to wait for a session"
)

/**
 * Tagged by `ftp.outcome`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const dials: Metric.Metric.Counter<number> = counter(
  "ftp.client.dials",
  "Sessions that were opened, or could not be"
)

/**
 * Tagged by `ftp.direction`. Counted when a transfer has been verified.
 *
 * @since 0.1.0
 * @category metrics
 */
export const bytes: Metric.Metric.Counter<number> = counter("ftp.client.bytes", "Bytes of verified transfers")

/**
 * Tagged by `ftp.direction` and `ftp.outcome`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const transfers: Metric.Metric.Counter<number> = counter("ftp.client.transfers", "Transfers that ended")

/**
 * Tagged by `ftp.direction`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const resumes: Metric.Metric.Counter<number> = counter("ftp.client.resumes", "Interruptions of transfers")

/** Seconds: from a network of one machine to a server that hashes a large file. */
const BOUNDARIES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/**
 * Tagged by `ftp.verb`. A transfer's reply comes after its data.
 *
 * @since 0.1.0
 * @category metrics
 */
export const commandDuration: ReturnType<typeof Metric.histogram> = Metric.histogram(
  "ftp.client.command.duration",
  MetricBoundaries.fromIterable(BOUNDARIES),
  "Seconds from a command to its final reply"
)
