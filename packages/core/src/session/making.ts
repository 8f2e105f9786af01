/**
 * Many directories made in one burst:
 *
 *     C: MKD a
 *     C: MKD b
 *     S: 257 "/a" created
 *     S: 550 ...                  it may be there already, under this name or as something else
 *
 * Only what goes well is decided here. What was not made is asked for again, on its own.
 */
import * as Effect from "effect/Effect"
import type { CommandError } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Burst from "./burst.ts"
import type { SessionContext } from "./context.ts"

/** As many as go into one burst, at least one; all of them, and none is made, if the server bears no bursts. */
export const makeFirst = (
  context: SessionContext,
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<boolean>, CommandError> =>
  Effect.suspend(() => {
    if (!Burst.isBorne(context)) {
      return Effect.succeed(paths.map(() => false))
    }
    const commands = paths.map((path) => Command.mkd(path))
    return Effect.map(
      Burst.send(
        context,
        commands.map((command) => [command])
      ),
      ({ replies, sent }) => commands.slice(0, sent).map((command, index) => isMade(command, replies?.[index]?.[0]))
    )
  })

const isMade = (command: Command.Command, reply: Reply.Reply | undefined): boolean =>
  reply !== undefined && Reply.isCompletion(reply) && !isRefusal(command, reply)
