import { defineConfig } from "vitest/config"

// Two busy cores are slow at loading modules: the limit is for tests that hang, not for slow machines.
export default defineConfig({
  test: { name: "core", include: ["test/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 }
})
