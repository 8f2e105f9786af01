import { defineConfig } from "vitest/config"

/** The workspace's packages are tested from their sources: the condition in their `exports` comes before `dist`. */
const CONDITIONS = ["@ftp-effect/source", "module", "node", "development|production"]

/** What the projects of the tests have in common. */
export const project = (name: string, include: string) =>
  defineConfig({
    resolve: { conditions: CONDITIONS },
    ssr: { resolve: { conditions: CONDITIONS } },
    // Two busy cores are slow at loading modules: the limit is for tests that hang, not for slow machines.
    test: { name, include: [include], testTimeout: 30_000, hookTimeout: 60_000 }
  })
