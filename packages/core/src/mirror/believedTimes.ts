/**
 * A server may list MFMT and refuse it, for all or for this user (ProFTPD's `<Limit MFMT>`). All files that it was sent
 * are newer there then, and would be sent in each run. So before a file goes for that reason alone, one such file is
 * given the time that the server told of it, once in a run:
 *
 *     C: MFMT 20261129120007 a.txt
 *     S: 550 Unable to handle command          a newer file of the same size is the same
 *     S: 213 Modify=20261129120007; a.txt      it differs
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import { difference, MILLIS } from "./compare.ts"
import type { Rules, Trees } from "./rules.ts"
import { finder } from "./transfers.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** The rules by which the trees are compared: those that are given, or those of a target that does not keep times. */
export const settled = (target: MirrorTree, trees: Trees, rules: Rules): Effect.Effect<Rules, MirrorError> => {
  if (target._tag === "Local" || !rules.compare.keepsTimes || rules.compare.asksForTimes !== true) {
    return Effect.succeed(rules)
  }
  const doubtful = firstDoubtful(trees, rules)
  return doubtful === undefined
    ? Effect.succeed(rules)
    : Effect.map(target.showsKeepsTimes(doubtful.path, doubtful.its), (keepsTimes) =>
        keepsTimes ? rules : { ...rules, compare: { ...rules.compare, keepsTimes } }
      )
}

/** A file that is to be sent only because it is newer there, as after its upload; the server tells its time exactly. */
const firstDoubtful = ({ source, target }: Trees, { compare, filter, names, only }: Rules) => {
  if (only === "Newer" || only === "Missing") {
    return undefined
  }
  const find = finder(target, names.fold)
  for (const from of source.entries.values()) {
    const to = from.type === "File" ? find(from.path) : undefined
    if (
      to?.type === "File" &&
      to.modified._tag === "Some" &&
      isExact(to.modified.value) &&
      Option.getOrUndefined(from.size) === Option.getOrUndefined(to.size) &&
      Option.exists(
        difference(from, to, compare),
        (why) => why._tag === "TimeDiffers" && why.order === "SourceOlder"
      ) &&
      Option.isNone(filter.excludedBy(from)) &&
      Option.isNone(filter.excludedBy(to))
    ) {
      return { path: to.path, its: to.modified.value.at }
    }
  }
  return undefined
}

/** MLSD and MDTM tell times in UTC. MFMT is sent whole seconds. */
const isExact = ({ at, guess, precision, zone }: FtpTime): boolean =>
  guess === undefined &&
  zone === "Utc" &&
  (precision === "Second" || precision === "Millisecond") &&
  DateTime.toEpochMillis(at) % MILLIS.Second === 0
