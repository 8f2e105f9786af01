/**
 * The size of what was uploaded, and whether a refusal of SIZE is one of the upload. A server that confirms an upload too early
 * reports its failure afterwards, which is taken for the answer to SIZE; each answer is then one command late:
 *
 *     C: STOR a     S: 226
 *                   S: 451 no space      taken for the answer to SIZE
 *     C: SIZE a     S: 550 no such file  taken for the answer to TYPE
 *     C: TYPE I     S: 200               one too many
 *
 * So a refusal counts as SIZE's own if TYPE, which each server has and a session like this has set before, is answered by a
 * success, and no reply is one too many.
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import * as Answer from "../protocol/Answer.ts"
import * as Command from "../protocol/Command.ts"
import { run, type SessionContext } from "./context.ts"
import { sizeOf } from "./file.ts"

/** Fails as `upload` would have, if that is what was refused. */
export const storedSize = (
  context: SessionContext,
  upload: Command.Command,
  path: string
): Effect.Effect<Option.Option<number>, CommandError> =>
  Effect.catchIf(
    Effect.map(run(context, Command.size(path)), sizeOf),
    (error) => error._tag === "FtpRejected" && Answer.mayEndUpload(error.reply.code),
    (error) =>
      Effect.flatMap(isInOrder(context), (isOwn) =>
        isOwn || error._tag !== "FtpRejected"
          ? Effect.fail(error)
          : context.control.errors.rejected(upload, error.reply, { path })
      )
  )

/** What each server answers by a success. */
export const witness = Command.type("I")

const isInOrder = (context: SessionContext): Effect.Effect<boolean, CommandError> =>
  Effect.suspend(() =>
    context.control.isInStep()
      ? Effect.matchEffect(run(context, witness), {
          onFailure: (error) => (error._tag === "FtpRejected" ? Effect.succeed(false) : Effect.fail(error)),
          onSuccess: () => Effect.sync(() => context.control.isInStep())
        })
      : Effect.succeed(false)
  )
