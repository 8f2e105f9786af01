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
import type { ExchangeError } from "../base/FtpError.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { Deadline } from "./deadlines.ts"

/**
 * `KeepAlive`: a NOOP behind a transfer, whose answer may come before that of the transfer. `Unawaited`: nobody waits for the
 * answer, so one that was lost shows when that to the next command comes in its place.
 */
export type Kind = "Awaited" | "KeepAlive" | "Unawaited"

export interface PendingReply {
  readonly command: string
  readonly kind: Kind
  /** `None` when there was none in time. */
  readonly first: Deferred.Deferred<Option.Option<Reply.Reply>, ExchangeError>
  readonly final: Deferred.Deferred<Reply.Reply, ExchangeError>
  /** Until when somebody waits for the next reply. */
  deadline: Deadline | undefined
}

export const make = (command: string, kind: Kind = "Awaited"): PendingReply => ({
  command,
  kind,
  first: Deferred.unsafeMake(FiberId.none),
  final: Deferred.unsafeMake(FiberId.none),
  deadline: undefined
})

/** Whose the reply is: the first one's, unless it can only be the answer to the NOOP behind it. */
export const owner = ([first, second]: ReadonlyArray<PendingReply>, { code }: Reply.Reply): PendingReply | undefined =>
  second?.kind === "KeepAlive" && NOOP_ANSWERS.has(code) ? second : first

/** Whether the reply can be that to the slot's command. */
export const mayAnswer = ({ kind }: PendingReply, { code }: Reply.Reply): boolean =>
  kind !== "Unawaited" || !(code < 200 || (code >= 300 && code < 400) || OTHERS_ANSWERS.has(code))

/** None of these ends a transfer that has begun (RFC 959 §5.4). */
const NOOP_ANSWERS: ReadonlySet<number> = new Set([200, 500, 501, 502, 503])

/** What SIZE, MDTM, PASV, EPSV, MLST, CWD, PWD, MKD and the end of a transfer answer, and no setting (RFC 959 §4.2.2). */
const OTHERS_ANSWERS: ReadonlySet<number> = new Set([213, 226, 227, 229, 250, 257])
