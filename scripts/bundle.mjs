/**
 * Bundles the CLI from its TypeScript sources, so that it starts fast:
 *
 *     packages/cli/dist/ftp-effect.cjs   everything in one minified CommonJS file
 *     packages/cli/dist/launch.cjs       answers `--version`, else starts the bundle from V8's code cache
 *     packages/cli/dist/*.cache          that cache, one for each bundle and Node version
 */
import { createHash } from "node:crypto"
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { train } from "./train.mjs"

const cli = fileURLToPath(new URL("../packages/cli", import.meta.url))

/** Length of the bundle's own name for itself, enough that two bundles never share a cache. */
const HASH_CHARACTERS = 16

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
    target: "node20",
    format: "cjs",
    legalComments: "none",
    // A failure is told once, by whoever called us.
    logLevel: "silent",
    // import() has no meaning in a script that comes from a code cache; Node's own modules can all be required.
    supported: { "dynamic-import": false },
    write: false,
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

  mkdirSync(out, { recursive: true })
  for (const name of readdirSync(out))
    if (name.endsWith(".cache")) rmSync(join(out, name), { recursive: true, force: true })
  replace(bundle, `/*${hash}*/${code}`)
  const trainer = join(out, "train.cjs")
  replace(trainer, launcherSource(version, "Always"))
  await train(trainer)
  rmSync(trainer)
  replace(launcher, launcherSource(version, "Missing"))
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

/**
 * The launcher is plain text rather than a bundled module: it must load nothing but what it needs.
 *
 * V8 only compares the source's length with its cache, so the cache's name holds the hash that the bundle begins with.
 *
 * @param {string} version
 * @param {"Missing" | "Always"} keep when a run writes the cache
 */
const launcherSource = (version, keep) => `#!/usr/bin/env node
"use strict"
if (process.argv.length === 3 && process.argv[2] === "--version") {
  process.stdout.write(${JSON.stringify(`${version}\n`)})
} else {
  start()
}

function start() {
  const path = require("node:path")
  const bundle = path.join(__dirname, "ftp-effect.cjs")
  const { enableCompileCache } = require("node:module")
  if (enableCompileCache) {
    enableCompileCache(path.join(__dirname, "compile.cache"))
    require(bundle)
    return
  }
  const fs = require("node:fs")
  const vm = require("node:vm")
  const source = fs.readFileSync(bundle, "latin1") // esbuild writes ASCII, which is read the faster for it
  const hash = source.slice(2, ${2 + HASH_CHARACTERS})
  const cache = path.join(__dirname, "ftp-effect." + hash + "." + process.version + "." + process.arch + ".cache")
  let cachedData
  try {
    cachedData = fs.readFileSync(cache)
  } catch {}
  const script = new vm.Script("(function (exports, require, module, __filename, __dirname) {" + source + "\\n})", {
    filename: bundle,
    cachedData
  })
  if (${keep === "Always" ? "true" : "cachedData === undefined || script.cachedDataRejected"}) {
    process.once("exit", () => {
      const draft = cache + "." + process.pid
      try {
        fs.writeFileSync(draft, script.createCachedData())
        fs.renameSync(draft, cache)
      } catch {}
    })
  }
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, bundle, __dirname)
}
`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { bundle, bytes } = await bundleCli()
  process.stdout.write(`${relative(process.cwd(), bundle)}: ${Math.round(bytes / 1024)} KiB\n`)
}
