/**
 * Modules of Node that are loaded when they are first used, not when the command starts: `ls` of a server without TLS
 * needs neither TLS nor hashes, and to load them takes it longer than the login.
 *
 *     import * as Crypto from "node:crypto"    ──►  an object whose properties are those of the module, once one is read
 *     import * as Schema from "effect/Schema"  ──►  packages/cli/src/lazySchema.ts: schemas that are made when they are used
 */
import { basename } from "node:path"
import { fileURLToPath } from "node:url"

/** @param {string} name */
function source(name) {
  return fileURLToPath(new URL(`../packages/cli/src/${name}`, import.meta.url))
}

/** In place of the global. */
const PERFORMANCE = source("performance.ts")

/** In place of Schema, in our modules and those of @effect/platform. Schema itself is what `WHOLE` imports. */
const LAZY_SCHEMA = source("lazySchema.ts")
const WHOLE = "wholeSchema.ts"

/** Those that take a millisecond or more to load, and that a command may not need. */
const MODULES = ["node:crypto", "node:dns", "node:fs/promises", "node:tls", "node:worker_threads", "node:zlib"]

/** For esbuild. @type {import("esbuild").Plugin} */
export const lazyModules = {
  name: "lazy modules",
  setup: (build) => {
    // A name that the module in place of Schema does not have.
    build.initialOptions.logOverride = { ...build.initialOptions.logOverride, "import-is-undefined": "error" }
    build.initialOptions.inject = [...(build.initialOptions.inject ?? []), PERFORMANCE]
    build.onResolve({ filter: /^node:/ }, ({ namespace, path }) =>
      namespace === NAMESPACE || !MODULES.includes(path) ? undefined : { path, namespace: NAMESPACE }
    )
    build.onResolve({ filter: /^effect\/Schema$/ }, ({ importer }) =>
      basename(importer) === WHOLE ? undefined : { path: LAZY_SCHEMA }
    )
    build.onLoad({ filter: /^/, namespace: NAMESPACE }, ({ path }) => ({ contents: lazy(path), loader: "js" }))
  }
}

const NAMESPACE = "lazy"

/**
 * esbuild copies the own properties of what is exported, of which there are none, and keeps its prototype, which asks
 * the module. It asks for `__esModule` too.
 *
 * @param {string} path
 */
const lazy = (path) => `
let loaded
const load = () => (loaded ??= require(${JSON.stringify(path)}))
const properties = {
  get: (_, name) => (name === "__esModule" ? undefined : load()[name]),
  has: (_, name) => name in load()
}
module.exports = Object.create(new Proxy({}, properties))
`
