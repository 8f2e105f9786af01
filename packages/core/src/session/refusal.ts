/**
 * A question to the server whose refusal is an answer.
 *
 *     S: 5yz   the server does not know, or has no such command      ifKnown: None      unlessRefused: None
 *     S: 4yz   not now                                               ifKnown: fails     unlessRefused: None
 *     no reply                                                       ifKnown: fails     unlessRefused: fails
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"

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
