/**
 * A rename of a burst that has moved another file than its own. Some servers keep the file of an RNFR over another RNFR that they
 * refuse (Pure-FTPd, ProFTPD). If such a one keeps it after a refused RNTO too, the next RNTO moves it, and it gets its name back:
 *
 *     C: RNFR a          S: 350
 *     C: RNTO c          S: 553 not allowed
 *     C: RNFR b          S: 550
 *     C: RNTO d          S: 250: it was a that was renamed
 *     C: MLST a          S: 550 not found: it was
 *     C: RNFR d, RNTO a
 */
import * as Effect from "effect/Effect"
import { isNotFound } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as WireText from "../protocol/WireText.ts"
import type { SessionContext } from "./context.ts"
import { rename } from "./file.ts"
import { stat } from "./stat.ts"

interface Names {
  readonly from: string
  readonly to: string
}

/** Gives their names back to files that renames of others have moved, as the replies to RNFR and RNTO of each show it. */
export const putBack = (
  context: SessionContext,
  names: ReadonlyArray<Names>,
  replies: ReadonlyArray<ReadonlyArray<Reply.Reply>>
): Effect.Effect<void> => {
  const misled = find(names, replies)
  return misled.length === 0
    ? Effect.void
    : Effect.forEach(misled, ({ from, to }) => back(context, from, to), { discard: true })
}

/** By the name that a file had, and the one that it has got. */
const find = (
  names: ReadonlyArray<Names>,
  replies: ReadonlyArray<ReadonlyArray<Reply.Reply>>
): ReadonlyArray<Names> => {
  const misled: Array<Names> = []
  /** The file of the last RNFR that was accepted, if its RNTO was not. */
  let kept: string | undefined
  for (const [index, { from, to }] of names.entries()) {
    const [rnfr, rnto] = replies[index] ?? []
    if (rnfr !== undefined && rnto !== undefined) {
      const isRenamed = !isRefusal(Command.rnto(to), rnto)
      if (isRenamed && kept !== undefined && Reply.isNegative(rnfr)) {
        misled.push({ from: kept, to })
      }
      kept = isRenamed ? undefined : Reply.isIntermediate(rnfr) ? from : kept
    }
  }
  return misled
}

const back = (context: SessionContext, from: string, to: string): Effect.Effect<void> =>
  stat(context, from).pipe(
    Effect.as(false),
    Effect.catchIf(isNotFound, () => Effect.succeed(true)),
    Effect.flatMap((isGone) => (isGone ? rename(context, to, from) : Effect.void)),
    Effect.catchAll((error) =>
      Effect.logWarning(
        `the server has renamed ${WireText.toDisplay(from)} to ${WireText.toDisplay(to)}, which was to be another file`,
        error
      )
    )
  )
