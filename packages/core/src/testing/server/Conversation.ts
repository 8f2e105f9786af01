/**
 * One client from its connection to its end.
 *
 *     accepted ──(TLS, if implicit)──► 220 ──► commands, one at a time, in order ──QUIT, FIN, RST, 421──► gone
 *                                       └──one too many──► see `Crowd`
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Connection, FtpTransportError } from "../../platform/FtpTransport.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as CommandLines from "./CommandLines.ts"
import { admit } from "./Crowd.ts"
import * as Faults from "./Faults.ts"
import { handshakesOf } from "./Handshake.ts"
import { untilIdle } from "./Idle.ts"
import { acceptProtected } from "./Protection.ts"
import { closeControl, sendReply } from "./Replies.ts"
import { encode, parseReply, toLines } from "./ReplyText.ts"
import { INITIAL_STATE, type Session, type Shared } from "./Session.ts"
import { applyFaultsBefore, execute } from "./Verbs.ts"

/** Serves one client; the connection and all that it opens are in the scope. */
export const serve = (accepted: Connection, shared: Shared): Effect.Effect<void, FtpTransportError, Scope.Scope> =>
  Effect.gen(function* () {
    const { clients, counts, sessions, settings } = shared
    counts.total += 1
    const id = counts.total
    const scope = yield* Effect.scope
    const handshakes = handshakesOf(settings.tls)
    const opened = yield* acceptProtected(accepted, shared, handshakes)
    if (Option.isNone(opened)) {
      return
    }
    const [control, secured] = opened.value
    const input = yield* CommandLines.make(control, settings.codec, settings.byteFf)
    const stop = yield* Deferred.make<void>()
    const directory = settings.home
    const session: Session = { ...INITIAL_STATE, directory, id, shared, control, input, scope, handshakes, secured }
    sessions.add(session)
    clients.set(session, stop)
    yield* Effect.raceFirst(Effect.ignore(converse(session)), ended(session, stop)).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          sessions.delete(session)
          clients.delete(session)
        })
      )
    )
  })

/** What ends a conversation from outside. */
const ended = (session: Session, stop: Deferred.Deferred<void>): Effect.Effect<void> => {
  const { idleTimeout, loginTimeout } = session.shared.settings
  return idleTimeout === undefined && loginTimeout === undefined
    ? Deferred.await(stop)
    : Effect.raceFirst(Deferred.await(stop), untilIdle(session))
}

const converse = (session: Session): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    const { counts, sessions } = session.shared
    if (yield* greet(session)) {
      counts.peak = Math.max(counts.peak, sessions.size)
      yield* serveCommands(session)
    }
  })

/** Returns whether the client may stay. */
const greet = (session: Session): Effect.Effect<boolean, FtpTransportError> =>
  Effect.gen(function* () {
    const { faults, settings } = session.shared
    if (!(yield* admit(session))) {
      return false
    }
    if (yield* applyFaultsBefore(session, Faults.CONNECT)) {
      return false
    }
    const refuse = faults.take("Refuse", Faults.CONNECT)
    const reply = refuse === undefined ? parseReply(greetingText(settings.greeting)) : parseReply(refuse.reply)
    const many = faults.take("ManyGreetings", Faults.CONNECT)
    yield* sendLines(session, many?.before ?? [])
    yield* sendReply(session, Faults.CONNECT, reply)
    if (many?.apart === undefined) {
      yield* sendLines(session, many?.after ?? [])
    } else {
      const { after = [], apart } = many
      const late = Effect.forEach(after, (line) => Effect.delay(sendLines(session, [line]), apart), { discard: true })
      yield* Effect.forkIn(Effect.ignore(late), session.scope)
    }
    // RFC 959 §5.4: 120 says that 220 will follow.
    if (Reply.isPreliminary(reply)) {
      yield* sendReply(session, Faults.CONNECT, parseReply(greetingText(settings.greeting)))
    }
    return !Reply.isNegative(reply)
  })

const sendLines = (
  { control, shared }: Session,
  lines: ReadonlyArray<string>
): Effect.Effect<void, FtpTransportError> =>
  lines.length === 0 ? Effect.void : control.write(encode(toLines(lines), shared.settings.codec))

const greetingText = (greeting: string): string => `220 ${greeting}`

const serveCommands = (session: Session): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    while (!session.closing) {
      const line = yield* session.input.take
      if (Option.isNone(line)) {
        return
      }
      if (line.value._tag === "TooLong") {
        yield* sendReply(session, "", Reply.make(500, "Input line too long."))
        return yield* closeControl(session, "", false, "End")
      }
      yield* execute(session, line.value.text)
    }
  })
