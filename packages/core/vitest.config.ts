import { project } from "../../vitest.project.ts"

export default project("core", "test/**/*.test.ts")
