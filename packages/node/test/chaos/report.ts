/** What came of a campaign: counts by kind of fault and outcome, as a table for people. */
import * as Law from "./law.ts"
import type { Scene } from "./plan.ts"
import type { Outcome, Played } from "./scene.ts"

export interface Report {
  readonly add: (played: Played) => void
  readonly transfers: () => number
  readonly toText: (seconds: number) => string
}

interface Row {
  transfers: number
  /** By outcome. */
  readonly outcomes: Map<string, number>
  /** Identical after resuming at least once. */
  resumed: number
}

const TOTAL = "all"

export const make = (): Report => {
  const kinds = new Map<string, Row>()
  const stages = new Map<string, Row>()
  const sums = { scenes: 0, bytes: 0, again: 0, kept: 0, keptBytes: 0, hidden: 0 }
  /** Millis of each interruption that are the transfer's own. */
  const stops: Array<number> = []
  let late = 0
  const count = (rows: Map<string, Row>, name: string, { outcome, resumed }: Outcome) => {
    const row = rows.get(name) ?? { transfers: 0, outcomes: new Map(), resumed: 0 }
    rows.set(name, row)
    row.transfers++
    row.outcomes.set(outcome, (row.outcomes.get(outcome) ?? 0) + 1)
    row.resumed += outcome === Law.IDENTICAL && resumed > 0 ? 1 : 0
  }
  return {
    add: ({ outcomes, scene }) => {
      sums.scenes++
      for (const outcome of outcomes) {
        for (const kind of scene.kinds) {
          count(kinds, kind, outcome)
        }
        count(kinds, TOTAL, outcome)
        count(stages, serverOf(scene), outcome)
        sums.bytes += outcome.bytes
        if (outcome.stopped !== undefined) {
          stops.push(outcome.stopped.after - outcome.stopped.late)
          late = Math.max(late, outcome.stopped.late)
        }
        if (outcome.again !== undefined) {
          sums.again++
          sums.kept += outcome.again.kept > 0 ? 1 : 0
          sums.keptBytes += outcome.again.kept
          sums.hidden += outcome.again.hidden
        }
      }
    },
    transfers: () => kinds.get(TOTAL)?.transfers ?? 0,
    toText: (seconds) => {
      const all = kinds.get(TOTAL)
      return [
        table("fault", kinds),
        "",
        table("server", stages),
        "",
        `${all?.transfers ?? 0} transfers in ${sums.scenes} scenes, ${inMib(sums.bytes)} MiB, ${seconds.toFixed(0)} s.`,
        `${all?.resumed ?? 0} ended identical after resuming; ${sums.again} that had ended in an error were run again`,
        `without faults, ${sums.kept} of them from ${inMib(sums.keptBytes)} MiB that the first run had kept. ${sums.hidden} hidden names were`,
        "left on servers that could not be reached to take them away.",
        `${stops.length} interruptions took ${Math.max(0, ...stops)} ms at most, not counting up to ${late} ms of a late event loop.`,
        "A scene with two kinds of fault stands in two lines of the first table."
      ].join("\n")
    }
  }
}

const serverOf = ({ dataMode, security, stage }: Scene): string =>
  [stage, ...(security === "Plain" ? [] : ["TLS"]), ...(dataMode === "Passive" ? [] : ["active"])].join(", ")

const MIB = 1024 * 1024
const inMib = (bytes: number): string => (bytes / MIB).toFixed(0)

const table = (title: string, rows: Map<string, Row>): string => {
  const others = new Set([...rows.values()].flatMap(({ outcomes }) => [...outcomes.keys()]))
  others.delete(Law.IDENTICAL)
  const columns = [...others].sort()
  const head = [title, "transfers", Law.IDENTICAL, "(resumed)", ...columns]
  const order = [...rows].sort(([left], [right]) => (left === TOTAL ? 1 : right === TOTAL ? -1 : left < right ? -1 : 1))
  const lines = [
    head,
    ...order.map(([name, { outcomes, resumed, transfers }]) => [
      name,
      String(transfers),
      String(outcomes.get(Law.IDENTICAL) ?? 0),
      String(resumed),
      ...columns.map((column) => String(outcomes.get(column) ?? 0))
    ])
  ]
  const widths = head.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  return lines
    .map((line) => line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((cells) => cells.join("  ").trimEnd())
    .join("\n")
}
