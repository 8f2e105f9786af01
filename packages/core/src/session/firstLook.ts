/**
 * What there is to know of a path before it is listed, in one round trip, on a server that bears bursts:
 *
 *     C: SIZE a, or MLST a      only if it may be a file: see `kind`
 *     C: PWD                    the login directory, unless it is known
 *     C: CWD a                  a directory?
 *     C: PWD                    only if it matters where it leads: see `whereabouts`
 *     C: CWD /                  back: to where the login directory is, or most likely is
 *     C: CWD -a a               no such directory? Then `-a` is an option of LIST: see `hiddenFiles`
 *     C: PRET MLSD a            where FEAT has it
 *     C: EPSV                   where the listing will come from
 *     C: NOOP                   see `burst`
 *
 * If PWD shows another login directory than was guessed, the session is sent there, which takes a second round trip. A
 * listing alone is no reason to leave the login directory before a session of this server has come back to it: without PWD
 * the session would end before the listing is tried. Then the CWDs are left out. Each answer is kept for the questions of the listing that follows at once. Whatever is not clear by that is asked again, by
 * those who know what to do about it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Burst from "./burst.ts"
import { type SessionContext, wantsPret } from "./context.ts"
import * as HiddenFiles from "./hiddenFiles.ts"
import * as Mlsd from "./mlsd.ts"
import * as NextPort from "./nextPort.ts"
import * as PathSyntax from "./pathSyntax.ts"
import type { Visited } from "./visits.ts"
import * as WayBack from "./wayBack.ts"

/** What the server says of the path. */
export interface Look {
  /** The reply to the question about the path, if there was one. */
  readonly answer: Reply.Reply | undefined
  /** Whether it can be entered; `undefined` if that was not asked, or is not known. */
  readonly isEntered: boolean | undefined
  /** The reply to the question for the login directory, if that was asked. */
  readonly home: Reply.Reply | undefined
  /** What was answered to the way in, and to PWD inside, if that was asked. */
  readonly visit: Visited | undefined
}

export interface Options {
  /** A question about the path that changes nothing. */
  readonly question?: Command.Command | undefined
  /** Whether it is to be entered even if the listing does not need that. */
  readonly enters: boolean
  /** Whether the server is asked how it names the path from inside. */
  readonly names?: boolean | undefined
  /** Whether LIST is used even if the server has MLSD. */
  readonly long?: boolean | undefined
}

/** Longer paths, which are in four commands, are asked for in steps: a burst has to fit into the buffers of a socket. */
const MAX_PATH = 500

/** Where a login directory is that is not known: servers that lock their users in name it so. */
const LIKELY_HOME = "/"

/** `undefined` if nothing was asked, as the server does not bear it. */
export const look = (
  context: SessionContext,
  path: string,
  options: Options
): Effect.Effect<Look | undefined, CommandError> =>
  Effect.suspend(() => {
    if (!mayLook(context, path)) {
      return Effect.succeed(undefined)
    }
    const asked = questions(context, path, options)
    return Effect.flatMap(Burst.send(context, [asked.map(({ command }) => command)], "MayBeUnknown"), ({ replies }) => {
      const [all] = replies ?? []
      const replyTo = (what: What): Answered | undefined => {
        const at = asked.findIndex((one) => one.what === what)
        const [command, reply] = [asked[at]?.command, all?.[at]]
        return command === undefined || reply === undefined ? undefined : { command, reply }
      }
      return all === undefined ? Effect.succeed(undefined) : learn(context, path, replyTo)
    })
  })

/**
 * Whether it finds out what a listing would have to ask. It takes the round trip of EPSV, so the port has to be part of
 * it; and one that was just made has left the port.
 */
export const isOfUse = (context: SessionContext, path: string, long: boolean): boolean =>
  context.state.nextPort === undefined &&
  isDoubtful(context, path, long) &&
  (context.state.home === undefined || hasComeBack(context)) &&
  portQuestion(context) !== undefined

const isDoubtful = (context: SessionContext, path: string, long: boolean): boolean => {
  const verb = verbFor(context, long)
  return verb === "MLSD"
    ? isPathDoubtful(context, path, verb)
    : isArgument(path) && (isPathDoubtful(context, path, verb) || HiddenFiles.isOptionDoubtful(context, path))
}

/** Whether LIST may be given the path; else the session is sent there for it, and learns less. */
const isArgument = (path: string): boolean => path === "" || RemotePath.isLiteralListArgument(path)

const verbFor = (context: SessionContext, long: boolean): "LIST" | "MLSD" =>
  long || !Mlsd.isKnown(context) ? "LIST" : "MLSD"

const isPathDoubtful = ({ capabilities }: SessionContext, path: string, verb: "LIST" | "MLSD"): boolean =>
  path !== "" && capabilities.get(`${verb} path`) === "Unknown"

const mayLook = (context: SessionContext, path: string): boolean =>
  Burst.isBorne(context) &&
  !context.state.cwdChanged &&
  path.length <= MAX_PATH &&
  context.capabilities.home !== "Refused" &&
  (context.capabilities.paths.home === "Slashes" || context.capabilities.paths.home === "Unknown")

type What = "Path" | "Home" | "Enter" | "Inside" | "Leave" | "Option" | "Announce" | "Port"

interface Asked {
  readonly what: What
  readonly command: Command.Command
}

interface Answered {
  readonly command: Command.Command
  readonly reply: Reply.Reply
}

const guessOf = ({ capabilities, state }: SessionContext): string => state.home ?? capabilities.home ?? LIKELY_HOME

/** Whether a session of this server has come back to the login directory, as far as this session knows where that is. */
const hasComeBack = ({ capabilities, state }: SessionContext): boolean =>
  capabilities.home !== undefined && (state.home === undefined || state.home === capabilities.home)

const questions = (
  context: SessionContext,
  path: string,
  { enters, long = false, names = false, question }: Options
): ReadonlyArray<Asked> => {
  const { state } = context
  const listing = verbFor(context, long)
  const asks: Array<Asked> = question === undefined ? [] : [{ what: "Path", command: question }]
  if (state.home === undefined) {
    asks.push({ what: "Home", command: Command.pwd })
  }
  const mayLeave = question !== undefined || names || hasComeBack(context)
  if (path !== "" && mayLeave && (enters || isPathDoubtful(context, path, listing))) {
    asks.push(
      { what: "Enter", command: Command.cwd(path) },
      ...(names ? [{ what: "Inside" as const, command: Command.pwd }] : []),
      { what: "Leave", command: Command.cwd(guessOf(context)) }
    )
  }
  if (mayLeave && listing === "LIST" && isArgument(path) && HiddenFiles.isOptionDoubtful(context, path)) {
    asks.push({ what: "Option", command: Command.cwd(HiddenFiles.argumentOf(HiddenFiles.SHOW_HIDDEN, path)) })
  }
  const announced = wantsPret(context) && listing === "MLSD" ? listingOf(path) : undefined
  const port = portQuestion(context)
  if (port !== undefined && (announced !== undefined || !wantsPret(context))) {
    if (announced !== undefined) {
      asks.push({ what: "Announce", command: Command.pret(announced) })
    }
    asks.push({ what: "Port", command: port.question })
  }
  return asks
}

const listingOf = (path: string): Command.Command => Command.mlsd(path === "" ? undefined : path)

const portQuestion = (context: SessionContext) =>
  context.dataChannel.ahead?.(context, Features.has(context.features, "EPSV"))

const learn = (
  context: SessionContext,
  path: string,
  replyTo: (what: What) => Answered | undefined
): Effect.Effect<Look, CommandError> =>
  Effect.gen(function* () {
    const { capabilities, control, state } = context
    const now = yield* Clock.currentTimeMillis
    const guess = guessOf(context)
    const named = replyTo("Home")
    if (named !== undefined) {
      state.home = Reply.isCompletion(named.reply)
        ? Option.getOrUndefined(RemotePath.fromReply257(named.reply))
        : undefined
      if (state.home === undefined) {
        capabilities.home = "Refused"
      } else {
        PathSyntax.learn(context, state.home)
      }
    }
    const [enter, leave, option] = [replyTo("Enter"), replyTo("Leave"), replyTo("Option")]
    const isEntered = enter && !isRefused(enter)
    const isAtGuess = leave !== undefined && !isRefused(leave)
    const isInOption = option !== undefined && !isRefused(option)
    const isHome = !isInOption && (isAtGuess ? guess === state.home : isEntered !== true)
    if (leave !== undefined && guess === state.home) {
      WayBack.note(context, guess, leave.reply)
    }
    if (isHome) {
      state.cwdChanged = false
    } else if (state.home !== undefined) {
      yield* WayBack.leaveTo(context, state.home, false)
    } else {
      yield* control.end("there is no way back: the server does not say where the session was")
    }
    if (isEntered === true && !isInOption) {
      state.entered = { path, at: now }
    }
    // By a relative path from elsewhere it would be another directory.
    if (option !== undefined && option.reply.code >= 500 && isHome) {
      state.missing = { path: HiddenFiles.argumentOf(HiddenFiles.SHOW_HIDDEN, path), at: now }
    }
    state.nextPort = portOf(context, path, replyTo, now)
    const inside = replyTo("Inside")
    return {
      answer: replyTo("Path")?.reply,
      isEntered: isInOption ? undefined : isEntered,
      home: named?.reply,
      visit: enter && inside && { enter: enter.command, entered: enter.reply, answer: inside.reply }
    }
  })

const isRefused = ({ command, reply }: Answered): boolean => isRefusal(command, reply)

const portOf = (
  context: SessionContext,
  path: string,
  replyTo: (what: What) => Answered | undefined,
  now: number
): NextPort.NextPort => {
  const [announced, port] = [replyTo("Announce"), replyTo("Port")]
  const address =
    port === undefined || (announced !== undefined && isRefused(announced))
      ? undefined
      : portQuestion(context)?.addressOf(port.reply)
  return announced === undefined
    ? NextPort.make(address, now)
    : { address, since: now, announced: NextPort.announcement(listingOf(path)), ahead: undefined }
}
