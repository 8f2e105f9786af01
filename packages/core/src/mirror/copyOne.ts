/** One file of a tree that is copied while it is read, with the session that its worker keeps. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Masked from "../base/masked.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import { copyFile } from "./copyFile.ts"
import type { Copied, CopyOptions } from "./copyModel.ts"
import type { OneFile, TreeCopy } from "./copyTree.ts"
import * as Hidden from "./hidden.ts"
import { setTime } from "./setTime.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Lends the trees with the pool of the context, whose session a worker may keep, in one mask for all of a file. */
export const withSession = <A, E, R>(
  copy: Pick<TreeCopy, "source" | "target">,
  use: (masked: Masked.Masked, from: MirrorTree, to: MirrorTree) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | FtpPool> =>
  Masked.run((masked) => {
    // Without a step of its own: the tag itself would take three.
    const { source, target } = lent(copy, Context.unsafeGet(masked.fiber.currentContext, FtpPool))
    return use(masked, source, target)
  })

type Trees = Pick<TreeCopy, "source" | "target">

/** A worker lends the same ones for each file. */
const known = new WeakMap<Trees, WeakMap<FtpPool, Trees>>()

const lent = (copy: Trees, pool: FtpPool): Trees => {
  let ofCopy = known.get(copy)
  if (ofCopy === undefined) {
    ofCopy = new WeakMap()
    known.set(copy, ofCopy)
  }
  let trees = ofCopy.get(pool)
  if (trees === undefined) {
    const { source, target } = copy
    trees =
      target._tag === "Remote"
        ? { source, target: { ...target, pool } }
        : { source: source._tag === "Remote" ? { ...source, pool } : source, target }
    ofCopy.set(pool, trees)
  }
  return trees
}

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
    return withSession(copy, ({ restore }, _, to) =>
      Effect.as(restore(setTime(to, step.path, step.modified.at)), Option.none())
    )
  }
  if (copy.rules.only !== "Missing") {
    return withSession(copy, (masked, from, to) => Effect.asSome(copyFile(masked, from, to, { step, options })))
  }
  const copied = withSession(copy, (masked, from, to) => {
    const guard = Hidden.isAsked(copy.rules, to) ? Hidden.guard(to, copy.rules, step) : undefined
    const { onPublish } = guard ?? options
    return Effect.catchIf(
      Effect.asSome(copyFile(masked, from, to, { step, options: { ...options, onPublish } })),
      (error) => guard?.wasTaken() === true || exists(error),
      () => Effect.succeedNone
    )
  })
  const inListing = options.isNew === true ? "Lacked" : "Unknown"
  return Effect.flatMap(Hidden.isTaken(copy.target, copy.rules, step, inListing), (taken) =>
    taken ? Effect.succeedNone : copied
  )
}

const exists = (error: MirrorError): boolean => error._tag === "FtpLocalFileError" && error.reason === "AlreadyExists"
