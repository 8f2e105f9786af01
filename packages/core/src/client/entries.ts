/**
 * A directory as a stream of its entries, on one session:
 *
 *     call ──► entries ──► consumer ──► the policy for lines that can't be read ──► end
 *      ▲ │        └── a failure: the stream's, as entries can't be taken back
 *      └─┘ a failure before the first entry: called again as any other call that changes nothing
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Stream from "effect/Stream"
import type { DataError, FtpListingError, OpenError } from "../base/FtpError.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as EntryStream from "../session/entryStream.ts"
import type { ListOptions } from "../session/FtpSession.ts"
import type { Calls } from "./calls.ts"
import * as Unread from "./unread.ts"

type Failure = OpenError | DataError | FtpListingError

interface Options extends ListOptions {
  readonly onUnread?: Unread.OnUnread | undefined
}

export const make =
  ({ reading }: Calls, endpoint: string) =>
  (path: string, options: Options = {}): Stream.Stream<FtpEntry, Failure> =>
    EntryStream.make((deliver) => {
      let isBegun = false
      const begin = (entries: ReadonlyArray<FtpEntry>) => {
        isBegun = true
        return deliver(entries)
      }
      const listed = reading("entries", path, (session) =>
        Effect.catchAll(Effect.map(session.listInto(path, begin, options), Either.right), (error) =>
          isBegun ? Effect.succeed(Either.left(error)) : Effect.fail(error)
        )
      )
      return Effect.flatMap(Effect.flatten(listed), (rest) =>
        Unread.entriesOf(rest, path, options.onUnread ?? "Warn", endpoint)
      )
    })
