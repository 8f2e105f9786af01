/**
 * A directory with everything in it, level by level: the files first, in parallel, then the directories, the deepest
 * first.
 *
 *     entry of a listing
 *       file, link     C: DELE a
 *       directory      C: DELE a     a link that the listing shows as a directory is removed here (pyftpdlib; ProFTPD
 *                                    with `ShowSymlinks off`)
 *                      S: 550        refused: is it the tree's own? ──yes──► listed in its turn; RMD when it is empty
 *                                                                 └──no──► left, and reported
 *
 * A listing is no proof for a destructive step. A directory is the tree's own if the server names it from inside as the
 * root with its relative path (CWD, PWD), and its identity (MLSx `unique`) is not that of the root or of a directory
 * above. A refusal of one entry does not stop the removal of the others; a failure that would affect them too, such as
 * a lost connection, ends it at once.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type DataError, type FtpError, FtpListingError, type OpenError } from "../base/FtpError.ts"
import * as Descent from "../protocol/Descent.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as Listing from "../protocol/Listing.ts"
import * as RemotePath from "../protocol/RemotePath.ts"

type RemoveError = OpenError | DataError | FtpListingError

export interface Operations {
  /** `leave` is called with an error for each line that may be an entry: the directory can't be empty then. */
  readonly list: (
    path: string,
    leave: (error: RemoveError) => Effect.Effect<void>
  ) => Effect.Effect<ReadonlyArray<FtpEntry>, RemoveError>
  readonly removeFile: (path: string) => Effect.Effect<void, RemoveError>
  readonly removeDirectory: (path: string) => Effect.Effect<void, RemoveError>
  /** As the server names the directory from inside; `expected` if its reply can mean that. */
  readonly resolveDirectory: (path: string, expected: string) => Effect.Effect<string, RemoveError>
  /** The login directory. */
  readonly home: Effect.Effect<string, RemoveError>
  /** The identity of a path, if the server reports any. */
  readonly identify: (path: string) => Effect.Effect<Option.Option<string>, RemoveError>
  /** For errors. */
  readonly endpoint: string
  /** How many entries are removed at once. */
  readonly concurrency: number
  /** Called with what could not be removed, except the root: its failure is that of the whole removal. */
  readonly onFailure: (error: RemoveError, path: string) => Effect.Effect<void>
}

/** A directory that is proven to belong to the tree. */
interface Own {
  readonly path: string
  /** As the server names it from inside. */
  readonly resolved: string
}

export const removeTree = (root: string, operations: Operations): Effect.Effect<void, RemoveError> =>
  Effect.gen(function* () {
    const { concurrency } = operations
    const failures = makeFailures(root, operations)
    const above = yield* identitiesAbove(root, operations)
    const levels: Array<ReadonlyArray<Own>> = []
    const absolute = root.startsWith("/") ? root : RemotePath.join(yield* operations.home, root)
    const resolved = yield* operations.resolveDirectory(root, RemotePath.normalise(absolute))
    let level: ReadonlyArray<Own> = [{ path: root, resolved }]
    while (level.length > 0) {
      const next: Array<Own> = []
      const isTooDeep = levels.length >= Descent.MAX_DEPTH
      const entries = Stream.flatMap(
        Stream.fromIterable(level),
        (parent) =>
          Stream.unwrap(
            Effect.map(
              failures.orLeave(parent.path, operations.list(parent.path, failures.inside(parent.path)), []),
              (entries) => Stream.map(Stream.fromIterable(entries), (entry) => ({ entry, parent }))
            )
          ),
        { concurrency }
      )
      const work = Stream.mapEffect(
        entries,
        ({ entry, parent }) =>
          failures.orLeave(
            entry.path,
            Effect.map(removeEntry(operations, above, parent, entry, isTooDeep), (own) => {
              if (own !== undefined) {
                next.push(own)
              }
            }),
            undefined
          ),
        { concurrency, unordered: true }
      )
      yield* Stream.runDrain(work)
      levels.push(level)
      level = next
    }
    for (const directories of levels.slice(1).reverse()) {
      yield* Effect.forEach(
        directories,
        ({ path }) =>
          failures.isLeft(path) ? Effect.void : failures.orLeave(path, operations.removeDirectory(path), undefined),
        { concurrency, discard: true }
      )
    }
    const first = failures.first()
    yield* first === undefined ? operations.removeDirectory(root) : Effect.fail(first)
  })

/** The identities of the root and of the directories above it. A server that reports none proves nothing by them. */
const identitiesAbove = (root: string, { identify }: Operations): Effect.Effect<ReadonlySet<string>, RemoveError> =>
  Effect.gen(function* () {
    const found = new Set<string>()
    for (let path = RemotePath.normalise(root); ; path = RemotePath.parent(path)) {
      const id = yield* identify(path)
      if (Option.isNone(id)) {
        return found
      }
      found.add(id.value)
      if (path === "" || path === "." || path === "/" || path === RemotePath.parent(path)) {
        return found
      }
    }
  })

/** Removes one entry, or returns it as a directory that is to be emptied first. */
const removeEntry = (
  operations: Operations,
  above: ReadonlySet<string>,
  parent: Own,
  entry: FtpEntry,
  isTooDeep: boolean
): Effect.Effect<Own | undefined, RemoveError> => {
  const removal = Effect.as(operations.removeFile(entry.path), undefined)
  return entry.type === "Directory"
    ? Effect.catchTag(removal, "FtpRejected", () => ownDirectory(operations, above, parent, entry, isTooDeep))
    : removal
}

const ownDirectory = (
  operations: Operations,
  above: ReadonlySet<string>,
  parent: Own,
  entry: FtpEntry,
  isTooDeep: boolean
): Effect.Effect<Own, RemoveError> =>
  Effect.gen(function* () {
    const { path } = entry
    const expected = RemotePath.join(parent.resolved, entry.name)
    const resolved = yield* operations.resolveDirectory(path, expected)
    if (resolved !== expected || isTooDeep || Option.exists(entry.unique, (id) => above.has(id))) {
      return yield* new FtpListingError({
        path: parent.path,
        reason: "LeadsOutOfTree",
        line: Listing.excerpt(entry.raw),
        detail: "shows a directory that leads out of the tree, or back into it",
        endpoint: operations.endpoint
      })
    }
    return { path, resolved }
  })

/** What could not be removed, and the directories that can't be empty therefore. */
const makeFailures = (root: string, { onFailure }: Operations) => {
  const left = new Set<string>()
  let first: RemoveError | undefined
  const leave = (path: string, error: RemoveError): Effect.Effect<void> =>
    Effect.sync(() => {
      first ??= error
      for (const directory of withAncestors(path)) {
        left.add(directory)
      }
    })
  return {
    first: () => first,
    /** For what is in the way in a directory that was listed. */
    inside: (path: string) => (error: RemoveError) => Effect.zipRight(leave(path, error), onFailure(error, path)),
    isLeft: (path: string) => left.has(path),
    orLeave: <A>(path: string, work: Effect.Effect<A, RemoveError>, otherwise: A): Effect.Effect<A, RemoveError> =>
      Effect.catchIf(work, isAboutOne, (error) =>
        Effect.zipRight(leave(path, error), Effect.as(path === root ? Effect.void : onFailure(error, path), otherwise))
      )
  }
}

/** Whether the other entries may fare better. */
const isAboutOne = (error: FtpError): boolean =>
  error._tag === "FtpRejected" || error._tag === "FtpListingError" || error._tag === "FtpUsageError"

const withAncestors = (path: string): ReadonlyArray<string> => {
  const paths = [path]
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    paths.push(path.slice(0, end))
  }
  return paths
}
