/** One step, done. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpTransferInterrupted } from "../base/FtpError.ts"
import * as Masked from "../base/masked.ts"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import { announced, type Resume } from "./announced.ts"
import { copyFile } from "./copyFile.ts"
import type * as CopyModel from "./copyModel.ts"
import type { Copied, CopyOptions, FileStep } from "./copyModel.ts"
import type { Step } from "./MirrorPlan.ts"
import { isDirectory } from "./order.ts"
import type { ApplyOptions } from "./stepModel.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** What one step gives; `"Made"` if it made a directory. */
export type Result = Copied | "Made" | undefined

/** More files that are done with the same options. */
export interface Flow {
  /** Another one, once the one before is copied: what comes of the effect is about this one from then on. */
  readonly next: (copied: Copied) => { readonly step: FileStep; readonly found: LocalInfo | undefined } | undefined
}

/** Begins at the call. */
export const perform = (
  masked: Masked.Masked | undefined,
  step: Step,
  source: MirrorTree,
  target: MirrorTree,
  options: ApplyOptions,
  found: LocalInfo | undefined,
  flow?: Flow
): Effect.Effect<Result, MirrorError> => {
  const restore = Masked.restoreOf(masked)
  switch (step._tag) {
    case "MakeDirectory":
      return Effect.map(restore(target.makeDirectory(step.path)), (isNew) => (isNew ? "Made" : undefined))
    case "Rename":
      return Effect.as(restore(target.rename(step.from, step.path)), undefined)
    case "MakeLink": {
      const existing = step.precondition._tag === "Link" ? "Replace" : "Fail"
      return Effect.as(restore(target.makeLink(step.path, step.to, existing)), undefined)
    }
    case "SetTime":
      return Effect.as(restore(target.setModified(step.path, step.modified.at)), undefined)
    case "Remove": {
      const removed = isDirectory(step) ? target.removeDirectory(step.path) : target.removeFile(step.path)
      return Effect.as(restore(removed), undefined)
    }
    default: {
      const file = { step, options: ofFile(step, source, target, options, found) }
      const more = flow && {
        next: (copied: Copied) => {
          const next = flow.next(copied)
          return (
            next && {
              step: next.step,
              options: ofFile(next.step, source, target, options, next.found),
              found: next.found
            }
          )
        }
      }
      const send = (more?: CopyModel.Flow) =>
        masked === undefined
          ? Masked.run((masked) => copyFile(masked, source, target, file, more))
          : copyFile(masked, source, target, file, more)
      return options.onServer === undefined
        ? send(more)
        : Effect.flatMap(
            restore(options.onServer(step, target)),
            Option.match({ onNone: () => send(), onSome: (copied) => Effect.succeed(copied) })
          )
    }
  }
}

/** Without a spread: see ARCHITECTURE, "Facts that a newcomer would trip over". */
const ofFile = (
  step: Step,
  source: MirrorTree,
  target: MirrorTree,
  options: ApplyOptions,
  found: LocalInfo | undefined
): CopyOptions => {
  const { onEvent } = options
  return {
    found,
    keepsTimes: options.keepsTimes,
    mustKeepTimes: options.mustKeepTimes,
    atomic: options.atomic,
    onPublish: options.onPublish,
    replaces: options.replaces,
    isNew: options.isNew,
    verify: options.verify,
    ignoreSize: options.ignoreSize,
    durability: options.durability,
    segments: options.segments,
    maxBytes: options.maxBytes,
    hash: options.hash,
    // What a run that was killed has left is resumed by its own record.
    resume: options.resume ?? "IfRecorded",
    retry: onEvent ? retrying(source, target, (cause) => onEvent({ _tag: "Retried", step, cause })) : options.retry,
    onRetry: options.onRetry,
    onProgress: onEvent ? ({ bytes }) => onEvent({ _tag: "Progress", step, bytes }) : options.onProgress,
    onResume: onEvent ? (bytes) => onEvent({ _tag: "Resumed", step, bytes }) : options.onResume,
    onUnproven: options.onUnproven,
    onKept: options.onKept
  }
}

/** As the pool tries again, which a transfer has from the server that it is about. */
const retrying = (
  source: MirrorTree,
  target: MirrorTree,
  announce: (cause: FtpTransferInterrupted) => void
): Resume | undefined => {
  const remote = target._tag === "Remote" ? target : source._tag === "Remote" ? source : undefined
  return remote && announced(remote.pool.policies.resume, announce)
}
