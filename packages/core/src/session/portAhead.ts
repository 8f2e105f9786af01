/**
 * The port of a small transfer that is about to come, on a session that was just opened for it:
 *
 *     C: EPSV
 *     S: 229 …
 *
 * What is kept is what small files keep for each other: see `nextPort`. Nothing is asked that the transfer itself would not
 * ask, and a refusal is for that to deal with.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CommandError } from "../base/FtpError.ts"
import type { DirectAddress } from "../platform/FtpTransport.ts"
import * as Features from "../protocol/Features.ts"
import { run, type SessionContext } from "./context.ts"
import * as NextPort from "./nextPort.ts"

export const ask = (context: SessionContext): Effect.Effect<void, CommandError> =>
  Effect.gen(function* () {
    const address = yield* Effect.catchIf(
      openPort(context),
      (error) => error._tag === "FtpRejected",
      () => Effect.succeed(undefined)
    )
    context.state.nextPort = NextPort.make(address, yield* Clock.currentTimeMillis)
  })

const openPort = (context: SessionContext): Effect.Effect<DirectAddress | undefined, CommandError> => {
  const asked = isPretDemanded(context) ? undefined : context.dataChannel.ahead?.(context, false)
  return asked === undefined
    ? Effect.succeed(undefined)
    : Effect.map(run(context, asked.question), (reply) => asked.addressOf(reply))
}

const isPretDemanded = ({ capabilities, features }: SessionContext): boolean =>
  Features.has(features, "PRET") && capabilities.get("Port without PRET") === "Fails"
