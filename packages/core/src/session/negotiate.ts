/**
 * After the login: what the server can do, and the two settings that every session has. One burst, one round trip:
 *
 *     C: FEAT
 *     C: TYPE I
 *     C: OPTS UTF8 ON
 *     S: 211-Features: ... 211 End
 *     S: 200 Switching to Binary mode
 *     S: 200 UTF8 set                         (any answer will do: Pure-FTPd says 504 and means yes)
 *
 * The third answer is not awaited: it changes nothing, and vsftpd sends it a round trip later. A server that loses
 * commands which arrive together answers too few of them, or takes them for one command and answers once; the session
 * is given up then, and the next one to this host asks step by step. One that does not answer FEAT or OPTS at all is
 * not asked again. A missing line of FEAT is no missing ability. A server that may have paths without slashes, by its
 * greeting, is then asked for PWD (`pathSyntax`).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ExchangeError, OpenError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as Reply from "../protocol/Reply.ts"
import { type SessionContext, sendEach, track } from "./context.ts"
import { currentDirectory } from "./directory.ts"
import * as PathSyntax from "./pathSyntax.ts"

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

export const negotiate = (context: SessionContext): Effect.Effect<void, OpenError, Scope.Scope> =>
  Effect.gen(function* () {
    const type = Command.type("I")
    const [feat, typed] =
      context.capabilities.get("Pipelining") === "Fails" ? yield* inSteps(context, type) : yield* burst(context, type)
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
    if (context.capabilities.paths.home === "Unknown" && PathSyntax.isHintedBy(context.control.greeting.lines)) {
      yield* Effect.catchTags(currentDirectory(context), {
        FtpRejected: () => Effect.void,
        FtpProtocolViolation: () => Effect.void
      })
    }
  })

/** A server that would translate its names must not, if they are asked for in its own charset (FileZilla Server, IIS). */
const utf8 = ({ names }: SessionContext): Command.Command => Command.opts(`UTF8 ${names.isUtf8() ? "ON" : "OFF"}`)

const inSteps = (context: SessionContext, type: Command.Command) =>
  sendEach(context.control, [Command.feat, type, utf8(context)])

const isHungUp = (error: ExchangeError): boolean => error._tag === "FtpConnectionLost" && error.reason !== "TimedOut"

const burst = (context: SessionContext, type: Command.Command) =>
  Effect.gen(function* () {
    const { control, capabilities } = context
    const { last, replies } = yield* Effect.tapError(
      control.sendWithUnawaited([Command.feat, type], utf8(context), BURST_LIMIT, nextLimit),
      (error) =>
        Effect.sync(() => {
          if (capabilities.proven("Pipelining") === "Unknown" && !(isHungUp(error) && control.verbs.hasNewer())) {
            capabilities.set("Pipelining", false)
          }
        })
    )
    capabilities.set("Pipelining", true)
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
