import { project } from "../../vitest.project.ts"

/** Sets the time zone of its process. */
export const ALONE = ["test/EntryText.test.ts"]

export default project("cli-alone", { include: ALONE, workers: "Alone" })
