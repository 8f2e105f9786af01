/**
 * What is sent with a transfer command: questions about the file, and REST. Neither costs a round trip of its own if
 * the server is known to accept pipelining:
 *
 *     C: SIZE a                       while the data connection is dialled
 *     C: MDTM a
 *        ...
 *     C: REST 1048576                 RFC 3659 §5
 *     C: RETR a                       in one burst with REST
 *     S: 350 ...
 *     S: 150 ...
 *
 * To other servers each command is sent after the reply to the one before.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DataError } from "../base/FtpError.ts"
import type { Exchange } from "../control/FtpControlChannel.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as Reply from "../protocol/Reply.ts"
import { type SessionContext, send, sendEach, wantsPret } from "./context.ts"

/** The replies to the questions, which are not judged, and what `prepare` yields. */
export const ask = <A>(
  context: SessionContext,
  questions: ReadonlyArray<Command.Command>,
  prepare: Effect.Effect<A, DataError, Scope.Scope>
): Effect.Effect<readonly [ReadonlyArray<Reply.Reply>, A], DataError, Scope.Scope> =>
  // Nothing may come between PRET and the port that it is for.
  context.capabilities.get("Pipelining") === "Works" && !wantsPret(context)
    ? sideBySide(context.control.sendAll(questions), prepare)
    : Effect.all([sendEach(context.control, questions), prepare])

/**
 * Both at once, the second in this fiber: what it acquires is released here too. A connection that is acquired in one
 * fiber and released in another makes the FiberRefs of the latter grow with each transfer (effect 3.22).
 */
const sideBySide = <A, E, B, E2, R>(
  questions: Effect.Effect<A, E>,
  here: Effect.Effect<B, E2, R>
): Effect.Effect<readonly [A, B], E | E2, R> =>
  Effect.gen(function* () {
    const asked = yield* Effect.fork(questions)
    const prepared = yield* here
    return [yield* Effect.flatten(Fiber.await(asked)), prepared]
  })

/**
 * REST, then the command; REST 0 if there is no offset, as an earlier one may be pending. The first reply to the
 * command is not judged.
 */
export const beginAt = (
  context: SessionContext,
  command: Command.Command,
  offset: number,
  path: string | undefined
): Effect.Effect<Exchange, DataError> =>
  Effect.gen(function* () {
    const { control, state } = context
    const rest = offset > 0 ? Command.rest(offset) : undefined
    const ahead = rest !== undefined && mayGoAhead(context, command) ? rest : undefined
    if (rest !== undefined && ahead === undefined) {
      yield* accepted(context, rest, yield* send(context, rest), path)
    } else if (rest === undefined && state.restPending) {
      yield* send(context, Command.rest(0))
    }
    state.restPending ||= ahead !== undefined
    const exchange = yield* control.begin(command, ahead)
    // Not every server forgets an offset whose transfer it refused (RFC 3659 §5.3), and a STOR would go there.
    state.restPending = offset > 0 && !Option.exists(exchange.first, (first) => !Reply.isNegative(first))
    if (ahead !== undefined && Option.isSome(exchange.ahead)) {
      yield* accepted(context, ahead, exchange.ahead.value, path)
    }
    return exchange
  })

/** The reply to REST. A server that has none is remembered; one that accepts it may yet ignore it. */
const accepted = (
  { capabilities, control }: SessionContext,
  rest: Command.Command,
  reply: Reply.Reply,
  path: string | undefined
): Effect.Effect<Reply.Reply, DataError> => {
  if (UNKNOWN.has(reply.code)) {
    capabilities.set("REST", false)
  }
  return control.errors.expectSuccess(rest, reply, path)
}

/** Unknown, or not implemented. */
const UNKNOWN: ReadonlySet<number> = new Set([500, 502])

/**
 * Whether REST may share a burst with the command that it is for, which saves a round trip. Of a download that begins
 * at the wrong place nothing is taken; an upload whose REST was refused would cut what is there.
 */
const mayGoAhead = ({ capabilities, control, features }: SessionContext, { verb }: Command.Command): boolean =>
  verb === "RETR" &&
  capabilities.get("Pipelining") === "Works" &&
  Features.canRestart(features) &&
  !control.verbs.isAvoided("REST")
