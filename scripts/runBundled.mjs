/** Runs a TypeScript program of the tests outside Vitest: bundled into `.cache`, as Node 20 reads no TypeScript. */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))

/**
 * Bundles a program and runs it in the root of the repository. Its exit code becomes that of this process.
 *
 * @param {{
 *   readonly entry: string,
 *   readonly name: string,
 *   readonly words: ReadonlyArray<string>,
 *   readonly plugins?: Array<import("esbuild").Plugin>
 * }} program `entry` is a path in the repository; `name` is that of its folder in `.cache`
 */
export const runBundled = async ({ entry, name, words, plugins = [] }) => {
  const bundle = join(root, ".cache", name, "main.mjs")
  await build({
    entryPoints: [join(root, entry)],
    outfile: bundle,
    bundle: true,
    platform: "node",
    conditions: ["@ftp-effect/source", "module"],
    target: "node20",
    format: "esm",
    sourcemap: "inline",
    logLevel: "error",
    // What is CommonJS in it asks for Node's modules by require.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins
  })
  const child = spawn(process.execPath, ["--enable-source-maps", bundle, ...words], { cwd: root, stdio: "inherit" })
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => child.kill(signal))
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1)
  })
}
