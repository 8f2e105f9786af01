/** The error of a script that its client did not follow, and how lines and bytes are shown in it. */

import { TaggedError } from "../../protocol/taggedError.ts"
import * as WireText from "../../protocol/WireText.ts"

/**
 * The client did not follow the script. The message shows what was expected, what was received, and the dialogue so
 * far.
 *
 * @since 0.1.0
 * @category errors
 */
export class ScriptMismatch extends TaggedError("ScriptMismatch")<{
  readonly expected: string
  readonly received: string
  /** What happened so far, as lines of a dialogue. */
  readonly dialogue: ReadonlyArray<string>
  /** The steps that were not reached, the one that failed first. */
  readonly missing: ReadonlyArray<string>
}> {
  override get message(): string {
    const [failed, ...rest] = this.missing
    return [
      `expected ${this.expected}, got ${this.received}`,
      ...this.dialogue.map((line) => `    ${line}`),
      ...(failed === undefined ? [] : [`  - ${failed}`]),
      `  + ${this.received}`,
      ...rest.map((line) => `    (not reached) ${line}`)
    ].join("\n")
  }
}

/** Characters or bytes that are shown at most. */
const MAX_SHOWN = 200

export const show = (text: string): string => {
  const shown = WireText.toDisplay(text)
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}… (${text.length} characters)` : shown
}

export const showBytes = (bytes: Uint8Array): string => {
  const shown = WireText.toDisplay(WireText.decode(bytes.subarray(0, MAX_SHOWN)))
  return bytes.byteLength > MAX_SHOWN ? `${shown}… (${bytes.byteLength} bytes)` : shown
}
