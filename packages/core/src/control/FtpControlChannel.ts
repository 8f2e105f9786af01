/**
 * Commands out, replies in, always in step. Written order is reply order (RFC 959 §5.4): each command leaves a pending
 * reply in a queue, and one fiber, which reads for the life of the connection, gives each final reply to the first one.
 *
 *              send: write, push              final reply: done, shift
 *     settled ───────────────────────► pending n ───────────────────────────────► settled
 *        │                                │  the caller is interrupted: its pending reply stays, its reply is dropped
 *        │                                │  a reply that can't answer it is dropped, and puts the channel in doubt
 *        └── end of file, 421, malformed reply, silence ──► dead (and says why)
 *
 * In doubt, commands go out one by one, until the answer to a NOOP has shown that no other reply is to come. One more
 * 220 before the first command is answered is part of the greeting.
 *
 * So pipelining is several pending replies, an interrupted caller leaves the channel in step, and a session that the
 * server closed while it was idle is known to be dead before it is lent. Replies are not judged here.
 *
 *     channelModel   what it offers
 *     channelState   what the parts share        reader     replies in      writer   commands out
 *     upgrade        to TLS                      exchange   commands and the replies that are awaited
 *     byteFf         how the server reads FF       pathSyntax   how it writes paths
 *     pendingReplies · deadlines · secrets · transcript · replyErrors
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as BoundedFinalizer from "../base/boundedFinalizer.ts"
import type { ExchangeError, FtpConnectError, FtpConnectionLost } from "../base/FtpError.ts"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import * as OptionalVerbs from "../base/optionalVerbs.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import type { Connection } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import type { TextCodec } from "../protocol/FtpCharset.ts"
import * as WireText from "../protocol/WireText.ts"
import type { FtpControlChannel } from "./channelModel.ts"
import * as ChannelState from "./channelState.ts"
import * as Deadlines from "./deadlines.ts"
import * as Direct from "./direct.ts"
import { begin, getInStep, learnForms, notSent, sendBurst, sendMany } from "./exchange.ts"
import * as PendingReply from "./PendingReply.ts"
import type { PendingReplies } from "./pendingReplies.ts"
import * as Reader from "./reader.ts"
import type { ReplyErrors } from "./replyErrors.ts"
import { upgrade } from "./upgrade.ts"
import * as Writer from "./writer.ts"

export type { ConnectionVerbs, Ending, OptionalVerb, OptionalVerbs } from "../base/optionalVerbs.ts"
export type { ByteFf, PathSyntax } from "../base/serverCapabilities.ts"
export type { FtpControlChannel } from "./channelModel.ts"
export type { DirectCommand, DirectControl } from "./direct.ts"
export type { Exchange } from "./exchange.ts"
export type { ReplyErrors } from "./replyErrors.ts"

/**
 * Reads the greeting and starts the reader. The channel lives as long as the scope; the connection is the caller's.
 *
 * @example
 * ```ts
 * import * as FtpControlChannel from "@ftp-effect/core/FtpControlChannel"
 * import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
 * import * as FtpTransport from "@ftp-effect/core/FtpTransport"
 * import * as Effect from "effect/Effect"
 *
 * const greeting = Effect.gen(function* () {
 *   const transport = yield* FtpTransport.FtpTransport
 *   const { connect: timeout } = FtpTimeouts.defaults
 *   const connection = yield* transport.connect({ host: "h", port: 21, family: "Any", timeout, role: "Control" })
 *   const channel = yield* FtpControlChannel.make(connection, { label: "h", timeouts: FtpTimeouts.defaults })
 *   return channel.greeting
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  connection: Connection,
  options: {
    readonly label: string
    readonly timeouts: Timeouts
    /** How text becomes bytes and back. Default UTF-8 in which no byte is lost: `WireText`. */
    readonly codec?: TextCodec | undefined
    /** What other connections learned about this server. Default nothing. */
    readonly optionalVerbs?: OptionalVerbs.OptionalVerbs | undefined
    readonly byteFf?: ServerCapabilities.ByteFf | undefined
    readonly paths?: ServerCapabilities.PathSyntax | undefined
  }
): Effect.Effect<FtpControlChannel, FtpConnectError | ExchangeError, Scope.Scope> =>
  Effect.gen(function* () {
    const { byteFf = ServerCapabilities.makeByteFf(), codec = WireText, label, timeouts } = options
    const { optionalVerbs = OptionalVerbs.make(), paths = ServerCapabilities.makePathSyntax() } = options
    const scope = yield* Effect.scope
    const verbs = optionalVerbs.connection(connection.remote.family)
    const deadlines = yield* Deadlines.make
    const state = ChannelState.make(connection, { label, codec, timeouts, verbs, byteFf, paths, scope, deadlines })
    const { errors, pending, transcript } = state
    const write = yield* Writer.make(state)
    const greetingReply = PendingReply.make("greeting", undefined)
    pending.push([greetingReply])
    let reader = yield* Reader.start(state)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => pending.die(pending.lost("Closed", "the connection was closed here")))
    )
    const greeting = yield* Effect.mapError(pending.final(greetingReply, timeouts.greeting, "greeting"), (error) =>
      error._tag === "FtpConnectionLost" ? noGreeting(errors, error) : error
    )

    let isEndedHere = false
    const sendAll: FtpControlChannel["sendAll"] = (commands, limit = timeouts.reply) =>
      sendBurst(state, write, commands, limit, [])

    const after: FtpControlChannel["after"] = (limit, run) => {
      const { deadline, wake } = deadlines.put(limit, run)
      return { stop: () => deadlines.clear(deadline), wake }
    }
    const isInStep = () => isSettled(pending) && !pending.isInDoubt

    return {
      local: connection.local,
      remote: connection.remote,
      label,
      greeting,
      verbs,
      errors,
      send: (command) => Effect.map(sendAll([command]), ([reply]) => reply),
      sendAll,
      sendMany: (commands) => sendMany(state, write, commands, timeouts.reply),
      sendWithUnawaited: (commands, last, limit, next) =>
        Effect.suspend(() => {
          const unawaited = Writer.prepare(state, last, "Unawaited")
          const isAvoided = verbs.isAvoided(last.verb)
          const beside = isAvoided ? [] : [unawaited]
          return Effect.map(sendBurst(state, write, commands, limit, beside, next), (replies) => ({
            replies,
            last: isAvoided ? Effect.succeed(notSent(last)) : pending.final(unawaited.pending, limit)
          }))
        }),
      learnForms: (...commands) => learnForms(state, write, commands),
      begin: (command, ahead) => begin(state, write, command, ahead),
      upgrade: (options) =>
        upgrade(
          state,
          {
            stop: Effect.suspend(() => Fiber.interrupt(reader)),
            start: Effect.map(Reader.start(state), (started) => {
              reader = started
            })
          },
          options
        ),
      tls: Effect.orElseSucceed(
        Effect.suspend(() => state.connection.tls),
        Option.none
      ),
      ticket: Effect.suspend(() => state.connection.ticket),
      transcript: Effect.sync(transcript.lines),
      closedByPeer: Effect.sync(() => {
        const error = pending.death?.(undefined, false)
        return (
          !isEndedHere && error?._tag === "FtpConnectionLost" && (error.reason === "Closed" || error.reason === "Reset")
        )
      }),
      counts: pending.counts,
      settled: Effect.sync(() => isSettled(pending)),
      inStep: Effect.suspend(() =>
        !isSettled(pending) ? Effect.succeed(false) : Effect.map(getInStep(state, write), isInStep)
      ),
      isInStep,
      // Not interruptible: half a line would end the channel.
      keepAlive: Effect.suspend(() =>
        pending.all.length === 0 || keepAliveReply(pending) !== undefined
          ? Effect.void
          : Effect.uninterruptible(Effect.ignore(write([Writer.prepare(state, Command.noop, "KeepAlive")])))
      ),
      awaitKeepAlive: (limit) =>
        Effect.suspend(() => {
          const reply = keepAliveReply(pending)
          return reply === undefined ? Effect.void : Effect.ignore(pending.final(reply, limit, "answer to NOOP"))
        }),
      direct: Direct.make(state),
      after,
      endAfter: (limit, what) =>
        Effect.map(deadlines.set(limit, pending.silence(what, limit)), (deadline) =>
          Effect.sync(() => deadlines.clear(deadline))
        ),
      end: (why) =>
        Effect.sync(() => {
          isEndedHere ||= pending.death === undefined
          pending.die(pending.lost("Closed", why))
        }),
      settle: (limit) => settle(pending, limit)
    } satisfies FtpControlChannel
  })

const noGreeting = (errors: ReplyErrors, { detail, reason }: FtpConnectionLost): FtpConnectError =>
  errors.connect({
    reason: reason === "TimedOut" ? "TimedOut" : "Greeting",
    stage: "Greeting",
    detail: reason === "TimedOut" ? detail : `no greeting: ${detail}`
  })

const keepAliveReply = (pending: PendingReplies) => pending.all.find(({ kind }) => kind === "KeepAlive")

/** A reply that no caller waits for keeps no caller waiting. */
const awaited = (pending: PendingReplies) => pending.all.filter(({ kind }) => kind !== "Unawaited")

const isSettled = (pending: PendingReplies): boolean =>
  pending.death === undefined && pending.all.every(({ kind }) => kind === "Unawaited")

const settle = (pending: PendingReplies, limit: Duration.Duration): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    // What is awaited is made now: of replies that only a listener hears, several may come at once.
    const open = awaited(pending).map((reply) => PendingReply.awaitable(reply).final)
    const done = Effect.sync(() => isSettled(pending))
    return open.length === 0
      ? done
      : Effect.zipRight(
          BoundedFinalizer.runBounded(
            Effect.forEach(open, (final) => Deferred.await(final), { discard: true }),
            limit
          ),
          done
        )
  })
