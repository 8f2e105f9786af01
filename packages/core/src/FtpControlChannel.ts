/**
 * Commands out, replies in, always in step. Written order is reply order (RFC 959 §5.4), so each command leaves a slot in
 * a FIFO, and one fiber, which reads for the life of the connection, gives each final reply to the slot at the head.
 *
 *              send: write, push a slot          final reply: shift the head slot
 *     settled ───────────────────────► owing n ───────────────────────────────► settled
 *        │                                │  the caller is interrupted: its slot stays, its reply is dropped
 *        └── end of file, 421, stray reply, malformed reply, silence ──► dead (and says why)
 *
 * So pipelining is several slots, an interrupted caller leaves the channel in step, and a session that the server closed
 * while it was idle is known to be dead before anyone borrows it.
 *
 * It does NOT judge replies (`FtpSession` does), and knows nothing of logins, data or TLS beyond the bytes.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { ConnectError, ConnectionLost, type ExchangeError, ProtocolViolation, UsageError } from "./FtpError.ts"
import type { Timeouts } from "./FtpTimeouts.ts"
import {
  type Address,
  type Connection,
  type TlsClientOptions,
  type TlsInfo,
  type TlsTicket,
  TransportError
} from "./FtpTransport.ts"
import * as Observe from "./internal/observe.ts"
import * as Command from "./protocol/Command.ts"
import * as Reply from "./protocol/Reply.ts"
import * as ReplyDecoder from "./protocol/ReplyDecoder.ts"
import * as ReplyMeaning from "./protocol/ReplyMeaning.ts"
import * as WireText from "./protocol/WireText.ts"

/**
 * A transfer command on its way: its first reply, and the final one to come. `first` is the final reply itself where the
 * server skipped the preliminary one, and `None` where it said nothing in time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exchange {
  readonly first: Option.Option<Reply.Reply>
  /** The final reply; the channel is dead (`TimedOut`) if it takes longer than the limit. */
  readonly final: (limit: Duration.Duration) => Effect.Effect<Reply.Reply, ExchangeError>
  /** The final reply, however long it takes: for watching the control connection while data moves. */
  readonly watch: Effect.Effect<Reply.Reply, ExchangeError>
  /** The final reply, if it is there already. */
  readonly peek: Effect.Effect<Option.Option<Reply.Reply>>
}

/**
 * One control connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpControlChannel {
  readonly local: Address
  readonly remote: Address
  /** `user@host:port` for messages. */
  readonly label: string
  readonly greeting: Reply.Reply
  /** Sends one command and returns its final reply, whatever its code. */
  readonly send: (command: Command.Command) => Effect.Effect<Reply.Reply, ExchangeError>
  /** Writes all the commands at once and returns their final replies in order. Only for servers that bear it. */
  readonly sendAll: <const Commands extends ReadonlyArray<Command.Command>>(
    commands: Commands,
    /** For each reply; default the `reply` timeout. */
    limit?: Duration.Duration
  ) => Effect.Effect<{ readonly [K in keyof Commands]: Reply.Reply }, ExchangeError>
  /** Sends a transfer command and returns at its first reply, or after the `preliminary` timeout without one. */
  readonly begin: (command: Command.Command) => Effect.Effect<Exchange, ExchangeError>
  /**
   * Protects the channel; to be called when the reply that announces it has been read and nothing is owed. A plaintext
   * byte beyond that reply is a violation: it must not be taken for a protected one (CVE-2021-22947).
   */
  readonly upgrade: (options: TlsClientOptions) => Effect.Effect<TlsInfo, TransportError | ExchangeError>
  /** How the connection that is read and written now is protected: asked of it, not remembered. */
  readonly tls: Effect.Effect<Option.Option<TlsInfo>>
  /** The newest TLS ticket of this very connection. */
  readonly ticket: Effect.Effect<Option.Option<TlsTicket>>
  /** The last lines of the dialogue, secrets masked. */
  readonly transcript: Effect.Effect<ReadonlyArray<string>>
  /** Alive, and no reply owed. */
  readonly settled: Effect.Effect<boolean>
  /** Waits until no reply is owed, at the longest for the limit, and says whether the channel is settled then. */
  readonly settle: (limit: Duration.Duration) => Effect.Effect<boolean>
}

interface Slot {
  readonly command: string
  readonly first: Deferred.Deferred<Reply.Reply, ExchangeError>
  readonly final: Deferred.Deferred<Reply.Reply, ExchangeError>
}

/** Enough to see what led to an error, small enough to be carried by each. */
const TRANSCRIPT_LINES = 40
/** A reply of many lines, such as a welcome text, must not push everything else out of the transcript. */
const TRANSCRIPT_LINES_PER_REPLY = 6

/**
 * Reads the greeting and starts the reader. The channel lives as long as the scope; the connection is the caller's.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  connection: Connection,
  options: { readonly label: string; readonly timeouts: Timeouts }
): Effect.Effect<FtpControlChannel, ConnectError | ExchangeError, Scope.Scope> =>
  Effect.gen(function* () {
    const { label, timeouts } = options
    const decoder = ReplyDecoder.make()
    const slots: Array<Slot> = []
    const transcript: Array<string> = []
    const writing = yield* Effect.makeSemaphore(1)
    const scope = yield* Effect.scope
    let current = connection
    let death: ((command: string | undefined, written: boolean) => ExchangeError) | undefined

    const note = (line: string) => {
      transcript.push(line)
      if (transcript.length > TRANSCRIPT_LINES) {
        transcript.shift()
      }
    }

    const noteReply = (reply: Reply.Reply) => {
      const shown = reply.lines.slice(0, TRANSCRIPT_LINES_PER_REPLY)
      for (const line of shown) {
        note(`< ${reply.code} ${WireText.toDisplay(line)}`)
      }
      if (shown.length < reply.lines.length) {
        note(`< ... ${reply.lines.length - shown.length} more lines`)
      }
    }

    const lost =
      (reason: ConnectionLost["reason"], detail: string) =>
      (command: string | undefined, written: boolean): ExchangeError =>
        new ConnectionLost({
          channel: "Control",
          reason,
          phase: command === undefined ? "Idle" : "Command",
          command,
          detail,
          outcome: written ? "Unknown" : "NotApplied",
          endpoint: label,
          transcript: [...transcript]
        })

    const die = (cause: NonNullable<typeof death>) => {
      if (death === undefined) {
        death = cause
        for (const slot of slots.splice(0)) {
          const failure = Effect.fail(cause(slot.command, true))
          Deferred.unsafeDone(slot.first, failure)
          Deferred.unsafeDone(slot.final, failure)
        }
      }
    }

    const violation = (expected: string, received: string) => (): ExchangeError =>
      new ProtocolViolation({ expected, received, endpoint: label, transcript: [...transcript] })

    const deliver = (reply: Reply.Reply) => {
      noteReply(reply)
      const slot = slots[0]
      if (slot === undefined) {
        die(
          ReplyMeaning.isServiceClosing(reply)
            ? lost("ServiceClosing", Reply.toLine(reply))
            : violation("no reply, as no command was open", Reply.toLine(reply))
        )
        return
      }
      Deferred.unsafeDone(slot.first, Effect.succeed(reply))
      if (!Reply.isPreliminary(reply)) {
        slots.shift()
        Deferred.unsafeDone(slot.final, Effect.succeed(reply))
        if (ReplyMeaning.isServiceClosing(reply)) {
          die(lost("ServiceClosing", Reply.toLine(reply)))
        }
      }
    }

    const takeIn = (decoded: ReadonlyArray<Reply.Reply | ReplyDecoder.Malformed>) =>
      Effect.forEach(
        decoded,
        (item) => {
          if ("_tag" in item) {
            die(violation(item.expected, item.received))
            return Effect.void
          }
          deliver(item)
          return Observe.replyReceived(label, item)
        },
        { discard: true }
      )

    const end = (error: Option.Option<TransportError>) =>
      Effect.zipRight(
        takeIn(decoder.end()),
        Effect.sync(() =>
          die(
            Option.match(error, {
              onNone: () => lost("Closed", "the server closed the connection"),
              onSome: (error) => lost(error.reason === "TimedOut" ? "TimedOut" : "Reset", error.detail)
            })
          )
        )
      )

    /** What was read is taken in whatever happens: an upgrade must know of every byte that came in clear. */
    const readOn: Effect.Effect<void> = Effect.suspend(() =>
      Effect.matchEffect(Effect.interruptible(current.read), {
        onFailure: (error) => end(Option.some(error)),
        onSuccess: Option.match({
          onNone: () => end(Option.none()),
          onSome: (bytes) =>
            Effect.zipRight(
              takeIn(decoder.push(bytes)),
              Effect.suspend(() => (death ? Effect.void : readOn))
            )
        })
      })
    )

    const makeSlot = (command: string): Effect.Effect<Slot> =>
      Effect.zipWith(
        Deferred.make<Reply.Reply, ExchangeError>(),
        Deferred.make<Reply.Reply, ExchangeError>(),
        (first, final) => ({ command, first, final })
      )

    const greetingSlot = yield* makeSlot("greeting")
    slots.push(greetingSlot)
    const startReading = Effect.forkIn(Effect.uninterruptible(readOn), scope)
    let reader = yield* startReading

    /** Silence leaves no way to tell a late reply from the next one, so it ends the channel. */
    const within =
      (limit: Duration.Duration, command: string, what: string) =>
      <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E | ExchangeError> =>
        Effect.timeoutFail(self, {
          duration: limit,
          onTimeout: () => {
            const cause = lost("TimedOut", `no ${what} within ${Observe.seconds(limit)}`)
            const error = cause(command, true)
            die(cause)
            return error
          }
        })

    const greeting = yield* Deferred.await(greetingSlot.final).pipe(
      within(timeouts.greeting, "greeting", "greeting"),
      Effect.mapError((error) =>
        error._tag === "ConnectionLost"
          ? new ConnectError({
              reason: error.reason === "TimedOut" ? "TimedOut" : "Greeting",
              channel: "Control",
              detail: error.reason === "TimedOut" ? error.detail : `no greeting: ${error.detail}`,
              endpoint: label,
              transcript: error.transcript
            })
          : error
      )
    )

    const encode = (command: Command.Command) =>
      Effect.mapError(
        Command.encode(command),
        (invalid) => new UsageError({ argument: `argument of ${invalid.verb}`, why: invalid.why })
      )

    /** Slots are pushed in the order in which the bytes are written. A write that was cut short leaves half a line. */
    const write = (commands: ReadonlyArray<Command.Command>): Effect.Effect<ReadonlyArray<Slot>, ExchangeError> =>
      Effect.gen(function* () {
        const lines = yield* Effect.forEach(commands, encode)
        const added = yield* Effect.forEach(commands, (command) => makeSlot(Command.toLog(command)))
        const bytes = lines.length === 1 && lines[0] !== undefined ? lines[0] : concat(lines)
        yield* Effect.flatMap(Observe.commandsSent(label, added), () => {
          if (death !== undefined) {
            return Effect.fail(death(added[0]?.command, false))
          }
          for (const slot of added) {
            note(`> ${slot.command}`)
          }
          slots.push(...added)
          return Effect.catchAll(current.write(bytes), (error) => Effect.sync(() => die(lost("Reset", error.detail))))
        }).pipe(
          within(timeouts.reply, added[0]?.command ?? "", "room to send a command"),
          Effect.onInterrupt(() => Effect.sync(() => die(lost("Closed", "a command was cut short")))),
          writing.withPermits(1)
        )
        return added
      })

    const awaitFinal = (slot: Slot, limit: Duration.Duration) =>
      within(limit, slot.command, "reply")(Deferred.await(slot.final))

    const sendAll = <const Commands extends ReadonlyArray<Command.Command>>(
      commands: Commands,
      limit: Duration.Duration = timeouts.reply
    ) =>
      Effect.flatMap(write(commands), (added) =>
        Effect.forEach(added, (slot) => awaitFinal(slot, limit))
      ) as Effect.Effect<{ readonly [K in keyof Commands]: Reply.Reply }, ExchangeError>

    const isSettled = Effect.sync(() => death === undefined && slots.length === 0)

    return {
      local: connection.local,
      remote: connection.remote,
      label,
      greeting,
      send: (command) => Effect.map(sendAll([command]), ([reply]) => reply),
      sendAll,
      begin: (command) =>
        Effect.gen(function* () {
          const [slot] = yield* write([command])
          if (slot === undefined) {
            return yield* Effect.dieMessage("a command was written without a slot")
          }
          const first = yield* Effect.timeoutOption(Deferred.await(slot.first), timeouts.preliminary)
          return {
            first,
            final: (limit) => awaitFinal(slot, limit),
            watch: Deferred.await(slot.final),
            peek: Effect.flatMap(
              Deferred.poll(slot.final),
              Option.match({
                onNone: () => Effect.succeedNone,
                onSome: Effect.option
              })
            )
          }
        }),
      upgrade: (options) =>
        Effect.gen(function* () {
          yield* Fiber.interrupt(reader)
          if (!decoder.isEmpty || slots.length > 0) {
            die(violation("nothing before the TLS handshake", "bytes in clear"))
          }
          if (death !== undefined) {
            return yield* Effect.fail(death(undefined, false))
          }
          current = yield* Scope.extend(current.startTls(options), scope)
          const found = yield* Effect.timeoutFail(current.tls, {
            duration: timeouts.connect,
            onTimeout: () =>
              new TransportError({
                reason: "TimedOut",
                detail: `no TLS handshake within ${Observe.seconds(timeouts.connect)}`
              })
          })
          reader = yield* startReading
          return Option.isSome(found) ? found.value : yield* Effect.dieMessage("a handshake without a result")
        }).pipe(
          Effect.tapErrorTag("TransportError", (error) => Effect.sync(() => die(lost("Reset", error.detail)))),
          Effect.onInterrupt(() => Effect.sync(() => die(lost("Closed", "the TLS handshake was cut short"))))
        ),
      tls: Effect.orElseSucceed(
        Effect.suspend(() => current.tls),
        Option.none
      ),
      ticket: Effect.suspend(() => current.ticket),
      transcript: Effect.sync(() => [...transcript]),
      settled: isSettled,
      settle: (limit) =>
        Effect.suspend(() => {
          const last = slots.at(-1)
          return last === undefined
            ? isSettled
            : Deferred.await(last.final).pipe(
                Effect.interruptible,
                Effect.timeoutOption(limit),
                Effect.ignore,
                Effect.zipRight(isSettled)
              )
        })
    } satisfies FtpControlChannel
  })

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
