/**
 * The tests that hold what `docs/security.md` promises, and no others:
 *
 *     npm run attack                all of them
 *     npm run attack -- -t listing  what Vitest takes
 *
 * The document names them, so a promise without a test, or with one that is gone, fails here.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const promises = readFileSync(new URL("../docs/security.md", import.meta.url), "utf8")
const named = [...new Set([...promises.matchAll(/`(packages\/[^`\s]+\.test\.ts)`/g)].map(([, path = ""]) => path))]
const gone = named.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))

if (named.length === 0 || gone.length > 0) {
  process.stderr.write(
    `docs/security.md names ${named.length === 0 ? "no test" : `tests that are gone: ${gone.join(", ")}`}\n`
  )
  process.exitCode = 1
} else {
  const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url))
  const { status } = spawnSync(process.execPath, [vitest, "run", ...named, ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit"
  })
  process.exitCode = status ?? 1
}
