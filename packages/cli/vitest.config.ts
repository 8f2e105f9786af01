import { project } from "../../vitest.project.ts"
import { ALONE } from "./vitest.alone.config.ts"

export default project("cli", { include: ["test/**/*.test.ts"], exclude: ALONE, workers: "Shared" })
