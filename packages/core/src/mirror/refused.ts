/** What a tree has and a mirror leaves out, as it can't be read or named. Pure. */
import * as Option from "effect/Option"
import type { Skip } from "./MirrorPlan.ts"
import type { Rules } from "./rules.ts"
import * as Tree from "./Tree.ts"

/** Of a source: what could not be read, and the names that are no entries. */
export const skips = (
  { gaps, refused = [] }: Pick<Tree.Snapshot, "gaps" | "refused">,
  rules: Pick<Rules, "filter">
): Array<Skip> => [...gaps.flatMap(ofGap), ...refused.flatMap((name) => ofName(name, rules))]

/** A directory with a name that can't be part of a path is read; the name itself is told. */
export const ofGap = ({ detail, path, reason }: Tree.Gap): ReadonlyArray<Skip> =>
  reason === "Unsafe"
    ? []
    : [{ path, reason: "Unread", detail, ...((reason === "Interrupted" || reason === "Hidden") && { mayPass: true }) }]

export const ofName = (name: Tree.Refused, rules: Pick<Rules, "filter">): ReadonlyArray<Skip> =>
  isWanted(name, rules) ? [{ path: name.path, reason: name.reason, detail: `its name ${name.why}` }] : []

/** Whether the rules don't leave it out anyway. Its type is not known, and does not matter to most patterns. */
const isWanted = ({ path }: Tree.Refused, { filter }: Pick<Rules, "filter">): boolean =>
  Option.isNone(filter.excludedBy(Tree.entry(path, "File")))
