/**
 * A command that was sent and is not answered yet:
 *
 *     waiting ──1yz──► `first` is done ──2yz to 5yz──► `final` is done, and nothing is pending
 */
import * as Deferred from "effect/Deferred"
import * as FiberId from "effect/FiberId"
import type * as Option from "effect/Option"
import type { ExchangeError } from "../base/FtpError.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { Deadline } from "./deadlines.ts"

/**
 * `KeepAlive`: a NOOP sent during a transfer; its answer can come before that of the transfer. `Unawaited`: no caller
 * waits for the answer, so a lost one shows only when the answer to the next command comes in its place.
 */
export type Kind = "Awaited" | "KeepAlive" | "Unawaited"

export interface PendingReply {
  /** As it may be shown, secrets masked. */
  readonly command: string
  /** `undefined` for the greeting, which no command asked for. */
  readonly verb: string | undefined
  readonly kind: Kind
  /** `None` when there was none in time. */
  readonly first: Deferred.Deferred<Option.Option<Reply.Reply>, ExchangeError>
  readonly final: Deferred.Deferred<Reply.Reply, ExchangeError>
  /** Until when a caller waits for the next reply. */
  deadline: Deadline | undefined
}

export const make = (command: string, verb: string | undefined, kind: Kind = "Awaited"): PendingReply => ({
  command,
  verb,
  kind,
  first: Deferred.unsafeMake(FiberId.none),
  final: Deferred.unsafeMake(FiberId.none),
  deadline: undefined
})

/** Which command a reply answers: the first one, unless it can only answer the NOOP after it. */
export const owner = ([first, second]: ReadonlyArray<PendingReply>, { code }: Reply.Reply): PendingReply | undefined =>
  second?.kind === "KeepAlive" && NOOP_ANSWERS.has(code) ? second : first

/** Whether the reply can be the answer to that command. */
export const mayAnswer = ({ kind }: PendingReply, { code }: Reply.Reply): boolean =>
  kind !== "Unawaited" || !(code < 200 || (code >= 300 && code < 400) || OTHERS_ANSWERS.has(code))

/** Whether a 3yz may answer the command: the server asks for the next one by it (RFC 959 §5.4). */
export const hasNextStep = ({ verb }: PendingReply): boolean => verb === undefined || WITH_NEXT_STEP.has(verb)

/**
 * RFC 959, the security data of RFC 2228, and RANG, which announces a range as REST does (draft-bryan-ftp-range). The
 * greeting has no verb, and its reader judges it.
 */
const WITH_NEXT_STEP: ReadonlySet<string> = new Set(["USER", "PASS", "ACCT", "RNFR", "REST", "RANG", "AUTH", "ADAT"])

/** None of these ends a transfer that has begun (RFC 959 §5.4). */
const NOOP_ANSWERS: ReadonlySet<number> = new Set([200, 500, 501, 502, 503])

/**
 * What SIZE, MDTM, PASV, EPSV, MLST, CWD, PWD, MKD and the end of a transfer answer, and no setting (RFC 959 §4.2.2).
 */
const OTHERS_ANSWERS: ReadonlySet<number> = new Set([213, 226, 227, 229, 250, 257])
