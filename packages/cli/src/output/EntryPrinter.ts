/**
 * Prints directories of any size: some thousand entries are one write, and between two writes other work has its turn.
 *
 *     entries ──► widths of the columns (all entries) ──► lines, a write for each few thousand ──► standard output
 */
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import type { OutputClosed } from "../errors/CliError.ts"
import * as EntryText from "./EntryText.ts"
import * as JsonText from "./jsonText.ts"
import { Output } from "./Output.ts"
import { Screen } from "./Screen.ts"
import * as Sorting from "./sorting.ts"

/** What a person asks for; `--json` and the terminal decide beside it. */
export interface Form {
  readonly long: boolean
  readonly names: boolean
  readonly human: boolean
}

export interface EntryPrinter {
  /** `heading` is text in front of the entries. */
  readonly print: (
    entries: ReadonlyArray<FtpEntry>,
    heading?: string
  ) => Effect.Effect<void, OutputClosed | FtpLocalFileError>
  /** Whether it shows the times of entries. */
  readonly showsTimes: boolean
}

/** Lines in one write. */
const AT_ONCE = 4096

const jsonLines = (): ((entry: FtpEntry) => string) => {
  const objectOf = EntryText.jsonWriter()
  return (entry) => JsonText.toText(objectOf(entry))
}

export const make = ({ human, long, names }: Form): Effect.Effect<EntryPrinter, never, Output | Screen> =>
  Effect.gen(function* () {
    const { style } = yield* Output
    const screen = yield* Screen
    const isLong = long || (screen.outIsTerminal && !names)
    const lineOf = (entries: ReadonlyArray<FtpEntry>): ((entry: FtpEntry) => string) =>
      style.json ? jsonLines() : isLong ? EntryText.columns(entries, human) : EntryText.name
    return {
      showsTimes: isLong || style.json,
      print: (entries, heading = "") =>
        Effect.gen(function* () {
          const line = lineOf(entries)
          let text = heading
          for (let at = 0; at < entries.length; ) {
            for (const end = Math.min(entries.length, at + AT_ONCE); at < end; at += 1) {
              const entry = entries[at]
              text += entry === undefined ? "" : `${line(entry)}\n`
            }
            yield* screen.write(text)
            text = ""
            if (at < entries.length) {
              yield* Sorting.pause
            }
          }
          if (text !== "") {
            yield* screen.write(text)
          }
        })
    }
  })
