/**
 * The times or sizes of many files in one burst, for listings that tell minutes only, or blocks (OpenVMS) in place of
 * sizes:
 *
 *     C: MDTM a                     RFC 3659 §3; SIZE: §4
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
import type * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import * as Burst from "./burst.ts"
import type { SessionContext } from "./context.ts"
import { sizeOf } from "./file.ts"

/**
 * As many as go into one burst, at least one; `None` for each that is not told. All of them, and none is asked for, if the
 * server bears no bursts or has no MDTM: one by one they would take a round trip each.
 */
export const modifiedFirst = (
  context: SessionContext,
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Option.Option<FtpTime>>, CommandError> =>
  askFirst(context, paths, Command.mdtm, Timestamp.fromReply213)

/** The same for sizes, by SIZE. */
export const sizesFirst = (
  context: SessionContext,
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Option.Option<number>>, CommandError> => askFirst(context, paths, Command.size, sizeOf)

const askFirst = <A>(
  context: SessionContext,
  paths: ReadonlyArray<string>,
  command: (path: string) => Command.Command,
  read: (reply: Reply.Reply) => Option.Option<A>
): Effect.Effect<ReadonlyArray<Option.Option<A>>, CommandError> =>
  Effect.suspend(() => {
    if (!Burst.isBorne(context) || context.control.verbs.isAvoided(command("").verb)) {
      return Effect.succeed(paths.map(() => Option.none()))
    }
    return Effect.map(
      Burst.send(
        context,
        paths.map((path) => [command(path)])
      ),
      ({ replies, sent }) =>
        paths.slice(0, sent).map((_, index) => {
          const reply = replies?.[index]?.[0]
          return reply === undefined ? Option.none() : read(reply)
        })
    )
  })
