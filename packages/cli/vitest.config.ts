import { project } from "../../vitest.project.ts"

export default project("cli", "test/**/*.test.ts")
