/** What applying a plan may be told; public as `FtpMirror`'s. */
import * as Effect from "effect/Effect"
import { FtpUsageError } from "../base/FtpError.ts"
import type * as MirrorPlan from "./MirrorPlan.ts"
import type { MirrorOptions } from "./options.ts"

/**
 * What applying a plan may be told; all else is in the plan.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApplyOptions extends Pick<MirrorOptions, "force" | "durability" | "onEvent"> {
  /**
   * Whether each step is checked again before anything is done: see `recheck`. Without it, what has changed since is
   * replaced, renamed and deleted as planned; and of a plan that this process has made, the manifest in the target is
   * not read again: what another run has noted there since is lost. Default true.
   */
  readonly recheck?: boolean | undefined
  /** Where the manifest is, if that is a local file: a plan has no local paths but its roots. */
  readonly manifest?: { readonly localFile: string } | undefined
}

/** Where the manifest of a plan is. */
export const manifestOf = ({ options: { manifest } }: MirrorPlan.MirrorPlan, { manifest: named }: ApplyOptions) =>
  manifest._tag === "None"
    ? Effect.succeed({ manifest: false })
    : manifest._tag === "InTarget"
      ? Effect.succeed({ manifest: manifest.path })
      : named === undefined
        ? new FtpUsageError({ argument: "manifest", why: "is a local file in this plan: it has to be named again" })
        : Effect.succeed({ manifest: named })
