/**
 * The entries of a directory, down this ladder:
 *
 *     C: MLSD pub                    RFC 3659 §7: exact, and its argument is a plain path
 *     S: 150 ... entries ... 226     500, 502: this server has none. Lines that can't be read, or no data: the same
 *
 *     C: LIST -a pub                 RFC 959 §4.1.3: for people; `-a` shows hidden files where it is understood
 *     S: 150 ... lines ... 226
 *
 *     C: CWD pub, LIST -a            from inside, if the argument is not reliable
 *
 *     C: CWD pub, NLST               if no dialect reads the lines: see nameList. Later listings begin here
 *
 * LIST has traps, all of them met here. A path with anything but plain characters may be globbed, split or taken for
 * options (vsftpd, Pure-FTPd), so the server is sent there by CWD instead. An empty answer may mean that the path is
 * missing (vsftpd, Pure-FTPd), and a single line that it is a file, so CWD is asked before either is believed. Without
 * PWD there is no way back from that, and the session ends: so a single line with another name is believed there, in
 * any case of its letters, and only an empty directory costs a login, on a server that has no MLSD either. A single
 * line with the path's own name, or a complaint after the listing, may be about a directory that can't be read
 * (vsftpd), so it is listed again from inside. A directory that is refused, but can be entered, is empty (ftpiiu: 550).
 * Where `-a` is not an option, it is not used: see hiddenFiles. What will have to be asked of a server that is not known
 * is asked ahead, if it bears bursts: see firstLook.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { FtpRejected } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Listing from "../protocol/Listing.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { SessionContext } from "./context.ts"
import { hasWayBack, inDirectory, inDirectoryAtLast } from "./directory.ts"
import * as ExpressList from "./expressList.ts"
import * as FirstLook from "./firstLook.ts"
import * as HiddenFiles from "./hiddenFiles.ts"
import * as ListArgument from "./listArgument.ts"
import {
  fetch,
  isAboutTheText,
  type ListFailure,
  type ListOptions,
  learn,
  longReader,
  type Question,
  readable
} from "./listingAnswer.ts"
import * as ListRefusal from "./listRefusal.ts"
import * as LiveListing from "./liveListing.ts"
import * as Mlsd from "./mlsd.ts"
import { byName } from "./nameList.ts"
import * as NativePaths from "./nativePaths.ts"
import * as ServerZone from "./serverZone.ts"

export type { ListFailure, ListOptions } from "./listingAnswer.ts"

type Answer = Effect.Effect<Listing.Listed<string>, ListFailure>

/** The same, with entries handed out as they arrive; those that were not are returned. */
export const listInto = (
  context: SessionContext,
  path: string,
  deliver: LiveListing.Deliver,
  options: ListOptions = {}
): Answer =>
  Effect.suspend(() =>
    context.names.isCertain()
      ? Effect.flatMap(
          LiveListing.all(deliver, (live) => listAsRead(context, path, options, live)),
          (listing) => NativePaths.joined(context, path, listing)
        )
      : list(context, path, options)
  )

export const list = (context: SessionContext, path: string, options: ListOptions = {}): Answer =>
  Effect.flatMap(ExpressList.list(context, path, options), (outcome) =>
    outcome === "Long" ? listAtLength(context, path, options) : Effect.succeed(outcome)
  )

/** With all that a server may need, each step an effect. */
const listAtLength = (context: SessionContext, path: string, options: ListOptions): Answer =>
  Effect.suspend(() => {
    const wasUtf8 = context.names.isUtf8()
    return Effect.flatMap(listAsRead(context, path, options), (listing) =>
      // What came before was read in a charset that is not the server's.
      wasUtf8 === context.names.isUtf8() ? Effect.succeed(listing) : listAsRead(context, path, options)
    )
  }).pipe(Effect.flatMap((listing) => NativePaths.joined(context, path, listing)))

const listAsRead = (
  context: SessionContext,
  path: string,
  { long: isLong = false, maxEntries = Listing.MAX_ENTRIES, times = true }: ListOptions,
  live?: LiveListing.Delivery
): Answer => {
  const question: Question = { path, maxEntries, live }
  const long = longOrNames(context, question, times)
  const withoutMlsd = Effect.sync(() => context.capabilities.set("MLSD", false))
  const asked =
    !isLong && Mlsd.isKnown(context)
      ? Effect.catchAll(mlsd(context, question), (error) =>
          ListRefusal.isUnknownVerb(error)
            ? Effect.zipRight(withoutMlsd, long)
            : ListRefusal.isUnreadable(error)
              ? Effect.zipLeft(long, withoutMlsd)
              : ListRefusal.mayBeEmpty(error)
                ? fromInside(context, question, error)
                : ListRefusal.isForNow(error)
                  ? long
                  : ListRefusal.isPerhapsUnknown(error)
                    ? Effect.tap(long, () => (ListRefusal.mayTell(context, path) ? withoutMlsd : Effect.void))
                    : Effect.fail(error)
        )
      : long
  return FirstLook.isOfUse(context, path, isLong)
    ? Effect.zipRight(FirstLook.look(context, path, { enters: false, long: isLong }), asked)
    : asked
}

/**
 * LIST, or the names alone if no dialect reads it; once that is known, NLST at once. A dialect that the caller names may be
 * the wrong one: that is an error, not a server without any.
 */
const longOrNames = (context: SessionContext, question: Question, times: boolean): Answer => {
  const memory = context.capabilities.listing
  const long = Effect.suspend(() => (times ? withTimes(context, question) : longListing(context, question))).pipe(
    Effect.tap(({ count }) =>
      Effect.sync(() => {
        memory.namesOnly &&= count === 0
      })
    )
  )
  return context.dialect !== undefined
    ? long
    : Effect.suspend(() =>
        memory.namesOnly
          ? byName(context, question, long)
          : Effect.catchIf(long, ListRefusal.isUnreadable, (error) => byName(context, question, Effect.fail(error)))
      )
}

/** LIST with its times in the server's zone, as far as that is known or can be found out. */
const withTimes = (context: SessionContext, question: Question): Answer =>
  Effect.flatMap(ServerZone.isSettled(context), (isSettled) =>
    Effect.flatMap(longListing(context, isSettled ? question : whole(question)), (listing) =>
      Effect.if(ServerZone.isDisproved(context, listing), {
        onTrue: () => withTimes(context, question),
        onFalse: () => ServerZone.inferred(context, listing)
      })
    )
  )

/** All entries at the end. */
const whole = (question: Question): Question => ({ ...question, live: undefined })

const mlsd = (context: SessionContext, asked: Question): Answer => {
  const { path } = asked
  const question = path === "" || context.capabilities.get("MLSD path") !== "Unknown" ? asked : whole(asked)
  const inside = mlsdOnce(context, question, "")
  return path === ""
    ? inside
    : ListArgument.checked(context, "MLSD path", path, {
        inside,
        current: mlsdOnce(context, whole(question), ""),
        root: mlsdOnce(context, whole(question), "/"),
        byArgument: Effect.map(mlsdOnce(context, question, path), ListArgument.named)
      })
}

const mlsdOnce = (context: SessionContext, question: Question, target: string): Answer =>
  LiveListing.once(
    question.live,
    Effect.gen(function* () {
      const reader = Mlsd.reader(context, question, yield* Clock.currentTimeMillis)
      yield* fetch(context, Command.mlsd(target === "" ? undefined : target), question, reader)
      return yield* readable(context, question.path, reader.end())
    })
  )

const longListing = (context: SessionContext, asked: Question): Answer => {
  const { path } = asked
  const isPathKnown = path === "" || context.capabilities.get("LIST path") !== "Unknown"
  const question =
    LiveListing.isOptionKnown(context) && (isPathKnown || !RemotePath.isLiteralListArgument(path))
      ? asked
      : whole(asked)
  const inside = listed(context, question, "")
  return path === ""
    ? inside
    : RemotePath.isLiteralListArgument(path)
      ? ListArgument.checked(context, "LIST path", path, {
          inside,
          current: listed(context, whole(question), ""),
          root: listed(context, whole(question), "/"),
          byArgument: byArgument(context, question)
        })
      : inDirectoryAtLast(context, path, inside)
}

/** LIST with a path, which CWD confirms if the answer may not be about a directory. */
const byArgument = (context: SessionContext, question: Question): Effect.Effect<ListArgument.Named, ListFailure> => {
  const { path } = question
  const fromInsideAfter = (answer: ListArgument.Named["answer"], listing: Answer) =>
    Effect.map(listing, (listing) => ({ listing, answer }))
  const inside = inDirectoryAtLast(context, path, listed(context, question, ""))
  return Effect.matchEffect(listed(context, question, path), {
    onFailure: (error) =>
      isAboutTheText(error)
        ? fromInsideAfter(undefined, inside)
        : ListRefusal.mayBeEmpty(error)
          ? fromInsideAfter(undefined, fromInside(context, question, error))
          : Effect.fail(error),
    onSuccess: (listing) =>
      listing.count > 1 || listing.hasDots
        ? Effect.succeed(ListArgument.named(listing))
        : listing.entries.some((entry) => isSameName(RemotePath.baseName(entry.name), RemotePath.baseName(path)))
          ? fromInsideAfter(listing, inside)
          : Effect.if(hasWayBack(context), {
              onTrue: () => Effect.as(inDirectory(context, path, Effect.void), ListArgument.named(listing)),
              // A file would be listed under its own name, so this is what a directory has. Nothing shows that of an empty answer.
              onFalse: () =>
                listing.count === 1 ? Effect.succeed(ListArgument.named(listing)) : fromInsideAfter(listing, inside)
            })
  })
}

/** In any Unicode form and any case: a server may list a name in another one than it was asked for. */
const isSameName = (left: string, right: string): boolean =>
  left === right || left.normalize("NFC").toLowerCase() === right.normalize("NFC").toLowerCase()

/** LIST after a refusal, from inside the directory. If that can't be entered, the refusal stands. */
const fromInside = (context: SessionContext, question: Question, refusal: FtpRejected): Answer => {
  const { path } = question
  const inside = listed(context, question, "")
  return path === ""
    ? inside
    : Effect.catchIf(
        inDirectory(context, path, inside),
        (error) => error._tag === "FtpRejected" && error.verb === "CWD",
        () => Effect.fail(refusal)
      )
}

/** One LIST, with hidden files if that is possible. */
const listed = (context: SessionContext, question: Question, target: string): Answer =>
  HiddenFiles.included(context, target, {
    all: LiveListing.once(question.live, listOnce(context, question, target, HiddenFiles.SHOW_HIDDEN)),
    plain: LiveListing.once(question.live, listOnce(context, question, target, ""))
  })

const listOnce = (
  context: SessionContext,
  question: Question,
  target: string,
  option: "" | typeof HiddenFiles.SHOW_HIDDEN
): Answer =>
  Effect.gen(function* () {
    const reader = longReader(context, question, yield* Clock.currentTimeMillis)
    const argument = HiddenFiles.argumentOf(option, target)
    const command = Command.list(argument === "" ? undefined : argument)
    const refusal = yield* Effect.catchIf(
      Effect.as(fetch(context, command, question, reader), undefined),
      (error): error is FtpRejected =>
        ListRefusal.mayBeEmpty(error) && (target === "" || ReplyMeaning.isEmptyListing(error.reply)),
      Effect.succeed
    )
    const listing = reader.end()
    learn(context, listing)
    if (refusal !== undefined && !ReplyMeaning.isEmptyListing(refusal.reply) && ListRefusal.hasContent(listing)) {
      return yield* refusal
    }
    return yield* readable(context, question.path, listing)
  })
