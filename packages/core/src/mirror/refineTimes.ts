/**
 * Times to the second for files that a listing in minutes or days leaves undecided: of the same size, and of a time that
 * may be the same. The manifest decides first; what it does not know is asked for by MDTM, many in one burst:
 *
 *     S: -rw-r--r-- 1 ann ann 5 Nov 29 12:00 a.txt      any moment of that minute
 *     C: MDTM a.txt, MDTM b.txt, …, NOOP
 *     S: 213 20261129120007
 *
 * A listing that tells no sizes (OpenVMS has blocks, z/OS records) leaves all files undecided, so sizes are asked for by
 * SIZE in the same way, before the times.
 *
 * The sessions that are open share the questions, as a server answers a long burst in several round trips.
 *
 * An answer outside of what the listing says is in another zone, or wrong: it does not count. A server that bears no
 * bursts is not asked, as that would cost a round trip a file.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import { mayBeSame } from "./compare.ts"
import { endsAll } from "./endsAll.ts"
import type { Rules, Trees } from "./rules.ts"
import type * as Tree from "./Tree.ts"
import { finder } from "./transfers.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/** Files that one worker asks for before the next one has its turn. */
const MOST_PER_TURN = 500

/** So many are about one burst: fewer would only take more sessions for the same round trip. */
const LEAST_PER_TURN = 100

export const refineTimes = (
  source: MirrorTree,
  target: MirrorTree,
  listed: Trees,
  rules: Rules
): Effect.Effect<Trees, MirrorError> =>
  // When it is run: which names are one may be known only then.
  Effect.suspend(() => {
    const { by } = rules.compare
    const dated = (trees: Trees) =>
      by === "SizeAndTime" || by === "Time"
        ? withAnswers(source, target, trees, undecided(trees, rules), (tree, side) =>
            ask(tree, side.filter(isCoarse), TIMES)
          )
        : Effect.succeed(trees)
    return (by === "SizeAndTime" || by === "Size") && (lacksSizes(listed.source) || lacksSizes(listed.target))
      ? Effect.flatMap(withSizes(source, target, listed, rules), dated)
      : dated(listed)
  })

/** What the servers among both trees answer of the pairs; what a folder has is known. */
const withAnswers = (
  source: MirrorTree,
  target: MirrorTree,
  trees: Trees,
  pairs: ReadonlyArray<readonly [Tree.TreeEntry, Tree.TreeEntry]>,
  ask: (
    tree: RemoteTree,
    side: ReadonlyArray<Tree.TreeEntry>
  ) => Effect.Effect<ReadonlyArray<Tree.TreeEntry>, MirrorError>
): Effect.Effect<Trees, MirrorError> => {
  // Nothing is asked for most directories.
  if (pairs.length === 0) {
    return Effect.succeed(trees)
  }
  return Effect.gen(function* () {
    const refine = (tree: MirrorTree, snapshot: Tree.Snapshot, side: ReadonlyArray<Tree.TreeEntry>) =>
      tree._tag === "Local"
        ? Effect.succeed(snapshot)
        : Effect.map(ask(tree, side), (found) => withEntries(snapshot, found))
    return {
      ...trees,
      source: yield* refine(
        source,
        trees.source,
        pairs.map(([from]) => from)
      ),
      target: yield* refine(
        target,
        trees.target,
        pairs.map(([, to]) => to)
      )
    }
  })
}

const withEntries = (snapshot: Tree.Snapshot, found: ReadonlyArray<Tree.TreeEntry>): Tree.Snapshot => {
  if (found.length === 0) {
    return snapshot
  }
  const entries = new Map(snapshot.entries)
  for (const entry of found) {
    entries.set(entry.path, entry)
  }
  return { ...snapshot, entries }
}

/** The trees with the sizes of files that both have. */
const withSizes = (
  source: MirrorTree,
  target: MirrorTree,
  trees: Trees,
  rules: Rules
): Effect.Effect<Trees, MirrorError> => {
  const find = finder(trees.target, rules.names.fold)
  const pairs = [...trees.source.entries.values()].flatMap((from) => {
    const to = from.type === "File" ? find(from.path) : undefined
    return to?.type === "File" && Option.isNone(rules.filter.excludedBy(from)) ? [[from, to] as const] : []
  })
  return withAnswers(source, target, trees, pairs, (tree, side) => ask(tree, side.filter(lacksSize), SIZES))
}

const lacksSize = ({ size, type }: Tree.TreeEntry): boolean => size._tag === "None" && type === "File"

/** Whether its listing does not tell the size of a file. */
const lacksSizes = ({ entries }: Tree.Snapshot): boolean => {
  for (const { size, type } of entries.values()) {
    if (size._tag === "None" && type === "File") {
      return true
    }
  }
  return false
}

const isCoarse = ({ modified }: Tree.TreeEntry): boolean =>
  modified._tag === "Some" && (modified.value.precision === "Minute" || modified.value.precision === "Day")

/** Files that count as the same only because a time is not told to the second, or as different only by a guessed year. */
const undecided = (
  { source, target }: Trees,
  { compare, filter, names }: Rules
): ReadonlyArray<readonly [Tree.TreeEntry, Tree.TreeEntry]> => {
  const find = finder(target, names.fold)
  const pairs: Array<readonly [Tree.TreeEntry, Tree.TreeEntry]> = []
  for (const from of source.entries.values()) {
    const to = from.type === "File" ? find(from.path) : undefined
    if (
      to?.type === "File" &&
      from.modified._tag === "Some" &&
      to.modified._tag === "Some" &&
      (isCoarse(to) || isCoarse(from)) &&
      (compare.by === "Time" || isSameSize(from, to)) &&
      (from.sha256._tag === "None" || to.sha256._tag === "None") &&
      mayBeSame(from.modified.value, to.modified.value) &&
      Option.isNone(filter.excludedBy(from))
    ) {
      pairs.push([from, to])
    }
  }
  return pairs
}

/** Or of none that is known. */
const isSameSize = ({ size }: Tree.TreeEntry, { size: other }: Tree.TreeEntry): boolean =>
  size._tag === "Some" && other._tag === "Some" ? size.value === other.value : size._tag === other._tag

/** A question about the first of several files, and what its answer makes of an entry; nothing if it does not count. */
interface Question<A> {
  readonly ask: (
    session: FtpSession,
    paths: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Option.Option<A>>, CommandError>
  readonly answered: (entry: Tree.TreeEntry, answer: Option.Option<A> | undefined) => ReadonlyArray<Tree.TreeEntry>
}

const SIZES: Question<number> = {
  ask: (session, paths) => session.sizesFirst(paths),
  answered: (entry, size = Option.none()) => (Option.isSome(size) ? [{ ...entry, size }] : [])
}

/** The entries of which more is known by that. */
const ask = <A>(
  tree: RemoteTree,
  entries: ReadonlyArray<Tree.TreeEntry>,
  question: Question<A>
): Effect.Effect<ReadonlyArray<Tree.TreeEntry>, MirrorError> => {
  const turn = (asked: ReadonlyArray<Tree.TreeEntry>) =>
    tree.pool
      .lend((session) =>
        Effect.gen(function* () {
          const answers: Array<Option.Option<A>> = []
          while (answers.length < asked.length) {
            const paths = asked.slice(answers.length).map(({ path }) => tree.pathOf(path))
            answers.push(...(yield* question.ask(session, paths)))
          }
          return asked.flatMap((entry, index) => question.answered(entry, answers[index]))
        })
      )
      .pipe(
        // What is not refined is compared as the listing has it.
        Effect.catchIf(
          (error) => !endsAll(error),
          (error) => Effect.as(Effect.logDebug("facts of files could not be asked for", error), [])
        )
      )
  if (entries.length === 0) {
    return Effect.succeed([])
  }
  // Most directories of a tree that is read one by one take a single turn, which needs no fiber of its own.
  return entries.length <= LEAST_PER_TURN
    ? turn(entries)
    : Effect.flatMap(sessionsOf(tree), (sessions) => {
        const each = Math.min(MOST_PER_TURN, Math.max(LEAST_PER_TURN, Math.ceil(entries.length / sessions)))
        const turns = Array.from({ length: Math.ceil(entries.length / each) }, (_, index) =>
          entries.slice(index * each, (index + 1) * each)
        )
        return Effect.map(Effect.forEach(turns, turn, { concurrency: tree.concurrency }), (found) => found.flat())
      })
}

/** How many are open, at least one: to open another one takes longer than a burst. */
const sessionsOf = ({ pool }: RemoteTree): Effect.Effect<number> =>
  Effect.map(pool.status, (hosts) =>
    Math.max(
      1,
      hosts.reduce((count, { live }) => count + live, 0)
    )
  )

const TIMES: Question<FtpTime> = {
  ask: (session, paths) => session.modifiedFirst(paths),
  answered: (entry, time = Option.none()) =>
    Option.isSome(time) && Option.exists(entry.modified, (listed) => mayBeSame(listed, time.value))
      ? [{ ...entry, modified: time }]
      : []
}
