/**
 * What the probes of an examination share: one session at a time, opened again when a probe has spoiled it, and a way to
 * have another one, with other choices, in its place.
 *
 *     none ──session──► open ──probe──► reusable? ──yes──► open
 *       ▲                                  └──no──► closed
 *       └──────other choices: closed first, as a server may bear one session only
 */

import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { OpenError } from "../base/FtpError.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import * as FtpDataChannel from "../data/FtpDataChannel.ts"
import { FtpTransport } from "../platform/FtpTransport.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as FtpSecurity from "../security/FtpSecurity.ts"
import * as FtpSession from "../session/FtpSession.ts"
import * as Finding from "./Finding.ts"
import type { Options } from "./options.ts"
import type { Sample } from "./sample.ts"
import * as WatchedSecurity from "./watchedSecurity.ts"

/** How a session differs from the usual one. */
export interface Choices {
  readonly data?: Layer.Layer<FtpDataChannel.FtpDataChannel, never, FtpTransport> | undefined
  readonly withoutTicket?: boolean | undefined
  /** Default those that all sessions share, and that become the profile. */
  readonly capabilities?: ServerCapabilities.ServerCapabilities | undefined
}

export interface Examination {
  readonly options: Options
  readonly capabilities: ServerCapabilities.ServerCapabilities
  readonly seen: WatchedSecurity.Seen
  /** How data connections are opened; active mode, if passive mode does not work. */
  data: Layer.Layer<FtpDataChannel.FtpDataChannel, never, FtpTransport>
  /** The listed directory, once that is known. */
  listed: { readonly directory: string; readonly entries: ReadonlyArray<FtpEntry> }
  /** Whether there was a listing. */
  isListed: boolean
  /** A file to ask about and to read: with content, or of an unknown size. */
  sample: Sample | undefined
  /** Lends the one session. */
  readonly session: Effect.Effect<FtpSession.FtpSession, OpenError>
  /** Closes the one session. */
  readonly hangUp: Effect.Effect<void>
  /** One more session, until the scope closes. */
  readonly open: (choices?: Choices) => Effect.Effect<FtpSession.FtpSession, OpenError, Scope.Scope>
}

/** With the services of a session: the transport, and the security that the options ask for. */
export const make = (
  options: Options,
  security: FtpSecurity.FtpSecurity
): Effect.Effect<Examination, never, FtpTransport | Scope.Scope> =>
  Effect.gen(function* () {
    const transport = yield* FtpTransport
    const outer = yield* Effect.scope
    const seen: WatchedSecurity.Seen = { peer: undefined, control: undefined, data: undefined }
    const capabilities = ServerCapabilities.make()
    let current: { readonly session: FtpSession.FtpSession; readonly scope: Scope.CloseableScope } | undefined
    // Not interruptible: a connection that is half closed would stay open.
    const hangUp = Effect.uninterruptible(
      Effect.suspend(() => {
        const before = current
        current = undefined
        return before === undefined ? Effect.void : Scope.close(before.scope, Exit.void)
      })
    )
    const open: Examination["open"] = (choices = {}) => {
      const watched = WatchedSecurity.watch(security, seen, choices.withoutTicket ?? false)
      const services = Layer.merge(choices.data ?? examination.data, Layer.succeed(FtpSecurity.FtpSecurity, watched))
      return Effect.flatMap(
        Layer.build(Layer.provideMerge(services, Layer.succeed(FtpTransport, transport))),
        (services) =>
          FtpSession.make({
            // As LIST prints the times: their zone is a question of the examination.
            zone: DateTime.zoneMakeOffset(0),
            endpoint: options.endpoint,
            dialect: options.dialect,
            dateOrder: options.dateOrder,
            charset: options.charset,
            capabilities: choices.capabilities ?? capabilities
          }).pipe(Effect.provide(services))
      )
    }
    const session = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        if (current !== undefined) {
          if (yield* current.session.reusable) {
            return current.session
          }
          yield* hangUp
        }
        const scope = yield* Scope.fork(outer, outer.strategy)
        const exit = yield* Effect.exit(restore(Scope.extend(open(), scope)))
        if (Exit.isFailure(exit)) {
          yield* Scope.close(scope, exit)
          return yield* exit
        }
        current = { session: exit.value, scope }
        return exit.value
      })
    )
    const examination: Examination = {
      options,
      capabilities,
      seen,
      data: FtpDataChannel.layerPassiveWith(options.passive ?? {}),
      listed: { directory: "", entries: [] },
      isListed: false,
      sample: undefined,
      session,
      hangUp,
      open
    }
    return examination
  })

/** No probe may take longer, whatever the server does. */
const LIMIT = Duration.minutes(1)

/** A finding, or that it could not be had: never an error. `what` is in the words of the failure. */
export const probe = <E extends { readonly message: string }>(
  check: Finding.Check,
  effect: Effect.Effect<Finding.Finding | undefined, E, Scope.Scope>
): Effect.Effect<Finding.Finding | undefined> =>
  effect.pipe(
    Effect.scoped,
    Effect.timeoutTo({
      duration: LIMIT,
      onTimeout: () => Finding.make(check, "Warning", "this took more than a minute and was given up"),
      onSuccess: (finding) => finding
    }),
    Effect.catchAll((error) =>
      Effect.succeed(Finding.make(check, "Warning", `this could not be tried: ${error.message}`))
    )
  )
