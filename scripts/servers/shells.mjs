/**
 * The shells that completions are tested in: bash is the machine's; zsh and fish are those that `install.mjs` unpacked,
 * else the machine's. What is unpacked elsewhere than its packages mean must be told where its own files are.
 */
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { installRoot, libraryPath } from "./install.mjs"

/**
 * @typedef {"bash" | "zsh" | "fish"} ShellName
 *
 * @typedef {object} Shell
 * @property {string} program
 * @property {Readonly<Record<string, string>>} environment to be added
 * @property {string} setup commands that come first, in the shell's own language
 */

/**
 * A shell, or an error that says how to get it.
 *
 * @param {ShellName} name
 * @returns {Shell}
 */
export const findShell = (name) => {
  const unpacked = ["usr/bin", "bin"].map((folder) => join(installRoot, folder, name)).find((path) => existsSync(path))
  if (unpacked !== undefined) {
    return { program: unpacked, environment: { LD_LIBRARY_PATH: libraryPath() }, setup: setup(name) }
  }
  const program = (process.env.PATH ?? "")
    .split(":")
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))
  if (program === undefined) {
    throw new Error(`${name} is not installed: run \`node scripts/servers.mjs\` (Debian or Ubuntu), or install it`)
  }
  return { program, environment: {}, setup: "" }
}

/** @param {ShellName} name */
const setup = (name) => {
  switch (name) {
    case "bash":
      return ""
    case "zsh":
      return `module_path=(${modules().join(" ")})\nfpath=(${foldersBelow(join(installRoot, "usr/share/zsh/functions")).join(" ")})`
    case "fish":
      return `set -p fish_function_path ${join(installRoot, "usr/share/fish/functions")}`
  }
}

/** The folders that have a folder `zsh` with zsh's line editor: one, whose name is zsh's version. */
const modules = () =>
  foldersBelow(join(installRoot, "usr/lib"))
    .filter((folder) => existsSync(join(folder, "zle.so")))
    .map(dirname)

/**
 * @param {string} folder
 * @returns {ReadonlyArray<string>}
 */
const foldersBelow = (folder) => [
  folder,
  ...readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
]
