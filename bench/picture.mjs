/** Tables of seconds as bars, one below the other, in an SVG that needs no script and no font of its own. */

import { FAILED } from "./table.mjs"

/**
 * @typedef {object} Group What is compared with each other: bars of one scale.
 * @property {string} title
 * @property {ReadonlyArray<Bar>} bars
 *
 * @typedef {{ readonly name: string, readonly seconds: number | undefined }} Bar Without seconds the client has failed.
 */

/**
 * The groups in a report: a table of clients with a column "wall s", under its heading; or one with a column of seconds
 * for each client.
 *
 * @param {string} markdown
 * @param {string} where
 * @returns {ReadonlyArray<Group>}
 */
export const groupsOf = (markdown, where) => {
  /** @type {Array<Group>} */
  const groups = []
  let heading = ""
  /** @type {ReadonlyArray<string> | undefined} */
  let columns
  for (const line of markdown.split("\n")) {
    if (!line.startsWith("|")) {
      heading = line.startsWith("#") ? line.replace(/^#+ /, "") : heading
      columns = undefined
    } else if (columns === undefined) {
      columns = cellsOf(line)
    } else if (!/^\| ?-/.test(line)) {
      add(groups, columns, cellsOf(line), heading, where)
    }
  }
  return groups
}

/** @param {string} line */
const cellsOf = (line) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim())

/**
 * @param {Array<Group>} groups
 * @param {ReadonlyArray<string>} columns
 * @param {ReadonlyArray<string>} cells
 * @param {string} heading
 * @param {string} where
 */
const add = (groups, columns, cells, heading, where) => {
  const [name = ""] = cells
  const wall = columns.indexOf("wall s")
  if (wall > 0) {
    const title = `${heading} (${where})`
    const bar = barOf(name, cells[wall])
    const last = groups.at(-1)
    if (last?.title === title) groups[groups.length - 1] = { title, bars: [...last.bars, bar] }
    else groups.push({ title, bars: [bar] })
    return
  }
  const bars = columns.flatMap((column, at) =>
    column.endsWith(", s") ? [barOf(column.slice(0, -", s".length), cells[at])] : []
  )
  if (bars.length > 0) groups.push({ title: `${name} (${where})`, bars })
}

/** @param {string} name @param {string} [cell] @returns {Bar} */
const barOf = (name, cell) => ({ name, seconds: cell === FAILED ? undefined : Number(cell) })

const WIDTH = 760
const LABEL = 170
const FIGURE = 70
const BAR = 16
const STEP = 20
const TITLE = 26

/**
 * A shorter bar is better; each group has a scale of its own.
 *
 * @param {ReadonlyArray<Group>} groups
 */
export const draw = (groups) => {
  let y = 0
  const parts = groups.flatMap(({ bars, title }) => {
    y += TITLE
    const longest = Math.max(...bars.map(({ seconds = 0 }) => seconds))
    const head = `<text x="0" y="${y - 6}" font-weight="bold">${escaped(title)}</text>`
    const drawn = bars.map(({ name, seconds }) => {
      const width = seconds === undefined ? 0 : Math.max(1, Math.round((seconds / longest) * (WIDTH - LABEL - FIGURE)))
      const fill = name.startsWith("ftp-effect") ? "#2563eb" : "#9ca3af"
      const bar = [
        `<text x="${LABEL - 8}" y="${y + BAR - 4}" text-anchor="end">${escaped(name)}</text>`,
        `<rect x="${LABEL}" y="${y}" width="${width}" height="${BAR}" fill="${fill}"/>`,
        `<text x="${LABEL + width + 6}" y="${y + BAR - 4}">${seconds === undefined ? FAILED : `${seconds.toFixed(2)} s`}</text>`
      ]
      y += STEP
      return bar.join("")
    })
    y += TITLE / 2
    return [head, ...drawn]
  })
  const style = 'font-family="sans-serif" font-size="12" fill="#374151"'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`,
    "<title>Seconds of whole runs: shorter is better</title>",
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    `<g ${style}>`,
    ...parts,
    "</g>",
    "</svg>",
    ""
  ].join("\n")
}

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
