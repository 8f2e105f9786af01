/**
 * The chaos campaign, `packages/node/test/chaos/main.ts`:
 *
 *     npm run chaos -- --transfers 10000 --seed 7
 */
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { runBundled } from "./runBundled.mjs"

const command = fileURLToPath(new URL("../packages/cli/dist/launch.cjs", import.meta.url))

await runBundled({
  entry: "packages/node/test/chaos/main.ts",
  name: "chaos",
  words: ["--program", command, ...process.argv.slice(2)],
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
