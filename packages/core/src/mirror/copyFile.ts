/**
 * One file from tree to tree, verified as every transfer is:
 *
 *     server ──► folder     `copyDown`
 *     folder ──► server     `copyUp`
 *     server ──► server     `copyAcross`
 */
import { FtpUsageError } from "../base/FtpError.ts"
import type { Masked } from "../base/masked.ts"
import * as Across from "./copyAcross.ts"
import { down } from "./copyDown.ts"
import type { CopyFile, Copying, Flow } from "./copyModel.ts"
import { up } from "./copyUp.ts"
import type { MirrorTree } from "./trees.ts"

/** Begins at the call. Between two servers no more are asked for. */
export const copyFile = (
  masked: Masked,
  source: MirrorTree,
  target: MirrorTree,
  { options, step }: CopyFile,
  flow?: Flow
): Copying =>
  source._tag === "Remote"
    ? target._tag === "Remote"
      ? Across.copy(masked, source, target, { step, options })
      : down(masked, source, target, { step, options }, flow)
    : target._tag === "Remote"
      ? up(masked, source, target, { step, options }, flow)
      : new FtpUsageError({ argument: "target", why: "a mirror needs a server on one side at least" })
