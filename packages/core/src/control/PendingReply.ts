/**
 * A command that was sent and is not answered yet:
 *
 *     waiting ──1yz──► `first` is done ──2yz to 5yz──► `final` is done, and nothing is pending
 */
import * as Deferred from "effect/Deferred"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type { ExchangeError } from "../base/FtpError.ts"
import * as Answer from "../protocol/Answer.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import type { Deadline } from "./deadlines.ts"

/**
 * `KeepAlive`: a NOOP sent during a transfer; its answer can come before that of the transfer. `Unawaited`: no caller
 * waits for the answer, so a lost one shows only when the answer to the next command comes in its place. `InStep`: a
 * NOOP whose answer shows that nothing else is to come.
 */
export type Kind = "Awaited" | "KeepAlive" | "Unawaited" | "InStep"

export interface PendingReply {
  /** As it may be shown, secrets masked. */
  readonly command: string
  /** `undefined` for the greeting, which no command asked for. */
  readonly verb: string | undefined
  readonly kind: Kind
  /** What callers await. A reply that goes to a listener has none until a caller awaits it too: see `awaitable`. */
  answers: Answers | undefined
  /** Millis of the clock when it was sent. */
  sentAt: number
  /** Until when a caller waits for the next reply. */
  deadline: Deadline | undefined
  /** Gets each reply, and `undefined` when the channel dies: see `direct`. It must not throw. */
  listener: ((reply: Reply.Reply | undefined) => void) | undefined
}

/** The replies of one command. */
export interface Answers {
  /** `None` when there was none in time. */
  readonly first: Deferred.Deferred<Option.Option<Reply.Reply>, ExchangeError>
  readonly final: Deferred.Deferred<Reply.Reply, ExchangeError>
}

const makeAnswers = (): Answers => ({
  first: Deferred.unsafeMake(FiberId.none),
  final: Deferred.unsafeMake(FiberId.none)
})

export const make = (command: string, verb: string | undefined, kind: Kind = "Awaited"): PendingReply => ({
  command,
  verb,
  kind,
  answers: makeAnswers(),
  sentAt: 0,
  deadline: undefined,
  listener: undefined
})

/** For a listener alone: what callers await would take longer to make than all the rest. */
export const makeHeard = (
  command: string,
  verb: string | undefined,
  listener: NonNullable<PendingReply["listener"]>
): PendingReply => ({ command, verb, kind: "Awaited", answers: undefined, sentAt: 0, deadline: undefined, listener })

/** What a caller awaits of a reply that is made to be awaited, or is pending still. */
export const awaitable = (pending: PendingReply): Answers => {
  pending.answers ??= makeAnswers()
  return pending.answers
}

/**
 * Which command a reply answers: the first one, unless it can only answer the NOOP or the EPSV after it; none if its code
 * announces something else.
 */
export const owner = (
  pending: ReadonlyArray<PendingReply>,
  { code }: Pick<Reply.Reply, "code">
): PendingReply | undefined => {
  const first = pending[0]
  const second = pending[1]
  const next = second !== undefined && isEarly(second, code) ? second : first
  if (next === undefined) {
    return undefined
  }
  const isPossible =
    next.kind === "InStep" ? Answer.mayAnswerNoop(code) : Answer.mayAnswer(next.verb, code) || next.command === EPSV_ALL
  return isPossible ? next : undefined
}

/** pyftpdlib answers EPSV while the transfer before it is under way, which it ends by that. No other reply is a 229. */
const isEarly = ({ kind, verb }: PendingReply, code: number): boolean =>
  kind === "KeepAlive" ? NOOP_ANSWERS.has(code) : verb === "EPSV" && code === ENTERING_EXTENDED_PASSIVE

const ENTERING_EXTENDED_PASSIVE = 229

/** Pure-FTPd answers it with 220. */
const EPSV_ALL = "EPSV ALL"

/**
 * Whether the reply answers the `next` command, and that to this one was lost. One that no caller waits for may be
 * answered by any code, unless the next one is answered by the same. FEAT is answered by 211 (RFC 2389 §3.2), and TYPE
 * by 200. A size that is a time is that which MDTM asks for.
 */
export const isMeantForNext = (
  { kind, verb }: Pick<PendingReply, "kind" | "verb">,
  reply: Reply.Reply,
  next: Pick<PendingReply, "verb">
): boolean =>
  kind === "Unawaited"
    ? isAnswerTo(next.verb, reply.code)
    : verb === "FEAT"
      ? next.verb === "TYPE" && reply.code === OK
      : verb === "SIZE" && next.verb === "MDTM" && Option.isSome(Timestamp.fromReply213(reply))

const OK = 200

const isAnswerTo = (verb = "", code: number): boolean => {
  const only = WITH_ONE_ANSWER.get(verb)
  const isStep = code < 200 || (code >= 300 && code < 400)
  return only === undefined ? isStep || OTHERS_ANSWERS.has(code) : only.has(code)
}

/** Whether a 3yz may answer the command: the server asks for the next one by it (RFC 959 §5.4). */
export const hasNextStep = ({ command, verb }: PendingReply): boolean =>
  verb === undefined || WITH_NEXT_STEP.has(verb) || (verb === "SITE" && COPY_FROM.test(command))

/** It asks for SITE CPTO, as RNFR does for RNTO (mod_copy of ProFTPD). */
const COPY_FROM = /^SITE CPFR /i

/**
 * RFC 959, the security data of RFC 2228, and RANG, which announces a range as REST does (draft-bryan-ftp-range). The
 * greeting has no verb, and its reader judges it. After OPTS there is no next step, but servers choose its code freely.
 */
const WITH_NEXT_STEP: ReadonlySet<string> = new Set([
  ...["USER", "PASS", "ACCT", "RNFR", "REST", "RANG", "AUTH", "ADAT"],
  "OPTS"
])

/** None of these ends a transfer that has begun (RFC 959 §5.4). */
const NOOP_ANSWERS: ReadonlySet<number> = new Set([200, 500, 501, 502, 503])

/** Commands that succeed with one code alone (RFC 959 §5.4, RFC 2428 §3, RFC 3659). */
const WITH_ONE_ANSWER: ReadonlyMap<string, ReadonlySet<number>> = new Map([
  ["EPSV", new Set([229])],
  ["PASV", new Set([227])],
  ["PWD", new Set([257])],
  ["SIZE", new Set([213])],
  ["MDTM", new Set([213])],
  ["MLST", new Set([250])],
  ["CWD", new Set([250])],
  ["CDUP", new Set([250])]
])

/** What the success of any other command may be, but 200, which is that of OPTS as well (RFC 959 §5.4). */
const OTHERS_ANSWERS: ReadonlySet<number> = new Set([213, 226, 227, 229, 250, 257])
