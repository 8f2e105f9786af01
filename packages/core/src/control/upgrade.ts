/**
 * From a plaintext control connection to a protected one, after the reply that announces it:
 *
 *     reading ──stop──► nothing pending, read ahead or too many? ──yes──► handshake ──► reading what is protected
 *                                                       └──no───► violation: such a byte would be taken for a
 *                                                                 protected one (CVE-2021-22947)
 *     handshake fails, times out or is interrupted ──► the channel is dead
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { ExchangeError } from "../base/FtpError.ts"
import * as Observability from "../base/observability.ts"
import * as TimeLimit from "../base/timeLimit.ts"
import { FtpTransportError, type TlsClientOptions, type TlsInfo } from "../platform/FtpTransport.ts"
import type { ChannelState } from "./channelState.ts"

/** `reader` stops and starts the fiber that reads. */
export const upgrade = (
  state: ChannelState,
  reader: { readonly stop: Effect.Effect<void>; readonly start: Effect.Effect<void> },
  options: TlsClientOptions
): Effect.Effect<TlsInfo, FtpTransportError | ExchangeError> => {
  const { decoder, pending, scope, timeouts } = state
  return Effect.gen(function* () {
    yield* reader.stop
    if (!decoder.isEmpty || pending.all.length > 0 || pending.isInDoubt) {
      pending.die(pending.violation("nothing before the TLS handshake", "unencrypted bytes"))
    }
    const death = pending.death
    if (death !== undefined) {
      return yield* Effect.fail(death(undefined, false))
    }
    state.connection = yield* Scope.extend(state.connection.startTls(options), scope)
    const found = yield* TimeLimit.timeoutFail(state.connection.tls, {
      duration: timeouts.connect,
      onTimeout: () =>
        new FtpTransportError({
          reason: "TimedOut",
          stage: "Tls",
          detail: `no TLS handshake within ${Observability.seconds(timeouts.connect)}`
        })
    })
    yield* reader.start
    return Option.isSome(found) ? found.value : yield* Effect.dieMessage("a handshake without a result")
  }).pipe(
    Effect.tapErrorTag("FtpTransportError", (error) =>
      Effect.sync(() => pending.die(pending.lost("Reset", error.detail)))
    ),
    Effect.onInterrupt(() => Effect.sync(() => pending.die(pending.lost("Closed", "the TLS handshake was cut short"))))
  )
}
