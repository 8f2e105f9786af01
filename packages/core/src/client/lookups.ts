/** What is on the server: the questions that other operations of the client ask too. */
import * as Effect from "effect/Effect"
import { type DataError, type FtpListingError, isNotFound, type OpenError } from "../base/FtpError.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type { Listed } from "../session/FtpSession.ts"
import type { Calls } from "./calls.ts"

type ListError = OpenError | DataError | FtpListingError

export interface Lookups {
  readonly listing: (path: string) => Effect.Effect<Listed, ListError>
  /** Lines that can't be read are logged as a warning. */
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<FtpEntry>, ListError>
  readonly stat: (path: string) => Effect.Effect<FtpEntry, ListError>
  readonly exists: (path: string) => Effect.Effect<boolean, ListError>
  readonly isDirectory: (path: string) => Effect.Effect<boolean, OpenError>
  /** As the parent's listing has it: the one answer that follows no link on any server. */
  readonly isLink: (path: string) => Effect.Effect<boolean, ListError>
}

export const make = ({ reading }: Calls): Lookups => {
  const listing: Lookups["listing"] = (path) => reading("listing", path, (session) => session.list(path))
  const list: Lookups["list"] = (path) =>
    Effect.flatMap(listing(path), ({ entries, unread }) =>
      unread.length === 0
        ? Effect.succeed(entries)
        : Effect.as(Effect.logWarning(unreadWarning(unread.length, path)), entries)
    )
  const stat: Lookups["stat"] = (path) => reading("stat", path, (session) => session.stat(path))
  return {
    listing,
    list,
    stat,
    exists: (path) => Effect.catchIf(Effect.as(stat(path), true), isNotFound, () => Effect.succeed(false)),
    isDirectory: (path) => reading("isDirectory", path, (session) => session.isDirectory(path)),
    isLink: (path) => {
      const name = RemotePath.baseName(path)
      return name === "" || name === "." || name === ".."
        ? Effect.succeed(false)
        : Effect.map(list(RemotePath.parent(path)), (entries) =>
            entries.some((entry) => entry.name === name && entry.type === "SymbolicLink")
          )
    }
  }
}

const unreadWarning = (lines: number, path: string): string =>
  `${lines === 1 ? "a line" : `${lines} lines`} of the listing of ${path === "" ? "the login directory" : path} can't be read`
