/** Compiles a folder of programs, each a file of its own: the examples of comments and pages. */
import { execFile } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** In bytes: more than an error in each of some hundred programs. */
const MAX_OUTPUT = 2 ** 26

const CONFIG = {
  extends: "../../tsconfig.base.json",
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    noEmit: true,
    noUnusedLocals: false,
    types: ["node"]
  },
  include: ["*.ts"]
}

/**
 * Writes the programs into `.cache/NAME`, which holds nothing else then, and compiles them. It does not block: a worker of vitest's
 * that does so for a minute, as on a busy machine, ends the run before the suites that are still to come.
 *
 * @param {string} name
 * @param {Readonly<Record<string, string>>} programs by the names of their files
 * @param {AbortSignal} [signal] ends the compiler
 * @returns {Promise<{ readonly isDone: boolean, readonly output: string }>}
 */
export const compilePrograms = (name, programs, signal) => {
  const folder = join(root, ".cache", name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [file, code] of Object.entries(programs)) writeFileSync(join(folder, file), code)
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(CONFIG))
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, "-p", folder], { maxBuffer: MAX_OUTPUT, signal }, (error, stdout, stderr) => {
      const why = error === null || stdout !== "" || stderr !== "" ? "" : error.message
      resolve({ isDone: error === null, output: `${stdout}${stderr}${why}` })
    })
  })
}
