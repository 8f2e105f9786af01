/**
 * The manifest of a tree that is not live yet. In the target, it is written into the stage meanwhile, and goes with it. A
 * local file is written when the new tree is live: until then it is about the old one.
 */
import { toEpochMillis } from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as FtpEvidence from "../base/FtpEvidence.ts"
import type { Copied } from "./copyModel.ts"
import * as MirrorManifest from "./MirrorManifest.ts"
import type { Step } from "./MirrorPlan.ts"
import * as ManifestKeeping from "./manifestKeeping.ts"
import * as ManifestStore from "./manifestStore.ts"
import * as ManifestText from "./manifestText.ts"
import type { Prepared } from "./prepare.ts"
import type { Stage } from "./swapStage.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

export interface Keeping extends ManifestKeeping.Keeping {
  /** The new tree is live. */
  readonly publish: Effect.Effect<void, MirrorError>
}

interface Options {
  readonly source: MirrorTree
  readonly stage: Stage
  /** Where it is in the target; `undefined` if it is a local file. */
  readonly path: string | undefined
  /** What an earlier run has sent into the stage. */
  readonly reached: ReadonlyArray<Step>
}

export const make = (
  { hash, store }: NonNullable<Prepared["manifest"]>,
  { path, reached, source, stage: { isClaimed, tree } }: Options
): Effect.Effect<Keeping, MirrorError, Scope.Scope> =>
  Effect.gen(function* () {
    let text: string | undefined
    const staged: ManifestStore.ManifestStore =
      path === undefined
        ? {
            read: Effect.succeedNone,
            alone: (self) => self,
            write: (written) =>
              Effect.sync(() => {
                text = written
              })
          }
        : ManifestStore.inTree(tree, path)
    const before: MirrorManifest.Files = Option.match(isClaimed ? yield* staged.read : Option.none(), {
      onNone: () => new Map(),
      onSome: (text) => ManifestText.decode(text, tree.label)
    })
    const files = reached.filter((step) => step._tag === "Copy")
    const paths = new Set(files.map(({ path }) => path))
    const known = new Map([...before].filter(([path]) => paths.has(path)))
    const keeping = yield* ManifestKeeping.make(known, staged, tree)
    for (const step of files) {
      const before = known.get(step.path)
      const { size, source: sent } = before === undefined || MirrorManifest.isLink(before) ? {} : before
      const isKnown = size === step.bytes && step.modified !== undefined && sent === toEpochMillis(step.modified.at)
      if (!isKnown) {
        const sha256 = yield* hash.ofFile(source, step.path)
        const copied: Copied = { bytes: step.bytes ?? 0, evidence: FtpEvidence.size, sha256 }
        keeping.onDone(step, copied)
      }
    }
    return {
      ...keeping,
      publish: Effect.suspend(() => (text === undefined ? Effect.void : store.alone(store.write(text))))
    }
  })
