/**
 * Removing a path:
 *
 *     C: DELE a          first: it takes a link, where CWD would lead through it
 *     S: 550             a directory? ──► RMD a, or with `recursive` everything in it first (`removeTree`)
 *
 * A recursive removal of the login directory, or of one that holds it, is refused before that (`loginDirectory.ts`).
 * vsftpd does not say why it refuses to remove; a path that is not there is `NotFound` on every server.
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type DataError, type FtpListingError, FtpRejected, type OpenError } from "../base/FtpError.ts"
import { refusedHome, unnamed } from "../base/pathCheck.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import type { Calls } from "./calls.ts"
import type { Keeping } from "./crew.ts"
import type { Lookups } from "./lookups.ts"
import type { Operations } from "./removable.ts"
import { removeTree } from "./removeTree.ts"
import type { OnUnread } from "./unread.ts"

type RemoveError = OpenError | DataError | FtpListingError

/**
 * What `remove` may remove, and what it does about failures.
 *
 * @since 0.1.0
 * @category models
 */
export interface RemoveOptions {
  /** Whether a directory goes with everything in it. Default false. */
  readonly recursive?: boolean | undefined
  /** Whether a path that is not there is success. Default false. */
  readonly force?: boolean | undefined
  /**
   * Whether `recursive` takes the root, the login directory and a directory that holds it, too. Default false: they are a
   * `FtpUsageError`. An empty path is always one.
   */
  readonly home?: boolean | undefined
  /**
   * Called with each entry below a directory that could not be removed, when it happens, and with each line of a
   * listing that could not be read.
   */
  readonly onFailure?: ((error: RemoveError, path: string) => Effect.Effect<void>) | undefined
  /**
   * What lines of a listing that can't be read mean: they may be entries, without which the directory can't be removed.
   * With `"Fail"`, the default, what was read is removed and the directory is left; otherwise its removal is tried.
   */
  readonly onUnread?: Exclude<OnUnread, (...args: never) => unknown> | undefined
}

export type Remove = (path: string, options?: RemoveOptions) => Effect.Effect<void, RemoveError>

/** What a removal has to know besides. */
interface Known {
  /** For errors. */
  readonly endpoint: string
  /** How many sessions there are at most. */
  readonly size: number
  /** Whether a path is the login directory or a root, or holds it. */
  readonly holdsHome: (path: string) => Effect.Effect<boolean, OpenError>
}

/** The calls that a removal is made of. */
export interface Parts {
  readonly calls: Calls
  readonly lookups: Lookups
  readonly list: (
    path: string,
    options: { readonly onUnread: OnUnread; readonly times: boolean }
  ) => Effect.Effect<ReadonlyArray<FtpEntry>, RemoveError>
}

export const make = (parts: Parts, { endpoint, holdsHome, size }: Known, keeping: Keeping<Parts>): Remove => {
  const { calls, lookups } = parts
  const { writing } = calls

  // Each with a session, as a visit may end the one that was borrowed for it.
  const one = (path: string): Effect.Effect<void, OpenError> =>
    Effect.catchTag(
      writing("remove", path, (session) => session.removeFile(path)),
      "FtpRejected",
      (rejected) =>
        Effect.flatMap(lookups.isDirectory(path), (isDirectory) =>
          isDirectory ? writing("remove", path, (session) => session.removeDirectory(path)) : Effect.fail(rejected)
        )
    )

  const tree = (
    path: string,
    { home, onFailure, onUnread = "Fail" }: RemoveOptions
  ): Effect.Effect<void, RemoveError> =>
    Effect.catchTag(operationsOf(parts, onUnread).removeFile(path), "FtpRejected", (rejected) =>
      Effect.gen(function* () {
        if (!(yield* lookups.isDirectory(path)) || (yield* lookups.isLink(path))) {
          return yield* rejected
        }
        yield* removeTree(path, {
          operations: operationsOf(parts, onUnread),
          keeping: (use) => keeping((kept) => use(operationsOf(kept, onUnread))),
          endpoint,
          concurrency: size,
          home: home === true,
          onFailure: onFailure ?? (() => Effect.void)
        })
      })
    )

  const orNotFound = (removal: Effect.Effect<void, RemoveError>, path: string) =>
    Effect.catchTag(removal, "FtpRejected", (rejected) =>
      rejected.reason === "Other"
        ? Effect.flatMap(lookups.exists(path), (exists) =>
            exists ? rejected : new FtpRejected({ ...rejected, reason: "NotFound" })
          )
        : rejected
    )

  const refuseHome = (path: string) =>
    Effect.flatMap(holdsHome(path), (isRefused) => (isRefused ? refusedHome(path) : Effect.void))

  return (path, options = {}) => {
    const { force, home, recursive } = options
    const removal = orNotFound(recursive === true ? tree(path, options) : one(path), path)
    const removed =
      force === true
        ? Effect.catchTag(removal, "FtpRejected", (rejected) =>
            // What is missing may be an entry below, which another client removed meanwhile.
            Effect.flatMap(lookups.exists(path), (exists) => (exists ? rejected : Effect.void))
          )
        : removal
    return unnamed(path) ?? (recursive === true && home !== true ? Effect.zipRight(refuseHome(path), removed) : removed)
  }
}

const operationsOf = (
  { calls: { reading, writing }, list, lookups }: Parts,
  onUnread: Exclude<RemoveOptions["onUnread"], undefined>
): Operations => ({
  list: (path, leave) => list(path, { onUnread: onUnread === "Fail" ? leave : onUnread, times: false }),
  exists: lookups.exists,
  removeFile: (path) => writing("remove", path, (session) => session.removeFile(path)),
  removeDirectory: (path) => writing("remove", path, (session) => session.removeDirectory(path)),
  removeFirst: (kind, paths) => writing("remove", paths[0] ?? "", (session) => session.removeFirst(kind, paths)),
  resolveDirectory: (path, expected) => reading("remove", path, (session) => session.resolveDirectory(path, expected)),
  resolveDirectories: (directories) =>
    reading("remove", directories[0]?.path ?? "", (session) => session.resolveDirectories(directories)),
  whereabouts: (path) => reading("remove", path, (session) => session.whereabouts(path)),
  identify: (path) => reading("remove", path, (session) => identityOf(session, path))
})

/** Only MLST reports one: nothing else that `stat` would ask is of use. */
const identityOf = ({ features, stat }: FtpSession, path: string): Effect.Effect<Option.Option<string>, RemoveError> =>
  (Features.has(features, "MLST") ? Effect.map(stat(path), ({ unique }) => unique) : Effect.succeedNone).pipe(
    Effect.catchTags({ FtpRejected: () => Effect.succeedNone, FtpListingError: () => Effect.succeedNone })
  )
