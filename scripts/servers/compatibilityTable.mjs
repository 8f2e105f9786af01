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
  const servers = configurableNames.map(serverTitleOf)
  const short = [
    ["Server", ...servers],
    ["---", ...servers.map(() => "---")],
    ...summary.map(({ title, includes }) => [
      title,
      ...configurableNames.map((name) => inShort(name, settings.filter(includes), outcomeOf))
    ])
  ]
  const table = [["Setting of the server", "Data", ...servers], ["---", "---", ...servers.map(() => "---")], ...rows]
  return `${[
    "# What runs with which server",
    "",
    ...short.map(lineOf),
    "",
    `${PASSED}: all of it works, over IPv4 and IPv6, in passive and active mode. –: the server has no setting for it.`,
    "",
    "## How it was found out",
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
    "## Each combination",
    "",
    ...table.map(lineOf),
    "",
    "## The cases of each combination",
    "",
    ...cases.flatMap((name) => [
      `- ${name}`,
      ...(name === togetherName ? [...together, inARowName].map((part) => `  - ${part}`) : [])
    ])
  ].join("\n")}\n`
}

/** @param {ReadonlyArray<string>} cells */
const lineOf = (cells) => `| ${cells.join(" | ")} |`

/**
 * What a person asks first. Each setting is in one of the rows at least.
 *
 * @type {ReadonlyArray<{ readonly title: string, readonly includes: (setting: Setting) => boolean }>}
 */
const summary = [
  { title: "without TLS", includes: ({ limits, security }) => security === "Plain" && limits === "None" },
  .../** @type {const} */ (["Explicit", "Implicit"]).flatMap((kind) =>
    /** @type {const} */ (["1.2", "1.3"]).map((tls) => ({
      title: `${kind.toLowerCase()} TLS ${tls}`,
      /** @param {Setting} setting */
      includes: ({ limits, requireReuse, security, version }) =>
        security === kind && version === tls && !requireReuse && limits === "None"
    }))
  ),
  { title: "TLS session reuse demanded", includes: ({ limits, requireReuse }) => requireReuse && limits === "None" },
  { title: "EPSV and EPRT refused, as by old servers", includes: ({ limits }) => limits === "NoRfc2428" },
  { title: "active mode only", includes: ({ limits }) => limits === "ActiveOnly" }
]

/**
 * All combinations of a row in one cell.
 *
 * @param {typeof configurableNames[number]} name
 * @param {ReadonlyArray<Setting>} all
 * @param {Outcomes["outcomeOf"]} outcomeOf
 */
const inShort = (name, all, outcomeOf) => {
  const had = all.filter((setting) => missing(name, setting) === undefined)
  const outcomes = had.flatMap((setting) => dataModesOf(setting).map((mode) => outcomeOf(name, setting, mode)))
  const passed = outcomes.filter((outcome) => outcome === PASSED).length
  const [first] = all
  if (outcomes.length === 0) return `– ${first === undefined ? "" : missing(name, first)}`
  return passed === outcomes.length ? PASSED : `${passed} of ${outcomes.length}`
}

/** What must be the same on every machine. @param {string} text */
export const comparable = (text) =>
  text
    .split("\n")
    .filter((line) => !line.startsWith(MEASURED_WITH))
    .join("\n")
