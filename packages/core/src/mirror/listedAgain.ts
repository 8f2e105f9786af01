/**
 * What a directory has by now, on a server that does not answer for one file. Some refuse SIZE and MDTM of everything, so that
 * one refuses it of a file proves nothing until it has answered SIZE for another one, which was listed:
 *
 *     C: SIZE www/new.txt       550: there is none, or the server never says
 *     C: LIST www               at most once in a while: it has no new.txt, but old.txt
 *     C: SIZE www/old.txt       213: it answers, and is not listed again
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { type FtpListingError, isNotFound } from "../base/FtpError.ts"
import * as Calls from "../client/calls.ts"
import type { FtpClient } from "../client/FtpClient.ts"
import * as Unread from "../client/unread.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Refusal from "../session/refusal.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, RemoteTree } from "./trees.ts"

/** Whether the server is not known to answer a question for a file by its name: then its refusal shows nothing. */
export const isNeeded = ({ client }: RemoteTree, error: MirrorError): boolean =>
  error._tag === "FtpRejected" && error.verb === "SIZE" && !answering.has(client)

/** The clients whose servers have answered SIZE for a file that is there. */
const answering = new WeakSet<FtpClient>()

/** Asks for a file that was listed just now, once. */
const learnAnswers = (
  { client }: RemoteTree,
  directory: string,
  entries: ReadonlyArray<FtpEntry>
): Effect.Effect<void, MirrorError, FtpPool> => {
  const there = entries.find(({ type }) => type === "File")
  return there === undefined || answering.has(client)
    ? Effect.void
    : Effect.flatMap(FtpPool, ({ endpoints, lend, policies }) =>
        Effect.map(
          Calls.retrying(lend, policies, endpoints).reading("stat", directory, (session) =>
            Refusal.sizeBy(Refusal.unlessRefused, session, RemotePath.join(directory, there.name))
          ),
          (size) => {
            if (Option.isSome(size)) {
              answering.add(client)
            }
          }
        )
      )
}

interface Listing {
  readonly at: number
  readonly entries: ReadonlyMap<string, FtpEntry>
  /** Of a line that can't be read, and so may be about any name. */
  readonly unread: FtpListingError | undefined
}

/** What was listed last, for each directory of the targets of one client. */
const listings = new WeakMap<FtpClient, Map<string, Listing>>()

export const find = (
  target: RemoteTree,
  path: string,
  countsFor: number
): Effect.Effect<Option.Option<FtpEntry>, MirrorError, FtpPool> =>
  Effect.gen(function* () {
    const { fold } = target.names
    const keyOf = (name: string) => fold(name.normalize("NFC"))
    const known = listings.get(target.client) ?? new Map<string, Listing>()
    listings.set(target.client, known)
    const directory = target.pathOf(Tree.parent(path))
    const now = yield* Clock.currentTimeMillis
    let listing = known.get(directory)
    if (listing === undefined || now - listing.at >= countsFor) {
      const { endpoints, lend, policies } = yield* FtpPool
      const { endpoint, listed } = yield* Calls.retrying(lend, policies, endpoints).reading(
        "listing",
        directory,
        (session) =>
          Effect.map(session.list(directory), (listed) => ({ listed, endpoint: Endpoint.toLabel(session.endpoint) }))
      )
      const { entries } = listed
      const [unread] = Unread.errorsOf(listed, directory, endpoint)
      listing = { at: now, entries: new Map(entries.map((entry) => [keyOf(entry.name), entry])), unread }
      known.set(directory, listing)
      yield* learnAnswers(target, directory, entries)
    }
    const entry = listing.entries.get(keyOf(Tree.nameOf(target.pathOf(path))))
    if (entry === undefined && listing.unread !== undefined) {
      return yield* listing.unread
    }
    return Option.fromNullable(entry)
  }).pipe(Effect.catchIf(isNotFound, () => Effect.succeedNone))
