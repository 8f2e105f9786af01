/**
 * Modules that are loaded when they are first used, not when the command starts: `ls` of a server without TLS needs
 * neither TLS nor hashes, and to load them takes it longer than the login; nor does it need what copies files and trees.
 *
 *     import * as Crypto from "node:crypto"    ──►  an object whose properties are those of the module, once one is read
 *     import * as FtpMirror from "…"           ──►  the same for a part of ours, with all that only it imports
 *     import * as Schema from "effect/Schema"  ──►  packages/cli/src/lazySchema.ts: schemas that are made when they are used
 */
import { realpathSync } from "node:fs"
import { basename, dirname } from "node:path"
import { fileURLToPath } from "node:url"

/** @param {string} name */
function source(name) {
  return fileURLToPath(new URL(`../packages/cli/src/${name}`, import.meta.url))
}

/** In place of the global. */
const PERFORMANCE = source("performance.ts")

/** In place of Schema and of what it parses with, in our modules and those of @effect/platform; `WHOLE` has them. */
const LAZY_SCHEMA = source("lazySchema.ts")
const LAZY_PARSE_RESULT = source("lazyParseResult.ts")
const WHOLE = "wholeSchema.ts"

/** Those that take a millisecond or more to load, and that a command may not need. */
const MODULES = [
  "node:crypto",
  "node:dns",
  "node:fs/promises",
  "node:perf_hooks",
  "node:tls",
  "node:worker_threads",
  "node:zlib"
]

/** Ours, with all that only they import. What they have is asked for a few times in a run, or for each file of a tree. */
const PARTS = [
  "packages/core/src/mirror/FtpMirror.ts",
  "packages/core/src/mirror/swap.ts",
  "packages/core/src/transfer/downloads.ts",
  "packages/core/src/transfer/uploads.ts",
  "packages/node/src/NodeFtpProxy.ts",
  "packages/cli/src/errors/hint.ts"
].map((path) => realpathSync(fileURLToPath(new URL(`../${path}`, import.meta.url))))
const PART = new RegExp(`/(${PARTS.map((part) => basename(part, ".ts")).join("|")})(\\.ts)?$`)

/** For esbuild. @type {import("esbuild").Plugin} */
export const lazyModules = {
  name: "lazy modules",
  setup: (build) => {
    // A name that the module in place of Schema, or of ParseResult, does not have.
    build.initialOptions.logOverride = { ...build.initialOptions.logOverride, "import-is-undefined": "error" }
    build.initialOptions.inject = [...(build.initialOptions.inject ?? []), PERFORMANCE]
    build.onResolve({ filter: /^node:/ }, ({ namespace, path }) =>
      namespace === NAMESPACE || !MODULES.includes(path) ? undefined : { path, namespace: NAMESPACE }
    )
    build.onResolve({ filter: PART }, async ({ path, ...from }) => {
      // The second time it is what asks for the module itself.
      if (from.namespace === NAMESPACE || from.pluginData === NAMESPACE) return undefined
      const found = await build.resolve(path, { ...from, pluginData: NAMESPACE })
      return PARTS.includes(found.path) ? { path: found.path, namespace: NAMESPACE } : found
    })
    build.onResolve({ filter: /^effect\/Schema$/ }, ({ importer }) =>
      basename(importer) === WHOLE ? undefined : { path: LAZY_SCHEMA }
    )
    build.onResolve({ filter: /^effect\/ParseResult$/ }, ({ importer }) =>
      basename(importer) === WHOLE ? undefined : { path: LAZY_PARSE_RESULT }
    )
    build.onLoad({ filter: /^/, namespace: NAMESPACE }, ({ path }) => ({
      contents: lazy(path),
      loader: "js",
      resolveDir: dirname(path)
    }))
  }
}

const NAMESPACE = "lazy"
/**
 * esbuild copies the own properties of what is exported, of which there are none, and keeps its prototype, which asks
 * the module, and has its properties once it is loaded. It asks for `__esModule` too.
 *
 * @param {string} path
 */
const lazy = (path) => `
let loaded
const load = () => {
  if (loaded === undefined) {
    loaded = require(${JSON.stringify(path)})
    Object.setPrototypeOf(properties, loaded)
  }
  return loaded
}
const properties = Object.create(
  new Proxy(
    {},
    {
      get: (_, name) => (name === "__esModule" ? undefined : load()[name]),
      has: (_, name) => name in load()
    }
  )
)
module.exports = Object.create(properties)
`
