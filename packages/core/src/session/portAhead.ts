/**
 * The port of a small transfer that is about to come, on a session that was just opened for it:
 *
 *     C: EPSV        in the burst that follows the login (`negotiate`), if another session has shown that the server
 *     S: 229 …       bears bursts and answers this; else on its own
 *
 * What is kept is what small files keep for each other: see `nextPort`. Nothing is asked that the transfer itself would not
 * ask, and a refusal is for that to deal with.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CommandError } from "../base/FtpError.ts"
import type { Question } from "../data/FtpDataChannel.ts"
import type { DirectAddress } from "../platform/FtpTransport.ts"
import * as Features from "../protocol/Features.ts"
import { run, type SessionContext } from "./context.ts"
import * as NextPort from "./nextPort.ts"

/** Asks for it, unless it is there. */
export const ask = (context: SessionContext): Effect.Effect<void, CommandError> =>
  Effect.suspend(() =>
    context.state.nextPort?.address !== undefined
      ? Effect.void
      : Effect.flatMap(
          Effect.catchIf(
            openPort(context),
            (error) => error._tag === "FtpRejected",
            () => Effect.succeed(undefined)
          ),
          (address) => keep(context, address)
        )
  )

export const keep = (context: SessionContext, address: DirectAddress | undefined): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    context.state.nextPort = NextPort.make(address, now)
  })

/** What can be asked before FEAT is answered; `undefined` if another session has not shown that it works there. */
export const questionAtLogin = (context: SessionContext): Question | undefined => {
  const { capabilities, dataChannel } = context
  return capabilities.get("Pipelining") === "Works" &&
    capabilities.get("Login port") !== "Fails" &&
    capabilities.get("Port without PRET") !== "Fails"
    ? dataChannel.ahead?.(context, false)
    : undefined
}

const openPort = (context: SessionContext): Effect.Effect<DirectAddress | undefined, CommandError> => {
  const asked = isPretDemanded(context) ? undefined : context.dataChannel.ahead?.(context, false)
  return asked === undefined
    ? Effect.succeed(undefined)
    : Effect.map(run(context, asked.question), (reply) => asked.addressOf(reply))
}

const isPretDemanded = ({ capabilities, features }: SessionContext): boolean =>
  Features.has(features, "PRET") && capabilities.get("Port without PRET") === "Fails"
