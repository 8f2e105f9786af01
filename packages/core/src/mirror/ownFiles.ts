/**
 * What is to be removed or renamed: once more right before that, whether it is still what the plan has seen. So it is with a file
 * that an earlier run has put into a target (`delete: "Ours"`), with one that has another name in the source by now, and with
 * what something of another type replaces.
 *
 *     C: MLST www/old.html        as planned: it is deleted
 *                                 another type, size or time: another client has replaced it, it stays
 *     C: DELE www/old.html        or RNFR and RNTO
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isNotFound } from "../base/FtpError.ts"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { StatOptions } from "../session/stat.ts"
import { compareTimes } from "./compare.ts"
import type { Now, Removal } from "./deadNames.ts"
import * as LocalTree from "./localTree.ts"
import type { Step } from "./MirrorPlan.ts"
import type { Outdated } from "./recheck.ts"
import type { ApplyOptions } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/**
 * Deletes a file, unless another client has replaced it since the plan was made. A server that can't be asked for one file has
 * it deleted by the plan; one that is too busy to say does not.
 */
export const remove = (step: Removal, target: MirrorTree): Effect.Effect<Now, MirrorError> =>
  Effect.tap(look(step, target, { isUnlisted: true }), (found) =>
    found === "Dead" ? target.removeFile(step.path) : Effect.void
  )

export type Rename = Extract<Step, { readonly _tag: "Rename" }>

/**
 * Renames a file, unless another client has replaced or deleted it since the plan was made. It is renamed already if nothing has
 * the old name and the new one is that of the file: by a command whose reply was lost, or by another run.
 */
export const rename = (step: Rename, target: MirrorTree): Effect.Effect<Now, MirrorError> => {
  const { from, moved, path } = step
  return Effect.flatMap(
    lookAtFile({ path: from, precondition: moved }, target, { isUnlisted: true }),
    (found): Effect.Effect<Now, MirrorError> =>
      found === "Dead"
        ? Effect.as(
            Effect.catchIf(target.rename(from, path), isRefusal, (error) =>
              Effect.filterOrFail(
                isRenamed(step, target),
                (isRenamed) => isRenamed,
                () => error
              )
            ),
            found
          )
        : found === "Gone"
          ? Effect.map(isShown(path, moved, target), (isRenamed) => (isRenamed ? "Dead" : found))
          : Effect.succeed(found)
  )
}

const isRefusal = (error: MirrorError): boolean =>
  (error._tag === "FtpRejected" && !error.isRetryable) || error._tag === "FtpLocalFileError"

/** By another run, since the first question: a step that was refused is one of its own then. */
const isRenamed = ({ from, moved, path }: Rename, target: MirrorTree): Effect.Effect<boolean, MirrorError> =>
  Effect.flatMap(lookAtFile({ path: from, precondition: moved }, target, { isUnlisted: true }), (now) =>
    now === "Gone" ? isShown(path, moved, target) : Effect.succeed(false)
  )

export const isRename = (step: Step): step is Rename => step._tag === "Rename"

/** A step about a file of which the plan has seen what it is. */
export type Planned = Removal | Rename

export const isPlanned = (step: Step): step is Planned => step._tag === "Remove" || step._tag === "Rename"

/** Where that file is. */
export const placeOf = (step: Planned): string => (step._tag === "Rename" ? step.from : step.path)

/** Whether it is still what the plan has seen. */
export const isAsPlanned = (step: Planned, found: Seen): boolean =>
  !isChanged(step._tag === "Rename" ? step.moved : step.precondition, found)

/** `"Dead"` if it is as planned, `"Gone"` if it is not there, otherwise what is there now. */
export const look = (step: Removal, target: MirrorTree, options?: StatOptions): Effect.Effect<Now, MirrorError> =>
  step.precondition._tag === "Link" ? lookAtLink(step, target) : lookAtFile(step, target, options)

/** Once more if the session ends meanwhile, as what has ended another one before may end this one too. */
const ask = ({ client, pathOf }: RemoteTree, path: string, options?: StatOptions) => {
  const asked = client.withSession((session) => session.stat(pathOf(path), options))
  return Effect.catchTag(asked, "FtpConnectionLost", () => asked)
}

/** Whether the target shows a file there that is as planned, of a size that it tells: what can't be asked shows nothing. */
const isShown = (path: string, planned: Rename["moved"], target: MirrorTree): Effect.Effect<boolean, MirrorError> => {
  const isIt = (found: Seen) => found.type === "File" && Option.isSome(found.size) && !isChanged(planned, found)
  return target._tag === "Local"
    ? Effect.map(
        target.files.info(target.pathOf(path)),
        Option.exists((info) => isIt(seenOf(info)))
      )
    : Effect.catchTag(Effect.map(ask(target, path), isIt), "FtpRejected", () => Effect.succeed(false))
}

const lookAtFile = (
  { path, precondition }: Pick<Removal, "path" | "precondition">,
  target: MirrorTree,
  options: StatOptions | undefined
): Effect.Effect<Now, MirrorError> => {
  const compared = (found: Seen): Now => (isChanged(precondition, found) ? preconditionOf(found) : "Dead")
  return target._tag === "Local"
    ? Effect.map(
        target.files.info(target.pathOf(path)),
        Option.match({
          onNone: (): Now => "Gone",
          onSome: (info) => compared(seenOf(info))
        })
      )
    : ask(target, path, options).pipe(
        Effect.map((entry) => compared(entry)),
        Effect.catchTag("FtpRejected", (error) =>
          error.reason === "Busy" || error.isRetryable
            ? Effect.fail(error)
            : Effect.succeed<Now>(
                isNotFound(error) && ReplyMeaning.reasonOf(error.verb, error.reply) !== "Unsupported" ? "Gone" : "Dead"
              )
        )
      )
}

/** The question for one path may be answered with what the link leads to: a listing is not. */
const lookAtLink = ({ path }: Removal, target: MirrorTree): Effect.Effect<Now, MirrorError> =>
  Effect.map(target.list(Tree.parent(path), Descent.start, { links: "Copy", times: false }), ({ found, gaps }) => {
    const entry = found.find(({ entry }) => entry.path === path)?.entry
    return entry === undefined
      ? gaps.length > 0
        ? { _tag: "Unread" }
        : "Gone"
      : entry.type === "SymbolicLink"
        ? "Dead"
        : preconditionOf(entry)
  })

type Seen = Pick<FtpEntry, "modified" | "size" | "type">

const seenOf = ({ modified, size, type }: LocalInfo): Seen => ({
  type,
  size: Option.some(size),
  modified: Option.map(modified, LocalTree.localTime)
})

const isChanged = (planned: Removal["precondition"], { modified, size, type }: Seen): boolean =>
  planned._tag !== "File"
    ? false
    : type !== "File" ||
      Option.exists(size, (size) => planned.size !== undefined && planned.size !== size) ||
      Option.exists(modified, (time) => planned.modified !== undefined && isOtherTime(planned.modified, time))

/** A time whose zone or year was guessed proves nothing. */
const isOtherTime = (planned: FtpTime, now: FtpTime): boolean =>
  [planned, now].every(({ guess, zone }) => guess === undefined && zone !== "Assumed") &&
  compareTimes(planned, now) !== "Same"

const preconditionOf = ({ modified, size, type }: Seen): Outdated["found"] =>
  type === "File"
    ? { _tag: "File", size: Option.getOrUndefined(size), modified: Option.getOrUndefined(modified) }
    : type === "Directory"
      ? { _tag: "Directory" }
      : type === "SymbolicLink"
        ? { _tag: "Link" }
        : { _tag: "Other" }

/** A file that is deleted as an earlier run has put it there, or as something of another type has replaced it. */
export const isRemoval = (
  step: Step,
  target: MirrorTree,
  { delete: what }: Pick<ApplyOptions, "delete">
): step is Removal =>
  step._tag === "Remove" &&
  step.precondition._tag === "File" &&
  (step.reason._tag === "TypeDiffers" ||
    (what === "Ours" &&
      target._tag === "Remote" &&
      (step.reason._tag === "NotInSource" || step.reason._tag === "Excluded")))
