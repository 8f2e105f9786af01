/**
 * The last lines of a dialogue, for errors. Commands arrive masked, and a reply knows what may be shown of it.
 */
import type * as Reply from "../protocol/Reply.ts"
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
  return {
    sent: (command) => {
      kept[next] = { code: undefined, text: command }
      next = (next + 1) % MAX_LINES
    },
    received: ({ code, lines, shown = lines }) => {
      const most = Math.min(shown.length, MAX_LINES_PER_REPLY + 1)
      for (let at = 0; at < most; at++) {
        kept[next] =
          at < MAX_LINES_PER_REPLY
            ? { code, text: shown[at] ?? "" }
            : { code: "...", text: `${shown.length - at} more lines` }
        next = (next + 1) % MAX_LINES
      }
    },
    lines: () => [...kept.slice(next), ...kept.slice(0, next)].map(show)
  }
}

interface Line {
  /** `undefined` of a command. */
  readonly code: number | "..." | undefined
  readonly text: string
}

/** Commands are made safe to show by `Command.toLog`; to do it again changes nothing. */
const show = ({ code, text }: Line): string => `${code === undefined ? ">" : `< ${code}`} ${WireText.toDisplay(text)}`
