/**
 * The pending replies of one control connection, in the order of their commands, each with the time that it may take.
 *
 *     push ──► pending ──deliver: 2yz to 5yz──► answered
 *                ├──────die──────────────────► failed, with the cause; nothing is pending any more
 *                └──deliver: a 3yz to a command that no other follows: die
 *
 * A reply that belongs to no command is dropped. One more 220 before the first command is answered is part of the
 * greeting; after any other the dialogue is in doubt, until a NOOP has been answered as one:
 *
 *     in step ──dropped──► in doubt ──the answer to an InStep NOOP──► in step
 *                             └──many more──► die
 */

import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Counting from "../base/counting.ts"
import type { ExchangeError, FtpConnectionLost, PeerKind } from "../base/FtpError.ts"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import * as Observability from "../base/observability.ts"
import type * as OptionalVerbs from "../base/optionalVerbs.ts"
import * as Answer from "../protocol/Answer.ts"
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

/** Of one control connection. */
export interface Counts {
  readonly sent: number
  readonly answered: number
}

export interface PendingReplies {
  readonly lost: (reason: FtpConnectionLost["reason"], detail: string) => Cause
  readonly violation: (expected: string, received: string, peer?: PeerKind) => Cause
  readonly die: (cause: Cause) => void
  /** To be called before `die`, if the server has ended the channel or fallen silent: it says after which command. */
  readonly blame: (ending: OptionalVerbs.Ending) => void
  /** Why the channel is dead, if it is. */
  readonly death: Cause | undefined
  /** To be called when they are written: so they are in the transcript. */
  readonly push: (added: ReadonlyArray<PendingReply.PendingReply>) => void
  /** How many were pushed, and how many of them have had their final reply. */
  readonly counts: () => Counts
  /**
   * `owner` is the one that it answers: see `PendingReply.owner`. `now` is when it came (millis of the clock). Returns
   * whether it was dropped.
   */
  readonly deliver: (
    reply: Reply.Reply,
    owner: PendingReply.PendingReply | undefined,
    now: number
  ) => "Taken" | "Dropped"
  /** Whether a reply was dropped, or ended by silence, and no NOOP has been answered since. */
  readonly isInDoubt: boolean
  readonly doubt: () => void
  /** The last reply, if it was dropped. */
  readonly lastWords: () => string | undefined
  /** Always the same array. */
  readonly all: ReadonlyArray<PendingReply.PendingReply>
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

/** What limits the waits. */
export interface Bounds {
  readonly deadlines: Deadlines
  readonly timeouts: Pick<Timeouts, "optionalReply">
  readonly verbs: OptionalVerbs.ConnectionVerbs
}

/** Between two answers. Enough for a greeting of many lines; a server that sends more would never come to an end. */
const MAX_DROPPED = 1000

/** `endOpen` ends a reply whose own end has not come, if the server has fallen silent. */
export const make = (
  errors: ReplyErrors,
  transcript: Transcript,
  { deadlines, timeouts, verbs }: Bounds,
  endOpen: Effect.Effect<void>
): PendingReplies => {
  const all: Array<PendingReply.PendingReply> = []
  /** The command that need not be known and cost the channel. */
  let optionalVerb: string | undefined
  const { lost, violation } = causes(errors, () => optionalVerb)
  /** Whether a command has been answered: the greeting is over then. */
  let isGreeted = false
  let dropped = 0
  let sent = 0
  let answered = 0
  let lastCode: number | undefined
  /** The reply that was dropped, if no other came after it: perhaps the last words of a server. */
  let lastWords: string | undefined

  const die = (cause: Cause) => {
    if (replies.death === undefined) {
      replies.death = cause
      for (const pending of all.splice(0)) {
        deadlines.clear(pending.deadline)
        if (pending.answers !== undefined) {
          const failure = Effect.fail(cause(pending, true))
          Deferred.unsafeDone(pending.answers.first, failure)
          Deferred.unsafeDone(pending.answers.final, failure)
        }
        pending.listener?.(undefined)
      }
    }
  }

  const blame = (ending: OptionalVerbs.Ending) => {
    const open = all.flatMap(({ kind, verb }) => (verb !== undefined && BLAMED.has(kind) ? [verb] : []))
    if (replies.death === undefined && open.length > 0) {
      optionalVerb = verbs.unanswered(open, ending)
    }
  }

  const drop = (reply: Reply.Reply): "Taken" | "Dropped" => {
    if (ReplyMeaning.isServiceClosing(reply)) {
      die(lost("ServiceClosing", Reply.toLine(reply)))
      return "Taken"
    }
    replies.isInDoubt ||= isGreeted || !Answer.isGreeting(reply.code)
    lastWords = Reply.toLine(reply)
    dropped++
    if (dropped > MAX_DROPPED) {
      die(violation("replies to commands alone", lastWords))
    }
    return "Dropped"
  }

  const deliver: PendingReplies["deliver"] = (reply, pending, now) => {
    transcript.received(reply)
    const kind = Reply.classOf(reply)
    const isUnasked = kind === "Intermediate" && pending !== undefined && !PendingReply.hasNextStep(pending)
    // A second 350 to REST, when the transfer has been asked for.
    if (pending === undefined || (isUnasked && reply.code === lastCode)) {
      return drop(reply)
    }
    lastWords = undefined
    const next = all[1]
    if (next !== undefined && PendingReply.isMeantForNext(pending, reply, next)) {
      blame("Silent")
      die(lost("TimedOut", `no reply to ${pending.command}, but ${Reply.toLine(reply)}`))
      return "Taken"
    }
    if (isUnasked) {
      // Still in the queue: it fails with all others, as the server waits for an unknown command.
      die(violation(`a reply that ends ${pending.verb}`, Reply.toLine(reply)))
      return "Taken"
    }
    const isGoodbye = kind !== "Completion" && ReplyMeaning.isServiceClosing(reply)
    if (isGoodbye) {
      blame("HungUp")
    } else if (pending.verb !== undefined) {
      verbs.answered(pending.verb)
    }
    if (pending.answers !== undefined) {
      Deferred.unsafeDone(pending.answers.first, Effect.succeedSome(reply))
    }
    if (kind !== "Preliminary") {
      if (all[0] === pending) {
        all.shift()
      } else {
        all.splice(all.indexOf(pending), 1)
      }
      if (pending.deadline !== undefined) {
        deadlines.clear(pending.deadline)
      }
      if (pending.verb !== undefined) {
        Counting.command((now - pending.sentAt) / MILLIS, pending.verb)
        isGreeted = true
      }
      if (pending.answers !== undefined) {
        Deferred.unsafeDone(pending.answers.final, Effect.succeed(reply))
      }
      lastCode = reply.code
      answered += isGoodbye ? 0 : 1
      dropped = 0
      replies.isInDoubt &&= pending.kind !== "InStep"
    }
    pending.listener?.(reply)
    if (isGoodbye) {
      die(lost("ServiceClosing", Reply.toLine(reply)))
    }
    return "Taken"
  }

  const silence = (what: string, limit: Duration.Duration) =>
    Effect.sync(() => {
      blame("Silent")
      const dropped = lastWords === undefined ? "" : `, but ${lastWords}`
      die(lost("TimedOut", `no ${what} within ${Observability.seconds(limit)}${dropped}`))
    })

  const bound = (pending: PendingReply.PendingReply, limit: Duration.Duration, expire: Deadline["expire"]) =>
    Effect.suspend(() => {
      deadlines.clear(pending.deadline)
      return all.includes(pending)
        ? Effect.map(deadlines.set(limit, expire), (deadline) => {
            pending.deadline = deadline
          })
        : Effect.void
    })

  const replies: { -readonly [Part in keyof PendingReplies]: PendingReplies[Part] } = {
    lost,
    violation,
    die,
    blame,
    death: undefined,
    push: (added) => {
      const now = deadlines.clock.unsafeCurrentTimeMillis()
      for (const pending of added) {
        pending.sentAt = now
        all.push(pending)
        if (pending.verb !== undefined) {
          transcript.sent(pending.command)
        }
      }
      sent += added.length
    },
    counts: () => ({ sent, answered }),
    deliver,
    isInDoubt: false,
    doubt: () => {
      replies.isInDoubt = true
    },
    lastWords: () => lastWords,
    all,
    final: (pending, atMost, what = "reply") => {
      const limit =
        pending.verb !== undefined && BLAMED.has(pending.kind)
          ? verbs.limit(pending.verb, atMost, timeouts.optionalReply)
          : atMost
      const expire = Effect.zipRight(
        endOpen,
        Effect.suspend(() => (all.includes(pending) ? silence(what, limit) : Effect.void))
      )
      return Effect.zipRight(bound(pending, limit, expire), Deferred.await(PendingReply.awaitable(pending).final))
    },
    first: (pending, limit) => {
      const { first } = PendingReply.awaitable(pending)
      const expire = Effect.sync(() => Deferred.unsafeDone(first, Effect.succeedNone))
      return Effect.zipRight(bound(pending, limit, expire), Deferred.await(first))
    },
    silence
  }
  return replies
}

const MILLIS = 1000

/** A NOOP beside a transfer, or one of our own, says nothing about the others. */
const BLAMED: ReadonlySet<PendingReply.Kind> = new Set(["Awaited", "Unawaited"])

const causes = (
  errors: ReplyErrors,
  optionalVerb: () => string | undefined
): Pick<PendingReplies, "lost" | "violation"> => {
  const lost =
    (reason: FtpConnectionLost["reason"], detail: string): Cause =>
    (command, written) =>
      errors.lost({
        channel: "Control",
        reason,
        phase: command === undefined ? "Idle" : "Command",
        command,
        detail,
        optionalVerb: optionalVerb(),
        outcome: written ? "Unknown" : "NotApplied"
      })

  const violation =
    (expected: string, received: string, peer?: PeerKind): Cause =>
    (command, written) =>
      errors.violation(expected, received, { peer, command, outcome: written ? "Unknown" : "NotApplied" })

  return { lost, violation }
}
