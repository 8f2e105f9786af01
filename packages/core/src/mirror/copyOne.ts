/** One file of a tree that is copied while it is read, with the session that its worker keeps. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as FtpClient from "../client/FtpClient.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import { type Copied, type CopyOptions, copyFile } from "./copyFile.ts"
import type { OneFile, TreeCopy } from "./copyTree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Lends the trees with the pool of the context, whose session a worker may keep. */
export const withSession = <A, E, R>(
  { source, target }: Pick<TreeCopy, "source" | "target">,
  use: (from: MirrorTree, to: MirrorTree) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | FtpPool> =>
  Effect.flatMap(FtpPool, (pool) =>
    target._tag === "Remote"
      ? use(source, { ...target, pool })
      : use(source._tag === "Remote" ? { ...source, pool } : source, target)
  )

/**
 * Does a step about one file with a session of the pool. `None` if nothing was copied: the time alone was set, or the
 * file exists by now and only missing ones are copied.
 */
export const perform = (
  copy: TreeCopy,
  step: OneFile,
  options: CopyOptions
): Effect.Effect<Option.Option<Copied>, MirrorError, FtpPool> => {
  if (step._tag === "SetTime") {
    return Effect.as(copy.target.setModified(step.path, step.modified.at), Option.none())
  }
  const copied = withSession(copy, (from, to) => Effect.asSome(copyFile(from, to, step, options)))
  return copy.rules.only !== "Missing"
    ? copied
    : Effect.flatMap(isTaken(copy, step), (taken) =>
        taken ? Effect.succeedNone : Effect.catchIf(copied, exists, () => Effect.succeedNone)
      )
}

/**
 * Whether a file is on the server although its directory's listing does not show it, and must not be replaced: many
 * servers leave out names that begin with a dot.
 */
export const isTaken = (
  { rules, target }: TreeCopy,
  { path }: OneFile
): Effect.Effect<boolean, MirrorError, FtpPool> =>
  rules.only === "Missing" && target._tag === "Remote"
    ? Effect.flatMap(FtpClient.make, (client) => client.exists(target.pathOf(path)))
    : Effect.succeed(false)

const exists = (error: MirrorError): boolean => error._tag === "FtpLocalFileError" && error.reason === "AlreadyExists"
