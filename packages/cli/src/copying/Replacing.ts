/**
 * What is in the way of something of another type, in a tree that `get -r` or `put -r` copies: with `--conflict replace` it is
 * replaced once all the rest is copied.
 *
 *     the copy ──► conflicts, by their paths ──► a mirror of these paths alone ──► files, failures and the rest are reported
 *
 * A copy knows one directory at a time, and what replaces another thing has to be whole first, with all below it. A mirror
 * knows that, and exchanges both by two renames: see `conflict` of its options.
 */
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import type { Step } from "@ftp-effect/core/MirrorPlan"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as ExitCode from "../errors/ExitCode.ts"
import type * as Copying from "./Copying.ts"
import * as MirrorTally from "./MirrorTally.ts"
import { describeOutdated, isFile } from "./MirrorText.ts"

/** What is wished for each file, as far as a mirror can be told it. */
export type Options = Pick<FtpMirror.MirrorOptions, "atomic" | "durability" | "verify">

/** Who reports what is not done. */
export interface Reports {
  readonly notCopied: (path: string, why: string) => Effect.Effect<void>
  readonly failed: (error: FtpMirror.MirrorError, path: string) => Effect.Effect<void>
  readonly skipped: (skip: FtpMirror.MirrorResult["plan"]["skipped"][number]) => Effect.Effect<void, ExitCode.Failure>
}

export const replace = (
  { links, source, target }: FtpTreeCopy.TreeCopy,
  copying: Copying.Copying,
  paths: ReadonlyArray<string>,
  options: Options,
  reports: Reports
): Effect.Effect<void, ExitCode.Failure> =>
  Effect.gen(function* () {
    const { count, onEvent, tally } = follow(source, target, copying)
    const reportAll = (failures: FtpMirror.MirrorResult["failures"]) =>
      Effect.forEach(failures, ({ error, step }) => reports.failed(error, step.path), { discard: true })
    const { displaced, done, failures, outdated, plan } = yield* FtpMirror.mirror(source, target, {
      ...options,
      onEvent,
      links,
      compare: "Nothing",
      conflict: "Replace",
      filter: { paths },
      // All that is read of the target is in the way.
      maxDelete: { _tag: "Percent", percent: 100, free: 0 }
    }).pipe(
      // What is replaced by then stays so.
      Effect.onError((cause) =>
        Effect.suspend(() => {
          const done = tally.done()
          const replaced = pathsOf(done)
          copying.wait(-paths.filter((path) => replaced.has(path)).length)
          const last = Option.getOrUndefined(Cause.failureOption(cause))
          const earlier = tally.failures().filter(({ error }) => error !== last)
          return Effect.zipRight(Effect.ignore(count(done)), reportAll(earlier))
        })
      )
    )
    copying.wait(-paths.length)
    yield* count(done)
    yield* reportAll(failures)
    const isOf = (path: string) => (at: string) => at === path || at.startsWith(`${path}/`)
    const skipped = plan.skipped.filter(({ path }) => paths.some((at) => isOf(at)(path)))
    yield* Effect.forEach(skipped, reports.skipped, { discard: true })
    const replaced = pathsOf(done)
    for (const path of paths) {
      const left = displaced.find((each) => each.path === path)
      const changed = outdated.find(({ step }) => isOf(path)(step.path))
      if (left !== undefined) {
        const [old, replacement] = [left.old, left.replacement].map((at) => at && target.pathOf(at))
        yield* reports.notCopied(
          path,
          `it ${FtpMirror.describeDisplaced({ ...left, path: target.pathOf(path), old, replacement })}`
        )
      } else if (!replaced.has(path) && !skipped.some((skip) => isOf(path)(skip.path))) {
        yield* reports.notCopied(
          path,
          plan.withheld?.detail ??
            (changed === undefined ? "not all of it could be copied, so the old one stays" : describeOutdated(changed))
        )
      }
    }
  })

/** What the steps have put there. */
const pathsOf = (done: ReadonlyArray<Step>): ReadonlySet<string> =>
  new Set(done.flatMap((step) => (step._tag === "Remove" ? [] : [step.path])))

/** Counts and shows what the mirror does. */
const follow = (source: FtpMirror.MirrorTree, target: FtpMirror.MirrorTree, copying: Copying.Copying) => {
  const followed = new Map<Step, Copying.Followed>()
  const results = new Map<Step, FtpMirror.Copied>()
  const fileOf = ({ path }: Step, bytes: number | undefined): Copying.File => {
    const [from, to] = [source.pathOf(path), target.pathOf(path)]
    const size = Option.fromNullable(bytes)
    return source._tag === "Remote" ? { remote: from, local: to, size } : { remote: to, local: from, size }
  }
  const tally = MirrorTally.make([])
  const onEvent = (event: FtpMirror.MirrorEvent) => {
    tally.follow(event)
    const file = "step" in event ? followed.get(event.step) : undefined
    if (event._tag === "Started" && file !== undefined) {
      file.startedAgain()
    } else if (event._tag === "Started" && isFile(event.step)) {
      followed.set(event.step, copying.follow(fileOf(event.step, event.step.bytes)))
    } else if (event._tag === "Progress") {
      file?.at(event.bytes)
    } else if (event._tag === "Failed") {
      file?.failed(event.willRetry)
    } else if (event._tag === "Done") {
      file?.ended()
      if (event.result !== undefined) {
        results.set(event.step, event.result)
      }
    }
  }
  const count = (done: ReadonlyArray<Step>) =>
    Effect.forEach(
      done,
      (step) => {
        const result = results.get(step)
        return step._tag === "MakeLink"
          ? copying.linked(target.pathOf(step.path), target.pathOf(step.to))
          : ((result && followed.get(step)?.moved(result)) ?? Effect.void)
      },
      { discard: true }
    )
  return { onEvent, count, tally }
}
