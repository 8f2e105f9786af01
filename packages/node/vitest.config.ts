import { project } from "../../vitest.project.ts"
import { ALONE } from "./vitest.alone.config.ts"

export default project("node", { include: ["test/**/*.test.ts"], exclude: ALONE, workers: "Shared" })
