/**
 * Times to the second for files that a listing in minutes or days leaves undecided: of the same size, and of a time that
 * may be the same. The manifest decides first; what it does not know is asked for by MDTM, many in one burst:
 *
 *     S: -rw-r--r-- 1 ann ann 5 Nov 29 12:00 a.txt      any moment of that minute
 *     C: MDTM a.txt, MDTM b.txt, …, NOOP
 *     S: 213 20261129120007
 *
 * An answer outside of what the listing says is in another zone, or wrong: it does not count. A server that bears no
 * bursts is not asked, as that would cost a round trip a file.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import { compareTimes } from "./compare.ts"
import { endsAll } from "./endsAll.ts"
import type { Rules, Trees } from "./rules.ts"
import type * as Tree from "./Tree.ts"
import { finder } from "./transfers.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/** Files that one worker asks for before the next one has its turn. */
const PER_TURN = 500

export const refineTimes = (
  source: MirrorTree,
  target: MirrorTree,
  trees: Trees,
  rules: Rules
): Effect.Effect<Trees, MirrorError> =>
  Effect.gen(function* () {
    const { by } = rules.compare
    const pairs = by === "SizeAndTime" || by === "Time" ? undecided(trees, rules) : []
    const refine = (tree: MirrorTree, { entries, ...snapshot }: Tree.Snapshot, side: ReadonlyArray<Tree.TreeEntry>) =>
      Effect.map(tree._tag === "Local" ? Effect.succeed([]) : ask(tree, side.filter(isCoarse)), (exact) => {
        if (exact.length === 0) {
          return { ...snapshot, entries }
        }
        const refined = new Map(entries)
        for (const entry of exact) {
          refined.set(entry.path, entry)
        }
        return { ...snapshot, entries: refined }
      })
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

const isCoarse = ({ modified }: Tree.TreeEntry): boolean =>
  Option.exists(modified, ({ precision }) => precision === "Minute" || precision === "Day")

/** Files that count as the same only because a time is not told to the second. */
const undecided = (
  { source, target }: Trees,
  { compare, filter, names }: Rules
): ReadonlyArray<readonly [Tree.TreeEntry, Tree.TreeEntry]> => {
  const find = finder(target, names.fold)
  return [...source.entries.values()].flatMap((from) => {
    const to = from.type === "File" ? find(from.path) : undefined
    const isUndecided =
      to?.type === "File" &&
      (isCoarse(from) || isCoarse(to)) &&
      (compare.by === "Time" || Option.getOrUndefined(from.size) === Option.getOrUndefined(to.size)) &&
      (Option.isNone(from.sha256) || Option.isNone(to.sha256)) &&
      Option.isSome(from.modified) &&
      Option.isSome(to.modified) &&
      compareTimes(from.modified.value, to.modified.value) === "Same" &&
      Option.isNone(filter.excludedBy(from))
    return isUndecided ? [[from, to] as const] : []
  })
}

/** The entries whose time is exact to the second. */
const ask = (
  tree: RemoteTree,
  entries: ReadonlyArray<Tree.TreeEntry>
): Effect.Effect<ReadonlyArray<Tree.TreeEntry>, MirrorError> => {
  const turns = Array.from({ length: Math.ceil(entries.length / PER_TURN) }, (_, index) =>
    entries.slice(index * PER_TURN, (index + 1) * PER_TURN)
  )
  const turn = (asked: ReadonlyArray<Tree.TreeEntry>) =>
    tree.client
      .withSession((session) =>
        Effect.gen(function* () {
          const times: Array<Option.Option<FtpTime>> = []
          while (times.length < asked.length) {
            times.push(
              ...(yield* session.modifiedFirst(asked.slice(times.length).map(({ path }) => tree.pathOf(path))))
            )
          }
          return asked.flatMap((entry, index) => exactly(entry, times[index]))
        })
      )
      .pipe(
        // What is not refined is compared as the listing has it.
        Effect.catchIf(
          (error) => !endsAll(error),
          (error) => Effect.as(Effect.logDebug("times could not be asked for", error), [])
        )
      )
  return Effect.map(Effect.forEach(turns, turn, { concurrency: tree.concurrency }), (found) => found.flat())
}

const exactly = (entry: Tree.TreeEntry, time: Option.Option<FtpTime> = Option.none()): ReadonlyArray<Tree.TreeEntry> =>
  Option.isSome(time) && Option.exists(entry.modified, (listed) => compareTimes(listed, time.value) === "Same")
    ? [{ ...entry, modified: time }]
    : []
