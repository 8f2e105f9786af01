import { project } from "../vitest.project.ts"

/** The programs change the folder and the environment of their process. */
export default project("examples", { include: ["**/*.test.ts"], workers: "Alone" })
