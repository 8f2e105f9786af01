/**
 * Whether a path that a user has named is a directory, or a link to one, before all of it is listed: with the fewest
 * round trips, as the listing itself will take several.
 *
 *     C: MLST a                      where the server has it: see `stat`
 *
 *     C: SIZE a, PWD                 else: a size is that of a file, as a rule
 *     S: 550 ...
 *     S: 257 "/home/ann" ...
 *     C: CWD a, CWD /home/ann        a directory; the listing that follows need not be confirmed again
 *     S: 250 ...
 *     S: 250 ...
 *
 * What is no directory by that, or has a size, is for `stat` to find out.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import { type SessionContext, sendIndependent } from "./context.ts"
import { isDirectory, isVisitable } from "./directory.ts"
import { sizeOf } from "./file.ts"
import type { ListFailure } from "./listingAnswer.ts"
import * as PathSyntax from "./pathSyntax.ts"
import { stat } from "./stat.ts"

export const leadsToDirectory = (context: SessionContext, path: string): Effect.Effect<boolean, ListFailure> =>
  path === ""
    ? Effect.succeed(true)
    : Effect.flatMap(isSurely(context, path), (isSure) => (isSure ? Effect.succeed(true) : byStat(context, path)))

const byStat = (context: SessionContext, path: string): Effect.Effect<boolean, ListFailure> =>
  Effect.flatMap(stat(context, path), ({ type }) =>
    type === "SymbolicLink" ? isDirectory(context, path) : Effect.succeed(type === "Directory")
  )

/** False if it is not known to be one. */
const isSurely = (context: SessionContext, path: string): Effect.Effect<boolean, ListFailure> =>
  Features.has(context.features, "MLST")
    ? Effect.succeed(false)
    : Effect.catchIf(
        Effect.flatMap(hasSize(context, path), (hasSize) =>
          hasSize ? Effect.succeed(false) : isVisitable(context, path)
        ),
        (error) => error._tag === "FtpRejected" || error._tag === "FtpProtocolViolation",
        () => Effect.succeed(false)
      )

/** The login directory is asked for in the same round trip, as the way back from a visit. */
const hasSize = (context: SessionContext, path: string): Effect.Effect<boolean, ListFailure> =>
  Effect.gen(function* () {
    const { control, state } = context
    const command = Command.size(path)
    const isHomeWanted = state.home === undefined && !state.cwdChanged
    const [reply, named] = yield* sendIndependent(context, isHomeWanted ? [command, Command.pwd] : [command])
    if (reply === undefined || ReplyMeaning.isServiceClosing(reply)) {
      return yield* control.errors.rejected(command, reply ?? control.greeting, { path })
    }
    if (named !== undefined && Reply.isCompletion(named)) {
      state.home = Option.getOrUndefined(RemotePath.fromReply257(named))
      if (state.home !== undefined) {
        PathSyntax.learn(context, state.home)
      }
    }
    return Option.isSome(sizeOf(reply))
  })
