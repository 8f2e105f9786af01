/**
 * A server on which case does not count (Windows), or a disk (vfat): a file whose name differs in case alone is the same file
 * there, so it must not be deleted once the new one was sent. The same holds for what else systems ignore in names
 * (`protocol/NameFolding.ts`), as Unicode forms on macOS.
 *
 *     source  docs/Index.html      the target lists no such name
 *     target  docs/index.html      so docs is asked for: `caseQuestion.ts`
 *
 * Each directory that has such names is asked for once (see `cases.ts` for letters beyond ASCII), and none if there are no such
 * names. A directory that lists two such names itself keeps them apart. If the server does not say, nothing is left out because
 * its name is another one's, and what the target lists under such a name is not deleted. A local folder of Windows or macOS
 * knows of most by its system.
 */

import * as Effect from "effect/Effect"
import { type Doubtful, isHideable } from "../client/nameCase.ts"
import { foldWidely } from "../protocol/NameFolding.ts"
import { type Cases, differing } from "./cases.ts"
import * as Grouping from "./grouping.ts"
import * as Tree from "./Tree.ts"
import type { CaseQuestion, MirrorError, MirrorTree } from "./trees.ts"

/**
 * Finds out whether case counts in the directories of the target in which it decides anything. True if it is known only now
 * of one that it does not. Both are under the spelling of the source; `target` is addressed under its own by that.
 */
export const learn = (
  target: MirrorTree,
  source: Tree.Snapshot,
  there: Tree.Snapshot
): Effect.Effect<boolean, MirrorError> =>
  Effect.suspend(() => {
    const question = questionOf(target)
    const pairs = question === undefined ? [] : findDoubtful(source, there)
    if (question === undefined || pairs.length === 0) {
      return Effect.succeed(false)
    }
    const { cases } = question
    noteListed(cases, there)
    const isAnyOne = () => pairs.some(({ asked, listed }) => cases.compare(listed, asked) === "One")
    const before = isAnyOne()
    return Effect.map(
      Effect.forEach(pairs, (pair) => askFor(question, pair, target.pathOf), { discard: true }),
      () => !before && isAnyOne()
    )
  })

/** `undefined` if case is known to be ignored or to count. */
export const questionOf = ({ caseQuestion, names }: MirrorTree): CaseQuestion | undefined =>
  names.isNative?.() === true ? undefined : caseQuestion

/** With how many names that were listed before it, and may be one with it, a name is known to be none. */
const MAX_LISTED = 16

/** A directory that lists two names has both of them. */
const noteListed = (cases: Cases, { entries }: Tree.Snapshot): void => {
  const seen = new Map<string, Array<string>>()
  for (const path of entries.keys()) {
    const [directory, name] = [Tree.parent(path), Tree.nameOf(path)]
    const key = Tree.join(directory, foldWidely(name))
    const others = seen.get(key)
    for (const other of others ?? []) {
      cases.note({ directory, names: [other, name] }, "Two")
    }
    if (others === undefined) {
      seen.set(key, [name])
    } else if (others.length < MAX_LISTED) {
      others.push(name)
    }
  }
}

/** Asks for the directories in which the names of a pair differ, from above, until one keeps them apart. */
const askFor = (
  { cases, learn }: CaseQuestion,
  { asked, listed }: Doubtful,
  pathOf: (path: string) => string
): Effect.Effect<void, MirrorError> =>
  Effect.gen(function* () {
    for (const difference of differing(listed, asked)) {
      if (cases.of(difference) === undefined) {
        const depth = difference.directory === "" ? 1 : difference.directory.split("/").length + 1
        yield* learn({ asked: first(asked, depth), listed: first(listed, depth) }, pathOf)
      }
      if (cases.of(difference) === "Two") {
        return
      }
    }
  })

const first = (path: string, names: number): string => path.split("/").slice(0, names).join("/")

/**
 * The paths of the source that the target may have under another name, and does not list themselves, those above others first.
 * Those that a listing shows on all servers come before the others.
 */
const findDoubtful = (source: Tree.Snapshot, target: Tree.Snapshot): ReadonlyArray<Doubtful> => {
  const missing = new Map<string, Array<string>>()
  for (const path of source.entries.keys()) {
    if (!target.entries.has(path)) {
      Grouping.add(missing, foldWidely(path), path)
    }
  }
  const pairs: Array<Doubtful> = []
  for (const listed of missing.size === 0 ? [] : target.entries.keys()) {
    for (const asked of missing.get(foldWidely(listed)) ?? []) {
      pairs.push({ asked, listed })
    }
  }
  return [...pairs.filter(({ asked }) => !isHideable(asked)), ...pairs.filter(({ asked }) => isHideable(asked))]
}
