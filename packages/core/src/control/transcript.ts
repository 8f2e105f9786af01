/**
 * The last lines of a dialogue, for errors. Commands arrive masked, and a reply knows what may be shown of it.
 */
import * as Reply from "../protocol/Reply.ts"
import * as WireText from "../protocol/WireText.ts"

export interface Transcript {
  readonly sent: (command: string) => void
  readonly received: (reply: Reply.Reply) => void
  /** A copy, as it is now. */
  readonly lines: () => ReadonlyArray<string>
}

/** Enough to see what led to an error, small enough to be carried by each. */
const MAX_LINES = 40
/** A reply of many lines, such as a welcome text, must not push everything else out. */
const MAX_LINES_PER_REPLY = 6

export const make = (): Transcript => {
  const lines: Array<string> = []
  const note = (line: string) => {
    lines.push(line)
    if (lines.length > MAX_LINES) {
      lines.shift()
    }
  }
  return {
    sent: (command) => note(`> ${command}`),
    received: (reply) => {
      const { lines } = Reply.toShown(reply)
      const shown = lines.slice(0, MAX_LINES_PER_REPLY)
      for (const line of shown) {
        note(`< ${reply.code} ${WireText.toDisplay(line)}`)
      }
      if (shown.length < lines.length) {
        note(`< ... ${lines.length - shown.length} more lines`)
      }
    },
    lines: () => [...lines]
  }
}
