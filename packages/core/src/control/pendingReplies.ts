/**
 * What a server owes on one control connection: the commands that were sent, in order, and how long each may wait.
 *
 *     push ──► owed ──deliver: 2yz to 5yz──► answered
 *               └──────die───────────────► failed, with the cause; nothing is owed any more
 *
 * It does NOT read or write: `FtpControlChannel` does.
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type ExchangeError, FtpConnectionLost, FtpProtocolViolation } from "../base/FtpError.ts"
import * as Observability from "../base/observability.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { Deadlines } from "./deadlines.ts"
import * as PendingReply from "./PendingReply.ts"
import type { Transcript } from "./transcript.ts"

/** Why the channel is dead, as an error of a command that was written or not, or of none. */
export type Cause = (command: string | undefined, written: boolean) => ExchangeError

export interface PendingReplies {
  readonly lost: (reason: FtpConnectionLost["reason"], detail: string) => Cause
  readonly violation: (expected: string, received: string) => Cause
  readonly die: (cause: Cause) => void
  readonly death: () => Cause | undefined
  readonly push: (slots: ReadonlyArray<PendingReply.PendingReply>) => void
  readonly deliver: (reply: Reply.Reply) => void
  readonly slots: () => ReadonlyArray<PendingReply.PendingReply>
  /** The final reply; the channel dies where it takes longer. */
  readonly final: (
    slot: PendingReply.PendingReply,
    limit: Duration.Duration,
    what?: string
  ) => Effect.Effect<Reply.Reply, ExchangeError>
  /** The first reply, or `None` where it takes longer. */
  readonly first: (
    slot: PendingReply.PendingReply,
    limit: Duration.Duration
  ) => Effect.Effect<Option.Option<Reply.Reply>, ExchangeError>
  /** Silence leaves no way to tell a late reply from the next one, so it ends the channel. */
  readonly silence: (what: string, limit: Duration.Duration) => Effect.Effect<void>
}

export const make = (label: string, transcript: Transcript, deadlines: Deadlines): PendingReplies => {
  const slots: Array<PendingReply.PendingReply> = []
  let death: Cause | undefined

  const lost =
    (reason: FtpConnectionLost["reason"], detail: string): Cause =>
    (command, written) =>
      new FtpConnectionLost({
        channel: "Control",
        reason,
        phase: command === undefined ? "Idle" : "Command",
        command,
        detail,
        outcome: written ? "Unknown" : "NotApplied",
        endpoint: label,
        transcript: transcript.lines()
      })

  const violation =
    (expected: string, received: string): Cause =>
    () =>
      new FtpProtocolViolation({ expected, received, endpoint: label, transcript: transcript.lines() })

  const die = (cause: Cause) => {
    if (death === undefined) {
      death = cause
      for (const slot of slots.splice(0)) {
        deadlines.clear(slot.deadline)
        const failure = Effect.fail(cause(slot.command, true))
        Deferred.unsafeDone(slot.first, failure)
        Deferred.unsafeDone(slot.final, failure)
      }
    }
  }

  const deliver = (reply: Reply.Reply) => {
    transcript.received(reply)
    const slot = PendingReply.owner(slots, reply)
    if (slot === undefined) {
      die(
        ReplyMeaning.isServiceClosing(reply)
          ? lost("ServiceClosing", Reply.toLine(reply))
          : violation("no reply, as no command was open", Reply.toLine(reply))
      )
      return
    }
    if (!PendingReply.mayAnswer(slot, reply)) {
      die(lost("TimedOut", `no reply to ${slot.command}, but ${Reply.toLine(reply)}`))
      return
    }
    Deferred.unsafeDone(slot.first, Effect.succeedSome(reply))
    if (!Reply.isPreliminary(reply)) {
      slots.splice(slots.indexOf(slot), 1)
      deadlines.clear(slot.deadline)
      Deferred.unsafeDone(slot.final, Effect.succeed(reply))
      if (ReplyMeaning.isServiceClosing(reply)) {
        die(lost("ServiceClosing", Reply.toLine(reply)))
      }
    }
  }

  const silence = (what: string, limit: Duration.Duration) =>
    Effect.sync(() => die(lost("TimedOut", `no ${what} within ${Observability.seconds(limit)}`)))

  const bound = (slot: PendingReply.PendingReply, limit: Duration.Duration, expire: Effect.Effect<void>) =>
    Effect.suspend(() => {
      deadlines.clear(slot.deadline)
      return slots.includes(slot)
        ? Effect.map(deadlines.set(limit, expire), (deadline) => {
            slot.deadline = deadline
          })
        : Effect.void
    })

  return {
    lost,
    violation,
    die,
    death: () => death,
    push: (added) => {
      slots.push(...added)
    },
    deliver,
    slots: () => slots,
    final: (slot, limit, what = "reply") =>
      Effect.zipRight(bound(slot, limit, silence(what, limit)), Deferred.await(slot.final)),
    first: (slot, limit) => {
      const expire = Effect.sync(() => Deferred.unsafeDone(slot.first, Effect.succeedNone))
      return Effect.zipRight(bound(slot, limit, expire), Deferred.await(slot.first))
    },
    silence
  }
}
