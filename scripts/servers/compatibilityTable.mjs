/**
 * The text of `docs/compatibility.md` for given outcomes: a pure function of them and of `combinations.mjs`.
 */
import { dataModesOf, inARowName, missing, settings, titleOf, together, togetherName } from "./combinations.mjs"
import { configurableNames, titleOf as serverTitleOf } from "./start.mjs"

/**
 * @typedef {import("./combinations.mjs").Setting} Setting
 * @typedef {import("./combinations.mjs").DataMode} DataMode
 * @typedef {import("./start.mjs").ServerName} ServerName
 *
 * @typedef {object} Outcomes
 * @property {ReadonlyArray<string>} cases What each combination runs, by name.
 * @property {string} measuredWith The servers' versions, and Node's.
 * @property {(name: ServerName, setting: Setting, mode: DataMode) => string} outcomeOf `PASSED`, or what went wrong.
 */

export const PASSED = "✓"
const MEASURED_WITH = "Measured with "

/**
 * @param {Outcomes} outcomes
 * @returns {string}
 */
export const render = ({ cases, measuredWith, outcomeOf }) => {
  const rows = settings.flatMap((setting) =>
    dataModesOf(setting).map((mode) => [
      titleOf(setting),
      mode.toLowerCase(),
      ...configurableNames.map((name) => {
        const why = missing(name, setting)
        return why === undefined ? outcomeOf(name, setting, mode) : `– ${why}`
      })
    ])
  )
  const table = [
    ["Setting of the server", "Data", ...configurableNames.map(serverTitleOf)],
    ["---", "---", ...configurableNames.map(() => "---")],
    ...rows
  ]
  return `${[
    "# What runs with which server",
    "",
    "Made from a run of `packages/node/test/matrix` by `node scripts/compatibility.mjs write REPORT`; not to be edited.",
    "A test fails when it is not what the tests run, and `node scripts/compatibility.mjs check REPORT` when a run came out",
    "otherwise.",
    "",
    `${PASSED} is a combination of which all cases below ran and passed; – is one that the server has no setting for.`,
    "A server of one TLS version speaks no other; the client has its defaults. Data connections are always protected",
    "where control is, and their certificates checked.",
    "",
    `${MEASURED_WITH}${measuredWith}.`,
    "",
    ...table.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    "## The cases of each combination",
    "",
    ...cases.flatMap((name) => [
      `- ${name}`,
      ...(name === togetherName ? [...together, inARowName].map((part) => `  - ${part}`) : [])
    ])
  ].join("\n")}\n`
}

/** What must be the same on every machine. @param {string} text */
export const comparable = (text) =>
  text
    .split("\n")
    .filter((line) => !line.startsWith(MEASURED_WITH))
    .join("\n")
