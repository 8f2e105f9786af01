/** Compiles a folder of programs, each a file of its own: the examples of comments and pages. */
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

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
 * Writes the programs into `.cache/NAME`, which holds nothing else then, and compiles them.
 *
 * @param {string} name
 * @param {Readonly<Record<string, string>>} programs by the names of their files
 * @returns {{ readonly status: number | null, readonly output: string }}
 */
export const compilePrograms = (name, programs) => {
  const folder = join(root, ".cache", name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [file, code] of Object.entries(programs)) writeFileSync(join(folder, file), code)
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(CONFIG))
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  const { error, status, stderr, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" })
  return { status, output: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}` }
}
