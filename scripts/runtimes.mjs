/**
 * Runs what is published, and tests, under several runtimes, and writes what was seen to docs/runtimes.md:
 *
 *     node scripts/runtimes.mjs             runs all, writes the table
 *     node scripts/runtimes.mjs --check     runs all, and fails if a runtime did less than the table says
 *     node scripts/runtimes.mjs --only bun  one of them, and writes nothing
 *
 *     installed      a project with the packed tarballs, from `npm run test:packages`
 *       examples     the README's examples, compiled, against a server of the test kit
 *       command      put, get and ls of the installed command
 *     tests          those files of core and node that need neither a real server nor much time, by vitest
 *
 * The runtimes come from npm's packages `node`, `bun` and `deno`, into `.cache/runtimes`.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const root = fileURLToPath(new URL("..", import.meta.url))
const page = join(root, "docs/runtimes.md")

/** A run that hangs counts as failed after this long. */
const LIMIT_MILLIS = 600_000

/**
 * @typedef {object} Runtime
 * @property {string} title
 * @property {string} [package] of npm, with its version; without one it is the Node.js that runs this script
 * @property {ReadonlyArray<string>} [words] ahead of the program
 * @property {ReadonlyArray<string>} [install] what npm may run on installation
 *
 * @typedef {{ title: string, version: string, columns: Readonly<Record<string, string>> }} Row
 */

/** @type {Readonly<Record<string, Runtime>>} */
const RUNTIMES = {
  node20: { title: "Node.js 20" },
  node22: { title: "Node.js 22", package: "node@22" },
  node24: { title: "Node.js 24", package: "node@24" },
  bun: { title: "Bun", package: "bun@1" },
  deno: { title: "Deno", package: "deno@2", words: ["run", "--allow-all", "--quiet"] }
}

/** Files and folders of tests. */
const TESTS = [
  "packages/core/test/protocol/Command.test.ts",
  "packages/core/test/protocol/listing/unixDates.test.ts",
  "packages/core/test/testing/FtpTestServer.test.ts",
  "packages/node/test/index.test.ts",
  "packages/node/test/NodeFtp.test.ts",
  "packages/node/test/NodeFtpHasher.test.ts",
  "packages/node/test/NodeFtpTransport.test.ts"
]

/** @param {string} command @param {ReadonlyArray<string>} words @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} options */
const run = (command, words, { cwd = root, env = {} } = {}) =>
  spawnSync(command, words, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    timeout: LIMIT_MILLIS,
    killSignal: "SIGKILL",
    maxBuffer: 1 << 27
  })

/** The runtime's binary, installed on demand. @param {string} name @param {Runtime} runtime */
const binaryOf = (name, runtime) => {
  if (runtime.package === undefined) return process.execPath
  const folder = join(root, ".cache/runtimes", name)
  const binary = join(folder, "node_modules/.bin", /** @type {string} */ (runtime.package.split("@")[0]))
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "package.json"), '{"private":true}')
    const { status, stderr } = run("npm", ["install", "--no-audit", "--no-fund", runtime.package], { cwd: folder })
    if (status !== 0) throw new Error(`${runtime.package} could not be installed: ${stderr}`)
  }
  return binary
}

/** @param {import("node:child_process").SpawnSyncReturns<string>} result @param {string} what */
const seen = (result, what) => {
  if (result.status === 0) return "✓"
  const why = result.error === undefined ? `exit code ${result.status ?? result.signal}` : result.error.message
  process.stdout.write(
    `\n-- ${what}: ${why}\n${`${result.stdout}${result.stderr}`.split("\n").slice(-30).join("\n")}\n`
  )
  return "fails"
}

/** @param {string} name @param {Runtime} runtime @returns {Row} */
const examine = (name, runtime) => {
  const binary = binaryOf(name, runtime)
  const words = runtime.words ?? []
  const version = /\d+\.\d+\.\d+/.exec(run(binary, ["--version"]).stdout)?.[0] ?? "?"
  process.stdout.write(`\n== ${runtime.title} ${version}\n`)
  const projects = join(root, ".cache/packaging/projects")
  const cache = join(root, ".cache/runtimes", `${name}-cache`)
  // Of its own: two runtimes at once would ask for the same partial file.
  const cwd = join(root, ".cache/runtimes", `${name}-work`)
  mkdirSync(cwd, { recursive: true })
  const examples = run(binary, [...words, join(projects, "npm-effect/out/examples.js")], { cwd })
  const command = run(
    binary,
    [...words, join(projects, "npm-promises/node_modules/ftp-effect/dist/launch.cjs"), "demo"],
    { cwd, env: { XDG_CACHE_HOME: cache, XDG_STATE_HOME: cache } }
  )
  return {
    title: runtime.title,
    version,
    columns: {
      "the README's examples, installed": seen(examples, "examples"),
      "`ftp-effect demo`, installed": seen(command, "command"),
      "tests of core and node": tests(name, binary, words)
    }
  }
}

/** @param {string} name @param {string} binary @param {ReadonlyArray<string>} words */
const tests = (name, binary, words) => {
  const report = join(root, ".cache/runtimes", `${name}.json`)
  writeFileSync(report, "{}")
  const projects = ["core", "node", "node-alone"].map((project) => `--project=${project}`)
  // Threads that outlive a file are an economy that other runtimes need not support.
  const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--pool=forks", ...projects]
  const result = run(binary, [
    ...words,
    ...vitest,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...TESTS
  ])
  const outcome = seen(result, "tests")
  const { numPassedTests = 0, numTotalTests = 0 } = JSON.parse(readFileSync(report, "utf8"))
  return numTotalTests === 0
    ? "vitest does not run"
    : `${outcome === "✓" ? "✓ " : ""}${numPassedTests} of ${numTotalTests}`
}

/** @param {ReadonlyArray<Row>} rows */
const render = (rows) => {
  const header = ["runtime", "version", ...Object.keys(rows[0]?.columns ?? {})]
  const body = rows.map(({ columns, title, version }) => [title, version, ...Object.values(columns)])
  const widths = header.map((_, index) => Math.max(...[header, ...body].map((cells) => (cells[index] ?? "").length)))
  const line = (/** @type {ReadonlyArray<string>} */ cells) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |\n`
  return `# What runs with which runtime

Made by \`npm run runtimes\`, which runs all of this under each runtime; not to be edited. CI runs the whole suite on
Node.js 20. The packages are made for Node.js; other runtimes run them as far as they are compatible with it.

${line(header)}${line(widths.map((width) => "-".repeat(width)))}${body.map(line).join("")}
- _examples_: the three programs of the README against a server of the test kit, from the packed tarballs.
- _demo_: a server and a client of the packed command on this machine, files moved and compared.
- _tests_: the files of \`packages/core/test\` and \`packages/node/test\` that \`scripts/runtimes.mjs\` lists, run by vitest.
- On Bun the peer of a connection that is given up with bytes unsent sometimes sees a clean end instead of a reset.
- On Deno a write after the peer's reset fails with the reason \`Other\` instead of \`Reset\`.
`
}

/** Rows that did less than the page says. @param {string} before @param {ReadonlyArray<Row>} rows */
const worse = (before, rows) => {
  const table = before.split("\n").map((line) => line.split("|").map((cell) => cell.trim()))
  return rows.flatMap(({ columns, title }) => {
    const [, , , ...cells] = table.find(([, first]) => first === title) ?? []
    return Object.entries(columns).flatMap(([name, value], index) =>
      (cells[index] ?? "").startsWith("✓") && !value.startsWith("✓") ? [`${title}: ${name}: ${value}`] : []
    )
  })
}

const main = () => {
  const { values } = parseArgs({ options: { check: { type: "boolean" }, only: { type: "string" } } })
  if (!existsSync(join(root, ".cache/packaging/projects/npm-effect/out/examples.js"))) {
    const { status } = spawnSync("npm", ["run", "test:packages"], { cwd: root, stdio: "inherit" })
    if (status !== 0) throw new Error("the tarballs can't be installed: see above")
  }
  const rows = Object.entries(RUNTIMES)
    .filter(([name]) => values.only === undefined || values.only === name)
    .map(([name, runtime]) => examine(name, runtime))
  process.stdout.write(`\n${render(rows)}`)
  if (values.check) {
    const problems = worse(readFileSync(page, "utf8"), rows)
    for (const problem of problems) process.stderr.write(`runtimes: ${problem}\n`)
    if (problems.length > 0) process.exitCode = 1
  } else if (values.only === undefined) {
    writeFileSync(page, render(rows))
  }
}

main()
