/**
 * Updates of `FtpMetrics` by plain calls: a small file may not cost a step of a fiber for each. A metric with tags is made
 * once for each set of them.
 */
import type * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"
import * as FtpMetrics from "./FtpMetrics.ts"

type Direction = "Download" | "Upload"

export const live = (by: 1 | -1): void => FtpMetrics.sessionsLive.unsafeModify(by, [])

export const lent = (by: 1 | -1): void => FtpMetrics.sessionsLent.unsafeModify(by, [])

export const wait = (): void => FtpMetrics.waits.unsafeUpdate(1, [])

/**
 * Updates of a metric with tags. Effect finds what it has counted by the array of the labels, if it is the same one; to
 * find it by their text takes longer than all else that a small file takes here.
 */
const byTags = <Type, Out>(metric: Metric.Metric<Type, number, Out>, ...names: ReadonlyArray<string>) => {
  const known = new Map<string, ReadonlyArray<MetricLabel.MetricLabel>>()
  return (value: number, first: string, second = ""): void => {
    const key = second === "" ? first : `${first} ${second}`
    let labels = known.get(key)
    if (labels === undefined) {
      labels = [first, second].slice(0, names.length).map((tag, at) => MetricLabel.make(names[at] ?? "", tag))
      known.set(key, labels)
    }
    metric.unsafeUpdate(value, labels)
  }
}

const dials = byTags(FtpMetrics.dials, "ftp.outcome")

export const dial = (outcome: string): void => dials(1, outcome)

const bytes = byTags(FtpMetrics.bytes, "ftp.direction")

const transfers = byTags(FtpMetrics.transfers, "ftp.direction", "ftp.outcome")

export const transferred = (direction: Direction, moved: number): void => {
  bytes(moved, direction)
  transfers(1, direction, "Success")
}

export const failed = (direction: Direction, outcome: string): void => transfers(1, direction, outcome)

const resumes = byTags(FtpMetrics.resumes, "ftp.direction")

export const resume = (direction: Direction): void => resumes(1, direction)

/** Of a command, with its seconds and its verb. */
export const command = byTags(FtpMetrics.commandDuration, "ftp.verb")
