/**
 * What the manifest said when a plan was made, in the process that has made it: for a run that follows at once, and does what
 * was planned whatever has changed since. It serves one run, as that run changes the manifest.
 */
import type * as MirrorManifest from "./MirrorManifest.ts"
import type { MirrorPlan } from "./MirrorPlan.ts"

export interface Said {
  readonly files: MirrorManifest.Files
  /** With what is gone from the target. */
  readonly read: MirrorManifest.Files
}

const known = new WeakMap<MirrorPlan, Said>()

export const remember = (plan: MirrorPlan, { files, read }: Said): void => {
  known.set(plan, { files, read })
}

/** Nothing of a plan that was read from a file, or was done already. */
export const take = (plan: MirrorPlan): Said | undefined => {
  const said = known.get(plan)
  known.delete(plan)
  return said
}
