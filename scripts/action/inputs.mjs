/** The inputs of `action.yml`, checked, and as the words of the command. */

/** An input that can't be used. Its message is for the author of the workflow, and holds no password. */
export class Mistake extends Error {}

const SCHEMES = ["ftp", "ftpes", "ftps"]

/** What a site seldom wants: the repository itself would be public. A line of `exclude` with `!` includes it again. */
const ALWAYS = [".git*", "node_modules/"]

/**
 * @typedef {object} Command
 * @property {ReadonlyArray<string>} words after `ftp-effect`
 * @property {string} version
 * @property {string} from
 * @property {string} to without host and user, which may be secrets
 */

/**
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @param {string} ownVersion
 * @returns {Command}
 */
export const command = (environment, ownVersion) => {
  /** @param {string} name as in action.yml */
  const input = (name) => (environment[`INPUT_${name.toUpperCase().replaceAll("-", "_")}`] ?? "").trim()
  const deletes = oneOf("delete", input("delete") || "none", ["none", "ours", "extra"])
  const isDry = isTrue("dry-run", input("dry-run"))
  const from = input("local-dir") || "./"
  const to = input("server-dir") || "./"
  const maxDelete = input("max-delete")
  const conflict = input("conflict")
  if (conflict !== "") {
    oneOf("conflict", conflict, ["fail", "replace"])
  }
  if (maxDelete !== "" && deletes === "none" && conflict !== "replace") {
    throw new Mistake("max-delete needs delete: ours, delete: extra or conflict: replace")
  }
  const links = input("links")
  if (links !== "") {
    oneOf("links", links, ["skip", "follow", "copy"])
  }
  return {
    words: [
      "mirror",
      "--json",
      ...(isDry ? ["--dry-run"] : []),
      ...(deletes === "none" ? [] : [`--delete=${deletes}`]),
      ...(maxDelete === "" ? [] : [`--max-delete=${maxDelete}`]),
      ...(isTrue("force", input("force")) ? ["--force"] : []),
      ...(links === "" ? [] : [`--links=${links}`]),
      ...(conflict === "" ? [] : [`--conflict=${conflict}`]),
      ...(isTrue("swap", input("swap")) ? ["--swap"] : []),
      ...(isTrue("manifest", input("manifest") || "true") ? ["--manifest"] : []),
      ...[...ALWAYS, ...lines(input("exclude")).filter((line) => !line.startsWith("#"))].map(
        (pattern) => `--exclude=${pattern}`
      ),
      ...options(input("options")),
      "--",
      from,
      url(input, to)
    ],
    version: version(input("version") || ownVersion),
    from,
    to
  }
}

/** @param {string} text */
const lines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")

/** @param {string} text */
const options = (text) =>
  lines(text).map((line) => {
    if (!line.startsWith("-") || line === "--") {
      throw new Mistake(
        `options: ${line} is no option; write one a line, with its value after =, as in --last=index.html`
      )
    }
    return line
  })

/**
 * @param {string} name
 * @param {string} value
 */
const isTrue = (name, value) => oneOf(name, value || "false", ["true", "false"]) === "true"

/**
 * @param {string} name
 * @param {string} value
 * @param {ReadonlyArray<string>} values
 */
const oneOf = (name, value, values) => {
  if (!values.includes(value)) {
    throw new Mistake(`${name}: ${value} is not ${values.slice(0, -1).join(", ")} or ${values.at(-1)}`)
  }
  return value
}

/**
 * A version or a tag: npm would also take a folder or a URL.
 *
 * @param {string} text
 */
const version = (text) => {
  if (!/^[\w.^~+-]{1,64}$/.test(text)) {
    throw new Mistake("version: neither a version nor a tag of ftp-effect")
  }
  return text
}

/** @param {string} text */
const protocol = (text) => {
  if (text === "ftps-legacy") {
    throw new Mistake("protocol: ftps-legacy is called ftps here, and what others call ftps is ftpes")
  }
  return text === "" ? "" : oneOf("protocol", text, SCHEMES)
}

/**
 * The URL of the target. Parts that are given twice have to agree.
 *
 * @param {(name: string) => string} input
 * @param {string} directory
 */
const url = (input, directory) => {
  const server = /^(?:([a-z]+):\/\/)?(?:([^@/]*)@)?(\[[\dA-Fa-f:.]+\]|[^\s/@:?#[\]]+)(?::(\d{1,5}))?(\/.*)?$/i.exec(
    input("server")
  )
  if (server === null) {
    throw new Mistake("server: neither a host, host:port, nor a URL such as ftpes://ftp.example.com/sites")
  }
  const [, scheme = "", user = "", host = "", port = "", path = ""] = server
  if (user.includes(":")) {
    throw new Mistake("server: has a password in it; give it as password, from a secret")
  }
  if (path !== "" && scheme === "") {
    throw new Mistake("server: a host has no path; write it in server-dir, or give a URL")
  }
  const name = agreed("username", user, encodeURIComponent(input("username")))
  const number = agreed("port", port, input("port"))
  if (!/^\d{0,5}$/.test(number)) {
    throw new Mistake("port: is no number")
  }
  const as = agreed("protocol", scheme === "" ? "" : protocol(scheme.toLowerCase()), protocol(input("protocol")))
  const authority = `${name === "" ? "" : `${name}@`}${host}${number === "" ? "" : `:${number}`}`
  return `${as || "ftpes"}://${authority}${pathOf(path, directory)}`
}

/**
 * @param {string} name of the input
 * @param {string} inServer
 * @param {string} alone
 */
const agreed = (name, inServer, alone) => {
  if (inServer !== "" && alone !== "" && inServer !== alone) {
    throw new Mistake(`${name}: is not the one in server`)
  }
  return inServer || alone
}

/**
 * @param {string} base of the URL, encoded
 * @param {string} directory
 */
const pathOf = (base, directory) => {
  const parts = directory.split("/").filter((part) => part !== "" && part !== ".")
  const below = parts.map(encodeURIComponent).join("/")
  // An absolute path has two slashes.
  return directory.startsWith("/") ? `//${below}` : `${base.replace(/\/+$/, "")}/${below}`
}
