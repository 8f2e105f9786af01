/**
 * The chaos campaign: bundles `packages/node/test/chaos/main.ts` into `.cache` and runs it, as Node 20 reads no TypeScript.
 *
 *     npm run chaos -- --transfers 10000 --seed 7
 *
 * It does NOT install anything: `bootstrap.mjs` has been there before.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const bundle = join(root, ".cache/chaos/main.mjs")

await build({
  entryPoints: [join(root, "packages/node/test/chaos/main.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: "inline",
  logLevel: "error",
  // What is CommonJS in it asks for Node's modules by require.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  plugins: [
    {
      // They find their files beside themselves.
      name: "scripts",
      setup: ({ onResolve }) =>
        onResolve({ filter: /\/scripts\/.*\.mjs$/ }, ({ path, resolveDir }) => ({
          path: pathToFileURL(join(resolveDir, path)).href,
          external: true
        }))
    }
  ]
})

const command = join(root, "packages/cli/dist/launch.cjs")
const words = ["--enable-source-maps", bundle, "--program", command, ...process.argv.slice(2)]
const child = spawn(process.execPath, words, { stdio: "inherit" })
for (const name of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(name, () => child.kill(name))
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1)
})
