/**
 * Directories, without their contents:
 *
 *     C: PWD                       C: MKD a                    C: RMD a       C: CWD a
 *     S: 257 "/home/ann" ...       S: 257 "/home/ann/a" ...    S: 250 ...     S: 250 ...
 *
 * RFC 959 §4.1.3 and Appendix II. A visit to a directory is always undone, as the next borrower of the session counts
 * on the login directory. If it can't be undone, its result stands and the session ends. Visits in one burst: `visits`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError, FtpProtocolViolation, FtpRejected, OpenError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type * as Reply from "../protocol/Reply.ts"
import { run, type SessionContext } from "./context.ts"
import * as PathSyntax from "./pathSyntax.ts"
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
