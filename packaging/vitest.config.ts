import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

/** Not part of `npm test`: it installs packages from the npm registry. */
export default defineConfig({
  test: {
    name: "packaging",
    include: ["**/*.test.ts"],
    maxWorkers: availableParallelism(),
    globalSetup: ["./packed.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000
  }
})
