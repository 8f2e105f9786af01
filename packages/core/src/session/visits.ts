/**
 * Visits to directories, to find out where their paths lead. Several are one burst, if the server bears that:
 *
 *     C: CWD a
 *     C: PWD                       what is asked inside
 *     C: CWD /home/ann             also if the first one was refused
 *
 * Else, and if anything about the burst is odd, they are made in steps: `directory`.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import * as Command from "../protocol/Command.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Burst from "./burst.ts"
import { run, type SessionContext } from "./context.ts"
import { currentDirectory, inDirectory, isNoDirectory, pathOf } from "./directory.ts"
import { isFresh } from "./state.ts"
import * as WayBack from "./wayBack.ts"

/** `isEntered` in one round trip, on a server that bears that; what it shows spares the listing that follows a question. */
export const isVisitable = (context: SessionContext, path: string): Effect.Effect<boolean, CommandError> =>
  Effect.catchIf(Effect.as(visit(context, path), true), isNoDirectory, () => Effect.succeed(false))

/** Succeeds if the path is a directory that can be entered; not asked again right after it was. */
export const confirmDirectory = (context: SessionContext, path: string): Effect.Effect<void, CommandError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    isFresh(context.state.entered, path, now) ? Effect.void : visit(context, path)
  )

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
