/**
 * The command lines of all clients of a server, in the order of their arrival. The oldest are dropped when they take
 * too much memory.
 */

/** Enough for the 100,000 lines of a long test, and bounded for a server that runs for weeks. */
const MAX_BYTES = 16 * 1024 * 1024

/** Of a string and its place in an array, so that empty lines are bounded too. */
const BYTES_PER_LINE = 64

/** A UTF-16 unit takes no more. */
const BYTES_PER_UNIT = 2

export interface CommandLog {
  readonly add: (line: string) => void
  readonly lines: () => ReadonlyArray<string>
}

export const make = (): CommandLog => {
  const lines: Array<string> = []
  let bytes = 0
  return {
    add: (line) => {
      lines.push(line)
      bytes += bytesOf(line)
      if (bytes > MAX_BYTES) {
        // Half of them, as each removal moves all lines that stay.
        let dropped = 0
        while (bytes > MAX_BYTES / 2) {
          bytes -= bytesOf(lines[dropped] ?? "")
          dropped += 1
        }
        lines.splice(0, dropped)
      }
    },
    lines: () => lines.slice()
  }
}

const bytesOf = (line: string): number => BYTES_PER_LINE + BYTES_PER_UNIT * line.length
