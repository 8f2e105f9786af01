import { project } from "../../vitest.project.ts"

export const ALONE = [
  // Processes of real servers, and campaigns that watch over the resources of their process.
  "test/{servers,matrix,chaos}/**/*.test.ts",
  // Count the open sockets of their process, change its environment, or watch its warnings.
  "test/{promise,sockets}/**/*.test.ts",
  "test/NodeFtpTransport*.test.ts",
  // Identity of the process, its umask, and functions of Node that are replaced.
  "test/files/**/*.test.ts",
  "test/{cost,partialFile}.test.ts"
]

export default project("node-alone", { include: ALONE, workers: "Alone" })
