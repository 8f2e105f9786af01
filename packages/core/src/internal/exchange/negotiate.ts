/**
 * After the login: what the server can do, and the two settings that every session has. One burst, one round trip:
 *
 *     C: FEAT
 *     C: TYPE I
 *     C: OPTS UTF8 ON
 *     S: 211-Features: ... 211 End
 *     S: 200 Switching to Binary mode
 *     S: 200 UTF8 set                         (any answer will do: Pure-FTPd says 504 and means yes)
 *
 * A server that loses commands which arrive together answers too few of them; the session is given up then, and the next
 * one to this host asks step by step. It does NOT take a missing line of FEAT for a missing ability.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ExchangeError, OpenError } from "../../FtpError.ts"
import * as Command from "../../protocol/Command.ts"
import * as Features from "../../protocol/Features.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as Judge from "../judge.ts"
import { sendEach, track, type Wire } from "./wire.ts"

/** A server that bears a burst answers it in a round trip; longer silence is a lost command. */
const BURST_LIMIT = Duration.seconds(5)

export const negotiate = (wire: Wire): Effect.Effect<void, OpenError> =>
  Effect.gen(function* () {
    const type = Command.type("I")
    const commands = [Command.feat, type, Command.opts("UTF8 ON")] as const
    const [feat, typed] =
      wire.memory.get("Pipelining") === "Fails"
        ? yield* sendEach(wire.control, commands)
        : yield* burst(wire, wire.control.sendAll(commands, BURST_LIMIT))
    if (Reply.isCompletion(feat)) {
      wire.features = Features.parse(feat)
    }
    track(wire.state, type, typed)
    yield* Judge.accept(wire.control, type, typed)
  })

const burst = <A>(wire: Wire, self: Effect.Effect<A, ExchangeError>): Effect.Effect<A, ExchangeError> =>
  self.pipe(
    Effect.tap(() => Effect.sync(() => wire.memory.set("Pipelining", true))),
    Effect.tapError(() =>
      Effect.sync(() => {
        if (wire.memory.get("Pipelining") === "Unknown") {
          wire.memory.set("Pipelining", false)
        }
      })
    )
  )
