/** The lines of `ftp-effect mirror --json` as text for the log, and as Markdown for the summary of the job. */

/** GitHub takes 1 MiB of summary, in UTF-8, and none of a larger one; a table of more lines than these is not read. */
const MOST_ROWS = 500
const MOST_BYTES = 900_000

const VERBS = /** @type {Readonly<Record<string, string>>} */ ({
  MakeDirectory: "make",
  Copy: "copy",
  Replace: "replace",
  Rename: "rename",
  SetTime: "set time",
  MakeLink: "link",
  Remove: "delete"
})

/** Why a step of the table was not done. */
const STATES = /** @type {Readonly<Record<string, string>>} */ ({
  LeftOut: "left out",
  Outdated: "skipped",
  Reached: "done already"
})

/** What is said of the run as a whole, or of what is in no step. */
const NOTES = new Set(["error", "warning", "skipped", "unfinished", "swap"])

/** The field, the word for one, and that for more. */
const COUNTS = /** @type {const} */ ([
  ["copied", "copied"],
  ["replaced", "replaced"],
  ["renamed", "renamed"],
  ["made", "directory made", "directories made"],
  ["linked", "link made", "links made"],
  ["removed", "deleted"],
  ["setAside", "set aside with the old tree"],
  ["unchanged", "unchanged"],
  ["failed", "failed"],
  ["leftOut", "left out"],
  ["notDeleted", "not deleted"],
  ["incomplete", "could not be copied"]
])

/**
 * @typedef {Readonly<Record<string, unknown>>} Line
 *
 * @typedef {object} Summary
 * @property {(line: string) => string} add takes a line that the command printed, and returns it for the log
 * @property {(code: number) => string} toMarkdown
 * @property {() => string} result the counts as JSON, on one line; empty before there are any
 */

/**
 * @param {string} from
 * @param {string} to
 * @param {boolean} isDry
 * @returns {Summary}
 */
export const make = (from, to, isDry) => {
  /** @type {Array<string>} */
  const rows = []
  /** @type {Array<string>} */
  const notes = []
  /** @type {Line | undefined} */
  let totals
  let steps = 0
  let room = MOST_BYTES
  /** @param {Array<string>} list @param {string} text */
  const keep = (list, text) => {
    // With the end of its line.
    const bytes = Buffer.byteLength(text) + 1
    if (list.length < MOST_ROWS && bytes <= room) {
      room -= bytes
      list.push(text)
    }
  }
  return {
    add: (text) => {
      const line = parse(text)
      if (line?.kind === "mirror") {
        steps += 1
        keep(rows, rowOf(line))
      } else if (line?.kind === "mirrorSummary") {
        totals = line
      } else if (line !== undefined && NOTES.has(String(line.kind))) {
        keep(notes, `- ${line.kind}: ${code(about(line))}`)
      }
      return line === undefined ? text : logOf(line)
    },
    toMarkdown: (exitCode) =>
      [
        `### ${isDry ? "Would publish" : totals === undefined ? "Could not publish" : "Published"} ${code(from)} to ${code(to)}`,
        "",
        totals === undefined ? "The command ended before there was anything to count." : `${sentence(totals)}.`,
        ...(exitCode === 0 ? [] : ["", `**Not complete**: exit code ${exitCode}.`]),
        "",
        ...notes,
        ...(rows.length === 0 ? [] : ["", "| step | path | why | bytes |", "| --- | --- | --- | ---: |", ...rows]),
        ...(steps > rows.length ? ["", `${steps - rows.length} more steps are in the log.`] : []),
        "",
        ""
      ].join("\n"),
    result: () => (totals === undefined ? "" : JSON.stringify(totals))
  }
}

/**
 * @param {string} text
 * @returns {Line | undefined}
 */
const parse = (text) => {
  try {
    const value = JSON.parse(text)
    return typeof value === "object" && value !== null && typeof value.kind === "string" ? value : undefined
  } catch {
    // npm prints text.
    return undefined
  }
}

/** @param {Line} line */
const verbOf = ({ action, state }) => {
  const verb = VERBS[String(action)] ?? String(action)
  const not = STATES[String(state)]
  return not === undefined ? verb : `${not}: ${verb}`
}

/** @param {Line} line */
const about = ({ hint, message, path, subject, why }) => {
  const text = String(message ?? why)
  const what = path ?? subject
  const whole = typeof what === "string" && what !== "" && !text.startsWith(what) ? `${what}: ${text}` : text
  return typeof hint === "string" ? `${whole}; hint: ${hint}` : whole
}

/** @param {Line} line */
const rowOf = (line) =>
  `| ${verbOf(line)} | ${code(pathOf(line))} | ${code(String(line.why))} | ${typeof line.bytes === "number" ? line.bytes : ""} |`

/** @param {Line} line */
const pathOf = ({ from, path }) => (typeof from === "string" ? `${from} → ${String(path)}` : String(path))

/** @param {Line} line */
const logOf = (line) =>
  line.kind === "mirror"
    ? printable(`${verbOf(line)} ${pathOf(line)}  (${String(line.why)})`)
    : line.kind === "mirrorSummary"
      ? sentence(line)
      : printable(`${String(line.kind)}: ${about(line)}`)

/** @param {Line} totals */
const sentence = (totals) => {
  const counts = COUNTS.flatMap(([name, one, more = one]) => {
    const count = totals[name]
    return typeof count === "number" && count > 0 ? [`${count} ${count === 1 ? one : more}`] : []
  })
  return counts.length === 0 ? "No changes" : counts.join(", ")
}

/** @param {string} text without what moves the cursor or ends a line */
const printable = (text) => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd")

/**
 * Text that a server may have chosen: as code, without Markdown or HTML of its own.
 *
 * @param {string} text
 */
const code = (text) =>
  `<code>${printable(text).replaceAll(/[^\p{L}\p{N} .,:;/()→-]/gu, (character) => `&#${character.codePointAt(0)};`)}</code>`
