/**
 * A file that an earlier run has put into a target, and that is to be deleted (`delete: "Ours"`): once more before that, whether
 * it is still that one.
 *
 *     C: MLST www/old.html        as planned: it is deleted
 *                                 another size or time: another client has replaced it, it stays
 *     C: DELE www/old.html
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isNotFound } from "../base/FtpError.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import { compareTimes } from "./compare.ts"
import type { Now, Removal } from "./deadNames.ts"
import type { Step } from "./MirrorPlan.ts"
import type { Outdated } from "./recheck.ts"
import type { ApplyOptions } from "./stepModel.ts"
import type { MirrorError, RemoteTree } from "./trees.ts"

/**
 * A file that an earlier run has put there, unless another client has replaced it since the plan was made. A server that can't be
 * asked for one file has it deleted by the plan.
 */
export const remove = (step: Removal, target: RemoteTree): Effect.Effect<Now, MirrorError> =>
  target.client
    .withSession((session) => session.stat(target.pathOf(step.path), { isUnlisted: true }))
    .pipe(
      Effect.map((found): Now => (isChanged(step.precondition, found) ? preconditionOf(found) : "Dead")),
      Effect.catchTag("FtpRejected", (error) =>
        Effect.succeed<Now>(
          isNotFound(error) && ReplyMeaning.reasonOf(error.verb, error.reply) !== "Unsupported" ? "Gone" : "Dead"
        )
      ),
      Effect.tap((found) => (found === "Dead" ? target.removeFile(step.path) : Effect.void))
    )

const isChanged = (planned: Removal["precondition"], { modified, size, type }: FtpEntry): boolean =>
  planned._tag !== "File"
    ? false
    : type !== "File" ||
      Option.exists(size, (size) => planned.size !== undefined && planned.size !== size) ||
      Option.exists(modified, (time) => planned.modified !== undefined && isOtherTime(planned.modified, time))

/** A time whose zone or year was guessed proves nothing. */
const isOtherTime = (planned: FtpTime, now: FtpTime): boolean =>
  [planned, now].every(({ guess, zone }) => guess === undefined && zone !== "Assumed") &&
  compareTimes(planned, now) !== "Same"

const preconditionOf = ({ modified, size, type }: FtpEntry): Outdated["found"] =>
  type === "File"
    ? { _tag: "File", size: Option.getOrUndefined(size), modified: Option.getOrUndefined(modified) }
    : type === "Directory"
      ? { _tag: "Directory" }
      : type === "SymbolicLink"
        ? { _tag: "Link" }
        : { _tag: "Other" }

/** A file that is deleted as an earlier run has put it there. */
export const isRemoval = (step: Step, { delete: what }: Pick<ApplyOptions, "delete">): step is Removal =>
  what === "Ours" &&
  step._tag === "Remove" &&
  step.precondition._tag === "File" &&
  (step.reason._tag === "NotInSource" || step.reason._tag === "Excluded")
