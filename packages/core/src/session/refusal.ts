/**
 * A question to the server whose refusal is an answer.
 *
 *     S: 5yz   the server does not know, or has no such command      ifKnown: None      unlessRefused: None
 *     S: 4yz   not now                                               ifKnown: fails     unlessRefused: None
 *     no reply                                                       ifKnown: fails     unlessRefused: fails
 *
 * A size that no file can have, and a time that can't be read, are no answers either: None.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import type { FtpSession } from "./FtpSession.ts"
import { sizeOf } from "./file.ts"

/** `None` if the server does not know, or can't answer the question. */
export const ifKnown = <A>(question: Effect.Effect<A, CommandError>): Effect.Effect<Option.Option<A>, CommandError> =>
  Effect.catchIf(
    Effect.asSome(question),
    (error) => error._tag === "FtpRejected" && error.reply.code >= 500,
    () => Effect.succeedNone
  )

/** `None` on any refusal: also on one that may pass. */
export const unlessRefused = <A>(
  question: Effect.Effect<A, CommandError>
): Effect.Effect<Option.Option<A>, CommandError> =>
  Effect.catchTag(Effect.asSome(question), "FtpRejected", () => Effect.succeedNone)

type Asked = Pick<FtpSession, "run">

/** What a refusal is: `ifKnown`, or `unlessRefused`. */
type Judge = (
  question: Effect.Effect<Reply.Reply, CommandError>
) => Effect.Effect<Option.Option<Reply.Reply>, CommandError>

/** The size in bytes. */
export const sizeBy = (
  judge: Judge,
  session: Asked,
  path: string
): Effect.Effect<Option.Option<number>, CommandError> =>
  Effect.map(judge(session.run(Command.size(path))), Option.flatMap(sizeOf))

/** The time of the last change. */
export const timeBy = (
  judge: Judge,
  session: Asked,
  path: string
): Effect.Effect<Option.Option<FtpTime>, CommandError> =>
  Effect.map(judge(session.run(Command.mdtm(path))), Option.flatMap(Timestamp.fromReply213))
