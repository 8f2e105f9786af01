/**
 * The times of many files in one burst, for listings that tell minutes only:
 *
 *     C: MDTM a                     RFC 3659 §3
 *     C: MDTM b
 *     C: NOOP
 *     S: 213 20261129120007
 *     S: 550 ...
 *     S: 200 ok
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import * as Burst from "./burst.ts"
import type { SessionContext } from "./context.ts"

/**
 * As many as go into one burst, at least one; `None` for each that is not told. All of them, and none is asked for, if the
 * server bears no bursts or has no MDTM: one by one they would take a round trip each.
 */
export const modifiedFirst = (
  context: SessionContext,
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Option.Option<FtpTime>>, CommandError> =>
  Effect.suspend(() => {
    if (!Burst.isBorne(context) || context.control.verbs.isAvoided("MDTM")) {
      return Effect.succeed(paths.map(() => Option.none()))
    }
    return Effect.map(
      Burst.send(
        context,
        paths.map((path) => [Command.mdtm(path)])
      ),
      ({ replies, sent }) =>
        paths.slice(0, sent).map((_, index) => {
          const reply = replies?.[index]?.[0]
          return reply === undefined ? Option.none() : Timestamp.fromReply213(reply)
        })
    )
  })
