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
  /** A ring: of each line what it takes to show it, as nearly none is ever shown. */
  const kept: Array<Line> = []
  let next = 0
  const note = (mark: string, text: string) => {
    kept[next] = { mark, text }
    next = (next + 1) % MAX_LINES
  }
  return {
    sent: (command) => note("> ", command),
    received: (reply) => {
      const { lines } = Reply.toShown(reply)
      const shown = Math.min(lines.length, MAX_LINES_PER_REPLY)
      for (let index = 0; index < shown; index++) {
        note(`< ${reply.code} `, lines[index] ?? "")
      }
      if (shown < lines.length) {
        note("< ... ", `${lines.length - shown} more lines`)
      }
    },
    lines: () => [...kept.slice(next), ...kept.slice(0, next)].map(show)
  }
}

interface Line {
  readonly mark: string
  readonly text: string
}

/** Commands are made safe to show by `Command.toLog`; to do it again changes nothing. */
const show = ({ mark, text }: Line): string => mark + WireText.toDisplay(text)
