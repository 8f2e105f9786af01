/**
 * One borrowed session for each call, and when a call is made again:
 *
 *     reading   at once on a new session if the old one died, whatever became of it
 *     writing   at once on a new session, if the server is known not to have applied it
 *     both      by `FtpRetry.busy` when the server says "not now"
 *
 * Lookups are the calls that other operations make too.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type DataError, type FtpError, type FtpListingError, isNotFound, type OpenError } from "../base/FtpError.ts"
import * as Observability from "../base/observability.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type { FtpSession, Listed } from "../session/FtpSession.ts"

/** One call of the client, named for its span. */
type Call = <A, E extends FtpError>(
  name: string,
  path: string,
  use: (session: FtpSession) => Effect.Effect<A, E>
) => Effect.Effect<A, E | OpenError>

export interface Calls {
  readonly withSession: <A, E, R>(
    use: (session: FtpSession) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | OpenError, Exclude<R, Scope.Scope>>
  /** For what changes nothing. */
  readonly reading: Call
  /** For what changes something. */
  readonly writing: Call
}

export const make = (pool: FtpPool): Calls => {
  const withSession: Calls["withSession"] = (use) => Effect.scoped(Effect.flatMap(pool.borrow(), use))
  const call =
    (mayRepeat: (error: FtpError) => boolean): Call =>
    (name, path, use) =>
      withSession(use).pipe(
        Effect.retry({ times: 1, while: mayRepeat }),
        Effect.retry({ schedule: pool.policies.busy, while: isRefusedForNow }),
        Effect.withSpan(`FtpClient.${name}`, {
          captureStackTrace: false,
          attributes: { [Observability.Attribute.path]: path }
        })
      )
  return {
    withSession,
    reading: call((error) => error._tag === "FtpConnectionLost" && error.reason !== "TimedOut"),
    writing: call((error) => error._tag === "FtpConnectionLost" && error.outcome === "NotApplied")
  }
}

/** Whether asking again later is harmless, and may help. */
const isRefusedForNow = (error: FtpError): boolean =>
  error._tag === "FtpRejected" && error.isRetryable && error.outcome === "NotApplied"

type ListError = OpenError | DataError | FtpListingError

/** What is on the server: the questions that other operations of the client ask too. */
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

export const lookups = ({ reading }: Calls): Lookups => {
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
