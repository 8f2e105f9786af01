/**
 * The local files of a plan's source, as this process found them. It is no part of the plan, which another process may do:
 *
 *     known        see `localReading`: it is inside the tree if it is still the one that was found
 *     not known    where it is has to be asked of the disk (`LocalTree.proveFile`), name by name of its path
 */
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import type { MirrorPlan } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"

export type SourceFiles = ReadonlyMap<string, LocalInfo>

const known = new WeakMap<MirrorPlan, SourceFiles>()

/** What the source's snapshot has of the files that are copied. */
export const remember = (plan: MirrorPlan, { entries }: Tree.Snapshot): void => {
  const files = new Map<string, LocalInfo>()
  for (const { _tag, path } of plan.steps) {
    const entry = _tag === "Copy" || _tag === "Replace" ? entries.get(path) : undefined
    const info = entry && Tree.infoOf(entry)
    if (info !== undefined) {
      files.set(path, info)
    }
  }
  known.set(plan, files)
}

/** Nothing of a plan that was read from a file. */
export const of = (plan: MirrorPlan): SourceFiles | undefined => known.get(plan)
