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
 * missing (vsftpd, Pure-FTPd), and a single line that it is a file, so CWD is asked before either is believed; a single line
 * with the path's own name, or a complaint behind the listing, may be about a directory that can't be read (vsftpd), so it
 * is listed again from inside. And
 * `-a` is used only where it has been seen to list no less than plain LIST does.
 *
 * It does NOT parse: `Listing` does.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type DataError, ListingError, type Rejected } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as Listing from "../protocol/Listing.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import * as WireText from "../protocol/WireText.ts"
import { inDirectory } from "./directory.ts"
import { receiveAll } from "./receive.ts"
import type { Wire } from "./wire.ts"

export type ListFailure = DataError | ListingError

/** Some 500,000 entries; a directory that is larger than this is an attack or a mistake. */
const MAX_LISTING_BYTES = 64 * 1024 * 1024

export const list = (wire: Wire, path: string): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  knowsMlsd(wire)
    ? Effect.catchIf(mlsd(wire, path), isUnknownVerb, () => {
        wire.memory.set("MLSD", false)
        return longListing(wire, path)
      })
    : longListing(wire, path)

/** FEAT has a line MLST for both verbs (RFC 3659 §7.8); without any FEAT, trying tells. */
const knowsMlsd = (wire: Wire): boolean =>
  wire.memory.get("MLSD") !== "Fails" &&
  (Features.has(wire.features, "MLST") || Features.has(wire.features, "MLSD") || wire.features.length === 0)

const isUnknownVerb = (error: ListFailure): error is Rejected =>
  error._tag === "Rejected" && (error.reply.code === 500 || error.reply.code === 502)

const mlsd = (wire: Wire, path: string): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.flatMap(fetch(wire, Command.mlsd(path === "" ? undefined : path), path), (text) =>
    Effect.flatMap(now, (now) =>
      readable(wire, path, Listing.parseMlsd(text, { directory: path, now, zone: wire.zone }))
    )
  )

const longListing = (wire: Wire, path: string): Effect.Effect<Listing.Listed<string>, ListFailure> => {
  if (path === "") {
    return listed(wire, path, "")
  }
  const inside = inDirectory(wire, path, listed(wire, path, ""))
  return RemotePath.isLiteralListArgument(path)
    ? Effect.matchEffect(listed(wire, path, path), {
        onFailure: (error) => (error._tag === "ListingError" ? inside : Effect.fail(error)),
        onSuccess: (listing) =>
          listing.entries.length > 1
            ? Effect.succeed(listing)
            : listing.entries.some((entry) => RemotePath.baseName(entry.name) === RemotePath.baseName(path))
              ? inside
              : Effect.as(inDirectory(wire, path, Effect.void), listing)
      })
    : inside
}

/** One LIST, with `-a` where that is known to work; where it is not known yet, both ways are tried and compared. */
const listed = (wire: Wire, path: string, argument: string): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.gen(function* () {
    const plain = listOnce(wire, path, argument)
    const all = listOnce(wire, path, argument === "" ? "-a" : `-a ${argument}`)
    const known = wire.memory.get("LIST -a")
    if (known !== "Unknown") {
      return yield* known === "Works" ? all : plain
    }
    const some = yield* plain
    const more = yield* Effect.option(Effect.catchTag(all, "ListingError", () => Effect.fail("Unreadable" as const)))
    if (Option.isNone(more)) {
      wire.memory.set("LIST -a", false)
      return some
    }
    const names = new Set(more.value.entries.map((entry) => entry.name))
    const isComplete = some.entries.every((entry) => names.has(entry.name))
    if (some.entries.length > 0) {
      wire.memory.set("LIST -a", isComplete)
    }
    return isComplete ? more.value : some
  })

const listOnce = (wire: Wire, path: string, argument: string): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.gen(function* () {
    const text = yield* Effect.catchIf(
      fetch(wire, Command.list(argument === "" ? undefined : argument), path),
      (error): error is Rejected => error._tag === "Rejected" && ReplyMeaning.isEmptyListing(error.reply),
      () => Effect.succeed("")
    )
    return yield* readable(wire, path, Listing.parse(text, { directory: path, now: yield* now, zone: wire.zone }))
  })

const fetch = (wire: Wire, command: Command.Command, path: string): Effect.Effect<string, ListFailure> =>
  Effect.flatMap(receiveAll(wire, command, { path, limit: MAX_LISTING_BYTES }), (received) => {
    if (Option.isNone(received)) {
      return fail(wire, path, "", `is longer than ${MAX_LISTING_BYTES} bytes`)
    }
    const { bytes, final } = received.value
    return Option.isSome(final) && ReplyMeaning.isTruncatedListing(final.value)
      ? fail(wire, path, Reply.toShown(final.value).lines.join(" "), "was cut short by the server")
      : Effect.succeed(WireText.decode(bytes))
  })

/** A line that can't be read is surfaced; where no line can, this is no directory that is known to be empty. */
const readable = (
  wire: Wire,
  path: string,
  listing: Listing.Listed<string>
): Effect.Effect<Listing.Listed<string>, ListingError> => {
  const [unread] = listing.unread
  return unread !== undefined && listing.entries.length === 0
    ? fail(wire, path, WireText.toDisplay(unread), "can't be read")
    : Effect.succeed(listing)
}

const fail = (wire: Wire, path: string, line: string, detail: string): Effect.Effect<never, ListingError> =>
  Effect.fail(new ListingError({ path, line, detail, endpoint: wire.control.label }))

const now = Effect.map(Clock.currentTimeMillis, (millis) => DateTime.unsafeMake(millis))
