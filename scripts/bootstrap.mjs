/**
 * Makes a clone ready: packages, and on demand the bundled CLI and the real test servers. Bare Node 20, no
 * dependencies; what is fresh costs a few `stat` calls. All output goes to standard error, as standard output is the
 * command's.
 *
 *     node scripts/bootstrap.mjs [--bundle] [--servers]
 *
 *     packages   fresh while node_modules/.modules.yaml (pnpm writes it last) is not older than pnpm-lock.yaml
 *     bundle     fresh while packages/cli/dist/launch.cjs is not older than anything it is made of
 *     servers    fresh while .cache/servers/root is complete
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { withLock } from "./lock.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const modules = join(root, "node_modules/.modules.yaml")
const lockfile = join(root, "pnpm-lock.yaml")
const bundled = join(root, "packages/cli/dist/launch.cjs")

const OLDEST_NODE = 20

/** @param {string} line */
const say = (line) => process.stderr.write(`ftp-effect: ${line}\n`)

const main = async () => {
  const wanted = new Set(process.argv.slice(2))
  for (const word of wanted) {
    if (word !== "--bundle" && word !== "--servers") throw new Error(`unknown option ${word}`)
  }
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
    throw new Error(`this needs Node.js ${OLDEST_NODE} or newer, and this is ${process.version}`)
  }
  const isReady = () => hasPackages() && (!wanted.has("--bundle") || hasBundle())
  if (!isReady()) {
    await withLock(
      join(root, ".cache/bootstrap.lock"),
      async () => {
        if (!hasPackages()) install()
        if (wanted.has("--bundle") && !hasBundle()) await bundle()
      },
      (owner) => say(`waiting for process ${owner}, which does the same set-up`)
    )
  }
  if (wanted.has("--servers") && process.env.FTP_EFFECT_SKIP_SERVERS !== "1") await servers()
}

/** @param {string} path */
const modifiedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : Number.NEGATIVE_INFINITY)

const hasPackages = () => existsSync(modules) && modifiedAt(modules) >= modifiedAt(lockfile)

const install = () => {
  const pin = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.split("+")[0]
  say(`installing packages with ${pin}`)
  const args = [
    "--yes",
    pin,
    "install",
    "--frozen-lockfile",
    "--prefer-offline",
    "--config.confirm-modules-purge=false"
  ]
  // Its output goes to our standard error. npm's and pnpm's offers to upgrade themselves are no news to our user.
  const result = spawnSync("npx", args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, npm_config_update_notifier: "false" },
    shell: process.platform === "win32"
  })
  if (result.status !== 0) {
    throw new Error(
      `the packages could not be installed (${result.error?.message ?? `npx ${pin} ended with ${result.status}`})`
    )
  }
  const now = new Date()
  utimesSync(modules, now, now)
}

/**
 * What the bundle is made of; `./ftp-effect` asks the same of `find`. Folders count too: their times tell of removals.
 */
const bundleInputs = () => {
  const packages = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name))
  return [
    lockfile,
    join(root, "scripts/bundle.mjs"),
    join(root, "scripts/launcher.mjs"),
    join(root, "scripts/lazyModules.mjs"),
    join(root, "scripts/licences.mjs"),
    join(root, "scripts/train.mjs"),
    ...packages.map((folder) => join(folder, "package.json")),
    ...packages.flatMap((folder) => below(join(folder, "src")))
  ]
}

/**
 * @param {string} folder
 * @returns {Array<string>}
 */
const below = (folder) =>
  existsSync(folder)
    ? [
        folder,
        ...readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
          entry.isDirectory() ? below(join(folder, entry.name)) : [join(folder, entry.name)]
        )
      ]
    : []

const hasBundle = () => {
  const at = modifiedAt(bundled)
  return bundleInputs().every((path) => modifiedAt(path) <= at)
}

const bundle = async () => {
  say("bundling the command")
  const { bundleCli } = await import("./bundle.mjs")
  await bundleCli()
}

const servers = async () => {
  const { installServers } = await import("./servers/install.mjs")
  try {
    await installServers(say)
  } catch (error) {
    // The tests that need none can still run; those that need one fail, and say why.
    say(`no test servers: ${error instanceof Error ? error.message : error}`)
  }
}

try {
  await main()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
