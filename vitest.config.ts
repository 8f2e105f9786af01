import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import projects from "./vitest.workspace.ts"

const LONG = /\/test\/(?:(?:servers|matrix|chaos)\/|client\/FtpClient\.test\.ts$)/

/**
 * The files against real servers, and the suite of a client, are the longest and have few lines: they begin first, so
 * that none of them runs alone at the end. Vitest knows how long a file took only in its second run, and goes by its
 * bytes until then.
 */
class LongestFirst extends BaseSequencer {
  override async sort(specifications: Array<TestSpecification>) {
    const sorted = await super.sort(specifications)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((specification) => !isLong(specification))]
  }
}

// vitest 3.2 reads the projects from here and says that a lone workspace file is deprecated.
export default defineConfig({
  test: {
    projects,
    // By default one core is left to vitest's main process, which has little to do: on two cores one worker would run.
    maxWorkers: availableParallelism(),
    // A thread outlives the file that runs in it: see `Shared` in vitest.project.ts.
    poolOptions: { threads: { isolate: false } },
    sequence: { sequencer: LongestFirst }
  }
})
