/**
 * The server's hash of a file, in the best way that it lists for the algorithm (draft-bryan-ftp-hash; the X verbs have no
 * standard):
 *
 *     C: XSHA256 a          C: OPTS HASH SHA-256      only where another one is in force
 *     S: 250 2CF2...        S: 200 SHA-256
 *                           C: HASH a
 *                           S: 213 SHA-256 0-5 2cf2... a
 *                           C: OPTS HASH SHA-1        as it was, for whoever has the session next
 *                           S: 200 SHA-1
 *
 * A way that the server does not know gives place to the next one, and so does one that does not take this very file:
 * ProFTPD's X verbs answer 501 to an empty one, which its HASH does take. It does NOT compare: `transfer/verify`
 * does.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type CommandError, ProtocolViolation, type Rejected } from "../base/FtpError.ts"
import * as Judge from "../control/judge.ts"
import * as Command from "../protocol/Command.ts"
import * as HashReply from "../protocol/HashReply.ts"
import * as Reply from "../protocol/Reply.ts"
import { refuseWhileTransferring, type Wire } from "./wire.ts"

/** What a server that lists nothing is asked for, so that the refusal is its own. */
const FALLBACK: HashReply.Algorithm = "SHA-256"

export const hash = (
  wire: Wire,
  path: string,
  algorithm?: HashReply.Algorithm
): Effect.Effect<HashReply.Digest, CommandError> =>
  Effect.gen(function* () {
    const listed = HashReply.listed(wire.features)
    const wanted = algorithm !== undefined ? [algorithm] : listed.length > 0 ? listed : [FALLBACK]
    let first: Rejected | undefined
    for (const question of wanted.flatMap((name) => HashReply.questions(wire.features, path, name))) {
      const answer = yield* Effect.either(ask(wire, path, question))
      if (answer._tag === "Right") {
        return answer.right
      }
      if (answer.left._tag !== "Rejected" || !isOfTheWay(answer.left)) {
        return yield* Effect.fail(answer.left)
      }
      first ??= answer.left
    }
    return yield* Effect.fail(first ?? (yield* Effect.dieMessage("no question to ask")))
  })

const SYNTAX = 501

/** Whether another way may be answered where this one was refused. */
const isOfTheWay = ({ reason, reply }: Rejected): boolean => reason === "Unsupported" || reply.code === SYNTAX

const ask = (wire: Wire, path: string, question: HashReply.Question): Effect.Effect<HashReply.Digest, CommandError> => {
  const { algorithm, command } = question
  const answer = Effect.gen(function* () {
    yield* refuseWhileTransferring(wire, command)
    const [reply] = yield* wire.control.sendAll([command], wire.timeouts.hash)
    yield* Judge.accept(wire.control, command, reply, path)
    const digest = HashReply.parse(reply, path, algorithm)
    return Option.isSome(digest) ? digest.value : yield* unreadable(wire, algorithm, reply)
  })
  return question.select ? whileSelected(wire, algorithm, answer) : answer
}

/** A session whose HASH could not be put back is not used by others. */
const whileSelected = <A>(
  wire: Wire,
  algorithm: HashReply.Algorithm,
  answer: Effect.Effect<A, CommandError>
): Effect.Effect<A, CommandError> =>
  Effect.gen(function* () {
    const before = HashReply.inForce(wire.features)
    const select = Command.opts(`HASH ${algorithm}`)
    yield* refuseWhileTransferring(wire, select)
    const { hashSelected } = wire.state
    wire.state.hashSelected = true
    const selected = yield* wire.control.send(select)
    if (Reply.isNegative(selected)) {
      wire.state.hashSelected = hashSelected
      return yield* Judge.rejected(wire.control, select, selected)
    }
    const result = yield* Effect.either(answer)
    if (Option.isSome(before) && (result._tag === "Right" || result.left._tag === "Rejected")) {
      const restored = yield* wire.control.send(Command.opts(`HASH ${before.value}`))
      wire.state.hashSelected = Reply.isNegative(restored)
    }
    return yield* result
  })

const unreadable = (wire: Wire, algorithm: string, reply: Reply.Reply): Effect.Effect<never, ProtocolViolation> =>
  Effect.flatMap(
    wire.control.transcript,
    (transcript) =>
      new ProtocolViolation({
        expected: `a hash by ${algorithm}`,
        received: Reply.toLine(reply),
        endpoint: wire.control.label,
        transcript
      })
  )
