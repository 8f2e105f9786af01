/**
 * Which dialect a listing is in. The lines decide, as SYST and greetings lie.
 *
 *     Alone ──a line that the first dialect can't read──► Open ──enough lines──► Decided
 *       │        the others catch up with the kept lines                           ▲
 *       └──────────────────────────────enough lines────────────────────────────────┘
 *
 * Alone, the first dialect reads, and the lines are kept. Open, all read each line. Decided, the one that read most
 * reads the rest alone, so that a long listing costs one reading. If none has read any, that is the one that missed
 * fewest lines.
 */
import type { FtpEntry } from "../FtpEntry.ts"
import type { Context, Dialect } from "./Dialect.ts"
import * as Lines from "./Lines.ts"
import * as Reading from "./Reading.ts"

/** No listing has so long a head of lines that another dialect reads better. */
const DECIDING_LINES = 256

/** No honest listing has more lines before its first entry. Each costs a dozen readings, and millions may come. */
const MAX_UNREADABLE_LINES = 16_384

/** What is kept of lines before a dialect is chosen, in UTF-16 units: far more than `DECIDING_LINES` usual lines. */
const MAX_KEPT = 256 * 1024

export interface Race<out Name extends string> {
  /** Takes the next line, and returns how many entries the reading with the most has. */
  readonly take: (line: string) => number
  /** Entries that no later line changes, each once: none before a dialect is chosen. */
  readonly ready: () => ReadonlyArray<FtpEntry>
  readonly end: () => Reading.Listed<Name>
}

/** `dialects` in the order in which they are tried; of those that read equally well the first wins. */
export const make = <Name extends string>(
  dialects: readonly [Dialect<Name>, ...Array<Dialect<Name>>],
  context: Context
): Race<Name> => {
  const [first, ...others] = dialects
  let readings: [Reading.Reading<Name>, ...Array<Reading.Reading<Name>>] = [Reading.make(first, context)]
  let kept: Array<string> = []
  let keptLength = 0
  let lines = 0
  let state: "Alone" | "Open" | "Decided" = others.length === 0 ? "Decided" : "Alone"

  const open = (): void => {
    for (const dialect of others) {
      const reading = Reading.make(dialect, context)
      kept.forEach(reading.take)
      readings.push(reading)
    }
    kept = []
    state = "Open"
  }
  const decide = (): void => {
    if (state === "Alone" && readings[0].found() === 0) {
      open()
    }
    const best = bestOf(
      readings,
      (reading) => reading.found(),
      (reading) => reading.missed()
    )
    if (best.found() > 0 || lines >= MAX_UNREADABLE_LINES) {
      readings = [best]
      kept = []
      state = "Decided"
    }
  }

  return {
    take: (line) => {
      let most = 0
      for (const reading of readings) {
        most = Math.max(most, reading.take(line))
      }
      if (state === "Decided") {
        return most
      }
      lines += 1
      if (state === "Alone") {
        // A line that is too long is unread in every dialect, whatever it ends with.
        kept.push(line.slice(0, Lines.MAX_LINE_LENGTH + 1))
        keptLength += line.length
        if (readings[0].missed() > 0 || keptLength > MAX_KEPT) {
          open()
        }
      }
      if (lines >= DECIDING_LINES) {
        decide()
      }
      return state === "Alone" ? most : readings.reduce((most, reading) => Math.max(most, reading.found()), 0)
    },
    ready: () => (state === "Decided" ? readings[0].ready() : []),
    end: () => {
      const listed: [Reading.Listed<Name>, ...Array<Reading.Listed<Name>>] = [readings[0].end()]
      if (state === "Alone" && listed[0].unreadCount > 0) {
        open()
      }
      for (const reading of readings.slice(1)) {
        listed.push(reading.end())
      }
      return bestOf(
        listed,
        ({ entries }) => entries.length,
        ({ unreadCount }) => unreadCount
      )
    }
  }
}

/** The first that read everything; else the one with the most entries, and of those the one with the fewest misses. */
const bestOf = <A>(
  [first, ...others]: readonly [A, ...Array<A>],
  found: (reading: A) => number,
  missed: (reading: A) => number
): A => {
  let best = first
  for (const other of others) {
    if (missed(best) === 0 && found(best) > 0) {
      return best
    }
    if (found(other) > found(best) || (found(other) === found(best) && missed(other) < missed(best))) {
      best = other
    }
  }
  return best
}
