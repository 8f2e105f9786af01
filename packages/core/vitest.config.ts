import { project } from "../../vitest.project.ts"

export default project("core", { include: ["test/**/*.test.ts"], workers: "Shared" })
