/**
 * What the parts of one control channel share. Replies are read by `reader`, commands written by `writer`; `upgrade`
 * replaces the connection that both use.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import type { ConnectionVerbs } from "../base/optionalVerbs.ts"
import type { ByteFf, PathSyntax } from "../base/serverCapabilities.ts"
import type { Connection } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import type { TextCodec } from "../protocol/FtpCharset.ts"
import * as ReplyDecoder from "../protocol/ReplyDecoder.ts"
import type { Deadline, Deadlines } from "./deadlines.ts"
import * as PendingReplies from "./pendingReplies.ts"
import * as ReplyErrors from "./replyErrors.ts"
import * as Secrets from "./secrets.ts"
import * as Transcript from "./transcript.ts"

export interface ChannelState {
  /** `user@host:port` for messages. */
  readonly label: string
  /** Which of the channels of this process it is, for logs. */
  readonly number: number
  readonly timeouts: Timeouts
  readonly verbs: ConnectionVerbs
  readonly byteFf: ByteFf
  readonly paths: PathSyntax
  /** Ends with the channel. */
  readonly scope: Scope.Scope
  readonly deadlines: Deadlines
  /** How text is written; `decoder` reads it so. */
  readonly codec: TextCodec
  readonly decoder: ReplyDecoder.ReplyDecoder
  readonly secrets: Secrets.Secrets
  readonly transcript: Transcript.Transcript
  readonly errors: ReplyErrors.ReplyErrors
  readonly pending: PendingReplies.PendingReplies
  /** The argument of the last TYPE that was sent. */
  type: Command.Command["argument"]
  /** What is read and written now. */
  connection: Connection
  /** When the reply that is open counts as over. */
  silence: Deadline | undefined
  /** The reply that is open is silent for so long. */
  isSilent: boolean
  /** Ends the reply that is open, if it is silent; the reader's. */
  endOpen: Effect.Effect<void>
}

/** How many there were so far. */
let channels = 0

export const make = (
  connection: Connection,
  options: Pick<ChannelState, "label" | "codec" | "timeouts" | "verbs" | "byteFf" | "paths" | "scope" | "deadlines">
): ChannelState => {
  const transcript = Transcript.make()
  const errors = ReplyErrors.make(options.label, transcript.lines)
  const endOpen = Effect.suspend(() => state.endOpen)
  const state: ChannelState = {
    ...options,
    number: ++channels,
    decoder: ReplyDecoder.make({ codec: options.codec }),
    secrets: Secrets.make(),
    transcript,
    errors,
    pending: PendingReplies.make(errors, transcript, options, endOpen),
    type: undefined,
    connection,
    silence: undefined,
    isSilent: false,
    endOpen: Effect.void
  }
  return state
}
