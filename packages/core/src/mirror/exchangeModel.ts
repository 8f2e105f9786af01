/** What is known of an exchange: see `exchanges.ts`. */
import type * as Names from "./exchangeNames.ts"
import type { Step } from "./MirrorPlan.ts"
import type { Removal } from "./removals.ts"

/** One thing of the target that is replaced by one of another type. Its old and its new name may differ in case. */
export interface Exchange {
  readonly old: { readonly path: string; readonly kind: Names.Kind; readonly aside: string; readonly step: Removal }
  readonly next: { readonly path: string; readonly kind: Names.Kind; readonly place: string; readonly step: Step }
  /** What is at the new path or below it, without links in a directory: these are made at the end. */
  readonly steps: ReadonlyArray<Step>
  readonly removals: ReadonlyArray<Step>
}
