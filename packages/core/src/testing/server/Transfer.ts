/**
 * A transfer on the server's side: data connection, preliminary reply, bytes, final reply.
 *
 *     S: 150 (once the data connection is up), and after PROT P a TLS handshake
 *     S: bytes, FIN          or          C: bytes, FIN
 *     S: 226 (once they are flushed)
 *
 *     waiting ──connected──► 150 ──► moving ──end──► 226
 *        └──time──► 425               ├──RST──► 426
 *                                     └──ABOR──► 426, then 226 for the ABOR     (RFC 959 §4.1.3)
 */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Connection, FtpTransportError } from "../../platform/FtpTransport.ts"
import * as Reply from "../../protocol/Reply.ts"
import { BYTES_PER_CHUNK, type StoreError, type StoreReader, type StoreWriter } from "../store/FileStore.ts"
import { forNetwork, fromNetwork } from "./Ascii.ts"
import * as DataPort from "./DataPort.ts"
import type { DropData } from "./Fault.ts"
import { protectData } from "./Protection.ts"
import { sendFinalReply, sendReply } from "./Replies.ts"
import { parseReply } from "./ReplyText.ts"
import type { Session } from "./Session.ts"

const NO_BYTES = new Uint8Array(0)

const COMPLETE = Reply.make(226, "Transfer complete.")
const ABORTED = Reply.make(426, "Transfer aborted. Data connection closed.")
const SEND_FAILED = Reply.make(426, "Failure writing network stream.")
const RECEIVE_FAILED = Reply.make(426, "Failure reading network stream.")
const READ_FAILED = Reply.make(451, "Failure reading local file.")
const WRITE_FAILED = Reply.make(451, "Failure writing to local file.")
const QUOTA_EXCEEDED = Reply.make(552, "Quota exceeded.")

/** Below this a chunk is on its way sooner than the reading ahead of the next one is organised. */
const READ_AHEAD_FROM = BYTES_PER_CHUNK / 4

/**
 * Sends to the client. The final reply, or `undefined` if it went out already or the client is gone. The data
 * connection is in the scope, which is to be closed before the reply goes out.
 */
export const send = (
  session: Session,
  verb: string,
  preliminary: Reply.Reply,
  reader: Pick<StoreReader, "pull" | "size">
): Effect.Effect<Reply.Reply | undefined, FtpTransportError, Scope.Scope> =>
  carry(session, verb, preliminary, reader.size === 0, (connection, cut) => {
    const { faults } = session.shared
    const convert = session.type === "A" && verb !== "MLSD" ? forNetwork() : undefined
    const pull = convert === undefined ? reader.pull : Effect.map(reader.pull, Option.map(convert))
    const drop = faults.peek("DropData", verb)
    const waits = faults.take("FinalAfterClose", verb) !== undefined
    const leaves = faults.take("LeaveDataOpen", verb) !== undefined
    return Effect.catchAll(
      Effect.gen(function* () {
        let sent = 0
        let next = yield* pull
        while (Option.isSome(next)) {
          const bytes = next.value
          if (drop !== undefined && sent + bytes.byteLength >= drop.afterBytes && faults.spend(drop)) {
            yield* connection.write(bytes.subarray(0, drop.afterBytes - sent))
            return yield* dropData(connection, cut, drop)
          }
          sent += bytes.byteLength
          session.activity += 1
          if (bytes.byteLength >= READ_AHEAD_FROM) {
            next = (yield* Effect.zip(connection.write(bytes), pull, { concurrent: true }))[1]
          } else {
            yield* connection.write(bytes)
            next = yield* pull
          }
        }
        if (leaves) {
          yield* sendFinalReply(session, verb, COMPLETE)
          yield* Effect.ignore(untilEnd(connection))
          return undefined
        }
        yield* connection.endOutput
        if (waits) {
          yield* Effect.ignore(untilEnd(connection))
        }
        return COMPLETE
      }),
      (error) => failed(connection, error, SEND_FAILED, READ_FAILED)
    )
  })

/** Receives from the client until its FIN. As `send`. */
export const receive = (
  session: Session,
  verb: string,
  preliminary: Reply.Reply,
  writer: StoreWriter
): Effect.Effect<Reply.Reply | undefined, FtpTransportError, Scope.Scope> =>
  carry(session, verb, preliminary, false, (connection, cut) => {
    const { faults } = session.shared
    const convert = session.type === "A" ? fromNetwork() : undefined
    let drop = faults.peek("DropData", verb)
    return Effect.catchAll(
      Effect.gen(function* () {
        let received = 0
        let rest: Uint8Array = NO_BYTES
        for (;;) {
          if (drop !== undefined && received >= drop.afterBytes) {
            if (faults.spend(drop)) {
              return yield* dropData(connection, cut, drop)
            }
            // Another transfer had it.
            drop = undefined
            yield* writer.write(convert === undefined ? rest : convert(rest))
          }
          const next = yield* connection.read
          if (Option.isNone(next)) {
            if (convert !== undefined) {
              yield* writer.write(convert(undefined))
            }
            return COMPLETE
          }
          const room = drop === undefined ? next.value.byteLength : drop.afterBytes - received
          const bytes = next.value.subarray(0, room)
          rest = next.value.subarray(room)
          received += bytes.byteLength
          session.activity += 1
          yield* writer.write(convert === undefined ? bytes : convert(bytes))
        }
      }),
      (error) => failed(connection, error, RECEIVE_FAILED, WRITE_FAILED)
    )
  })

const carry = (
  session: Session,
  verb: string,
  preliminary: Reply.Reply,
  isEmpty: boolean,
  move: (connection: Connection, cut: Effect.Effect<void>) => Effect.Effect<Reply.Reply | undefined, FtpTransportError>
): Effect.Effect<Reply.Reply | undefined, FtpTransportError, Scope.Scope> =>
  Effect.gen(function* () {
    // Closed before the protected connection on top of it, it ends without a close_notify.
    const line = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const connected = yield* Effect.either(Scope.extend(DataPort.connect(session), line))
    if (connected._tag === "Left") {
      return connected.left
    }
    const { faults } = session.shared
    session.data = connected.right
    const protect = Effect.either(protectData(session, verb, connected.right))
    const moving = Effect.gen(function* () {
      if (isEmpty && session.privateData && faults.take("NoEmptyHandshake", verb) !== undefined) {
        yield* sendPreliminary(session, verb, preliminary)
        return COMPLETE
      }
      const first = faults.take("HandshakeFirst", verb) === undefined ? undefined : yield* protect
      yield* sendPreliminary(session, verb, preliminary)
      const secured = first ?? (yield* protect)
      if (secured._tag === "Left") {
        return secured.left
      }
      const connection = secured.right
      const early = faults.take("EarlyFinal", verb) !== undefined
      if (early) {
        yield* sendFinalReply(session, verb, COMPLETE)
      }
      const final =
        faults.take("EmptyData", verb) === undefined
          ? yield* move(connection, Scope.close(line, Exit.void))
          : yield* Effect.as(Effect.ignore(connection.endOutput), COMPLETE)
      return early ? undefined : final
    })
    // A FIN would say that the file is whole.
    return yield* Effect.onInterrupt(moving, () => connected.right.reset)
  })

/**
 * Does the work of a transfer and stops it as soon as the client says ABOR or is gone.
 *
 * In a fiber of its own, which is awaited and not joined: a finalizer that runs in another fiber than the one that
 * added it leaves a trace in the FiberRefs of the one that runs it (effect 3.22), and a session of thousands of
 * transfers would carry them all from fork to fork.
 */
export const untilAborted = (
  session: Session,
  work: Effect.Effect<Reply.Reply | undefined, FtpTransportError>
): Effect.Effect<Reply.Reply | undefined, FtpTransportError> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(work)
    const outcome = yield* Effect.onInterrupt(either(session, fiber), () => Fiber.interrupt(fiber))
    if (typeof outcome === "string") {
      yield* Fiber.interrupt(fiber)
    }
    session.data = undefined
    if (typeof outcome !== "string") {
      return yield* outcome
    }
    session.aborted = outcome === "Abort"
    session.closing ||= outcome === "Gone"
    return outcome === "Abort" ? ABORTED : undefined
  })

/** How the work ended, or why it is to be ended. */
const either = <A, E>(
  session: Session,
  fiber: Fiber.RuntimeFiber<A, E>
): Effect.Effect<Exit.Exit<A, E> | "Abort" | "Gone"> =>
  Effect.async((resume) => {
    const forget = session.input.watch((what) => resume(Effect.succeed(what)))
    fiber.addObserver((exit) => {
      forget()
      resume(Effect.succeed(exit))
    })
    return Effect.sync(forget)
  })

const sendPreliminary = (session: Session, verb: string, reply: Reply.Reply): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    const { faults } = session.shared
    if (faults.take("NoPreliminary", verb) !== undefined) {
      return
    }
    if (faults.take("LatePreliminary", verb) !== undefined) {
      session.heldPreliminary = reply
      return
    }
    yield* sendReply(session, verb, reply)
    if (faults.take("DoublePreliminary", verb) !== undefined) {
      yield* sendReply(session, verb, reply)
    }
  })

const dropData = (
  connection: Connection,
  cut: Effect.Effect<void>,
  fault: DropData
): Effect.Effect<Reply.Reply, FtpTransportError> =>
  Effect.as(
    fault.how === "End" ? connection.endOutput : fault.how === "Cut" ? cut : connection.reset,
    fault.reply === undefined ? ABORTED : parseReply(fault.reply)
  )

const untilEnd = (connection: Connection): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    while (Option.isSome(yield* connection.read)) {
      // What a client says on a download is of no interest.
    }
  })

const failed = (
  connection: Connection,
  error: FtpTransportError | StoreError,
  network: Reply.Reply,
  store: Reply.Reply
): Effect.Effect<Reply.Reply> =>
  Effect.as(
    connection.reset,
    error._tag === "FtpTransportError" ? network : error.reason === "NoSpace" ? QUOTA_EXCEEDED : store
  )
