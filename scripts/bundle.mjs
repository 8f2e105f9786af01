/**
 * Bundles the CLI from its TypeScript sources, so that it starts fast:
 *
 *     packages/cli/dist/ftp-effect.cjs   everything in one minified CommonJS file
 *     packages/cli/dist/launch.cjs       answers `--version`, else starts the bundle from V8's code cache (launcher.mjs)
 *     packages/cli/dist/*.cache          those caches, for this bundle and Node version; a tarball has none
 *     packages/cli/dist/licences.txt     those of what is bundled: THIRD-PARTY-LICENSES of the tarball
 */
import { createHash } from "node:crypto"
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { HASH_CHARACTERS, launcherSource } from "./launcher.mjs"
import { lazyModules } from "./lazyModules.mjs"
import { thirdPartyLicences } from "./licences.mjs"
import { train } from "./train.mjs"

const cli = fileURLToPath(new URL("../packages/cli", import.meta.url))

/** @param {{ readonly entry?: string, readonly out?: string }} options default: the CLI's */
export const bundleCli = async ({ entry = join(cli, "src/bin.ts"), out = join(cli, "dist") } = {}) => {
  const version = JSON.parse(readFileSync(join(cli, "package.json"), "utf8")).version
  // What changes while we read it must make the bundle stale.
  const startedAt = new Date()
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: "node",
    conditions: ["@ftp-effect/source", "module"],
    target: "node20",
    format: "cjs",
    legalComments: "none",
    // A failure is told once, by whoever called us.
    logLevel: "silent",
    // import() has no meaning in a script that comes from a code cache; Node's own modules can all be required.
    supported: { "dynamic-import": false },
    plugins: [lazyModules],
    write: false,
    metafile: true,
    define: { FTP_EFFECT_VERSION: JSON.stringify(version) }
  })
  const code = (result.outputFiles[0]?.text ?? "").replace(/^#!.*\n/, "")
  const foreign = /[^\0-\x7f]/.exec(code)
  if (foreign !== null) {
    // The launcher reads the bundle as latin1. esbuild escapes what is in strings, but not regular expressions.
    const around = code.slice(Math.max(0, foreign.index - 40), foreign.index + 40)
    throw new Error(`the bundle is not ASCII: escape the regular expression in ${JSON.stringify(around)}`)
  }
  const hash = createHash("sha256").update(code).digest("hex").slice(0, HASH_CHARACTERS)
  const bundle = join(out, "ftp-effect.cjs")
  const launcher = join(out, "launch.cjs")

  const licences = thirdPartyLicences(Object.keys(result.metafile.inputs))

  mkdirSync(out, { recursive: true })
  for (const name of readdirSync(out))
    if (name.endsWith(".cache")) rmSync(join(out, name), { recursive: true, force: true })
  replace(bundle, `/*${hash}*/${code}`)
  replace(join(out, "licences.txt"), licences)
  const trainer = join(out, "train.cjs")
  replace(trainer, launcherSource(version, "Trainer"))
  await train(trainer)
  rmSync(trainer)
  replace(launcher, launcherSource(version, "Command"))
  chmodSync(launcher, 0o755)
  for (const path of [bundle, launcher]) utimesSync(path, startedAt, startedAt)
  return { bundle, bytes: code.length }
}

/**
 * In one step, as the command may be starting meanwhile.
 *
 * @param {string} path
 * @param {string} text
 */
const replace = (path, text) => {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text)
  renameSync(draft, path)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { bundle, bytes } = await bundleCli()
  process.stdout.write(`${relative(process.cwd(), bundle)}: ${Math.round(bytes / 1024)} KiB\n`)
}
