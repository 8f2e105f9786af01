/**
 * What a recursive removal may enter: a directory that the server names from inside as the root with its relative path,
 * and whose identity (MLSx `unique`) is not that of the root or of a directory above.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type DataError, FtpListingError, type OpenError } from "../base/FtpError.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as Listing from "../protocol/Listing.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type { FtpSession, Removal, Whereabouts } from "../session/FtpSession.ts"

export type RemoveError = OpenError | DataError | FtpListingError

export interface Operations {
  /** `leave` is called with an error for each line that may be an entry: the directory can't be empty then. */
  readonly list: (
    path: string,
    leave: (error: RemoveError) => Effect.Effect<void>
  ) => Effect.Effect<ReadonlyArray<FtpEntry>, RemoveError>
  readonly removeFile: (path: string) => Effect.Effect<void, RemoveError>
  readonly removeDirectory: (path: string) => Effect.Effect<void, RemoveError>
  /** Of the first paths; what was not asked for is not in the result. */
  readonly removeFirst: (
    ...args: Parameters<FtpSession["removeFirst"]>
  ) => Effect.Effect<ReadonlyArray<Removal>, RemoveError>
  /** As the server names the directory from inside; `expected` if its reply can mean that. */
  readonly resolveDirectory: (path: string, expected: string) => Effect.Effect<string, RemoveError>
  /** Of the first directories; `None` where `resolveDirectory` has to be asked. */
  readonly resolveDirectories: (
    ...args: Parameters<FtpSession["resolveDirectories"]>
  ) => Effect.Effect<ReadonlyArray<Option.Option<string>>, RemoveError>
  readonly exists: (path: string) => Effect.Effect<boolean, RemoveError>
  /** The login directory, and where the path leads from there. */
  readonly whereabouts: (path: string) => Effect.Effect<Whereabouts, RemoveError>
  /** The identity of a path, if the server reports any. */
  readonly identify: (path: string) => Effect.Effect<Option.Option<string>, RemoveError>
}

/** A directory that is proven to belong to the tree. */
export interface Own {
  readonly path: string
  /** As the server names it from inside. */
  readonly resolved: string
  /** `undefined` for the root. */
  readonly parent: Own | undefined
  /** The root has 0. */
  readonly depth: number
  /** How many entries are in it, as far as is known; the listing that is to come counts as one. */
  pending: number
}

/** An entry of a directory, and what it is found to be. */
export interface Item {
  readonly entry: FtpEntry
  readonly parent: Own
}

/** What is not the tree's own. */
export interface Bounds {
  /** The identities of the root and of the directories above it. */
  readonly above: ReadonlySet<string>
  /** For errors. */
  readonly endpoint: string
}

/** The identities of the root and of the directories above it. A server that reports none proves nothing by them. */
export const identitiesAbove = (
  root: string,
  { identify }: Operations
): Effect.Effect<ReadonlySet<string>, RemoveError> =>
  Effect.gen(function* () {
    const found = new Set<string>()
    // Servers without slashes report no identities.
    for (let path = RemotePath.normalise(root), ups = 0; ; path = RemotePath.parent(path)) {
      const id = yield* identify(path)
      if (Option.isNone(id)) {
        return found
      }
      // A path that begins with `..` has a parent without end: above the root there is the root again.
      if (/^\.\.(?:\/|$)/.test(path) && (found.has(id.value) || ++ups >= Descent.MAX_DEPTH)) {
        return found
      }
      found.add(id.value)
      if (path === "" || path === "." || path === "/" || path === RemotePath.parent(path)) {
        return found
      }
    }
  })

/** The directory, if it is the tree's own: `resolved` is how the server names it from inside. */
export const ownDirectory = (
  { above, endpoint }: Bounds,
  { entry, parent }: Item,
  resolved: string,
  expected: string
): Effect.Effect<Own, RemoveError> =>
  resolved !== expected || parent.depth >= Descent.MAX_DEPTH || Option.exists(entry.unique, (id) => above.has(id))
    ? new FtpListingError({
        path: parent.path,
        reason: "LeadsOutOfTree",
        line: Listing.excerpt(entry.raw),
        detail: "shows a directory that leads out of the tree, or back into it",
        endpoint
      })
    : Effect.succeed({ path: entry.path, resolved, parent, depth: parent.depth + 1, pending: 1 })
