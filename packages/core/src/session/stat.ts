/**
 * What one path is. The best question that the server answers, down this ladder:
 *
 *     C: MLST a            RFC 3659 §7: all facts in one reply
 *     C: SIZE a, MDTM a    a file, without its mode; not so if the server has a size for directories: `C: SIZE /`
 *     C: LIST parent       all others: directories, links, and files whose size SIZE does not report
 *     C: CWD a             a directory that is not listed, or whose parent can't be, without any fact
 *
 * MLST that is refused for another reason than that the path is missing, or not to be seen, leads to the next question.
 *
 * "Unsupported" is never taken for "absent": a path is missing if MLST says so, or if neither the parent's listing shows
 * it nor SIZE, MDTM and CWD know it. A listing that failed, or has lines that can't be read, shows nothing: then that is
 * the error. One without hidden files does not show that such a name is missing: that takes SIZE or MDTM. Nor does a reply
 * that may be another one later, as 450 of a file that is in use: then that is the error, unless SIZE or MDTM says in words
 * that there is no such file. What only MDTM knows is a file. Links are not followed, but by SIZE on a server without MLST.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError, FtpListingError, FtpRejected } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import { type FtpEntry, noFacts } from "../protocol/FtpEntry.ts"
import * as Mlsx from "../protocol/listing/mlsx.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import { run, type SessionContext, sendIndependent } from "./context.ts"
import { isDirectory, workingDirectory } from "./directory.ts"
import { sizeOf } from "./file.ts"
import { type ListFailure, list } from "./list.ts"
import { fail } from "./listingAnswer.ts"
import * as NativePaths from "./nativePaths.ts"

export interface StatOptions {
  /**
   * Whether the caller has just listed the parent, and the listing lacks the path: it is not listed again. Default false.
   */
  readonly isUnlisted?: boolean | undefined
}

export const stat = (
  context: SessionContext,
  path: string,
  options?: StatOptions
): Effect.Effect<FtpEntry, ListFailure> =>
  Features.has(context.features, "MLST")
    ? Effect.flatMap(
        Effect.map(run(context, Command.mlst(path === "" ? undefined : path), path), (reply) =>
          Mlsx.parseMlst(reply, path)
        ),
        Option.match({ onNone: () => byQuestions(context, path, options), onSome: (entry) => Effect.succeed(entry) })
      ).pipe(
        Effect.catchIf(
          (error): error is FtpRejected =>
            error._tag === "FtpRejected" && error.reason !== "NotFound" && error.reason !== "PermissionDenied",
          (error) => byQuestions(context, path, options, isPassing("MLST", error.reply) ? error : undefined)
        )
      )
    : byQuestions(context, path, options)

const byQuestions = (
  context: SessionContext,
  path: string,
  options: StatOptions = {},
  /** The refusal of MLST, if that may pass. */
  busy?: FtpRejected | undefined
): Effect.Effect<FtpEntry, ListFailure> =>
  Effect.gen(function* () {
    if (path === "") {
      yield* workingDirectory(context)
      return { ...noFacts, name: "", path, type: "Directory", raw: "" } satisfies FtpEntry
    }
    const { name } = NativePath.split(yield* NativePaths.syntaxOf(context, path), path)
    const entry = (type: FtpEntry["type"], size: FtpEntry["size"], modified: FtpEntry["modified"]): FtpEntry => ({
      ...noFacts,
      name,
      path,
      type,
      size,
      modified,
      raw: ""
    })
    const [sizeCommand, timeCommand] = [Command.size(path), Command.mdtm(path)]
    const [sizeReply, timeReply] = yield* sendIndependent(context, [sizeCommand, timeCommand])
    const size = sizeOf(sizeReply)
    if (Option.isSome(size)) {
      const time = Timestamp.fromReply213(timeReply)
      return (yield* hasSizeOfDirectories(context)) && (yield* isDirectory(context, path))
        ? entry("Directory", Option.none(), time)
        : entry("File", size, time)
    }
    if (sizeReply.code === 421) {
      return yield* context.control.errors.rejected(sizeCommand, sizeReply, { path })
    }
    const time = Timestamp.fromReply213(timeReply)
    const listed = options.isUnlisted === true ? MISSING : yield* inParent(context, path)
    if (listed._tag === "Found") {
      const { entry } = listed
      // LIST has minutes at best. The time of a link would be that of what it leads to.
      return Option.isSome(time) && entry.type !== "SymbolicLink" ? { ...entry, modified: time } : entry
    }
    if (yield* isDirectory(context, path)) {
      return entry("Directory", Option.none(), time)
    }
    if (Option.isSome(time)) {
      return entry("File", Option.none(), time)
    }
    if (listed._tag === "Unclear") {
      return yield* Effect.fail(listed.error)
    }
    if (!saysMissing("SIZE", sizeReply) && !saysMissing("MDTM", timeReply)) {
      const { rejected } = context.control.errors
      if (busy !== undefined) {
        return yield* Effect.fail(busy)
      }
      if (isPassing("SIZE", sizeReply)) {
        return yield* rejected(sizeCommand, sizeReply, { path })
      }
      if (isPassing("MDTM", timeReply)) {
        return yield* rejected(timeCommand, timeReply, { path })
      }
    }
    const mayBeHidden =
      isNeverListed(context, path) && isUnsupported("SIZE", sizeReply) && isUnsupported("MDTM", timeReply)
    const reason = mayBeHidden ? undefined : "NotFound"
    return yield* context.control.errors.rejected(sizeCommand, sizeReply, { path, reason })
  })

/** Whether the same question may be answered later; Windows has 550 for a file that is in use. */
const isPassing = (verb: string, reply: Reply.Reply): boolean => {
  const reason = ReplyMeaning.reasonOf(verb, reply)
  return reason === "Busy" || (Reply.classOf(reply) === "TransientNegative" && reason !== "NotFound")
}

/** Whether the words of a refusal are that there is no such path. */
const saysMissing = (verb: string, reply: Reply.Reply): boolean =>
  ReplyMeaning.reasonOf(verb, reply) === "NotFound" && !ReplyMeaning.givesNoReason(reply)

/** Whether no listing of this server shows such a name. */
const isNeverListed = ({ capabilities }: SessionContext, path: string): boolean =>
  RemotePath.baseName(path).startsWith(".") && capabilities.get("LIST -a") === "Fails"

const isUnsupported = (verb: string, reply: Reply.Reply): boolean =>
  ReplyMeaning.reasonOf(verb, reply) === "Unsupported"

/** Whether the server answers SIZE of a directory with a number, as ftp-srv does; asked once. */
export const hasSizeOfDirectories = (context: SessionContext): Effect.Effect<boolean, CommandError> =>
  Effect.gen(function* () {
    const { capabilities } = context
    if (capabilities.get("SIZE of directory") === "Unknown") {
      const command = Command.size("/")
      const reply = yield* context.control.send(command)
      if (ReplyMeaning.isServiceClosing(reply)) {
        return yield* context.control.errors.rejected(command, reply)
      }
      capabilities.set("SIZE of directory", Option.isSome(sizeOf(reply)))
    }
    return capabilities.get("SIZE of directory") === "Works"
  })

/** What the listing of the parent shows. `Unclear`: it can't be had, or not be read as a whole. */
type InParent =
  | { readonly _tag: "Found"; readonly entry: FtpEntry }
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Unclear"; readonly error: FtpListingError | FtpRejected }

const MISSING: InParent = { _tag: "Missing" }

const inParent = (context: SessionContext, path: string): Effect.Effect<InParent, ListFailure> => {
  return Effect.gen(function* () {
    const syntax = yield* NativePaths.syntaxOf(context, path)
    const { directory: parent, name } = NativePath.split(syntax, path)
    if (name === "" || name === "." || name === "..") {
      return MISSING
    }
    const listing = yield* list(context, parent)
    const found = listing.entries.find((candidate) => NativePath.isNamed(syntax, candidate.name, name))
    const [unread] = listing.unread
    return found !== undefined
      ? ({ _tag: "Found", entry: { ...found, path, size: sizeIn(found) } } as const)
      : unread !== undefined
        ? ({ _tag: "Unclear", error: yield* Effect.flip(unreadable(context, parent, unread)) } as const)
        : MISSING
  }).pipe(
    Effect.catchAll((error) =>
      error._tag === "FtpListingError" || error._tag === "FtpRejected"
        ? Effect.succeed<InParent>(isNoDirectory(error) ? MISSING : { _tag: "Unclear", error })
        : Effect.fail(error)
    )
  )
}

/** That of a directory in LIST is the room that its own entries take. */
const sizeIn = ({ size, type }: FtpEntry): FtpEntry["size"] => (type === "Directory" ? Option.none() : size)

/** A line that can't be read may be that of the path. */
const unreadable = (context: SessionContext, path: string, line: string) =>
  fail(context, path, { reason: "Unreadable", line, detail: "has lines that can't be read" })

/** A parent that is a file holds nothing. */
const isNoDirectory = (error: ListFailure): boolean =>
  error._tag === "FtpRejected" && (error.reason === "NotFound" || ReplyMeaning.isNotADirectory(error.reply))
