/**
 * The ways to speak with the real servers and what is tried in each, as data: what `packages/node/test/matrix` runs,
 * and what `docs/compatibility.md` says.
 *
 *     protection × version × reuse × family × server's limits ──► a setting: one server process
 *     setting × passive, active                              ──► a combination: one row
 *
 * What a server has no setting for stands in `missing` with the reason.
 */

/**
 * @typedef {object} Setting
 * @property {"Plain" | "Explicit" | "Implicit"} security
 * @property {"1.2" | "1.3" | undefined} version The only TLS version that the server speaks.
 * @property {boolean} requireReuse
 * @property {"IPv4" | "IPv6"} family
 * @property {"None" | "NoRfc2428" | "ActiveOnly"} limits `NoRfc2428`: EPSV and EPRT are refused, as old servers do.
 *
 * @typedef {"Passive" | "Active"} DataMode
 * @typedef {import("./start.mjs").ServerName} ServerName
 */

const families = /** @type {const} */ (["IPv4", "IPv6"])
const versions = /** @type {const} */ (["1.2", "1.3"])

/** @type {Setting} */
const plain = { security: "Plain", version: undefined, requireReuse: false, family: "IPv4", limits: "None" }

/** @type {ReadonlyArray<Setting>} */
export const settings = [
  ...families.map((family) => ({ ...plain, family })),
  { ...plain, limits: "NoRfc2428" },
  { ...plain, limits: "ActiveOnly" },
  .../** @type {const} */ (["Explicit", "Implicit"]).flatMap((security) =>
    versions.flatMap((version) =>
      [false, true].flatMap((requireReuse) =>
        families.map((family) => ({ ...plain, security, version, requireReuse, family }))
      )
    )
  ),
  { ...plain, security: "Explicit", version: "1.3", requireReuse: true, limits: "NoRfc2428" },
  { ...plain, security: "Explicit", version: "1.3", requireReuse: true, limits: "ActiveOnly" }
]

/**
 * What each combination runs: cases of the client suite, then transfers in a row, as parts of one case with one session
 * at a time (opening one takes ProFTPD half a second when another has just ended), and eight sessions at once.
 */
export const togetherName = "one after another with one session"
export const atOnceName = "eight sessions at once, each with three transfers"
export const together = [
  "an empty directory is an empty list",
  "entries tell type, size, time and mode",
  "stat reports type, size and time of a file",
  "a file of 0 bytes arrives as it is",
  "a file of 1 bytes arrives as it is",
  "a missing file is NotFound, and the session lives on",
  "an upload of 0 bytes is stored unchanged, with evidence",
  "an upload of 1 bytes is stored unchanged, with evidence",
  "all operations of the client are there on one session",
  "toFile brings a file of 10485760 bytes, and leaves nothing else",
  "fromFile stores a file of 10485760 bytes",
  "interrupting a download in full flow is prompt, and the pool stays usable",
  "an upload that waits for its source is interrupted promptly, and the pool stays usable"
]
export const inARowName = "nine transfers in a row on one control connection"

/** @param {Setting} setting @returns {ReadonlyArray<DataMode>} */
export const dataModesOf = ({ limits }) => (limits === "ActiveOnly" ? ["Active"] : ["Passive", "Active"])

/**
 * Why a server does not have a setting, or `undefined` where it has it.
 *
 * @param {ServerName} name
 * @param {Setting} setting
 * @returns {string | undefined}
 */
export const missing = (name, { security, requireReuse, limits }) => {
  if (name === "vsftpd" || name === "proftpd") return undefined
  if (security === "Implicit") return "no implicit TLS"
  if (requireReuse) return "can't demand reuse"
  return limits === "None" || name === "pyftpdlib" ? undefined : "refuses no command"
}

/** As the tests' names and the table's rows say it. @param {Setting} setting */
export const titleOf = ({ security, version, requireReuse, family, limits }) =>
  [
    security === "Plain" ? "plain" : `${security.toLowerCase()} TLS ${version}`,
    ...(security === "Plain" ? [] : [requireReuse ? "session reuse demanded" : "session reuse not demanded"]),
    family,
    ...limitWords[limits]
  ].join(", ")

const limitWords = { None: [], NoRfc2428: ["EPSV and EPRT refused"], ActiveOnly: ["active only"] }
