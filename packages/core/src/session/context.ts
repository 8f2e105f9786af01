/**
 * One logged-in connection as the conversations of this folder see it: its channel, its services, and what they have
 * done to the server's state for it.
 *
 *     pristine: TYPE I, in the login directory, no REST or RNFR pending, HASH as it was, nothing else changed
 *        │  TYPE A · CWD · REST · RNFR           │  MODE, STRU, USER, OPTS … (not undone here)
 *        ▼                                       ▼
 *     changed ──TYPE I · CWD back · …──► pristine        unknownChange: never pristine again
 *
 *     any of these commands sent, and the sender interrupted before the reply: unacknowledged, never pristine again
 *
 * Only a pristine session is lent to another caller.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { FtpEndpoint } from "../base/FtpEndpoint.ts"
import { type CommandError, type ExchangeError, FtpUsageError } from "../base/FtpError.ts"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import type { FtpDataChannel } from "../data/FtpDataChannel.ts"
import type * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import type * as Listing from "../protocol/Listing.ts"
import type { DateOrder } from "../protocol/listing/NumericDate.ts"
import * as Reply from "../protocol/Reply.ts"
import type { Protection } from "../security/FtpSecurity.ts"
import type { NamesCharset } from "./namesCharset.ts"
import * as NextPort from "./nextPort.ts"
import type { State } from "./state.ts"

export interface SessionContext {
  readonly endpoint: FtpEndpoint
  readonly control: FtpControlChannel
  readonly dataChannel: FtpDataChannel
  readonly protection: Protection
  readonly capabilities: ServerCapabilities
  readonly timeouts: Timeouts
  readonly names: NamesCharset
  /** Where the times of LIST are read; `undefined` is UTC. */
  readonly zone: DateTime.TimeZone | undefined
  /** The dialect of LIST; `undefined` if the lines decide. */
  readonly dialect: Listing.DialectName | undefined
  /** How dates of numbers are read if no listing of this server has shown it. */
  readonly dateOrder: DateOrder | undefined
  features: Features.Features
  readonly state: State
}

/** Whether a transfer is announced by PRET before its passive port is asked for: see "Port without PRET". */
export const wantsPret = ({ capabilities, features }: Pick<SessionContext, "capabilities" | "features">): boolean =>
  Features.has(features, "PRET") && capabilities.get("Port without PRET") !== "Works"

/** Sends one command; a 2yz or 3yz is success. */
export const run = (
  context: SessionContext,
  command: Command.Command,
  path?: string
): Effect.Effect<Reply.Reply, CommandError> =>
  Effect.gen(function* () {
    yield* refuseWhileTransferring(context, command)
    return yield* context.control.errors.expectSuccess(command, yield* send(context, command), path)
  })

/**
 * Sends one command and keeps the state by its reply, which is not judged. Until that is there, the state is not known.
 */
export const send = (
  { control, state }: SessionContext,
  command: Command.Command
): Effect.Effect<Reply.Reply, ExchangeError> =>
  Effect.map(
    tracked(
      state,
      [command],
      isHarmless(command) ? 0 : 1,
      Effect.map(control.send(command), (reply) => [reply] as const)
    ),
    ([reply]) => reply
  )

/**
 * Sends commands in one burst and keeps the state by their replies, which are not judged. If it is interrupted, no
 * caller looks whether the replies are in order, so none of the commands counts as acknowledged.
 */
export const sendTogether = (
  { control, state }: SessionContext,
  commands: ReadonlyArray<Command.Command>,
  verbs: "Known" | "MayBeUnknown"
): Effect.Effect<ReadonlyArray<Reply.Reply>, ExchangeError> =>
  tracked(state, commands, commands.length, verbs === "Known" ? control.sendMany(commands) : control.sendAll(commands))

const CHANGES_NO_DIRECTORY: ReadonlySet<string> = new Set(["CWD", "PWD", "NOOP"])

const tracked = <const Replies extends ReadonlyArray<Reply.Reply>>(
  state: State,
  commands: ReadonlyArray<Command.Command>,
  unacknowledged: number,
  exchange: Effect.Effect<Replies, ExchangeError>
): Effect.Effect<Replies, ExchangeError> =>
  Effect.suspend(() => {
    NextPort.forget(state)
    if (commands.some(({ verb }) => !CHANGES_NO_DIRECTORY.has(verb))) {
      state.entered = undefined
      state.missing = undefined
    }
    state.unacknowledged += unacknowledged
    return Effect.flatMap(Effect.either(exchange), (sent) => {
      state.unacknowledged -= unacknowledged
      if (Either.isRight(sent)) {
        sent.right.forEach((reply, index) => {
          const command = commands[index]
          if (command !== undefined) {
            track(state, command, reply)
          }
        })
      }
      return sent
    })
  })

/**
 * Sends commands that neither change state nor depend on each other: in one burst if the server is known to accept
 * that, else one by one. The replies are not judged.
 */
export const sendIndependent = <const Commands extends ReadonlyArray<Command.Command>>(
  context: SessionContext,
  commands: Commands
): Effect.Effect<{ readonly [K in keyof Commands]: Reply.Reply }, CommandError> =>
  Effect.gen(function* () {
    for (const command of commands) {
      yield* refuseWhileTransferring(context, command)
    }
    NextPort.forget(context.state)
    return yield* context.capabilities.get("Pipelining") === "Works"
      ? context.control.sendAll(commands)
      : sendEach(context.control, commands)
  })

/** One command after the other, each after the reply to the one before. */
export const sendEach = <const Commands extends ReadonlyArray<Command.Command>>(
  control: FtpControlChannel,
  commands: Commands
) =>
  Effect.forEach(commands, control.send) as Effect.Effect<{ readonly [K in keyof Commands]: Reply.Reply }, CommandError>

/** What a reply to a command means for the session's state on the server. */
export const track = (state: State, command: Command.Command, reply: Reply.Reply): void => {
  const accepted = !Reply.isNegative(reply)
  switch (command.verb) {
    case "TYPE":
      if (accepted) {
        state.binary = command.argument === "I"
      }
      return
    case "CWD":
    case "CDUP":
    case "XCWD":
    case "XCUP":
      if (accepted) {
        state.cwdChanged = true
      }
      return
    case "REST":
      if (accepted) {
        state.restPending = command.argument !== "0"
      }
      return
    case "RNFR":
      state.renamePending = accepted
      return
    case "RNTO":
      state.renamePending = false
      return
    default:
      if (!isHarmless(command)) {
        state.unknownChange = true
      }
  }
}

export const refuseWhileTransferring = (
  context: SessionContext,
  command: Command.Command
): Effect.Effect<void, FtpUsageError> =>
  context.state.transferOpen
    ? Effect.fail(
        new FtpUsageError({
          argument: "command",
          why: `${command.verb} can't be sent on a session whose data connection is open: read it to its end or close its scope first`
        })
      )
    : Effect.void

const isHarmless = (command: Command.Command): boolean =>
  HARMLESS.has(command.verb === "SITE" ? siteVerb(command) : command.verb)

const siteVerb = (command: Command.Command): string =>
  `SITE ${typeof command.argument === "string" ? command.argument.split(" ", 1)[0]?.toUpperCase() : ""}`

/** Verbs that leave a session as it was. Whatever is not here makes it unfit for the next borrower. */
const HARMLESS: ReadonlySet<string> = new Set([
  "ALLO",
  "AVBL",
  "CHMOD",
  "DELE",
  "EPSV",
  "EPRT",
  "FEAT",
  "HASH",
  "HELP",
  "MD5",
  "MDTM",
  "MFCT",
  "MFF",
  "MFMT",
  "MKD",
  "MLST",
  "NOOP",
  "PASV",
  "PORT",
  "PRET",
  "PWD",
  "RMD",
  "RMDA",
  "SITE CHMOD",
  "SITE CPFR",
  "SITE CPTO",
  "SITE HELP",
  "SITE SYMLINK",
  "SITE UTIME",
  "SIZE",
  "STAT",
  "SYST",
  "XCRC",
  "XMD5",
  "XMKD",
  "XPWD",
  "XRMD",
  "XSHA",
  "XSHA1",
  "XSHA256",
  "XSHA512"
])
