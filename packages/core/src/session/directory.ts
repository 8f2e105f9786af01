/**
 * Directories, without their contents:
 *
 *     C: PWD                       C: MKD a                    C: RMD a       C: CWD a
 *     S: 257 "/home/ann" ...       S: 257 "/home/ann/a" ...    S: 250 ...     S: 250 ...
 *
 * RFC 959 §4.1.3 and Appendix II. A visit to a directory is always undone, as the next borrower of the session counts
 * on the login directory. If it can't be undone, its result stands and the session ends. Several visits are one burst, if
 * the server bears that:
 *
 *     C: CWD a
 *     C: PWD                       what is asked inside
 *     C: CWD /home/ann             also if the first one was refused
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError, FtpProtocolViolation, FtpRejected, OpenError } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import * as Command from "../protocol/Command.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Burst from "./burst.ts"
import { run, type SessionContext } from "./context.ts"
import * as PathSyntax from "./pathSyntax.ts"
import { isFresh } from "./state.ts"
import * as WayBack from "./wayBack.ts"

/** The current directory as the server calls it. */
export const workingDirectory = (context: SessionContext): Effect.Effect<string, CommandError> =>
  Effect.tap(
    Effect.flatMap(run(context, Command.pwd), (reply) => pathOf(context, reply)),
    (path) =>
      Effect.sync(() => {
        PathSyntax.learn(context, path)
        if (!context.state.cwdChanged) {
          context.state.home = path
        }
      })
  )

/** The path in a reply to PWD. It goes into later commands, so a reply that can't be read is no path. */
export const pathOf = ({ control }: SessionContext, reply: Reply.Reply): Effect.Effect<string, FtpProtocolViolation> =>
  Option.match(RemotePath.fromReply257(reply), {
    onNone: () => control.errors.violation("a path in the reply to PWD", reply),
    onSome: Effect.succeed
  })

/** Makes a directory and returns its path: as the server names it, or as asked for if the reply has none. */
export const makeDirectory = (context: SessionContext, path: string): Effect.Effect<string, CommandError> =>
  Effect.map(run(context, Command.mkd(path), path), (reply) =>
    // Pure-FTPd doesn't double quotes; what was asked for shows how the reply is to be read.
    reply.lines[0].startsWith(`"${path}"`) ? path : Option.getOrElse(RemotePath.fromReply257(reply), () => path)
  )

export const removeDirectory = (context: SessionContext, path: string): Effect.Effect<void, CommandError> =>
  Effect.asVoid(run(context, Command.rmd(path), path))

/**
 * Whether the path is a directory that can be entered: the one question that every server answers. Fails if the server
 * does not say where the session is, as there would be no way back.
 */
export const isEntered = (context: SessionContext, path: string): Effect.Effect<boolean, CommandError> =>
  Effect.catchIf(Effect.as(inDirectory(context, path, Effect.void), true), isNoDirectory, () => Effect.succeed(false))

/** The same on a server without PWD too: the session ends if it is a directory. */
export const isDirectory = (context: SessionContext, path: string): Effect.Effect<boolean, CommandError> =>
  Effect.catchIf(Effect.as(inDirectoryAtLast(context, path, Effect.void), true), isNoDirectory, () =>
    Effect.succeed(false)
  )

const isForGood = (error: OpenError): error is FtpRejected => error._tag === "FtpRejected" && error.reply.code >= 500

/**
 * Whether a refusal is about the path. A server that does not know CWD, wants another command before it (503) or a login
 * (530) says nothing about any path.
 */
export const isNoDirectory = (error: OpenError): error is FtpRejected =>
  isForGood(error) &&
  error.verb !== "PWD" &&
  error.reason !== "Unsupported" &&
  error.reason !== "BadSequence" &&
  !ABOUT_THE_LOGIN.has(error.reply.code)

/** Not logged in; an account or TLS is needed (RFC 959 §4.2, RFC 2228 §5). */
const ABOUT_THE_LOGIN: ReadonlySet<number> = new Set([530, 532, 533, 534])

/** `isEntered` in one round trip, on a server that bears that; what it shows spares the listing that follows a question. */
export const isVisitable = (context: SessionContext, path: string): Effect.Effect<boolean, CommandError> =>
  Effect.catchIf(Effect.as(visit(context, path), true), isNoDirectory, () => Effect.succeed(false))

/** Succeeds if the path is a directory that can be entered; not asked again right after it was. */
export const confirmDirectory = (context: SessionContext, path: string): Effect.Effect<void, CommandError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    return isFresh(context.state.entered, path, now) ? Effect.void : visit(context, path)
  })

/** In and out in one round trip, if the server bears that. */
const visit = (context: SessionContext, path: string): Effect.Effect<void, CommandError> =>
  Effect.gen(function* () {
    if (!Burst.isBorne(context)) {
      return yield* inDirectory(context, path, Effect.void)
    }
    const { cwdChanged } = context.state
    const home = yield* currentDirectory(context)
    const [enter, leave] = [Command.cwd(path), Command.cwd(home)]
    const { replies } = yield* Burst.send(context, [[enter, leave]])
    const [entered, left] = replies?.[0] ?? []
    if (entered === undefined || left === undefined) {
      // The session has ended, which is the error of its next command.
      return yield* inDirectory(context, path, Effect.void)
    }
    WayBack.note(context, home, left)
    if (isRefusal(leave, left)) {
      yield* context.control.end(`there is no way back: ${Reply.toLine(left)}`)
    } else {
      context.state.cwdChanged = cwdChanged
    }
    yield* context.control.errors.expectSuccess(enter, entered, path)
    context.state.entered = cwdChanged ? undefined : { path, at: yield* Clock.currentTimeMillis }
  })

/**
 * A directory, and how the server is expected to name it from inside.
 *
 * @since 0.1.0
 * @category models
 */
export interface Expected {
  readonly path: string
  readonly expected: string
}

/**
 * Where a directory is, as the server names it from inside: with links resolved, on servers that resolve them.
 * `expected` is returned if the reply can mean it: some servers double quotes in a name and some don't, and some print
 * `?` for control characters. One round trip, if the server bears bursts and is not known to have no way back.
 */
export const resolveDirectory = (
  context: SessionContext,
  path: string,
  expected: string
): Effect.Effect<string, CommandError> => {
  const inSteps = inDirectory(
    context,
    path,
    Effect.flatMap(run(context, Command.pwd), (reply) => named(context, reply, expected))
  )
  return Effect.suspend(() =>
    mayVisit(context, path)
      ? Effect.flatMap(visits(context, [path]), ([visit]) =>
          // The session has ended, which is the error of its next command.
          visit === undefined ? inSteps : resolved(context, path, expected, visit)
        )
      : inSteps
  )
}

/** What a visit shows of where the path leads. */
export const resolved = (
  context: SessionContext,
  path: string,
  expected: string,
  { answer, enter, entered }: Visited
): Effect.Effect<string, CommandError> => {
  const { errors } = context.control
  return Effect.zipRight(
    errors.expectSuccess(enter, entered, path),
    Effect.flatMap(errors.expectSuccess(Command.pwd, answer, path), () => named(context, answer, expected))
  )
}

const named = (context: SessionContext, reply: Reply.Reply, expected: string) =>
  mayName(reply, expected) ? Effect.succeed(expected) : pathOf(context, reply)

/** Longer paths are asked for in steps: a burst has to fit into the buffers of a socket. */
const MAX_PATH = 500

/** Without a way back a burst would end the session after a refused CWD too. */
const mayVisit = (context: SessionContext, path: string): boolean =>
  Burst.isBorne(context) && context.capabilities.home !== "Refused" && path.length <= MAX_PATH

/**
 * The same for the first of several directories: as many as go into one burst, at least one. `None` if it could not be
 * entered, or something went wrong: `resolveDirectory` says what.
 */
export const resolveDirectories = (
  context: SessionContext,
  directories: ReadonlyArray<Expected>
): Effect.Effect<ReadonlyArray<Option.Option<string>>, CommandError> =>
  Effect.map(
    visits(
      context,
      directories.map(({ path }) => path)
    ),
    (visited) =>
      visited.map((visit, index) => {
        const expected = directories[index]?.expected
        return visit === undefined || isRefusal(visit.enter, visit.entered) || isRefusal(Command.pwd, visit.answer)
          ? Option.none()
          : expected !== undefined && mayName(visit.answer, expected)
            ? Option.some(expected)
            : RemotePath.fromReply257(visit.answer)
      })
  )

/** What the server has answered to one visit of a burst. */
export interface Visited {
  readonly enter: Command.Command
  readonly entered: Reply.Reply
  /** To PWD, which is about another directory if that one was not entered. */
  readonly answer: Reply.Reply
}

/**
 * Visits the first of several directories, as many as go into one burst. `undefined` for what has to be asked in steps.
 * After a refused way back, nothing counts: the paths may be relative.
 */
const visits = (
  context: SessionContext,
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Visited | undefined>, CommandError> =>
  Effect.gen(function* () {
    if (!Burst.isBorne(context)) {
      return paths.length === 0 ? [] : [undefined]
    }
    const { cwdChanged } = context.state
    const home = yield* currentDirectory(context)
    const leave = Command.cwd(home)
    const groups = paths.map((path) => [Command.cwd(path), Command.pwd, leave] as const)
    const { replies, sent } = yield* Burst.send(context, groups)
    if (replies === undefined) {
      return Array.from({ length: sent }, () => undefined)
    }
    const refused = replies.findIndex((group) => group.slice(-1).some((reply) => isRefusal(leave, reply)))
    const back = replies[refused]?.at(-1)
    const last = back ?? replies.at(-1)?.at(-1)
    if (last !== undefined) {
      WayBack.note(context, home, last)
    }
    if (back !== undefined) {
      yield* context.control.end(`there is no way back: ${Reply.toLine(back)}`)
    } else {
      context.state.cwdChanged = cwdChanged
    }
    return replies.map(([entered, answer], index) => {
      const enter = groups[index]?.[0]
      return enter === undefined ||
        entered === undefined ||
        answer === undefined ||
        (back !== undefined && index > refused)
        ? undefined
        : { enter, entered, answer }
    })
  })

const mayName = (reply: Reply.Reply, path: string): boolean =>
  isLiterally(reply, path) ||
  Option.exists(RemotePath.fromReply257(reply), (named) => NativePath.isSameDirectory(named, path))

const isLiterally = ({ lines: [line] }: Reply.Reply, path: string): boolean =>
  [path, path.replaceAll('"', '""'), path.replace(CONTROL, "?")].some(
    (name) => line === name || (line.startsWith(`"${name}"`) && /^(?:\s|$)/.test(line.slice(name.length + 2)))
  )

const CONTROL = /[\x00-\x1f\x7f]/g

/**
 * Runs an effect inside a directory, and returns to where the session was, even if it fails. What the effect did stands
 * if there is no way back.
 */
export const inDirectory = <A, E, R>(
  context: SessionContext,
  path: string,
  use: Effect.Effect<A, E, R>
): Effect.Effect<A, E | CommandError, R> =>
  Effect.gen(function* () {
    const { cwdChanged } = context.state
    const home = yield* currentDirectory(context)
    yield* run(context, Command.cwd(path), path)
    const exit = yield* Effect.exit(use)
    yield* WayBack.leaveTo(context, home, cwdChanged)
    return yield* exit
  })

/** The same on a server without PWD too: the session ends afterwards, as there is no way back. */
export const inDirectoryAtLast = <A, E, R>(
  context: SessionContext,
  path: string,
  use: Effect.Effect<A, E, R>
): Effect.Effect<A, E | CommandError, R> =>
  Effect.gen(function* () {
    const noWayBack = yield* Effect.catchIf(Effect.as(currentDirectory(context), undefined), isForGood, Effect.succeed)
    if (noWayBack === undefined) {
      return yield* inDirectory(context, path, use)
    }
    yield* run(context, Command.cwd(path), path)
    const exit = yield* Effect.exit(use)
    yield* context.control.end(`there is no way back: ${noWayBack.message}`)
    return yield* exit
  })

/** Whether the server says where the session is; the answer is kept. */
export const hasWayBack = (context: SessionContext): Effect.Effect<boolean, CommandError> =>
  Effect.catchIf(
    Effect.as(currentDirectory(context), true),
    ({ _tag }) => _tag === "FtpRejected" || _tag === "FtpProtocolViolation",
    () => Effect.succeed(false)
  )

/** Where the session is; the login directory is asked for once, also of a server without PWD. */
export const currentDirectory = (context: SessionContext): Effect.Effect<string, CommandError> =>
  Effect.suspend(() => (context.state.cwdChanged ? workingDirectory(context) : homeOf(context)))

const homeOf = (context: SessionContext): Effect.Effect<string, CommandError> =>
  Effect.suspend(() => {
    const { state } = context
    if (state.home !== undefined) {
      return Effect.succeed(state.home)
    }
    if (state.noHome !== undefined) {
      return Effect.fail(state.noHome)
    }
    return Effect.tapBoth(workingDirectory(context), {
      onFailure: (error) =>
        Effect.sync(() => {
          state.noHome = isForGood(error) && error.reason === "Unsupported" ? error : undefined
        }),
      onSuccess: (home) =>
        Effect.sync(() => {
          state.home = home
        })
    })
  })
