/**
 * The fuzzer: bundles `packages/cli/test/fuzz/main.ts` into `.cache` and runs it, as Node 20 reads no TypeScript.
 *
 *     npm run fuzz -- --seconds 60 --seed 7 --target mlsx
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const bundle = join(root, ".cache/fuzz/main.mjs")

await build({
  entryPoints: [join(root, "packages/cli/test/fuzz/main.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: "inline",
  logLevel: "error",
  // What is CommonJS in it asks for Node's modules by require.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' }
})

const child = spawn(process.execPath, ["--enable-source-maps", bundle, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit"
})
for (const name of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(name, () => child.kill(name))
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1)
})
