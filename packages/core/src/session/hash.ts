/**
 * The server's hash of a file, in the best way that it lists for the algorithm (draft-bryan-ftp-hash; the X verbs have
 * no standard):
 *
 *     C: XSHA256 a          C: OPTS HASH SHA-256      only where another one is in force
 *     S: 250 2CF2...        S: 200 SHA-256
 *                           C: HASH a
 *                           S: 213 SHA-256 0-5 2cf2... a
 *                           C: OPTS HASH SHA-1        as it was, for the next user of the session
 *                           S: 200 SHA-1
 *
 * A way that the server does not know gives place to the next one, and so does one that does not take this very file:
 * ProFTPD's X verbs answer 501 to an empty one, which its HASH does take.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError, FtpRejected } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import * as Command from "../protocol/Command.ts"
import * as HashReply from "../protocol/HashReply.ts"
import { refuseWhileTransferring, type SessionContext } from "./context.ts"
import * as NextPort from "./nextPort.ts"

/** What a server that lists nothing is asked for, so that the refusal is its own. */
const FALLBACK: HashReply.Algorithm = "SHA-256"

export const hash = (
  context: SessionContext,
  path: string,
  algorithm?: HashReply.Algorithm
): Effect.Effect<HashReply.Digest, CommandError> =>
  Effect.gen(function* () {
    const listed = HashReply.listed(context.features)
    const wanted = algorithm !== undefined ? [algorithm] : listed.length > 0 ? listed : [FALLBACK]
    let first: FtpRejected | undefined
    for (const question of wanted.flatMap((name) => HashReply.questions(context.features, path, name))) {
      const answer = yield* Effect.either(ask(context, path, question))
      if (answer._tag === "Right") {
        return answer.right
      }
      if (answer.left._tag !== "FtpRejected" || !isOfTheWay(answer.left)) {
        return yield* Effect.fail(answer.left)
      }
      first ??= answer.left
    }
    return yield* Effect.fail(first ?? (yield* Effect.dieMessage("no question to ask")))
  })

const SYNTAX = 501

/** Whether another way may be answered where this one was refused. */
const isOfTheWay = ({ reason, reply }: FtpRejected): boolean => reason === "Unsupported" || reply.code === SYNTAX

const ask = (
  context: SessionContext,
  path: string,
  question: HashReply.Question
): Effect.Effect<HashReply.Digest, CommandError> => {
  const { algorithm, command } = question
  const answer = Effect.gen(function* () {
    yield* refuseWhileTransferring(context, command)
    NextPort.forget(context.state)
    const [reply] = yield* context.control.sendAll([command], context.timeouts.hash)
    yield* context.control.errors.expectSuccess(command, reply, path)
    const digest = HashReply.parse(reply, path, algorithm)
    return Option.isSome(digest)
      ? digest.value
      : yield* context.control.errors.violation(`a hash by ${algorithm}`, reply)
  })
  return question.select ? whileSelected(context, algorithm, answer) : answer
}

/** A session whose HASH could not be put back is not used by others. */
const whileSelected = <A>(
  context: SessionContext,
  algorithm: HashReply.Algorithm,
  answer: Effect.Effect<A, CommandError>
): Effect.Effect<A, CommandError> =>
  Effect.gen(function* () {
    const before = HashReply.inForce(context.features)
    const select = Command.opts(`HASH ${algorithm}`)
    yield* refuseWhileTransferring(context, select)
    const { hashSelected } = context.state
    context.state.hashSelected = true
    const selected = yield* context.control.send(select)
    if (isRefusal(select, selected)) {
      context.state.hashSelected = hashSelected
      return yield* context.control.errors.rejected(select, selected)
    }
    const result = yield* Effect.either(answer)
    if (Option.isSome(before) && (result._tag === "Right" || result.left._tag === "FtpRejected")) {
      // The hash is there, whatever becomes of this.
      const restore = Command.opts(`HASH ${before.value}`)
      const restored = yield* Effect.either(context.control.send(restore))
      context.state.hashSelected = restored._tag === "Left" || isRefusal(restore, restored.right)
    }
    return yield* result
  })
