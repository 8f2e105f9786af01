/**
 * A directory with everything in it, by workers that each keep a session. An entry, from the listing to its end:
 *
 *     entry of a listing
 *       file, link     C: DELE a
 *       directory      C: DELE a     a link that the listing shows as a directory is removed here (pyftpdlib; ProFTPD
 *                                    with `ShowSymlinks off`)
 *                      S: 550        refused: is it the tree's own? ──yes──► listed in its turn; RMD when it is empty
 *                                                                 └──no──► left, and reported
 *
 *     listed ──► entries ──DELE──► refused ──CWD, PWD──► own ──► listed, in its turn
 *                   └──the last one of a directory is gone──► empty ──RMD──►
 *
 * Each step is done for as many paths at once as the server takes in one round trip. What does not go well is done again
 * on its own, which finds out why. The directory that was found last is listed next, and only when few entries wait: so
 * what is pending is bounded by the largest directory and the depth of the tree.
 *
 * A listing is no proof for a destructive step. A directory is the tree's own if the server names it from inside as the
 * root with its relative path (CWD, PWD), and its identity (MLSx `unique`) is not that of the root or of a directory
 * above. A refusal of one entry does not stop the removal of the others; a failure that would affect them too, such as
 * a lost connection, ends it at once.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { refusedHome } from "../base/pathCheck.ts"
import * as NativePath from "../protocol/NativePath.ts"
import type { Removal } from "../session/FtpSession.ts"
import * as Crew from "./crew.ts"
import { type Item, identitiesAbove, type Operations, type Own, ownDirectory, type RemoveError } from "./removable.ts"
import * as Failures from "./removeFailures.ts"

export interface Options {
  /** For what is done once. */
  readonly operations: Operations
  /** The same for a worker, with a session that it keeps. */
  readonly keeping: Crew.Keeping<Operations>
  /** For errors. */
  readonly endpoint: string
  /** How many workers there are at most. */
  readonly concurrency: number
  /** Whether the root may be the login directory, or hold it. */
  readonly home: boolean
  /** Called with what could not be removed, except the root: its failure is that of the whole removal. */
  readonly onFailure: (error: RemoveError, path: string) => Effect.Effect<void>
}

export const removeTree = (root: string, options: Options): Effect.Effect<void, RemoveError> =>
  Effect.gen(function* () {
    const { operations } = options
    const above = yield* identitiesAbove(root, operations)
    const { directory, home } = yield* operations.whereabouts(root)
    const resolved = yield* directory
    // Whatever else a server may expand in a relative path; absolute ones were resolved before.
    if (!root.startsWith("/") && !options.home && NativePath.isInside(home, resolved)) {
      return yield* refusedHome(root)
    }
    const failures = Failures.make(root, NativePath.syntaxOf(resolved), options.onFailure)
    const tree: Tree = { ...options, above, failures, items: [], refused: [], own: [], empty: [], most: MOST }
    tree.own.push({ path: root, resolved, parent: undefined, depth: 0, pending: 1 })
    yield* Crew.run(options.concurrency, options.keeping, () => next(tree))
    const first = failures.first()
    yield* first === undefined ? operations.removeDirectory(root) : Effect.fail(first)
  })

/** What is to be done. */
interface Tree extends Options {
  readonly above: ReadonlySet<string>
  readonly failures: Failures.Failures
  readonly items: Array<Item>
  /** Directories, as their DELE was refused. */
  readonly refused: Array<Item>
  /** To be listed. */
  readonly own: Array<Own>
  readonly empty: Array<Own>
  /** How many paths a worker takes at once. */
  most: number
}

/** From so many entries on, they are removed before another directory is listed. */
const MANY = 256

/** The most paths for one worker at a time: more than go into one round trip. */
const MOST = 256

/** The next piece of work, and how many workers are of use: fewer than that if what is to be done is little. */
const next = (tree: Tree): Crew.Work<Operations, RemoveError> | undefined => {
  const { empty, items, own, refused } = tree
  const directory = items.length < MANY ? own.pop() : undefined
  return directory !== undefined
    ? (operations) => list(tree, operations, directory)
    : items.length > 0
      ? shareOf(tree, items, removeItems)
      : refused.length > 0
        ? shareOf(tree, refused, prove)
        : empty.length > 0
          ? shareOf(tree, empty, removeEmpty)
          : undefined
}

/** Takes a worker's share of a queue; what the worker has not done goes back. */
const shareOf = <A>(
  tree: Tree,
  queue: Array<A>,
  work: (tree: Tree, operations: Operations, share: ReadonlyArray<A>) => Effect.Effect<number, RemoveError>
): Crew.Work<Operations, RemoveError> => {
  const size = Math.min(tree.most, Math.max(LITTLE, Math.ceil(queue.length / tree.concurrency)))
  const share = queue.splice(Math.max(0, queue.length - size))
  return (operations) =>
    Effect.map(work(tree, operations, share), (done) => {
      if (done === 1 && share.length > 1) {
        // The server takes one command at a time, so the other workers can have the rest.
        tree.most = 1
      }
      queue.push(...share.slice(done))
    })
}

/** So few paths are not shared among workers: a round trip is less than a login. */
const LITTLE = 16

const list = (tree: Tree, operations: Operations, directory: Own): Effect.Effect<void, RemoveError> =>
  Effect.map(listed(tree, operations, directory), (entries) => {
    directory.pending += entries.length
    for (const entry of entries) {
      tree.items.push({ entry, parent: directory })
    }
    removed(tree, directory)
  })

const listed = ({ failures }: Tree, { list }: Operations, { path }: Own) =>
  failures.orLeave(path, list(path, failures.inside(path)), [])

/** One less in the directory. */
const removed = ({ empty, failures }: Tree, directory: Own): void => {
  for (let at: Own | undefined = directory; at !== undefined; at = at.parent) {
    at.pending--
    if (at.pending > 0) {
      return
    }
    if (at.parent !== undefined && !failures.isLeft(at.path)) {
      empty.push(at)
      return
    }
  }
}

const removeItems = (
  tree: Tree,
  operations: Operations,
  items: ReadonlyArray<Item>
): Effect.Effect<number, RemoveError> =>
  Effect.flatMap(
    operations.removeFirst(
      "Files",
      items.map(({ entry }) => entry.path)
    ),
    (removals) => {
      const others: Array<Effect.Effect<void, RemoveError>> = []
      removals.forEach((removal, index) => {
        const item = items[index]
        if (item === undefined) {
          return
        }
        if (removal === "Removed") {
          removed(tree, item.parent)
        } else if (removal === "Refused" && item.entry.type === "Directory") {
          tree.refused.push(item)
        } else {
          others.push(removeAlone(tree, operations, item, removal))
        }
      })
      return Effect.as(Effect.all(others, { discard: true }), removals.length)
    }
  )

/** Once more, as nothing else is known of it. */
const removeAlone = (
  tree: Tree,
  operations: Operations,
  item: Item,
  removal: Removal
): Effect.Effect<void, RemoveError> => {
  const { path, type } = item.entry
  let isRefused = false
  const alone = unlessGone(operations, path, removal, operations.removeFile(path))
  const work =
    type === "Directory"
      ? Effect.catchTag(alone, "FtpRejected", () =>
          Effect.sync(() => {
            isRefused = true
          })
        )
      : alone
  return Effect.map(tree.failures.orLeave(path, work, undefined), () =>
    isRefused ? void tree.refused.push(item) : removed(tree, item.parent)
  )
}

/** What may have been removed by a command whose reply was lost is refused then: as it is not there. */
const unlessGone = (
  { exists }: Operations,
  path: string,
  before: Removal,
  removal: Effect.Effect<void, RemoveError>
): Effect.Effect<void, RemoveError> =>
  before === "Unknown"
    ? Effect.catchTag(removal, "FtpRejected", (rejected) =>
        Effect.flatMap(exists(path), (exists) => (exists ? Effect.fail(rejected) : Effect.void))
      )
    : removal

/** Which directories belong to the tree: those are listed. */
const prove = (tree: Tree, operations: Operations, items: ReadonlyArray<Item>): Effect.Effect<number, RemoveError> =>
  Effect.gen(function* () {
    const asked = items.map(({ entry, parent }) => ({
      path: entry.path,
      expected: NativePath.join(NativePath.syntaxOf(parent.resolved), parent.resolved, entry)
    }))
    const resolved = yield* operations.resolveDirectories(asked)
    for (let index = 0; index < resolved.length; index++) {
      const item = items[index]
      const question = asked[index]
      if (item === undefined || question === undefined) {
        continue
      }
      const { path, expected } = question
      const answer = resolved[index] ?? Option.none()
      const named = Option.isSome(answer) ? Effect.succeed(answer.value) : operations.resolveDirectory(path, expected)
      const own = yield* tree.failures.orLeave(
        path,
        Effect.flatMap(named, (named) => ownDirectory(tree, item, named, expected)),
        undefined
      )
      if (own === undefined) {
        removed(tree, item.parent)
      } else {
        tree.own.push(own)
      }
    }
    return resolved.length
  })

const removeEmpty = (tree: Tree, operations: Operations, directories: ReadonlyArray<Own>) =>
  Effect.gen(function* () {
    const removals = yield* operations.removeFirst(
      "Directories",
      directories.map(({ path }) => path)
    )
    for (let index = 0; index < removals.length; index++) {
      const directory = directories[index]
      const removal = removals[index]
      if (directory?.parent === undefined || removal === undefined) {
        continue
      }
      const { parent, path } = directory
      if (removal !== "Removed") {
        yield* tree.failures.orLeave(
          path,
          unlessGone(operations, path, removal, operations.removeDirectory(path)),
          undefined
        )
      }
      removed(tree, parent)
    }
    return removals.length
  })
