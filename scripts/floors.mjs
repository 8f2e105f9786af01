/**
 * The floors of the house, part of `lint`. The order is data: `floors.json`, from the ground up.
 *
 *     core       a module imports only what stands before it in the list, type imports included, so there are no cycles;
 *                what one pattern (`internal/exchange/*`) matches stands side by side: neither may import the other,
 *                unless it is listed by its own name before the pattern
 *     testing    imports anything; imported by nothing in src but the files of `mayImportTesting`
 *     internal   closed to other packages
 *     effect     by module (`effect/Effect`), never by barrel, which costs the command 0.1 s at its start
 *
 * It reads static imports at a line's start, as the formatter leaves them, and `import("…")`; it does NOT look into
 * tests, examples or scripts.
 */
import { readdirSync, readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * @typedef {object} House
 * @property {ReadonlyArray<{ floor: number, holds: string, modules: ReadonlyArray<string> }>} floors
 * @property {string} beside
 * @property {ReadonlyArray<string>} mayImportTesting
 *
 * @typedef {{ floor: number, position: number, entry: string }} Place
 */

/**
 * Everything that breaks a rule below `root`, one line each.
 *
 * @param {string} root
 * @param {House} house
 * @returns {ReadonlyArray<string>}
 */
export const check = (root, house) =>
  readdirSync(join(root, "packages")).flatMap((name) =>
    sources(join(root, "packages", name, "src")).flatMap((path) => checkFile({ root, house, name, path }))
  )

/**
 * @typedef {{ root: string, house: House, name: string, path: string }} File
 *
 * @param {File} file
 * @returns {ReadonlyArray<string>}
 */
const checkFile = (file) => {
  const shown = relative(file.root, file.path)
  const homeless =
    file.name === "core" && placeOf(file, file.path) === undefined && !isTesting(file, file.path)
      ? [`${shown} has no place in scripts/floors.json: name it there, on the floor where it belongs`]
      : []
  const broken = importsOf(readFileSync(file.path, "utf8")).flatMap(({ line, specifier }) => {
    const why = specifier.startsWith(".") ? refuseRelative(file, specifier) : refusePackage(file, specifier)
    return why === undefined ? [] : [`${shown}:${line} imports ${specifier}: ${why}`]
  })
  return [...homeless, ...broken]
}

/**
 * @param {File} file
 * @param {string} specifier
 * @returns {string | undefined}
 */
const refuseRelative = (file, specifier) => {
  const target = resolve(dirname(file.path), specifier)
  if (!target.startsWith(`${sourceRoot(file)}/`)) return "this leaves the package; import it by the package's name"
  if (file.name !== "core" || isTesting(file, file.path)) return undefined
  if (isTesting(file, target)) return "testing is for tests, and for the command's demo and serve"
  const here = placeOf(file, file.path)
  const there = placeOf(file, target)
  if (here === undefined || there === undefined || there.position < here.position) return undefined
  if (there.floor > here.floor) return `floor ${here.floor} may not import floor ${there.floor}`
  return there.position === here.position
    ? `both stand under ${here.entry} on floor ${here.floor}; list the imported one by name before that pattern`
    : `on floor ${here.floor} it is listed after the importer`
}

/**
 * @param {File} file
 * @param {string} specifier
 * @returns {string | undefined}
 */
const refusePackage = (file, specifier) => {
  if (/^(effect|@effect\/[^/]+)$/.test(specifier)) return `a barrel; import the module, as "${specifier}/…"`
  if (/^@ftp-effect\/[^/]+\/internal\//.test(specifier)) return "internal is closed to other packages"
  const shown = relative(file.root, file.path)
  if (
    specifier.startsWith(`@ftp-effect/core/${dirname(file.house.beside)}/`) &&
    !file.house.mayImportTesting.includes(shown)
  ) {
    return `testing is for tests, and for ${file.house.mayImportTesting.join(" and ")}`
  }
  if (file.name === "core") {
    if (specifier.startsWith("node:") || builtinModules.includes(specifier)) return "core runs on any platform"
    if (/^(@ftp-effect\/(core|node)|ftp-effect)(\/|$)/.test(specifier)) {
      return "core knows no package above it, and itself by relative paths"
    }
  }
  if (file.name === "node" && /^ftp-effect(\/|$)/.test(specifier)) return "the command stands above this package"
  return undefined
}

/**
 * Where a file of core stands; a name of its own goes before a pattern.
 *
 * @param {File} file
 * @param {string} path
 * @returns {Place | undefined}
 */
const placeOf = (file, path) => {
  const module = moduleName(file, path)
  const places = file.house.floors
    .flatMap(({ floor, modules }) => modules.map((entry) => ({ floor, entry })))
    .map((place, position) => ({ ...place, position }))
  return places.find(({ entry }) => entry === module) ?? places.find(({ entry }) => matches(entry, module))
}

/** @param {File} file @param {string} path */
const isTesting = (file, path) => matches(file.house.beside, moduleName(file, path))

/** @param {File} file */
const sourceRoot = (file) => join(file.root, "packages", file.name, "src")

/** @param {File} file @param {string} path */
const moduleName = (file, path) => relative(sourceRoot(file), path).replace(/\.tsx?$/, "")

/**
 * The pattern `a/*` stands for what is directly in the folder a, and `a/**` for all below it.
 *
 * @param {string} entry
 * @param {string} module
 */
const matches = (entry, module) => {
  const folder = entry.replace(/\/\*+$/, "")
  return entry.endsWith("/**") ? module.startsWith(`${folder}/`) : entry.endsWith("/*") && dirname(module) === folder
}

const staticImport = /^(?:import|export)\s(?:[\w$*,{}\s]*?\sfrom\s+)?["']([^"']+)["']/gm
const dynamicImport = /\bimport\(\s*["']([^"']+)["']/g

/**
 * @param {string} text
 * @returns {ReadonlyArray<{ line: number, specifier: string }>}
 */
const importsOf = (text) =>
  [...text.matchAll(staticImport), ...text.matchAll(dynamicImport)]
    .filter(({ index }) => !/^\s*(\*|\/\/|\/\*)/.test(text.slice(text.lastIndexOf("\n", index) + 1, index)))
    .map((match) => ({ line: text.slice(0, match.index).split("\n").length, specifier: match[1] ?? "" }))

/**
 * @param {string} folder
 * @returns {Array<string>}
 */
const sources = (folder) => {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? sources(path) : /\.tsx?$/.test(entry.name) ? [path] : []
    })
  } catch {
    return []
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)))
  const house = JSON.parse(readFileSync(fileURLToPath(new URL("floors.json", import.meta.url)), "utf8"))
  const broken = check(root, house)
  for (const line of broken) process.stderr.write(`floors: ${line}\n`)
  if (broken.length > 0) process.exitCode = 1
}
