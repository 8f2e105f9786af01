/**
 * The pending replies of one control connection, in the order of their commands, each with the time that it may take.
 *
 *     push ──► pending ──deliver: 2yz to 5yz──► answered
 *                ├──────die──────────────────► failed, with the cause; nothing is pending any more
 *                └──deliver: a 3yz to a command that no other follows: die
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { ExchangeError, FtpConnectionLost, PeerKind } from "../base/FtpError.ts"
import * as Observability from "../base/observability.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { Deadline, Deadlines } from "./deadlines.ts"
import * as PendingReply from "./PendingReply.ts"
import type { ReplyErrors } from "./replyErrors.ts"
import type { Transcript } from "./transcript.ts"

/** Why the channel is dead, as the error of a command that was written or not, or of none. */
export type Cause = (
  command: Pick<PendingReply.PendingReply, "command" | "verb"> | undefined,
  written: boolean
) => ExchangeError

export interface PendingReplies {
  readonly lost: (reason: FtpConnectionLost["reason"], detail: string) => Cause
  readonly violation: (expected: string, received: string, peer?: PeerKind) => Cause
  readonly die: (cause: Cause) => void
  readonly death: () => Cause | undefined
  readonly push: (added: ReadonlyArray<PendingReply.PendingReply>) => void
  readonly deliver: (reply: Reply.Reply) => void
  readonly all: () => ReadonlyArray<PendingReply.PendingReply>
  /** The final reply; the channel dies if it takes longer. */
  readonly final: (
    pending: PendingReply.PendingReply,
    limit: Duration.Duration,
    what?: string
  ) => Effect.Effect<Reply.Reply, ExchangeError>
  /** The first reply, or `None` if it takes longer. */
  readonly first: (
    pending: PendingReply.PendingReply,
    limit: Duration.Duration
  ) => Effect.Effect<Option.Option<Reply.Reply>, ExchangeError>
  /** Ends the channel: after silence a late reply could not be distinguished from the next one. */
  readonly silence: (what: string, limit: Duration.Duration) => Effect.Effect<void>
}

export const make = (errors: ReplyErrors, transcript: Transcript, deadlines: Deadlines): PendingReplies => {
  const all: Array<PendingReply.PendingReply> = []
  const { lost, violation } = causes(errors)
  let death: Cause | undefined

  const die = (cause: Cause) => {
    if (death === undefined) {
      death = cause
      for (const pending of all.splice(0)) {
        deadlines.clear(pending.deadline)
        const failure = Effect.fail(cause(pending, true))
        Deferred.unsafeDone(pending.first, failure)
        Deferred.unsafeDone(pending.final, failure)
      }
    }
  }

  const deliver = (reply: Reply.Reply) => {
    transcript.received(reply)
    const pending = PendingReply.owner(all, reply)
    if (pending === undefined) {
      die(
        ReplyMeaning.isServiceClosing(reply)
          ? lost("ServiceClosing", Reply.toLine(reply))
          : violation("no reply, as no command was open", Reply.toLine(reply))
      )
      return
    }
    if (!PendingReply.mayAnswer(pending, reply, all[1])) {
      die(lost("TimedOut", `no reply to ${pending.command}, but ${Reply.toLine(reply)}`))
      return
    }
    if (Reply.isIntermediate(reply) && !PendingReply.hasNextStep(pending)) {
      // Still in the queue: it fails with all others, as the server waits for an unknown command.
      die(violation(`a reply that ends ${pending.verb}`, Reply.toLine(reply)))
      return
    }
    Deferred.unsafeDone(pending.first, Effect.succeedSome(reply))
    if (!Reply.isPreliminary(reply)) {
      all.splice(all.indexOf(pending), 1)
      deadlines.clear(pending.deadline)
      Deferred.unsafeDone(pending.final, Effect.succeed(reply))
      if (ReplyMeaning.isServiceClosing(reply)) {
        die(lost("ServiceClosing", Reply.toLine(reply)))
      }
    }
  }

  const silence = (what: string, limit: Duration.Duration) =>
    Effect.sync(() => die(lost("TimedOut", `no ${what} within ${Observability.seconds(limit)}`)))

  const bound = (pending: PendingReply.PendingReply, limit: Duration.Duration, expire: Deadline["expire"]) =>
    Effect.suspend(() => {
      deadlines.clear(pending.deadline)
      return all.includes(pending)
        ? Effect.map(deadlines.set(limit, expire), (deadline) => {
            pending.deadline = deadline
          })
        : Effect.void
    })

  return {
    lost,
    violation,
    die,
    death: () => death,
    push: (added) => {
      all.push(...added)
    },
    deliver,
    all: () => all,
    final: (pending, limit, what = "reply") =>
      Effect.zipRight(bound(pending, limit, silence(what, limit)), Deferred.await(pending.final)),
    first: (pending, limit) => {
      const expire = Effect.sync(() => Deferred.unsafeDone(pending.first, Effect.succeedNone))
      return Effect.zipRight(bound(pending, limit, expire), Deferred.await(pending.first))
    },
    silence
  }
}

const causes = (errors: ReplyErrors): Pick<PendingReplies, "lost" | "violation"> => {
  const lost =
    (reason: FtpConnectionLost["reason"], detail: string): Cause =>
    (command, written) =>
      errors.lost({
        channel: "Control",
        reason,
        phase: command === undefined ? "Idle" : "Command",
        command,
        detail,
        outcome: written ? "Unknown" : "NotApplied"
      })

  const violation =
    (expected: string, received: string, peer?: PeerKind): Cause =>
    (command, written) =>
      errors.violation(expected, received, { peer, command, outcome: written ? "Unknown" : "NotApplied" })

  return { lost, violation }
}
