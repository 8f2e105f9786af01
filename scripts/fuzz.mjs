/**
 * The fuzzer, `packages/cli/test/fuzz/main.ts`:
 *
 *     npm run fuzz -- --seconds 60 --seed 7 --target mlsx
 */
import { runBundled } from "./runBundled.mjs"

await runBundled({ entry: "packages/cli/test/fuzz/main.ts", name: "fuzz", words: process.argv.slice(2) })
