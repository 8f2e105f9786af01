#!/usr/bin/env node
/**
 * The examples in the comments of public modules, and of the members of their interfaces: every one is compiled, as a
 * program of its own.
 *
 *     exports of each package ──► files ──► @example blocks ──► .cache/examples/MODULE-LINE.ts ──► tsc
 *
 * A public function without one is an error.
 */
import { readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { compilePrograms } from "./compilePrograms.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const SOURCE = "@ftp-effect/source"

/** @returns {Array<string>} */
const publicFiles = () =>
  ["core", "node"].flatMap((name) => {
    const folder = join(root, "packages", name)
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    return Object.values(exports).flatMap((entry) =>
      typeof entry === "object" && entry !== null && SOURCE in entry ? [join(folder, entry[SOURCE])] : []
    )
  })

/**
 * A public file with all of its exports, and others with the exports that it passes on.
 *
 * @param {string} file
 */
const withReexports = (file) => [
  { file, names: undefined },
  ...[...readFileSync(file, "utf8").matchAll(/^export (?:type )?\{([^}]*)\} from "(\.[^"]+)"/gm)].map(
    ([, names = "", path = ""]) => ({
      file: join(file, "..", path),
      names: new Set(names.match(/\w+/g))
    })
  )
]

/** A documented export, with the line of its comment. @param {string} file */
const documented = (file) => {
  const text = readFileSync(file, "utf8")
  const found = text.matchAll(
    /\/\*\*\n((?: \*[^\n]*\n)*?) \*\/\nexport (const|function|class|interface|type) (\w+)([^\n]*)/g
  )
  return [...found].map(({ 1: comment = "", 2: kind, 3: name = "", 4: rest = "", index }) => ({
    file,
    kind,
    name,
    rest,
    line: text.slice(0, index).split("\n").length,
    examples: examplesOf(comment),
    isFunction:
      kind === "function" ||
      (kind === "const" && /@category (constructors|operations|combinators|layers|sinks)/.test(comment))
  }))
}

/** The members of its interfaces that have examples. @param {string} file */
const members = (file) => {
  const text = readFileSync(file, "utf8")
  return [...text.matchAll(/^ +\/\*\*\n((?: +\*[^\n]*\n)*?) +\*\/\n/gm)].flatMap(({ 1: comment = "", index }) => ({
    file,
    name: undefined,
    line: text.slice(0, index).split("\n").length,
    examples: examplesOf(comment),
    isFunction: false
  }))
}

/** @param {string} comment */
const examplesOf = (comment) =>
  [...comment.matchAll(/@example\n +\* ```ts\n((?: +\*[^\n]*\n)*?) +\* ```/g)].map(([, code = ""]) =>
    code.replace(/^ +\* ?/gm, "")
  )

const sources = publicFiles().flatMap(withReexports)
const all = [
  ...sources.flatMap(({ file, names }) =>
    documented(file).filter(({ name }) => names === undefined || names.has(name))
  ),
  ...[...new Set(sources.map(({ file }) => file))].flatMap(members)
]

const missing = all.filter(({ examples, isFunction }) => isFunction && examples.length === 0)
for (const { file, line, name } of missing) {
  console.error(`${file.slice(root.length)}:${line} ${name} has no @example`)
}

const programs = Object.fromEntries(
  all.flatMap(({ examples, file, line }) =>
    examples.map((code, index) => [`${basename(file, ".ts")}-${line}-${index}.ts`, `${code}\nexport {}\n`])
  )
)
const { isDone, output } = await compilePrograms("examples", programs)
process.stderr.write(output)
if (isDone) {
  console.log(`${Object.keys(programs).length} examples compile`)
}
process.exitCode = isDone && missing.length === 0 ? 0 : 1
