/**
 * Tests the packages with other versions of their peers, by default the oldest that `peerDependencies` allow:
 *
 *     node scripts/peers.mjs [--effect VERSION --platform VERSION --platform-node VERSION] [-- FILTER …]
 *
 * A copy of core, node and the examples gets these versions, is type checked, and runs the examples and the suites that
 * need no real server. What is published is compiled against the newest versions: the packed declarations are checked
 * with the oldest ones by `npm run test:packages`.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const root = fileURLToPath(new URL("..", import.meta.url))

const COPIED = [
  "package.json",
  "pnpm-workspace.yaml",
  "tsconfig.base.json",
  "vitest.config.ts",
  "vitest.project.ts",
  "vitest.workspace.ts",
  "docs",
  "examples",
  "packages/core",
  "packages/node",
  "scripts",
  // What the pages link to.
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "bench/README.md",
  "packages/cli/README.md",
  "packages/cli/CHANGELOG.md",
  "packages/cli/schema",
  "packaging/consumers"
]

/** Folders of tests that run real servers or the command. */
const EXCLUDED = ["servers", "matrix", "chaos"]

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))

/** The version that a range like `^3.14.0` or `>=0.80.0 <1.0.0` begins with. @param {string} range */
const oldestOf = (range) => /\d+\.\d+\.\d+/.exec(range)?.[0] ?? range

/** @param {string} name */
export const oldestPeer = (name) => oldestOf(readJson(join(root, "packages/node/package.json")).peerDependencies[name])

/**
 * No peer of ours, but the tests use its FileSystem. It follows @effect/platform version by version: this one is for the
 * oldest.
 */
const OLDEST_PLATFORM_NODE = "0.92.0"

/** @param {string} folder @param {Readonly<Record<string, string>>} versions */
const copy = (folder, versions) => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const isWanted = (/** @type {string} */ path) => !/[\\/](node_modules|dist|\.cache)$/.test(path)
  for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true, filter: isWanted })
  const manifest = readJson(join(folder, "package.json"))
  const pnpm = readFileSync(join(folder, "pnpm-workspace.yaml"), "utf8")
  const overrides = Object.entries(versions).map(([name, version]) => `  "${name}": ${version}\n`)
  writeFileSync(join(folder, "pnpm-workspace.yaml"), `${pnpm}\noverrides:\n${overrides.join("")}`)
  return manifest.packageManager.split("+")[0]
}

/** @param {string} folder @param {string} command @param {ReadonlyArray<string>} words */
const run = (folder, command, words) => {
  process.stdout.write(`\n$ ${command} ${words.join(" ")}\n`)
  const { status } = spawnSync(command, words, {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32"
  })
  return status === 0
}

const main = () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { effect: { type: "string" }, platform: { type: "string" }, "platform-node": { type: "string" } }
  })
  const versions = {
    effect: values.effect ?? oldestPeer("effect"),
    "@effect/platform": values.platform ?? oldestPeer("@effect/platform"),
    "@effect/platform-node": values["platform-node"] ?? OLDEST_PLATFORM_NODE
  }
  process.stdout.write(
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}\n`
  )
  const folder = join(root, ".cache/peers")
  const pnpm = copy(folder, versions)
  const excluded = EXCLUDED.flatMap((name) => ["--exclude", `**/test/${name}/**`])
  const isDone =
    run(folder, "npx", ["--yes", pnpm, "install", "--no-frozen-lockfile", "--prefer-offline"]) &&
    run(folder, "node_modules/.bin/tsc", ["-b", "packages/core", "packages/node"]) &&
    run(folder, "node_modules/.bin/vitest", [
      "run",
      "--project=core",
      "--project=node",
      "--project=node-alone",
      "--project=examples",
      ...excluded,
      ...positionals
    ])
  process.exitCode = isDone ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
