/** Names of local paths. */
import { basename, resolve } from "node:path"

/** The name that a copy gets; empty for a root. */
export const nameOf = (path: string): string => basename(resolve(path))
