/**
 * The programs of the benchmarks, and their versions. curl, lftp and GNU time are the reader's
 * (`apt-get install curl lftp time`); basic-ftp comes from npm into the benchmark's own folder below `.cache`; ftp-effect is
 * the bundled command of this clone.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const cache = join(root, ".cache/bench")
export const launcher = join(root, "packages/cli/dist/launch.cjs")

/** Pinned, so that two runs compare the same thing. */
const BASIC_FTP = "6.2.6"

/**
 * Fails with what to type if a program is missing; installs basic-ftp and bundles ftp-effect where that is due.
 *
 * @param {ReadonlyArray<string>} more programs that this benchmark needs besides
 */
export const prepare = (more = []) => {
  const missing = ["curl", "lftp", "time", ...more].filter((program) => !isCommand(program))
  if (missing.length > 0) {
    throw new Error(`the benchmark needs ${missing.join(", ")}: apt-get install ${missing.join(" ")}`)
  }
  execFileSync(process.execPath, [join(root, "scripts/bootstrap.mjs"), "--bundle"], { stdio: "inherit" })
  if (installedBasicFtp() !== BASIC_FTP) {
    mkdirSync(cache, { recursive: true })
    // Without one of its own npm would install into the nearest package above: the workspace.
    writeFileSync(join(cache, "package.json"), '{ "private": true }\n')
    const npmArgs = ["install", "--prefix", cache, "--no-audit", "--no-fund", "--no-save", `basic-ftp@${BASIC_FTP}`]
    execFileSync("npm", npmArgs, { cwd: cache, stdio: ["ignore", "ignore", "inherit"] })
  }
}

/** Which versions are compared, for the report. */
export const versions = () => [
  firstLine("curl", ["--version"]).split(" ").slice(0, 2).join(" "),
  `lftp ${firstLine("lftp", ["--version"]).match(/Version ([\d.]+)/)?.[1] ?? "?"}`,
  `basic-ftp ${installedBasicFtp()}`,
  `ftp-effect ${firstLine(process.execPath, [launcher, "--version"])}`,
  `Node ${process.version}`
]

/**
 * @param {string} program
 * @param {ReadonlyArray<string>} args
 */
export const firstLine = (program, args) => execFileSync(program, args, { encoding: "utf8" }).split("\n")[0] ?? ""

const installedBasicFtp = () => {
  const path = join(cache, "node_modules/basic-ftp/package.json")
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : undefined
}

/** @param {string} name */
const isCommand = (name) => (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, name)))
