/**
 * The floors of each package, part of `lint`. The order is data: `floors.json`, from the ground up.
 *
 *     folders    a file imports from its own folder and from the folders listed before it, types included; files directly
 *                in `src` stand above all folders
 *     circles    no files import each other in a circle, in a folder neither, the test kit included
 *     testing    imports anything; imported by nothing else in src but the files of `mayImportTesting`
 *     packages   core knows nothing of Node or of the packages above it, node nothing of the command; only what a
 *                package's `exports` list can be imported from outside
 *     effect     by module (`effect/Effect`), never by barrel, which costs the command 0.1 s at its start
 *
 * It reads static imports at a line's start, as the formatter leaves them, and `import("…")`.
 */
import { readdirSync, readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * @typedef {object} House
 * @property {ReadonlyArray<{ folder: string, holds: string }>} floors
 * @property {string} [testing]
 * @property {ReadonlyArray<string>} [mayImportTesting]
 *
 * @typedef {{ line: number, specifier: string }} Import
 * @typedef {{ name: string, imports: ReadonlyArray<Import> }} Source `name` is relative to the package's src
 */

/**
 * Everything that breaks a rule below `root`, one line each.
 *
 * @param {string} root
 * @param {Readonly<Record<string, House>>} houses by package
 * @returns {ReadonlyArray<string>}
 */
export const check = (root, houses) =>
  readdirSync(join(root, "packages")).flatMap((name) => {
    const from = join(root, "packages", name, "src")
    const house = houses[name] ?? { floors: [] }
    const sources = filesBelow(from).map((path) => ({
      name: relative(from, path),
      imports: importsOf(readFileSync(path, "utf8"))
    }))
    const broken = [
      ...sources.flatMap((source) => checkSource({ packageName: name, from, house, source })),
      ...circles(sources).map((circle) => `${circle[0]}:1 is in a circle: ${circle.join(" -> ")}`)
    ]
    return broken.map((line) => `${relative(root, from)}/${line}`)
  })

/**
 * @param {{ packageName: string, from: string, house: House, source: Source }} place
 * @returns {ReadonlyArray<string>}
 */
const checkSource = ({ packageName, from, house, source }) => {
  const here = floorOf(house, source.name)
  const homeless = here === undefined ? [`${source.name}:1 is in no folder of scripts/floors.json`] : []
  const broken = source.imports.flatMap(({ line, specifier }) => {
    const why = specifier.startsWith(".")
      ? refuseRelative(house, from, source, specifier)
      : refusePackage(packageName, house, source, specifier)
    return why === undefined ? [] : [`${source.name}:${line} imports ${specifier}: ${why}`]
  })
  return [...homeless, ...broken]
}

/**
 * @param {House} house
 * @param {string} from
 * @param {Source} source
 * @param {string} specifier
 * @returns {string | undefined}
 */
const refuseRelative = (house, from, source, specifier) => {
  const target = relative(from, resolve(from, dirname(source.name), specifier))
  if (target.startsWith("..")) return "this leaves the package; import it by the package's name"
  if (isTesting(house, source.name)) return undefined
  if (isTesting(house, target)) return "testing is for tests, and for the command's demo and serve"
  const here = floorOf(house, source.name)
  const there = floorOf(house, target)
  return here === undefined || there === undefined || there <= here
    ? undefined
    : `${folderOf(source.name)} is below ${folderOf(target)}`
}

/**
 * @param {string} packageName
 * @param {House} house
 * @param {Source} source
 * @param {string} specifier
 * @returns {string | undefined}
 */
const refusePackage = (packageName, house, source, specifier) => {
  if (/^(effect|@effect\/[^/]+)$/.test(specifier)) return `a barrel; import the module, as "${specifier}/…"`
  const mayImportTesting = house.mayImportTesting ?? []
  if (specifier.startsWith("@ftp-effect/core/testing/") && !mayImportTesting.includes(source.name)) {
    return "testing is for tests, and for the command's demo and serve"
  }
  if (packageName === "core") {
    if (specifier.startsWith("node:") || builtinModules.includes(specifier)) return "core runs on any platform"
    if (/^(@ftp-effect\/(core|node)|ftp-effect)(\/|$)/.test(specifier)) {
      return "core knows no package above it, and itself by relative paths"
    }
  }
  if (packageName === "node" && /^ftp-effect(\/|$)/.test(specifier)) return "the command stands above this package"
  return undefined
}

/** @param {string} name */
const folderOf = (name) => name.split("/", 1)[0] ?? ""

/** @param {House} house @param {string} name */
const isTesting = (house, name) => house.testing !== undefined && name.startsWith(`${house.testing}/`)

/**
 * The number of a file's floor; files directly in `src`, and the test kit, stand above all.
 *
 * @param {House} house
 * @param {string} name
 * @returns {number | undefined}
 */
const floorOf = (house, name) => {
  if (!name.includes("/") || isTesting(house, name)) return house.floors.length
  const floor = house.floors.findIndex(({ folder }) => folder === folderOf(name))
  return floor < 0 ? undefined : floor
}

/**
 * The circles in which files import each other, each once.
 *
 * @param {ReadonlyArray<Source>} sources
 * @returns {ReadonlyArray<ReadonlyArray<string>>}
 */
const circles = (sources) => {
  const graph = new Map(
    sources.map(({ imports, name }) => [
      name,
      imports
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => join(dirname(name), specifier))
    ])
  )
  /** @type {Array<ReadonlyArray<string>>} */
  const found = []
  /** @type {Set<string>} */
  const done = new Set()
  /** @param {string} name @param {ReadonlyArray<string>} above */
  const visit = (name, above) => {
    const start = above.indexOf(name)
    if (start >= 0) {
      found.push([...above.slice(start), name])
      return
    }
    if (done.has(name)) return
    for (const next of graph.get(name) ?? []) visit(next, [...above, name])
    done.add(name)
  }
  for (const name of graph.keys()) visit(name, [])
  return found
}

const staticImport = /^(?:import|export)\s(?:[\w$*,{}\s]*?\sfrom\s+)?["']([^"']+)["']/gm
const dynamicImport = /\bimport\(\s*["']([^"']+)["']/g

/**
 * @param {string} text
 * @returns {ReadonlyArray<Import>}
 */
const importsOf = (text) =>
  [...text.matchAll(staticImport), ...text.matchAll(dynamicImport)]
    .filter(({ index }) => !/^\s*(\*|\/\/|\/\*)/.test(text.slice(text.lastIndexOf("\n", index) + 1, index)))
    .map((match) => ({ line: text.slice(0, match.index).split("\n").length, specifier: match[1] ?? "" }))

/**
 * @param {string} folder
 * @returns {Array<string>}
 */
const filesBelow = (folder) => {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(path) : /\.tsx?$/.test(entry.name) ? [path] : []
    })
  } catch {
    return []
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)))
  const houses = JSON.parse(readFileSync(fileURLToPath(new URL("floors.json", import.meta.url)), "utf8"))
  const broken = check(root, houses)
  for (const line of broken) process.stderr.write(`floors: ${line}\n`)
  if (broken.length > 0) process.exitCode = 1
}
