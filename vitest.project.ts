import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"

/** The workspace's packages are tested from their sources: the condition in their `exports` comes before `dist`. */
const CONDITIONS = ["@ftp-effect/source", "module", "node", "development|production"]

/**
 * `Alone`: each file has a process of its own, in which it may change what is the process's.
 *
 * `Shared`: files run one after another in the threads of one process. Each has modules of the workspace of its own, but
 * what is in `node_modules` is loaded and compiled once, which takes longer than most tests. A change of `process.env`
 * does not reach the process there: such a file (time zones!) runs alone.
 */
type Workers = "Alone" | "Shared"

const setup = (name: string) => fileURLToPath(new URL(`packages/core/test/support/${name}.ts`, import.meta.url))

const WORKERS = {
  Alone: { pool: "forks", setupFiles: [setup("deepEquality")] },
  Shared: {
    pool: "threads",
    // vitest.config.ts keeps the threads; this gives every file modules of its own.
    poolOptions: { threads: { isolate: true } },
    setupFiles: [setup("deepEquality"), setup("sharedWorker")],
    // After the files that run alone, not beside them: each group has a worker for each core.
    sequence: { groupOrder: 1 }
  }
} as const

interface ProjectOptions {
  readonly include: ReadonlyArray<string>
  readonly exclude?: ReadonlyArray<string>
  readonly workers: Workers
}

/** What the projects of the tests have in common. */
export const project = (name: string, { exclude = [], include, workers }: ProjectOptions) =>
  defineConfig({
    resolve: { conditions: CONDITIONS },
    ssr: { resolve: { conditions: CONDITIONS } },
    test: {
      ...WORKERS[workers],
      name,
      include: [...include],
      exclude: [...configDefaults.exclude, ...exclude],
      // Two busy cores are slow at loading modules: the limit is for tests that hang, not for slow machines.
      testTimeout: 30_000,
      hookTimeout: 60_000
    }
  })
