/**
 * Updates of `FtpMetrics` by plain calls: a small file may not cost a step of a fiber for each. A metric with tags is made
 * once for each set of them.
 */
import * as Metric from "effect/Metric"
import * as FtpMetrics from "./FtpMetrics.ts"

type Direction = "Download" | "Upload"

export const live = (by: 1 | -1): void => FtpMetrics.sessionsLive.unsafeModify(by, [])

export const lent = (by: 1 | -1): void => FtpMetrics.sessionsLent.unsafeModify(by, [])

export const wait = (): void => FtpMetrics.waits.unsafeUpdate(1, [])

/** A counter for each value of a tag. */
const byTags = <Type, Out>(make: (tags: ReadonlyArray<string>) => Metric.Metric<Type, number, Out>) => {
  const known = new Map<string, Metric.Metric<Type, number, Out>>()
  return (value: number, ...tags: ReadonlyArray<string>): void => {
    const key = tags.join(" ")
    let metric = known.get(key)
    if (metric === undefined) {
      metric = make(tags)
      known.set(key, metric)
    }
    metric.unsafeUpdate(value, [])
  }
}

const dials = byTags(([outcome = ""]) => Metric.tagged(FtpMetrics.dials, "ftp.outcome", outcome))

export const dial = (outcome: string): void => dials(1, outcome)

const bytes = byTags(([direction = ""]) => Metric.tagged(FtpMetrics.bytes, "ftp.direction", direction))

const transfers = byTags(([direction = "", outcome = ""]) =>
  FtpMetrics.transfers.pipe(Metric.tagged("ftp.direction", direction), Metric.tagged("ftp.outcome", outcome))
)

export const transferred = (direction: Direction, moved: number): void => {
  bytes(moved, direction)
  transfers(1, direction, "Success")
}

export const failed = (direction: Direction, outcome: string): void => transfers(1, direction, outcome)

const resumes = byTags(([direction = ""]) => Metric.tagged(FtpMetrics.resumes, "ftp.direction", direction))

export const resume = (direction: Direction): void => resumes(1, direction)

const commands = byTags(([verb = ""]) => Metric.tagged(FtpMetrics.commandDuration, "ftp.verb", verb))

const MILLIS = 1000

export const command = (verb: string, millis: number): void => commands(millis / MILLIS, verb)
