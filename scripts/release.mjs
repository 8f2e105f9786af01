/**
 * A release, dry unless asked otherwise:
 *
 *     node scripts/release.mjs             what would be published: versions, files, what stands against it
 *     node scripts/release.mjs --publish   publishes the versions that the registry does not have, and tags them
 *
 * The versions and changelogs come from `pnpm version-packages` (changesets), in a commit of their own. In a workflow with
 * an OIDC token npm signs where a tarball was built (provenance).
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** In the order of their dependencies. */
const PACKAGES = ["core", "node", "cli"]

/** @param {string} command @param {ReadonlyArray<string>} words @param {{ cwd?: string, quiet?: boolean }} options */
const run = (command, words, { cwd = root, quiet = false } = {}) =>
  spawnSync(command, words, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    shell: process.platform === "win32"
  })

/** @param {string} folder */
const manifestOf = (folder) => JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"))

/** What stands against a release, a line each. */
const obstacles = () => {
  const changesets = existsSync(join(root, ".changeset"))
    ? readdirSync(join(root, ".changeset")).filter((name) => name.endsWith(".md") && name !== "README.md")
    : []
  const status = run("git", ["status", "--porcelain"], { quiet: true })
  const versions = new Set(PACKAGES.map((folder) => manifestOf(folder).version))
  const undocumented = PACKAGES.filter((folder) => {
    const changelog = readFileSync(join(root, "packages", folder, "CHANGELOG.md"), "utf8")
    return !changelog.includes(`\n## ${manifestOf(folder).version}\n`)
  })
  return [
    ...(status.status !== 0 || status.stdout.trim() !== "" ? ["the work tree has changes that are not committed"] : []),
    ...changesets.map((name) => `.changeset/${name} is not in a version yet: pnpm version-packages`),
    ...(versions.size > 1 ? [`the packages have different versions: ${[...versions].join(", ")}`] : []),
    ...undocumented.map((folder) => `packages/${folder}/CHANGELOG.md does not tell of ${manifestOf(folder).version}`)
  ]
}

/** A version that the registry has is left as it is, so that a release that was broken off can be given again. */
const publish = (/** @type {string} */ folder, /** @type {boolean} */ isReal) => {
  const { name, version } = manifestOf(folder)
  const known = run("npm", ["view", `${name}@${version}`, "version"], { quiet: true })
  if (known.status === 0 && known.stdout.trim() === version) {
    process.stdout.write(`\n${name} ${version} is published already\n`)
    return
  }
  process.stdout.write(`\n${name} ${version}\n`)
  const words = ["publish", "--access", "public", ...(isReal ? [] : ["--dry-run"])]
  if (run("npm", words, { cwd: join(root, "packages", folder) }).status !== 0) {
    throw new Error(`${name} ${version} could not be published`)
  }
}

const tag = () => {
  const name = `v${manifestOf("core").version}`
  if (run("git", ["tag", "-l", name], { quiet: true }).stdout.trim() === name) return
  if (run("git", ["tag", "-a", name, "-m", name]).status !== 0) throw new Error(`the tag ${name} could not be made`)
}

const main = () => {
  const words = process.argv.slice(2)
  const isReal = words.includes("--publish")
  const unknown = words.filter((word) => word !== "--publish")
  if (unknown.length > 0) throw new Error(`unknown option ${unknown.join(" ")}`)
  const problems = obstacles()
  for (const problem of problems) process.stderr.write(`release: ${problem}\n`)
  if (isReal && problems.length > 0) throw new Error("nothing was published")
  for (const folder of PACKAGES) publish(folder, isReal)
  if (isReal) {
    tag()
    return
  }
  process.stdout.write("\nnothing was published: this was a dry run; --publish publishes\n")
  if (problems.length > 0) process.exitCode = 1
}

try {
  main()
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
