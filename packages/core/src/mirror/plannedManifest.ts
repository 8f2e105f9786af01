/**
 * What the manifest said when a plan was made, in the process that has made it: for a run that follows at once, and does what
 * was planned whatever has changed since. It serves one run, as that run changes the manifest.
 */
import type * as MirrorManifest from "./MirrorManifest.ts"
import type { MirrorPlan } from "./MirrorPlan.ts"

const known = new WeakMap<MirrorPlan, MirrorManifest.Files>()

export const remember = (plan: MirrorPlan, files: MirrorManifest.Files): void => {
  known.set(plan, files)
}

/** Nothing of a plan that was read from a file, or was done already. */
export const take = (plan: MirrorPlan): MirrorManifest.Files | undefined => {
  const files = known.get(plan)
  known.delete(plan)
  return files
}
