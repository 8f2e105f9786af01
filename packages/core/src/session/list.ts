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
import * as Lines from "../protocol/listing/Lines.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import * as WireText from "../protocol/WireText.ts"
import type { SessionContext } from "./context.ts"
import { receiveAll } from "./dataTransfer.ts"
import { inDirectory } from "./directory.ts"

export type ListFailure = DataError | FtpListingError

/**
 * @since 0.1.0
 * @category models
 */
export interface ListOptions {
  /**
   * The most entries that a directory may have; more are a `FtpListingError` `TooManyEntries`. Default 1,000,000. In
   * proportion to it, the text is bounded too (`TooLarge`).
   */
  readonly maxEntries?: number | undefined
}

/** What the lines of a listing may have on average. They are kept in memory, as `raw`. */
const BYTES_PER_ENTRY = 128

/** However few entries are wanted, there is room for a line of any length, and for lines that are no entries. */
const LEAST_BYTES = 1024 * 1024

/** One directory to be listed. */
interface Question {
  readonly path: string
  readonly maxEntries: number
}

export const list = (
  context: SessionContext,
  path: string,
  { maxEntries = Listing.MAX_ENTRIES }: ListOptions = {}
): Effect.Effect<Listing.Listed<string>, ListFailure> => {
  const question = { path, maxEntries }
  return knowsMlsd(context)
    ? Effect.catchIf(mlsd(context, question), isUnknownVerb, () => {
        context.capabilities.set("MLSD", false)
        return longListing(context, question)
      })
    : longListing(context, question)
}

/** FEAT has a line MLST for both verbs (RFC 3659 §7.8); without any FEAT, it is tried. */
const knowsMlsd = (context: SessionContext): boolean =>
  context.capabilities.get("MLSD") !== "Fails" &&
  (Features.has(context.features, "MLST") || Features.has(context.features, "MLSD") || context.features.length === 0)

const isUnknownVerb = (error: ListFailure): error is FtpRejected =>
  error._tag === "FtpRejected" && (error.reply.code === 500 || error.reply.code === 502)

const mlsd = (context: SessionContext, question: Question): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.flatMap(readerOptions(context, question), (options) => {
    const { path } = question
    const facts = new Set(Features.mlstFacts(context.features).map(({ name }) => name.toLowerCase()))
    const reader = Listing.mlsdReader({ ...options, facts })
    return Effect.flatMap(fetch(context, Command.mlsd(path === "" ? undefined : path), question, reader), () =>
      readable(context, path, reader.end())
    )
  })

const longListing = (
  context: SessionContext,
  question: Question
): Effect.Effect<Listing.Listed<string>, ListFailure> => {
  const { path } = question
  if (path === "") {
    return listed(context, question, "")
  }
  const inside = inDirectory(context, path, listed(context, question, ""))
  return RemotePath.isLiteralListArgument(path)
    ? Effect.matchEffect(listed(context, question, path), {
        onFailure: (error) => (isAboutTheText(error) ? inside : Effect.fail(error)),
        onSuccess: (listing) =>
          listing.entries.length > 1
            ? Effect.succeed(listing)
            : listing.entries.some((entry) => RemotePath.baseName(entry.name) === RemotePath.baseName(path))
              ? inside
              : Effect.as(inDirectory(context, path, Effect.void), listing)
      })
    : inside
}

/** Whether another LIST may be answered differently: a directory that is too large stays so. */
const isAboutTheText = (error: ListFailure): error is FtpListingError =>
  error._tag === "FtpListingError" && error.reason !== "TooManyEntries" && error.reason !== "TooLarge"

/** Whether the server does not take `-a`, or takes it for a name: what breaks the session says nothing about it. */
const isAboutDashA = (error: ListFailure): boolean => error._tag === "FtpRejected" || isAboutTheText(error)

/** One LIST, with `-a` if that is known to work; if it is not known yet, both ways are tried and compared. */
const listed = (
  context: SessionContext,
  question: Question,
  argument: string
): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.gen(function* () {
    const plain = listOnce(context, question, argument)
    const all = listOnce(context, question, argument === "" ? "-a" : `-a ${argument}`)
    const known = context.capabilities.get("LIST -a")
    if (known !== "Unknown") {
      return yield* known === "Works" ? all : plain
    }
    const some = yield* plain
    const more = yield* Effect.catchIf(Effect.asSome(all), isAboutDashA, () => Effect.succeedNone)
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
  question: Question,
  argument: string
): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.gen(function* () {
    const reader = Listing.reader(yield* readerOptions(context, question))
    yield* Effect.catchIf(
      fetch(context, Command.list(argument === "" ? undefined : argument), question, reader),
      (error): error is FtpRejected => error._tag === "FtpRejected" && ReplyMeaning.isEmptyListing(error.reply),
      () => Effect.void
    )
    return yield* readable(context, question.path, reader.end())
  })

const readerOptions = (
  { zone }: SessionContext,
  { maxEntries, path }: Question
): Effect.Effect<Omit<Listing.Options, "dialect">> =>
  Effect.map(Clock.currentTimeMillis, (millis) => ({
    directory: path,
    now: DateTime.unsafeMake(millis),
    zone,
    maxEntries
  }))

/** Lines are read while they arrive. */
const fetch = (
  context: SessionContext,
  command: Command.Command,
  { maxEntries, path }: Question,
  reader: Pick<Listing.Reader<string>, "take">
): Effect.Effect<void, ListFailure> =>
  Effect.suspend(() => {
    const maxBytes = Math.max(LEAST_BYTES, maxEntries * BYTES_PER_ENTRY)
    const lines = Lines.make(reader.take)
    let bytes = 0
    const take = (chunk: Uint8Array): boolean => {
      bytes += chunk.byteLength
      return bytes <= maxBytes && lines.push(chunk)
    }
    return Effect.flatMap(receiveAll(context, command, path, take), (final) => {
      if (bytes > maxBytes) {
        return fail(context, path, { reason: "TooLarge", limit: maxBytes, detail: `is longer than ${maxBytes} bytes` })
      }
      if (final === "Refused" || !lines.end()) {
        const detail = `has more than ${maxEntries} entries`
        return fail(context, path, { reason: "TooManyEntries", limit: maxEntries, detail })
      }
      return Option.isSome(final) && ReplyMeaning.isTruncatedListing(final.value)
        ? fail(context, path, {
            reason: "CutShort",
            line: Reply.toLine(final.value),
            detail: "was cut short by the server"
          })
        : Effect.void
    })
  })

/** A line that can't be read is reported; if no line can, the directory is not known to be empty. */
const readable = (
  context: SessionContext,
  path: string,
  listing: Listing.Listed<string>
): Effect.Effect<Listing.Listed<string>, FtpListingError> => {
  const [unread] = listing.unread
  return unread !== undefined && listing.entries.length === 0
    ? fail(context, path, { reason: "Unreadable", line: unread, detail: "can't be read" })
    : Effect.succeed(listing)
}

const fail = (
  context: SessionContext,
  path: string,
  {
    detail,
    limit,
    line = "",
    reason
  }: Pick<FtpListingError, "reason" | "detail"> & { readonly limit?: number; readonly line?: string }
): Effect.Effect<never, FtpListingError> =>
  Effect.fail(
    new FtpListingError({
      path,
      reason,
      line: WireText.toDisplay(Listing.excerpt(line)),
      limit,
      detail,
      endpoint: context.control.label
    })
  )
