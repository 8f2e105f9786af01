/**
 * Questions about one file, and changes to it that need no data connection:
 *
 *     C: SIZE a        C: MDTM a                   C: MFMT 20260102030405 a      C: RNFR a     C: DELE a
 *     S: 213 4711      S: 213 20260102030405       S: 213 Modify=...; a          S: 350 ...    S: 250 ...
 *                                                                                C: RNTO b
 *                                                                                S: 250 ...
 *
 * RFC 3659 §3 and §4, RFC 959 §4.1.3, draft-somers-ftp-mfxx.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError, FtpRejected } from "../base/FtpError.ts"
import type { TimeCommand } from "../base/FtpProfile.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import * as WholeNumber from "../protocol/WholeNumber.ts"
import { run, type SessionContext } from "./context.ts"

export const size = (context: SessionContext, path: string): Effect.Effect<number, CommandError> =>
  Effect.gen(function* () {
    const reply = yield* run(context, Command.size(path), path)
    const bytes = sizeOf(reply)
    return Option.isSome(bytes) ? bytes.value : yield* context.control.errors.violation("a size in bytes", reply)
  })

/**
 * The size in a 213, or `None` in any other reply. Some servers put text before the number; a text with two numbers is
 * no proof of either.
 */
export const sizeOf = (reply: Reply.Reply): Option.Option<number> =>
  reply.code === 213 ? WholeNumber.onlyNumber(reply.lines[0]) : Option.none()

export const modified = (context: SessionContext, path: string): Effect.Effect<FtpTime, CommandError> =>
  Effect.gen(function* () {
    const reply = yield* run(context, Command.mdtm(path), path)
    const time = Timestamp.fromReply213(reply)
    return Option.isSome(time) ? time.value : yield* context.control.errors.violation("a time", reply)
  })

/**
 * MFMT, then what older servers have: SITE UTIME in both forms, and MDTM with a time (vsftpd, IIS, Serv-U). What worked
 * last comes first.
 */
export const setModified = (
  context: SessionContext,
  path: string,
  at: DateTime.Utc
): Effect.Effect<void, CommandError> => {
  const { capabilities, features } = context
  const ladder = ladderOf(path, at)
  const rungs = Features.has(features, "MFMT") ? ladder.slice(0, 1) : ladder
  const byLadder = Effect.map(
    remembered(
      context,
      firstSupported(
        context,
        path,
        rungs.map(({ command }) => command)
      )
    ),
    (index) => {
      capabilities.timeCommand = rungs[index]?.kind
    }
  )
  const known = rungs.find(({ kind }) => kind === capabilities.timeCommand)
  return known === undefined
    ? byLadder
    : Effect.catchIf(
        Effect.asVoid(run(context, known.command, path)),
        (error) => error._tag === "FtpRejected" && !isAboutTheFile(error, known.kind),
        () => {
          capabilities.timeCommand = undefined
          return byLadder
        }
      )
}

/** The command that is known to set times, as far as the server has shown. */
export const timeCommand = (
  context: SessionContext,
  path: string,
  at: DateTime.Utc
): Command.Command | "Unsupported" | "Unknown" =>
  knownTimeCommand(context, path, at)?.command ??
  (context.capabilities.timeRefusal === undefined ? "Unknown" : "Unsupported")

/** The same, and which it is. */
export const knownTimeCommand = (
  { capabilities, features }: SessionContext,
  path: string,
  at: DateTime.Utc
): Rung | undefined => {
  const known = capabilities.timeCommand ?? (Features.has(features, "MFMT") ? "MFMT" : undefined)
  return ladderOf(path, at).find(({ kind }) => kind === known)
}

/** A command that may set the time of a file. */
export interface Rung {
  readonly kind: TimeCommand
  readonly command: Command.Command
  readonly path: string
}

const ladderOf = (path: string, at: DateTime.Utc): ReadonlyArray<Rung> => {
  const time = Timestamp.format(at)
  return [
    { kind: "MFMT", command: Command.mfmt(time, path), path },
    { kind: "SITE UTIME", command: Command.site(`UTIME ${path} ${time} ${time} ${time} UTC`), path },
    { kind: "SITE UTIME short", command: Command.site(`UTIME ${time} ${path}`), path },
    { kind: "MDTM", command: Command.mdtm(`${time} ${path}`), path }
  ]
}

/** That no command is supported is remembered, as it would be refused each time. */
const remembered = <A>(
  { capabilities }: SessionContext,
  self: Effect.Effect<A, CommandError>
): Effect.Effect<A, CommandError> =>
  Effect.tapErrorTag(self, "FtpRejected", (error) =>
    Effect.sync(() => {
      capabilities.timeRefusal = error.reason === "Unsupported" ? error : undefined
    })
  )

/**
 * Fails if it is known that no command sets times. Without MFMT, and without a command that has worked before, the
 * server is asked by SITE UTIME for a file that is not there: one that has it refuses that name. MDTM with a time would
 * be refused in the same way by servers that have it and by those that haven't; if FEAT lists MDTM, only trying helps.
 */
export const expectSetsModified = (
  context: SessionContext,
  path: string,
  at: DateTime.Utc
): Effect.Effect<void, CommandError> =>
  Effect.suspend(() => {
    const { capabilities, features } = context
    if (capabilities.timeCommand !== undefined) {
      return Effect.void
    }
    if (capabilities.timeRefusal !== undefined) {
      return Effect.fail(capabilities.timeRefusal)
    }
    if (Features.has(features, "MFMT")) {
      return Effect.void
    }
    const bySite = ladderOf(path, at).flatMap(({ command, kind }) => (kind.startsWith("SITE") ? [command] : []))
    return features.length === 0 || Features.has(features, "MDTM")
      ? Effect.void
      : Effect.catchIf(
          Effect.asVoid(remembered(context, firstSupported(context, path, bySite))),
          (error) => error._tag === "FtpRejected" && error.reason !== "Unsupported",
          () => Effect.void
        )
  })

/** A server that does not know MDTM with a time takes that for a part of the name, which is not there. */
export const isAboutTheFile = ({ reason }: FtpRejected, kind: TimeCommand): boolean =>
  kind !== "MDTM" && (reason === "NotFound" || reason === "PermissionDenied")

export const setMode = (context: SessionContext, path: string, mode: number): Effect.Effect<void, CommandError> =>
  Effect.asVoid(
    firstSupported(context, path, [
      Command.siteChmod(mode, path),
      ...(Features.has(context.features, "MFF") ? [Command.mffMode(mode, path)] : [])
    ])
  )

export const remove = (context: SessionContext, path: string): Effect.Effect<void, CommandError> =>
  Effect.asVoid(run(context, Command.dele(path), path))

export const rename = (context: SessionContext, from: string, to: string): Effect.Effect<void, CommandError> =>
  Effect.gen(function* () {
    const [first, second] = [Command.rnfr(from), Command.rnto(to)]
    // Servers may forget RNFR if anything comes between.
    yield* context.control.learnForms(first, second)
    const reply = yield* run(context, first, from)
    if (!Reply.isIntermediate(reply)) {
      return yield* context.control.errors.violation("350 in answer to RNFR", reply)
    }
    yield* run(context, second, to)
  })

/**
 * Tries one command after the other until the server knows one, and returns which; if it knows none, the first refusal
 * is the failure.
 */
const firstSupported = (
  context: SessionContext,
  path: string,
  commands: ReadonlyArray<Command.Command>
): Effect.Effect<number, CommandError> =>
  Effect.gen(function* () {
    let first: FtpRejected | undefined
    for (const [index, command] of commands.entries()) {
      const result = yield* Effect.either(run(context, command, path))
      if (result._tag === "Right") {
        return index
      }
      if (result.left._tag !== "FtpRejected" || result.left.reason !== "Unsupported") {
        return yield* Effect.fail(first ?? result.left)
      }
      first ??= result.left
    }
    return yield* Effect.fail(first ?? (yield* Effect.dieMessage("no command to try")))
  })
