/**
 * A command that was sent, and its place in the queue of those that are owed a reply:
 *
 *     waiting ──1yz──► first is told ──2yz to 5yz──► final is told, and the slot is gone
 *
 * It does NOT send or read: `FtpControlChannel` does.
 */
import * as Deferred from "effect/Deferred"
import * as FiberId from "effect/FiberId"
import type * as Option from "effect/Option"
import type { ExchangeError } from "../FtpError.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { Deadline } from "./deadlines.ts"

export interface Slot {
  readonly command: string
  /** A NOOP behind a transfer, whose answer may come before that of the transfer. */
  readonly isBeside: boolean
  /** `None` when there was none in time. */
  readonly first: Deferred.Deferred<Option.Option<Reply.Reply>, ExchangeError>
  readonly final: Deferred.Deferred<Reply.Reply, ExchangeError>
  /** Until when somebody waits for the next reply. */
  deadline: Deadline | undefined
}

export const make = (command: string, isBeside = false): Slot => ({
  command,
  isBeside,
  first: Deferred.unsafeMake(FiberId.none),
  final: Deferred.unsafeMake(FiberId.none),
  deadline: undefined
})

/** Whose the reply is: the first one's, unless it can only be the answer to the NOOP behind it. */
export const owner = ([first, second]: ReadonlyArray<Slot>, { code }: Reply.Reply): Slot | undefined =>
  second?.isBeside === true && NOOP_ANSWERS.has(code) ? second : first

/** None of these ends a transfer that has begun (RFC 959 §5.4). */
const NOOP_ANSWERS: ReadonlySet<number> = new Set([200, 500, 501, 502, 503])
