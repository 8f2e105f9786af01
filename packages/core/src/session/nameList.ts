/**
 * The last resort for a listing that no dialect reads: the names alone, and each of them asked for.
 *
 *     C: CWD pub              from inside, as NLST's argument is no more reliable than LIST's
 *     C: NLST
 *     S: 150 ... names ... 226
 *     C: CWD pub/a            250: a directory
 *     C: CWD pub/b            550: something else, perhaps a file
 *     C: SIZE pub/b           213: a file, of this size
 *
 * What is neither is an `"Other"`. If nothing is either, those were no names (`ls: .: Permission denied`), and the
 * listing stays unreadable; so it does on a server without PWD, where no visit has a way back. It takes up to two round
 * trips for each name, so there is a limit to their number.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../protocol/Command.ts"
import { type FtpEntry, noFacts } from "../protocol/FtpEntry.ts"
import type * as Listing from "../protocol/Listing.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import { type SessionContext, sendIndependent } from "./context.ts"
import { inDirectory, isEntered } from "./directory.ts"
import { sizeOf } from "./file.ts"
import { fetch, type ListFailure, type Question } from "./listingAnswer.ts"

/** At a hundred milliseconds for each round trip they take three minutes. */
const MAX_NAMES = 1000

/** SIZE commands that are sent together, if the server bears that. Their replies are short. */
const AT_ONCE = 50

/**
 * The entries by name. What `otherwise` says counts if that fails too, unless the connection breaks, or there are more
 * names than the caller's `maxEntries`.
 */
export const byName = (
  context: SessionContext,
  { maxEntries, path }: Question,
  otherwise: Effect.Effect<Listing.Listed<string>, ListFailure>
): Effect.Effect<Listing.Listed<string>, ListFailure> =>
  Effect.gen(function* () {
    const limit = Math.min(maxEntries, MAX_NAMES)
    const found = new Set<string>()
    const take = (line: string): boolean => {
      const name = line.replace(/^\.\//, "")
      return name === "." || name === ".." || name === "" || found.add(name).size <= limit
    }
    const fetched = fetch(context, Command.nlst(), { path, maxEntries: limit }, { take, ready: () => [] })
    yield* path === "" ? fetched : inDirectory(context, path, fetched)
    const names = [...found]
    const safe = names.filter((name) => RemotePath.isSafeName(name, "Posix"))
    const entries = yield* typed(context, path, safe)
    if (entries.every(({ type }) => type === "Other")) {
      return undefined
    }
    context.capabilities.listing.namesOnly = true
    const unread = names.filter((name) => !RemotePath.isSafeName(name, "Posix"))
    return {
      entries,
      count: entries.length,
      unread,
      unreadCount: unread.length,
      skipped: 0,
      hasDots: false,
      dialect: Option.some("Names"),
      dateOrder: Option.none()
    }
  }).pipe(
    Effect.catchIf(
      (error) => error._tag === "FtpRejected" || (error._tag === "FtpListingError" && error.limit !== maxEntries),
      () => Effect.succeed(undefined)
    ),
    Effect.flatMap((listing) => (listing === undefined ? otherwise : Effect.succeed(listing)))
  )

const typed = (
  context: SessionContext,
  directory: string,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<FtpEntry>, ListFailure> =>
  Effect.gen(function* () {
    const entries = yield* Effect.forEach(names, (name) => {
      const path = RemotePath.join(directory, name)
      return Effect.map(isEntered(context, path), (is) => entry(name, path, is ? "Directory" : "Other"))
    })
    const sizes = new Map<string, Option.Option<number>>()
    const others = entries.filter(({ type }) => type === "Other")
    for (let at = 0; at < others.length; at += AT_ONCE) {
      const asked = others.slice(at, at + AT_ONCE)
      const replies = yield* sendIndependent(
        context,
        asked.map(({ path }) => Command.size(path))
      )
      for (const [index, { path }] of asked.entries()) {
        const reply = replies[index]
        sizes.set(path, reply === undefined ? Option.none() : sizeOf(reply))
      }
    }
    return entries.map((found) => {
      const size = Option.flatten(Option.fromNullable(sizes.get(found.path)))
      return Option.isSome(size) ? { ...found, type: "File" as const, size } : found
    })
  })

const entry = (name: string, path: string, type: FtpEntry["type"]): FtpEntry => ({
  ...noFacts,
  name,
  path,
  type,
  raw: name
})
