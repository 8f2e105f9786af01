/**
 * After the login: what the server can do, and the two settings that every session has. One burst, one round trip:
 *
 *     C: FEAT
 *     C: TYPE I
 *     C: EPSV                                 if a transfer is to follow at once: see `portAhead`
 *     C: OPTS UTF8 ON
 *     S: 211-Features: ... 211 End
 *     S: 200 Switching to Binary mode
 *     S: 229 ...
 *     S: 200 UTF8 set                         (any answer will do: Pure-FTPd says 504 and means yes)
 *
 * The last answer is not awaited: it changes nothing, and vsftpd sends the third of a burst a round trip later. A server that loses
 * commands which arrive together answers too few of them, or takes them for one command and answers once; the session
 * is given up then, and the next one to this host asks step by step. One that does not answer FEAT or OPTS at all is
 * not asked again. A missing line of FEAT is no missing ability. A server that may have paths without slashes, by its
 * greeting, is then asked for PWD (`pathSyntax`).
 *
 * One that bears bursts, and has facts for its listings that it does not send of its own accord, is asked for them by a
 * command whose answer is not awaited either (`mlstFacts`): that of whatever comes next is in the same round trip.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ExchangeError, OpenError } from "../base/FtpError.ts"
import type { Question } from "../data/FtpDataChannel.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as Reply from "../protocol/Reply.ts"
import { type SessionContext, sendEach, track } from "./context.ts"
import { currentDirectory } from "./directory.ts"
import * as MlstFacts from "./mlstFacts.ts"
import * as PathSyntax from "./pathSyntax.ts"
import * as PortAhead from "./portAhead.ts"

/** A server that bears a burst answers it in a round trip; longer silence is a lost command. */
const BURST_LIMIT = Duration.seconds(5)

/**
 * After its first answer, how long each of the others may take: they leave the server together, so a second is ample,
 * or on a slow line a few times what the first one took.
 */
const nextLimit = (firstTook: number): Duration.Duration =>
  Duration.min(BURST_LIMIT, Duration.millis(Math.max(LEAST_WAIT_MILLIS, SLOW_LINE * firstTook)))

const LEAST_WAIT_MILLIS = 1000
const SLOW_LINE = 4

/** `expectsTransfer`: a transfer is to follow at once, so its port is asked for where that costs no round trip. */
export const negotiate = (
  context: SessionContext,
  expectsTransfer: boolean
): Effect.Effect<void, OpenError, Scope.Scope> =>
  Effect.gen(function* () {
    const type = Command.type("I")
    const port = expectsTransfer ? PortAhead.questionAtLogin(context) : undefined
    const [feat, typed, opened] =
      context.capabilities.get("Pipelining") === "Fails"
        ? yield* inSteps(context, type)
        : yield* burst(context, type, port?.question)
    if (Reply.isCompletion(feat)) {
      context.features = Features.parse(feat)
    }
    PathSyntax.learnFromFeatures(context.capabilities, context.features)
    const wasUtf8 = context.names.isUtf8()
    context.capabilities.featured(context.features)
    if (wasUtf8 !== context.names.isUtf8()) {
      yield* context.control.send(utf8(context))
    }
    track(context.state, type, typed)
    yield* context.control.errors.expectSuccess(type, typed)
    if (port !== undefined && opened !== undefined) {
      yield* keepPort(context, port, opened)
    }
    const facts = MlstFacts.question(context.features)
    if (facts !== undefined && context.capabilities.get("Pipelining") === "Works") {
      yield* withUnawaited(context, [], facts)
    }
    if (context.capabilities.paths.home === "Unknown" && PathSyntax.isHintedBy(context.control.greeting.lines)) {
      yield* Effect.catchTags(currentDirectory(context), {
        FtpRejected: () => Effect.void,
        FtpProtocolViolation: () => Effect.void
      })
    }
  })

/**
 * A success with another code is not the answer to that question: the server has left it out, and what follows is not in step.
 * A port that is not to be dialled is left to the transfer, which asks for it once more and says why.
 */
const keepPort = (context: SessionContext, port: Question, reply: Reply.Reply): Effect.Effect<void, OpenError> => {
  const address = port.addressOf(reply)
  if (address === undefined && Reply.isCompletion(reply) && reply.code !== codeOf(port.question)) {
    context.capabilities.set("Login port", false)
    return context.control.errors.violation(`a port in the reply to ${port.question.verb}`, reply)
  }
  return PortAhead.keep(context, address)
}

/** RFC 959 §5.4, RFC 2428 §3. */
const codeOf = ({ verb }: Command.Command): number => (verb === "EPSV" ? 229 : 227)

/** A server that would translate its names must not, if they are asked for in its own charset (FileZilla Server, IIS). */
const utf8 = ({ names }: SessionContext): Command.Command => Command.opts(`UTF8 ${names.isUtf8() ? "ON" : "OFF"}`)

type Replies = readonly [feat: Reply.Reply, type: Reply.Reply, port?: Reply.Reply]

const inSteps = (context: SessionContext, type: Command.Command): Effect.Effect<Replies, OpenError> =>
  Effect.map(sendEach(context.control, [Command.feat, type, utf8(context)]), ([feat, typed]) => [feat, typed])

const isHungUp = (error: ExchangeError): boolean => error._tag === "FtpConnectionLost" && error.reason !== "TimedOut"

const burst = (
  context: SessionContext,
  type: Command.Command,
  port: Command.Command | undefined
): Effect.Effect<Replies, ExchangeError, Scope.Scope> =>
  Effect.gen(function* () {
    const { control, capabilities } = context
    const commands = port === undefined ? ([Command.feat, type] as const) : ([Command.feat, type, port] as const)
    const replies = yield* Effect.tapError(withUnawaited(context, commands, utf8(context)), (error) =>
      Effect.sync(() => {
        if (port !== undefined) {
          capabilities.set("Login port", false)
        }
        if (capabilities.proven("Pipelining") === "Unknown" && !(isHungUp(error) && control.verbs.hasNewer())) {
          capabilities.set("Pipelining", false)
        }
      })
    )
    capabilities.set("Pipelining", true)
    return replies
  })

/** In one burst. If the answer to the last command does not come, the next session asks step by step. */
const withUnawaited = <const Commands extends ReadonlyArray<Command.Command>>(
  { capabilities, control }: SessionContext,
  commands: Commands,
  unawaited: Command.Command
): Effect.Effect<{ readonly [K in keyof Commands]: Reply.Reply }, ExchangeError, Scope.Scope> =>
  Effect.gen(function* () {
    const { last, replies } = yield* control.sendWithUnawaited(commands, unawaited, BURST_LIMIT, nextLimit)
    const isLost = Effect.catchAll(last, (error) =>
      Effect.sync(() => {
        if (error._tag === "FtpConnectionLost" && error.reason === "TimedOut") {
          capabilities.set("Pipelining", false)
        }
      })
    )
    yield* Effect.forkScoped(Effect.interruptible(isLost))
    return replies
  })
