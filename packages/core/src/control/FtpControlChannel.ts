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
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as BoundedFinalizer from "../base/boundedFinalizer.ts"
import * as Bytes from "../base/bytes.ts"
import { type ExchangeError, FtpConnectError, FtpUsageError } from "../base/FtpError.ts"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import * as Observability from "../base/observability.ts"
import {
  type Address,
  type Connection,
  FtpTransportError,
  type TlsClientOptions,
  type TlsInfo,
  type TlsTicket
} from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as ReplyDecoder from "../protocol/ReplyDecoder.ts"
import * as Deadlines from "./deadlines.ts"
import * as PendingReply from "./PendingReply.ts"
import * as PendingReplies from "./pendingReplies.ts"
import * as Secrets from "./secrets.ts"
import * as Transcript from "./transcript.ts"

/**
 * A transfer command on its way: its first reply, and the final one to come. `first` is the final reply itself where the
 * server skipped the preliminary one, and `None` where it said nothing in time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exchange {
  /** The reply to the command that went ahead, if one did. */
  readonly ahead: Option.Option<Reply.Reply>
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
  /**
   * As `sendAll`, with one command more in the same burst, whose answer changes nothing: vsftpd gives the third answer of a
   * burst a round trip later than the others. Whoever wants to know what became of it runs `last`.
   */
  readonly sendWithUnawaited: <const Commands extends ReadonlyArray<Command.Command>>(
    commands: Commands,
    last: Command.Command,
    limit: Duration.Duration
  ) => Effect.Effect<
    {
      readonly replies: { readonly [K in keyof Commands]: Reply.Reply }
      readonly last: Effect.Effect<Reply.Reply, ExchangeError>
    },
    ExchangeError
  >
  /**
   * Sends a transfer command and returns at its first reply, or after the `preliminary` timeout without one. `ahead` goes
   * out before it in the same burst, and is answered by then: only for servers that bear it.
   */
  readonly begin: (command: Command.Command, ahead?: Command.Command) => Effect.Effect<Exchange, ExchangeError>
  /**
   * Protects the channel; to be called when the reply that announces it has been read and nothing is owed. A plaintext
   * byte beyond that reply is a violation: it must not be taken for a protected one (CVE-2021-22947).
   */
  readonly upgrade: (options: TlsClientOptions) => Effect.Effect<TlsInfo, FtpTransportError | ExchangeError>
  /** How the connection that is read and written now is protected: asked of it, not remembered. */
  readonly tls: Effect.Effect<Option.Option<TlsInfo>>
  /** The newest TLS ticket of this very connection. */
  readonly ticket: Effect.Effect<Option.Option<TlsTicket>>
  /** The last lines of the dialogue, secrets masked. */
  readonly transcript: Effect.Effect<ReadonlyArray<string>>
  /** Alive, and no reply owed that anybody waits for. */
  readonly settled: Effect.Effect<boolean>
  /**
   * Sends NOOP beside a transfer, unless one is unanswered still. Its answer is known by its code, as servers give it at
   * once (Pure-FTPd), after that of the transfer (vsftpd, ProFTPD), or never (IIS).
   */
  readonly keepAlive: Effect.Effect<void>
  /**
   * Waits for the answer to `keepAlive`. Without one within the limit the channel is dead: a late one would be taken for
   * that to another command.
   */
  readonly awaitKeepAlive: (limit: Duration.Duration) => Effect.Effect<void>
  /** Waits until no such reply is owed, at the longest for the limit, and says whether the channel is settled then. */
  readonly settle: (limit: Duration.Duration) => Effect.Effect<boolean>
}

/**
 * Reads the greeting and starts the reader. The channel lives as long as the scope; the connection is the caller's.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  connection: Connection,
  options: { readonly label: string; readonly timeouts: Timeouts }
): Effect.Effect<FtpControlChannel, FtpConnectError | ExchangeError, Scope.Scope> =>
  Effect.gen(function* () {
    const { label, timeouts } = options
    const decoder = ReplyDecoder.make()
    const transcript = Transcript.make()
    const secrets = Secrets.make()
    const writing = yield* Effect.makeSemaphore(1)
    const scope = yield* Effect.scope
    const deadlines = yield* Deadlines.make
    const owed = PendingReplies.make(label, transcript, deadlines)
    let current = connection

    const takeIn = (decoded: ReadonlyArray<Reply.Reply | ReplyDecoder.Malformed>) => {
      const seen: Array<Reply.Reply | ReplyDecoder.Malformed> = []
      for (const raw of decoded) {
        const asked = "_tag" in raw ? owed.slots()[0] : PendingReply.owner(owed.slots(), raw)
        const item = secrets.conceal(raw, asked?.command)
        seen.push(item)
        if ("_tag" in item) {
          owed.die(owed.violation(item.expected, item.received))
        } else {
          owed.deliver(item)
        }
      }
      return Observability.received(label, seen)
    }

    const end = (error: Option.Option<FtpTransportError>) =>
      Effect.zipRight(
        takeIn(decoder.end()),
        Effect.sync(() =>
          owed.die(
            Option.match(error, {
              onNone: () => owed.lost("Closed", "the server closed the connection"),
              onSome: (error) => owed.lost(error.reason === "TimedOut" ? "TimedOut" : "Reset", error.detail)
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
              Effect.suspend(() => (owed.death() === undefined ? readOn : Effect.void))
            )
        })
      })
    )

    const greetingSlot = PendingReply.make("greeting")
    owed.push([greetingSlot])
    const startReading = Effect.forkIn(Effect.uninterruptible(readOn), scope)
    let reader = yield* startReading
    yield* Effect.addFinalizer(() => Effect.sync(() => owed.die(owed.lost("Closed", "the connection was closed here"))))

    const greeting = yield* owed.final(greetingSlot, timeouts.greeting, "greeting").pipe(
      Effect.mapError((error) =>
        error._tag === "FtpConnectionLost"
          ? new FtpConnectError({
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
      Either.mapLeft(
        Command.encode(command),
        (invalid) => new FtpUsageError({ argument: `argument of ${invalid.verb}`, why: invalid.why })
      )

    /** A server that takes no more bytes: the reset is what ends the write. */
    const stuck = Effect.zipRight(
      owed.silence("room to send a command", timeouts.reply),
      Effect.suspend(() => current.reset)
    )

    /** Slots are pushed in the order in which the bytes are written. A write that was cut short leaves half a line. */
    const put = (
      added: ReadonlyArray<PendingReply.PendingReply>,
      bytes: Uint8Array
    ): Effect.Effect<void, ExchangeError> =>
      Effect.flatMap(deadlines.set(timeouts.reply, stuck), (deadline) => {
        const death = owed.death()
        if (death !== undefined) {
          deadlines.clear(deadline)
          return Effect.fail(death(added[0]?.command, false))
        }
        for (const slot of added) {
          transcript.sent(slot.command)
        }
        owed.push(added)
        return Effect.onExit(current.write(bytes), (exit) =>
          Effect.sync(() => {
            deadlines.clear(deadline)
            if (Exit.isFailure(exit)) {
              owed.die(
                Option.match(Cause.failureOption(exit.cause), {
                  onNone: () => owed.lost("Closed", "a command was cut short"),
                  onSome: (error) => owed.lost("Reset", error.detail)
                })
              )
            }
          })
        ).pipe(Effect.ignore)
      })

    const write = (
      commands: ReadonlyArray<Command.Command>,
      slots: ReadonlyArray<PendingReply.PendingReply>
    ): Effect.Effect<void, ExchangeError> =>
      Effect.suspend(() => {
        const lines = Either.all(commands.map(encode))
        if (Either.isLeft(lines)) {
          return Effect.fail(lines.left)
        }
        commands.forEach(secrets.learn)
        const [first] = lines.right
        const bytes = lines.right.length === 1 && first !== undefined ? first : Bytes.concat(lines.right)
        return Effect.zipRight(Observability.sent(label, slots), writing.withPermits(1)(put(slots, bytes)))
      })

    const slotFor = (command: Command.Command, kind?: PendingReply.Kind) =>
      PendingReply.make(Command.toLog(command), kind)

    const sendWith = <const Commands extends ReadonlyArray<Command.Command>>(
      commands: Commands,
      limit: Duration.Duration,
      unawaited: ReadonlyArray<readonly [Command.Command, PendingReply.PendingReply]>
    ) =>
      Effect.suspend(() => {
        const slots = commands.map((command) => slotFor(command))
        return Effect.zipRight(
          write(
            [...commands, ...unawaited.map(([command]) => command)],
            [...slots, ...unawaited.map(([, slot]) => slot)]
          ),
          Effect.forEach(slots, (slot) => owed.final(slot, limit))
        )
      }) as Effect.Effect<{ readonly [K in keyof Commands]: Reply.Reply }, ExchangeError>

    const sendAll: FtpControlChannel["sendAll"] = (commands, limit = timeouts.reply) => sendWith(commands, limit, [])

    const beside = () => owed.slots().find(({ kind }) => kind === "KeepAlive")

    /** What nobody waits for keeps nobody waiting. */
    const awaited = () => owed.slots().filter(({ kind }) => kind !== "Unawaited")

    const isSettled = Effect.sync(() => owed.death() === undefined && awaited().length === 0)

    return {
      local: connection.local,
      remote: connection.remote,
      label,
      greeting,
      send: (command) => Effect.map(sendAll([command]), ([reply]) => reply),
      sendAll,
      sendWithUnawaited: (commands, last, limit) =>
        Effect.suspend(() => {
          const slot = slotFor(last, "Unawaited")
          return Effect.map(sendWith(commands, limit, [[last, slot]]), (replies) => ({
            replies,
            last: owed.final(slot, limit)
          }))
        }),
      begin: (command, ahead) =>
        Effect.gen(function* () {
          const slot = slotFor(command)
          const before = Option.map(Option.fromNullable(ahead), (command) => ({ command, slot: slotFor(command) }))
          yield* Option.match(before, {
            onNone: () => write([command], [slot]),
            onSome: (ahead) => write([ahead.command, command], [ahead.slot, slot])
          })
          const answered = yield* Effect.transposeMapOption(before, ({ slot }) => owed.final(slot, timeouts.reply))
          const first = yield* owed.first(slot, timeouts.preliminary)
          return {
            ahead: answered,
            first,
            final: (limit) => owed.final(slot, limit),
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
          if (!decoder.isEmpty || owed.slots().length > 0) {
            owed.die(owed.violation("nothing before the TLS handshake", "bytes in clear"))
          }
          const death = owed.death()
          if (death !== undefined) {
            return yield* Effect.fail(death(undefined, false))
          }
          current = yield* Scope.extend(current.startTls(options), scope)
          const found = yield* Effect.timeoutFail(current.tls, {
            duration: timeouts.connect,
            onTimeout: () =>
              new FtpTransportError({
                reason: "TimedOut",
                detail: `no TLS handshake within ${Observability.seconds(timeouts.connect)}`
              })
          })
          reader = yield* startReading
          return Option.isSome(found) ? found.value : yield* Effect.dieMessage("a handshake without a result")
        }).pipe(
          Effect.tapErrorTag("FtpTransportError", (error) =>
            Effect.sync(() => owed.die(owed.lost("Reset", error.detail)))
          ),
          Effect.onInterrupt(() => Effect.sync(() => owed.die(owed.lost("Closed", "the TLS handshake was cut short"))))
        ),
      tls: Effect.orElseSucceed(
        Effect.suspend(() => current.tls),
        Option.none
      ),
      ticket: Effect.suspend(() => current.ticket),
      transcript: Effect.sync(transcript.lines),
      settled: isSettled,
      // Not interruptible: half a line would end the channel.
      keepAlive: Effect.suspend(() =>
        owed.slots().length === 0 || beside() !== undefined
          ? Effect.void
          : Effect.uninterruptible(Effect.ignore(write([Command.noop], [slotFor(Command.noop, "KeepAlive")])))
      ),
      awaitKeepAlive: (limit) =>
        Effect.suspend(() => {
          const slot = beside()
          return slot === undefined ? Effect.void : Effect.ignore(owed.final(slot, limit, "answer to NOOP"))
        }),
      settle: (limit) =>
        Effect.suspend(() => {
          const open = awaited()
          return open.length === 0
            ? isSettled
            : Effect.zipRight(
                BoundedFinalizer.runBounded(
                  Effect.forEach(open, ({ final }) => Deferred.await(final), { discard: true }),
                  limit
                ),
                isSettled
              )
        })
    } satisfies FtpControlChannel
  })
