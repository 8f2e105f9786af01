/**
 * Runs ahead of `npm pack`, `pnpm pack` and their `publish` in a package: builds what its tarball holds.
 *
 *     core, node   dist by tsc; what an earlier build left of sources that no longer exist is removed
 *     cli          the bundle, and THIRD-PARTY-LICENSES beside package.json
 *
 * It works in a fresh clone, and fails if a file that package.json names is missing. The manifests are published as they
 * are in the repository: no tool rewrites them. In the workspace the condition `@ftp-effect/source` in their `exports`
 * leads to the sources.
 */
import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** @param {ReadonlyArray<string>} words */
const run = (words) => {
  // Standard output is that of npm, which prints the tarball's name there.
  const { error, status } = spawnSync(process.execPath, words, { cwd: root, stdio: ["ignore", 2, 2] })
  if (status !== 0) throw new Error(`${words.join(" ")} failed: ${error?.message ?? `exit code ${status}`}`)
}

/** @param {string} folder a package's folder */
const removeStale = (folder) => {
  const dist = join(folder, "dist")
  for (const name of /** @type {Array<string>} */ (readdirSync(dist, { recursive: true }))) {
    const source = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(name)?.[1]
    if (source !== undefined && !existsSync(join(folder, "src", `${source}.ts`))) rmSync(join(dist, name))
  }
}

/** Paths of files in `exports` and `bin`. @param {unknown} value @returns {Array<string>} */
const filesIn = (value) =>
  typeof value === "string" ? [value] : Object.values(/** @type {object} */ (value ?? {})).flatMap(filesIn)

/** @param {string} name */
const prepack = (name) => {
  const folder = join(root, "packages", name)
  if (name === "cli") {
    run(["scripts/bootstrap.mjs", "--bundle"])
    copyFileSync(join(folder, "dist/licences.txt"), join(folder, "THIRD-PARTY-LICENSES"))
  } else {
    run(["scripts/bootstrap.mjs"])
    run([join(dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin/tsc"), "-b", folder])
    removeStale(folder)
  }
  const { bin, exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const missing = filesIn([bin, exports]).filter((file) => !existsSync(join(folder, file)))
  if (missing.length > 0) throw new Error(`${name}: package.json names files that do not exist: ${missing.join(", ")}`)
}

prepack(process.argv[2] ?? "")
