/** A mirror that is not complete, as a failure; public as `FtpMirror`'s. */
import * as Effect from "effect/Effect"
import { TaggedError } from "../protocol/taggedError.ts"
import * as WireText from "../protocol/WireText.ts"
import { describePublished, type MirrorResult } from "./result.ts"
import { isFine } from "./skips.ts"

/**
 * A tree was not copied completely, or not swapped: see `failures`, `outdated`, `leftOut`, `plan.skipped` and `published` of
 * the result, which is all that was done. Or it was, and its manifest could not be written: see `manifestError`.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpMirrorIncomplete extends TaggedError("FtpMirrorIncomplete")<{ readonly result: MirrorResult }> {
  override get message(): string {
    const { failures, leftOut, manifestError, outdated, plan, published } = this.result
    const [first] = failures
    const skipped = plan.skipped.filter(({ reason }) => !isFine(reason))
    const [skip] = skipped
    const left = skipped.length + leftOut.length
    const why = skip === undefined ? "" : `, first ${WireText.toDisplay(skip.path)}: ${WireText.toDisplay(skip.detail)}`
    return [
      `the tree ${plan.target} is ${this.result.isComplete ? "complete" : "not complete"}`,
      ...(first === undefined ? [] : [`${failures.length} failed, first ${first.step.path}: ${first.error.message}`]),
      ...(outdated.length === 0 ? [] : [`${outdated.length} outdated`]),
      ...(left === 0 ? [] : [`${left} left out${why}`]),
      ...(published._tag === "NotSwapped" ? [describePublished(published, plan)] : []),
      ...(manifestError === undefined ? [] : [`the manifest could not be written: ${manifestError.message}`])
    ].join("; ")
  }
}

/** The result, if the tree is complete. */
export const complete = (result: MirrorResult): Effect.Effect<MirrorResult, FtpMirrorIncomplete> =>
  result.isComplete && result.manifestError === undefined ? Effect.succeed(result) : new FtpMirrorIncomplete({ result })
