/**
 * One listing, from the command to its entries.
 *
 *     C: LIST pub
 *     S: 150 ... lines ... 226        read while they arrive, within limits
 *     S: 226 output truncated         CutShort
 *     S: 202, or 226 and no data      Unreadable: no listing was sent, which does not mean that there are no entries
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type DataError, FtpListingError } from "../base/FtpError.ts"
import type * as Command from "../protocol/Command.ts"
import * as Listing from "../protocol/Listing.ts"
import * as Lines from "../protocol/listing/Lines.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import * as WireText from "../protocol/WireText.ts"
import type { SessionContext } from "./context.ts"
import type { Delivery } from "./liveListing.ts"
import * as LiveListing from "./liveListing.ts"
import { receiveAll } from "./receive.ts"
import * as ServerZone from "./serverZone.ts"

export type ListFailure = DataError | FtpListingError

/**
 * How a directory is listed.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions {
  /**
   * The most entries that a directory may have; more are a `FtpListingError` `TooManyEntries`. Default 1,000,000. In
   * proportion to it, the text is bounded too (`TooLarge`).
   */
  readonly maxEntries?: number | undefined
  /**
   * Whether LIST is used even if the server has MLSD. It shows links as links on servers whose MLSD shows what they lead
   * to (pyftpdlib). Default false.
   */
  readonly long?: boolean | undefined
  /**
   * Whether the times of the entries are of use. If not, the server is not asked for the zone of its LIST, and they stay
   * `"Assumed"`. Default true.
   */
  readonly times?: boolean | undefined
}

/** One directory to be listed. */
export interface Question {
  readonly path: string
  readonly maxEntries: number
  /** Who gets entries while others are still to come. Default all come at the end. */
  readonly live?: Delivery | undefined
}

/** What the lines of a listing may have on average. They are kept in memory, as `raw`. */
const BYTES_PER_ENTRY = 128

/** However few entries are wanted, there is room for a line of any length, and for lines that are no entries. */
const LEAST_BYTES = 1024 * 1024

/** What any reader has to know; `millis` is the time of the clock. */
export const readerOptions = (
  { capabilities, zone }: SessionContext,
  { maxEntries, path }: Question,
  millis: number
): Omit<Listing.Options, "dialect"> => {
  const known = ServerZone.known(capabilities.listing, millis)
  const now = DateTime.unsafeMake(millis)
  return zone === undefined && known !== undefined
    ? {
        directory: path,
        now,
        zone: DateTime.zoneMakeOffset(known.minutes * MINUTE),
        zoneFrom: "Inferred",
        maxEntries
      }
    : { directory: path, now, zone, maxEntries }
}

/** Reads LIST, with what earlier listings of the server have shown. */
export const longReader = (context: SessionContext, question: Question, millis: number): Listing.Reader => {
  const { listing: memory } = context.capabilities
  return Listing.reader({
    ...readerOptions(context, question, millis),
    dialect: context.dialect,
    preferred: Option.getOrUndefined(memory.dialect),
    dateOrder: Option.getOrElse(memory.dateOrder, () => context.dateOrder)
  })
}

/** Keeps what a LIST has shown of the server. */
export const learn = ({ capabilities: { listing: memory } }: SessionContext, listing: Listing.Listed): void => {
  memory.dialect = Option.orElse(listing.dialect, () => memory.dialect)
  memory.dateOrder = Option.orElse(listing.dateOrder, () => memory.dateOrder)
}

/** The most bytes that a listing may have. */
export const maxBytesOf = ({ maxEntries }: Question): number => Math.max(LEAST_BYTES, maxEntries * BYTES_PER_ENTRY)

const MINUTE = 60_000

/** Lines are read while they arrive. */
export const fetch = (
  context: SessionContext,
  command: Command.Command,
  question: Question,
  reader: Pick<Listing.Reader<string>, "take" | "ready">
): Effect.Effect<void, ListFailure> =>
  Effect.suspend(() => {
    const { live, maxEntries, path } = question
    const maxBytes = maxBytesOf(question)
    const lines = Lines.make(reader.take, context.names.listing)
    let bytes = 0
    const take = (chunk: Uint8Array): boolean => {
      bytes += chunk.byteLength
      return bytes <= maxBytes && lines.push(chunk)
    }
    // A line that was cut by a failure is one, too: what was listed before it shows what the failure is about.
    const received = Effect.tapError(
      receiveAll(context, command, path, take, live && LiveListing.deliver(live, reader)),
      () => Effect.sync(lines.end)
    )
    return Effect.flatMap(received, (final) => {
      if (bytes > maxBytes) {
        return fail(context, path, { reason: "TooLarge", limit: maxBytes, detail: `is longer than ${maxBytes} bytes` })
      }
      if (final !== "Refused" && final._tag === "NoListing") {
        const detail = "was not sent, although the server says that it is done"
        return fail(context, path, { reason: "Unreadable", line: Reply.toLine(final.reply), detail })
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
export const readable = (
  context: SessionContext,
  path: string,
  listing: Listing.Listed<string>
): Effect.Effect<Listing.Listed<string>, FtpListingError> => {
  const [unread] = listing.unread
  return unread !== undefined && listing.count === 0
    ? fail(context, path, { reason: "Unreadable", line: unread, detail: "can't be read" })
    : Effect.succeed(listing)
}

/** Whether another LIST may be answered differently: a directory that is too large stays so. */
export const isAboutTheText = (error: ListFailure): error is FtpListingError =>
  error._tag === "FtpListingError" && error.reason !== "TooManyEntries" && error.reason !== "TooLarge"

export const fail = (
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
