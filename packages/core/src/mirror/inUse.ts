/**
 * What of a tree may be a file on its way: uploads of other clients, and parts of swaps. Pure.
 *
 *     .NAME.1a2b3c4d.ftp-effect              an upload under its temporary name        in use for a day by its listed time
 *     .NAME.old.1a2b3c4d.ftp-effect          the old file, while it is replaced        and as long as there is no NAME:
 *                                                                                      then it is all there is of it
 *     NAME.ftp-effect-next-ID and so on      trees, marker and token of a swap         for a day by the time in ID, and by
 *                                                                                      the listed times of its files
 *     .case.1a2b3c4d.ftp-effect              a directory that shows if case counts     in use for a day by its listed time
 *     .NAME.ftp-effect-previous-ID           a directory, while something of another   and as long as there is no NAME
 *                                            type replaces it (`exchangeNames.ts`)
 *
 * A time that is not listed, or not surely over a day ago, counts as now.
 */

import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Timestamp from "../protocol/Timestamp.ts"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import { MILLIS } from "./compare.ts"
import * as ExchangeNames from "./exchangeNames.ts"
import * as Grouping from "./grouping.ts"
import * as Tree from "./Tree.ts"

/** In millis: no upload that is alive leaves its file alone for so long. */
const DAY = MILLIS.Day

/** The zones of the Earth, in millis: a time whose zone is not known may be so much later. */
const ZONES = 14 * 3_600_000

/** In millis. Servers print no year for the last half year only: a guess that leads further back is wrong. */
const HALF_A_YEAR = 184 * DAY

/** What is in each of these names: most paths are none of them by one look. */
const OURS = /ftp-effect|@#/i

/** Whether the path, or one above it, may be one of them: most are not. */
export const mayBeOurs = (path: string): boolean => OURS.test(path)

/** Whether it is a file, or a link, that an upload of ours has under a temporary name, of any client. */
export const isUpload = ({ path, type }: Pick<Tree.TreeEntry, "path" | "type">): boolean =>
  OURS.test(path) && (type === "File" || type === "SymbolicLink") && TemporaryName.isAny(Tree.nameOf(path))

/** Whether it is a directory of ours under a temporary name: one of an exchange, or one that showed if case counts. */
export const isTemporaryDirectory = ({ path, type }: Pick<Tree.TreeEntry, "path" | "type">): boolean => {
  if (type !== "Directory" || !OURS.test(path)) {
    return false
  }
  const name = Tree.nameOf(path)
  return ExchangeNames.isOfDirectory(name) || TemporaryName.isUsual(name)
}

/** The paths that may be in use at `now`, in millis since 1970, each with the reason in words. */
export const find = ({ entries }: Tree.Snapshot, now: number): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  const swaps = new Map<string, Array<string>>()
  const young = new Set<string>()
  for (const entry of entries.values()) {
    const { path, type } = entry
    if (!OURS.test(path)) {
      continue
    }
    const name = Tree.nameOf(path)
    const id = swapIdOf(name)
    if (isUpload(entry) || (isTemporaryDirectory(entry) && id === undefined)) {
      const why = whyKept(entry, name, entries, now)
      if (why !== undefined) {
        found.set(path, why)
      }
    } else if (id !== undefined) {
      Grouping.add(swaps, id, path)
      if (!isOldId(id, now) || (type === "File" && !isOld(entry, now))) {
        young.add(id)
      }
      if (Option.exists(ExchangeNames.previousOf(name), (of) => isMissing(entry, of, entries))) {
        found.set(path, "the old content of a directory that is not there")
      }
    }
  }
  for (const entry of swaps.size === 0 ? [] : entries.values()) {
    if (entry.type === "File" && !isOld(entry, now)) {
      for (const above of Tree.ancestors(entry.path)) {
        const id = swapIdOf(Tree.nameOf(above))
        if (id !== undefined) {
          young.add(id)
        }
      }
    }
  }
  for (const id of young) {
    for (const path of swaps.get(id) ?? []) {
      found.set(path, "a part of a swap or an exchange that began less than a day ago, as far as is known")
    }
  }
  return found
}

const whyKept = (
  entry: Tree.TreeEntry,
  name: string,
  entries: Tree.Snapshot["entries"],
  now: number
): string | undefined => {
  const replaced = TemporaryName.backupOf(name)
  return !isOld(entry, now)
    ? `${entry.type === "Directory" ? "a temporary name" : "an upload"} of less than a day ago, as far as is known`
    : Option.exists(replaced, (of) => isMissing(entry, of, entries))
      ? "the old content of a file that is not there"
      : undefined
}

const isMissing = ({ path }: Tree.TreeEntry, name: string, entries: Tree.Snapshot["entries"]): boolean =>
  !entries.has(Tree.join(Tree.parent(path), name))

const isOld = ({ modified }: Tree.TreeEntry, now: number): boolean =>
  Option.exists(modified, ({ at, guess, precision, zone }) => {
    const age = now - DateTime.toEpochMillis(at) - MILLIS[precision] - (zone === "Assumed" ? ZONES : 0)
    return age > DAY && guess !== "DayOrMonth" && (guess !== "Year" || age < HALF_A_YEAR)
  })

const SWAP = /\.ftp-effect-(?:next|previous|probe|swap)-(\d{14}-[0-9a-f]{8})(?:\.json)?$/i

/** The swap whose tree, marker or token has that name. */
const swapIdOf = (name: string): string | undefined =>
  name.includes("-") ? SWAP.exec(name)?.[1]?.toLowerCase() : undefined

const isOldId = (id: string, now: number): boolean =>
  Option.exists(Timestamp.parse(id.slice(0, id.indexOf("-"))), ({ at }) => now - DateTime.toEpochMillis(at) > DAY)
