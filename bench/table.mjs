/** Tables in Markdown, in columns that can also be read as plain text, and as the formatter of this repository wants them. */

/**
 * @param {ReadonlyArray<string>} header
 * @param {ReadonlyArray<ReadonlyArray<string>>} rows
 */
export const table = (header, rows) => {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  /** The first column holds names, the others numbers. @param {ReadonlyArray<string>} cells */
  const line = (cells) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`
  return [line(header), rule, ...rows.map(line)].join("\n")
}

/** @param {number} seconds */
export const seconds = (seconds) => seconds.toFixed(2)

/** Without one if the other figure is less than the clock shows. @param {number} ratio */
export const times = (ratio) => (Number.isFinite(ratio) ? `${ratio.toFixed(2)} x` : "–")

/** What the figures of a table are, of so many rounds. @param {number} rounds */
export const ofRounds = (rounds) => (rounds === 1 ? "one round" : `medians of ${rounds} rounds`)

/** What stands there instead of the seconds of a client that did not do its work. */
export const FAILED = "failed"
