/**
 * How replies reach the client, and what faults make of them.
 *
 *     reply ──► Garbage? Flood? ForeignEnd? NoEnd? ──► bytes ──► Behind? TinyWrites? ──► control connection
 *
 *     final reply ──CloseControl──► closed          ──WithholdFinal──► nothing          ──DoubleFinal──► twice
 */
import * as Effect from "effect/Effect"
import type { Connection, FtpTransportError } from "../../platform/FtpTransport.ts"
import * as Reply from "../../protocol/Reply.ts"
import { REASON_TEXT, type StoreError } from "../store/FileStore.ts"
import { encode, endedBy, flooded, toLines, toWire } from "./ReplyText.ts"
import { type Session, trace } from "./Session.ts"

/** Sends a reply to the command `verb`, changed by the faults that concern the form of replies. */
export const sendReply = (session: Session, verb: string, reply: Reply.Reply): Effect.Effect<void, FtpTransportError> =>
  Effect.suspend(() => {
    const { faults, settings } = session.shared
    session.activity += 1
    const garbage = faults.take("Garbage", verb)
    const text = garbage === undefined ? formed(session, verb, reply) : `${garbage.text ?? GARBAGE}\r\n`
    const tiny = faults.take("TinyWrites", verb)
    const behind = faults.take("Behind", verb)
    const bytes = encode(behind === undefined || behind.apart === true ? text : text + behind.text, settings.codec)
    const written =
      tiny === undefined ? session.control.write(bytes) : writeInPieces(session.control, bytes, tiny.bytes ?? 1)
    return Effect.all(
      [
        written,
        trace(session, "Server", garbage === undefined ? Reply.toLine(reply) : "(garbage)"),
        behind?.apart === true ? session.control.write(encode(behind.text, settings.codec)) : Effect.void
      ],
      { discard: true }
    )
  })

/** The reply as text, in the form that a fault gives it. */
const formed = ({ shared: { faults } }: Session, verb: string, reply: Reply.Reply): string => {
  const flood = faults.take("Flood", verb)
  if (flood !== undefined) {
    return flooded(reply, flood.bytes, flood.shape ?? "Lines")
  }
  const end = faults.take("ForeignEnd", verb)
  const noEnd = faults.take("NoEnd", verb)
  const opening = noEnd === undefined ? "" : toLines(noEnd.lines ?? EXCLUDED)
  return `${opening}${end === undefined ? toWire(reply) : endedBy(reply, end.line)}`
}

const EXCLUDED = ["553-", "553- Excluded."]

const GARBAGE = "\u0000\u0001 HTTP/1.1 400 Bad Request <html>"

const writeInPieces = (control: Connection, bytes: Uint8Array, size: number): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    for (let at = 0; at < bytes.byteLength; at += size) {
      yield* control.write(bytes.subarray(at, at + size))
      // Lets the reader run, so that it receives the pieces one by one.
      yield* Effect.yieldNow()
    }
  })

/** Sends the final reply of the command `verb`, unless a fault withholds it. */
export const sendFinalReply = (
  session: Session,
  verb: string,
  reply: Reply.Reply
): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    const { faults } = session.shared
    const close = faults.take("CloseControl", verb, ({ at }) => at === "FinalReply")
    if (close !== undefined) {
      return yield* closeControl(session, verb, close.announce ?? false, close.how ?? "End")
    }
    if (faults.take("WithholdFinal", verb) !== undefined) {
      return
    }
    yield* sendReply(session, verb, reply)
    if (faults.take("DoubleFinal", verb) !== undefined) {
      yield* sendReply(session, verb, reply)
    }
  })

/** Ends the control connection, after a 421 if `announce`. */
export const closeControl = (
  session: Session,
  verb: string,
  announce: boolean,
  how: "End" | "Reset"
): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    session.closing = true
    if (announce) {
      yield* sendReply(session, verb, Reply.make(421, "Service not available, closing control connection."))
    }
    if (how === "Reset") {
      yield* session.control.reset
    }
  })

/** The reply to a refusal of the store; it names the path as the client did. */
const refusal = (argument: string, { reason }: StoreError): Reply.Reply =>
  Reply.make(reason === "NoSpace" ? 552 : reason === "BadName" ? 553 : 550, `${argument}: ${REASON_TEXT[reason]}`)

/** A handler's work; errors of the store become replies. */
export const refusalsAsReplies = <R>(
  argument: string,
  work: Effect.Effect<Reply.Reply | undefined, FtpTransportError | StoreError, R>
): Effect.Effect<Reply.Reply | undefined, FtpTransportError, R> =>
  Effect.catchTag(work, "StoreError", (error) => Effect.succeed(refusal(argument, error)))
