import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.ts"

// vitest 3.2 reads the projects from here and says that a lone workspace file is deprecated.
export default defineConfig({ test: { projects } })
