/**
 * Temporary names that killed uploads have left in a target. Pure. A name is ours, and dead, if all of this holds:
 *
 *     .index.html.1a2b3c4d.ftp-effect     it is one that an upload gives to a file, or a mirror to a link,
 *     index.html                          of a file that takes part in the source, or that the manifest has, in that directory,
 *     2026-11-28 10:00                    and by its listed time nobody has written to it for over a day (see also `deadNames`);
 *                                         the old content of a file is not the only one: see `inUse`
 */
import * as Option from "effect/Option"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import * as InUse from "./inUse.ts"
import type { Rules, Trees } from "./rules.ts"
import * as Tree from "./Tree.ts"

/** The paths of those that no rule excludes. `inUse` is what `InUse.find` says of the target. */
export const find = (
  { ours, source, target }: Trees,
  { filter, manifest, names }: Pick<Rules, "filter" | "manifest" | "names">,
  inUse: ReadonlyMap<string, string>
): ReadonlyArray<string> => {
  const left: Array<Tree.TreeEntry> = []
  for (const entry of target.entries.values()) {
    if (InUse.isUpload(entry) && !inUse.has(entry.path) && Option.isNone(filter.excludedBy(entry))) {
      left.push(entry)
    }
  }
  if (left.length === 0) {
    return []
  }
  const sent = new Set<string>()
  const add = (path: string) => {
    sent.add(names.fold(Tree.join(Tree.parent(path), TemporaryName.stemOf(Tree.nameOf(path)))))
  }
  for (const entry of source.entries.values()) {
    if ((entry.type === "File" || entry.type === "SymbolicLink") && Option.isNone(filter.excludedBy(entry))) {
      add(entry.path)
    }
  }
  for (const path of ours.keys()) {
    add(path)
  }
  add(manifest)
  return left
    .map(({ path }) => path)
    .filter((path) =>
      TemporaryName.stemsOf(Tree.nameOf(path)).some((stem) => sent.has(names.fold(Tree.join(Tree.parent(path), stem))))
    )
}

const MOST_NAMED = 3

/** A warning about those that stay, as nothing is deleted. */
export const warningOf = (paths: ReadonlyArray<string>): string | undefined => {
  const named = `${paths.slice(0, MOST_NAMED).join(", ")}${paths.length > MOST_NAMED ? ", …" : ""}`
  const what =
    paths.length === 1
      ? `the target has the temporary file of an upload that was killed over a day ago (${named}): a mirror that deletes removes it`
      : `the target has ${paths.length} temporary files of uploads that were killed over a day ago (${named}): a mirror that deletes removes them`
  return paths.length === 0 ? undefined : what
}
