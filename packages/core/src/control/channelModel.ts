/** What a control connection offers. `FtpControlChannel` makes it. */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { ExchangeError } from "../base/FtpError.ts"
import type { ConnectionVerbs } from "../base/optionalVerbs.ts"
import type { Address, FtpTransportError, TlsClientOptions, TlsInfo, TlsTicket } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { DirectControl } from "./direct.ts"
import type { Exchange } from "./exchange.ts"
import type { ReplyErrors } from "./replyErrors.ts"

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
  /** Which commands that a server need not know this one leaves unanswered. */
  readonly verbs: ConnectionVerbs
  /** Builds errors with this endpoint and the last lines of the dialogue. */
  readonly errors: ReplyErrors
  /** Sends one command and returns its final reply, whatever its code. */
  readonly send: (command: Command.Command) => Effect.Effect<Reply.Reply, ExchangeError>
  /** Writes all the commands at once and returns their final replies in order. Only for servers that bear it. */
  readonly sendAll: <const Commands extends ReadonlyArray<Command.Command>>(
    commands: Commands,
    /** For each reply; default the `reply` timeout. */
    limit?: Duration.Duration
  ) => Effect.Effect<{ readonly [K in keyof Commands]: Reply.Reply }, ExchangeError>
  /** The same for many commands that any server knows, at a small cost for each. The limit is the `reply` timeout. */
  readonly sendMany: (
    commands: ReadonlyArray<Command.Command>
  ) => Effect.Effect<ReadonlyArray<Reply.Reply>, ExchangeError>
  /**
   * As `sendAll`, with one command more in the same burst, whose answer changes nothing: vsftpd gives the third answer
   * of a burst a round trip later than the others. A caller that wants to know its answer runs `last`. The first
   * awaited reply may take `limit`, and each of the others `next(millis)`, given how long the first one took.
   */
  readonly sendWithUnawaited: <const Commands extends ReadonlyArray<Command.Command>>(
    commands: Commands,
    last: Command.Command,
    limit: Duration.Duration,
    next: (firstTook: number) => Duration.Duration
  ) => Effect.Effect<
    {
      readonly replies: { readonly [K in keyof Commands]: Reply.Reply }
      readonly last: Effect.Effect<Reply.Reply, ExchangeError>
    },
    ExchangeError
  >
  /**
   * Sends a transfer command and returns at its first reply, or after the `preliminary` timeout without one. `ahead`
   * goes out before it in the same burst, and is answered by then: only for servers that bear it.
   */
  readonly begin: (command: Command.Command, ahead?: Command.Command) => Effect.Effect<Exchange, ExchangeError>
  /**
   * Finds out how the server reads the byte FF, and how it writes paths, if that matters to one of the commands and is
   * not known. Any command does that before it is sent; a sequence that no other command may interrupt (RNFR and RNTO, REST and RETR) begins with it.
   */
  readonly learnForms: (...commands: ReadonlyArray<Command.Command>) => Effect.Effect<void, ExchangeError>
  /**
   * Protects the channel; to be called when the reply that announces it has been read and no reply is pending. A
   * plaintext byte beyond that reply is a violation: it must not be taken for a protected one (CVE-2021-22947).
   */
  readonly upgrade: (options: TlsClientOptions) => Effect.Effect<TlsInfo, FtpTransportError | ExchangeError>
  /** How the connection that is read and written now is protected: asked of it, not remembered. */
  readonly tls: Effect.Effect<Option.Option<TlsInfo>>
  /** The newest TLS ticket of this very connection. */
  readonly ticket: Effect.Effect<Option.Option<TlsTicket>>
  /** The last lines of the dialogue, secrets masked. */
  readonly transcript: Effect.Effect<ReadonlyArray<string>>
  /** Whether the peer closed or reset the connection, without a word. */
  readonly closedByPeer: Effect.Effect<boolean>
  /** How many commands were sent, and how many of them have had their final reply; a greeting counts as one. */
  readonly counts: () => { readonly sent: number; readonly answered: number }
  /** Alive, and no reply pending that a caller waits for. */
  readonly settled: Effect.Effect<boolean>
  /**
   * Whether the next answer will be that of the next command: `settled`, and no reply too many has come. After one that
   * has, asks the server with a NOOP.
   */
  readonly inStep: Effect.Effect<boolean>
  /**
   * Sends NOOP beside a transfer, unless one is unanswered still. Its answer is known by its code, as servers give it
   * at once (Pure-FTPd), after that of the transfer (vsftpd, ProFTPD), or never (IIS).
   */
  readonly keepAlive: Effect.Effect<void>
  /**
   * Waits for the answer to `keepAlive`. Without one within the limit the channel is dead: a late one would be taken
   * for that to another command.
   */
  readonly awaitKeepAlive: (limit: Duration.Duration) => Effect.Effect<void>
  /** Plain calls, where the connection has them. */
  readonly direct: () => DirectControl | undefined
  /** Runs the effect when the limit is over, unless `stop` is called before. It begins with `wake`, if there is one. */
  readonly after: (
    limit: Duration.Duration,
    run: Effect.Effect<void>
  ) => { readonly stop: () => void; readonly wake: Effect.Effect<void> | undefined }
  /**
   * Ends the channel when the limit is over, whatever is answered meanwhile: `what` was expected by then. Succeeds with
   * the effect that lifts the limit.
   */
  readonly endAfter: (limit: Duration.Duration, what: string) => Effect.Effect<Effect.Effect<void>>
  /** Ends the channel: no command is sent on it any more. `why` is for the error of those that would follow. */
  readonly end: (why: string) => Effect.Effect<void>
  /** Whether `inStep` is true by what is known here, without a question. */
  readonly isInStep: () => boolean
  /** Waits until no such reply is pending, at most for the limit, and returns whether the channel is settled then. */
  readonly settle: (limit: Duration.Duration) => Effect.Effect<boolean>
}
