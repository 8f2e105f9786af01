/**
 * The entries of a directory.
 *
 *     C: MLSD pub                    RFC 3659 §7: exact, and its argument is a plain path
 *     S: 150 ... entries ... 226     500, 502: this server has none; LIST from then on
 *
 *     C: LIST -a pub                 RFC 959 §4.1.3: for people; `-a` shows hidden files where it is understood
 *     S: 150 ... lines ... 226
 *
 * LIST has traps, all of them met here. A path with anything but plain characters may be globbed, split or taken for
 * options (vsftpd, Pure-FTPd), so the server is sent there by CWD instead. An empty answer may mean that the path is
 * missing (vsftpd, Pure-FTPd), and a single line that it is a file, so CWD is asked before either is believed; a single
 * line with the path's own name, or a complaint after the listing, may be about a directory that can't be read
 * (vsftpd), so it is listed again from inside. And `-a` is used only where it has been seen to list no less than plain
 * LIST does.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type DataError, FtpListingError, type FtpRejected } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as Listing from "../protocol/Listing.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import * as WireText from "../protocol/WireText.ts"
import type { SessionContext } from "./context.ts"
import { receiveAll } from "./dataTransfer.ts"
import { inDirectory } from "./directory.ts"

export type ListFailure = DataError | FtpListingError

/** Some 500,000 entries; a directory that is larger than this is an attack or a mistake. */
const MAX_LISTING_BYTES = 64 * 1024 * 1024

export const list = (context: SessionContext, path: string): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  knowsMlsd(context)
    ? Effect.catchIf(mlsd(context, path), isUnknownVerb, () => {
        context.capabilities.set("MLSD", false)
        return longListing(context, path)
      })
    : longListing(context, path)

/** FEAT has a line MLST for both verbs (RFC 3659 §7.8); without any FEAT, it is tried. */
const knowsMlsd = (context: SessionContext): boolean =>
  context.capabilities.get("MLSD") !== "Fails" &&
  (Features.has(context.features, "MLST") || Features.has(context.features, "MLSD") || context.features.length === 0)

const isUnknownVerb = (error: ListFailure): error is FtpRejected =>
  error._tag === "FtpRejected" && (error.reply.code === 500 || error.reply.code === 502)

const mlsd = (context: SessionContext, path: string): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.flatMap(fetch(context, Command.mlsd(path === "" ? undefined : path), path), (text) =>
    Effect.flatMap(now, (now) =>
      readable(context, path, Listing.parseMlsd(text, { directory: path, now, zone: context.zone }))
    )
  )

const longListing = (context: SessionContext, path: string): Effect.Effect<Listing.Listed<string>, ListFailure> => {
  if (path === "") {
    return listed(context, path, "")
  }
  const inside = inDirectory(context, path, listed(context, path, ""))
  return RemotePath.isLiteralListArgument(path)
    ? Effect.matchEffect(listed(context, path, path), {
        onFailure: (error) => (error._tag === "FtpListingError" ? inside : Effect.fail(error)),
        onSuccess: (listing) =>
          listing.entries.length > 1
            ? Effect.succeed(listing)
            : listing.entries.some((entry) => RemotePath.baseName(entry.name) === RemotePath.baseName(path))
              ? inside
              : Effect.as(inDirectory(context, path, Effect.void), listing)
      })
    : inside
}

/** One LIST, with `-a` if that is known to work; if it is not known yet, both ways are tried and compared. */
const listed = (
  context: SessionContext,
  path: string,
  argument: string
): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.gen(function* () {
    const plain = listOnce(context, path, argument)
    const all = listOnce(context, path, argument === "" ? "-a" : `-a ${argument}`)
    const known = context.capabilities.get("LIST -a")
    if (known !== "Unknown") {
      return yield* known === "Works" ? all : plain
    }
    const some = yield* plain
    const more = yield* Effect.option(Effect.catchTag(all, "FtpListingError", () => Effect.fail("Unreadable" as const)))
    if (Option.isNone(more)) {
      context.capabilities.set("LIST -a", false)
      return some
    }
    const names = new Set(more.value.entries.map((entry) => entry.name))
    const isComplete = some.entries.every((entry) => names.has(entry.name))
    if (some.entries.length > 0) {
      context.capabilities.set("LIST -a", isComplete)
    }
    return isComplete ? more.value : some
  })

const listOnce = (
  context: SessionContext,
  path: string,
  argument: string
): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.gen(function* () {
    const text = yield* Effect.catchIf(
      fetch(context, Command.list(argument === "" ? undefined : argument), path),
      (error): error is FtpRejected => error._tag === "FtpRejected" && ReplyMeaning.isEmptyListing(error.reply),
      () => Effect.succeed("")
    )
    return yield* readable(context, path, Listing.parse(text, { directory: path, now: yield* now, zone: context.zone }))
  })

const fetch = (context: SessionContext, command: Command.Command, path: string): Effect.Effect<string, ListFailure> =>
  Effect.flatMap(receiveAll(context, command, path, MAX_LISTING_BYTES), (received) => {
    if (Option.isNone(received)) {
      return fail(context, path, "", `is longer than ${MAX_LISTING_BYTES} bytes`)
    }
    const { bytes, final } = received.value
    return Option.isSome(final) && ReplyMeaning.isTruncatedListing(final.value)
      ? fail(context, path, Reply.toShown(final.value).lines.join(" "), "was cut short by the server")
      : Effect.succeed(WireText.decode(bytes))
  })

/** A line that can't be read is reported; if no line can, the directory is not known to be empty. */
const readable = (
  context: SessionContext,
  path: string,
  listing: Listing.Listed<string>
): Effect.Effect<Listing.Listed<string>, FtpListingError> => {
  const [unread] = listing.unread
  return unread !== undefined && listing.entries.length === 0
    ? fail(context, path, WireText.toDisplay(unread), "can't be read")
    : Effect.succeed(listing)
}

const fail = (
  context: SessionContext,
  path: string,
  line: string,
  detail: string
): Effect.Effect<never, FtpListingError> =>
  Effect.fail(new FtpListingError({ path, line, detail, endpoint: context.control.label }))

const now = Effect.map(Clock.currentTimeMillis, (millis) => DateTime.unsafeMake(millis))
