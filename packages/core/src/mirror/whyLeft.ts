/** Why an entry of the source takes no part in a mirror, or leaves what the target has as it is. */
import * as Option from "effect/Option"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import { compareTimes } from "./compare.ts"
import * as Filter from "./Filter.ts"
import * as InUse from "./inUse.ts"
import type { Skip } from "./MirrorPlan.ts"
import type { Rules, Trees } from "./rules.ts"
import * as Tree from "./Tree.ts"

export type WhyLeft = Omit<Skip, "path">

/** What is the same for all entries. */
export interface Sides {
  /** Whether a rule may leave an entry out. */
  readonly isFiltered: boolean
  /** Whether the target has no slashes, or one of both has none. */
  readonly isTargetNative: boolean
  readonly isAnyNative: boolean
}

export const sidesOf = ({ source }: Trees, { filter, names }: Rules): Sides => {
  const isTargetNative = names.isNative?.() === true
  return {
    isFiltered: filter !== Filter.everything,
    isTargetNative,
    isAnyNative: isTargetNative || source.isNative === true
  }
}

/** Why an entry of the source takes no part, whatever the target has. */
export const reasonToSkip = (
  entry: Tree.TreeEntry,
  { filter, links, names }: Rules,
  { isAnyNative, isFiltered, isTargetNative }: Sides
): WhyLeft | undefined => {
  const rule = isFiltered ? Option.getOrUndefined(filter.excludedBy(entry)) : undefined
  if (rule !== undefined) {
    return { reason: "Excluded", detail: rule._tag === "Pattern" ? rule.pattern : `by its ${rule._tag.toLowerCase()}` }
  }
  const name = Tree.nameOf(entry.path)
  const unsafe = names.unsafeReason(name)
  if (unsafe._tag === "Some") {
    return { reason: "Unsafe", detail: `its name ${unsafe.value}` }
  }
  const misplaced = isTargetNative ? names.unsafePlace?.(entry) : undefined
  if (misplaced?._tag === "Some") {
    return { reason: "Unsafe", detail: `its name ${misplaced.value}` }
  }
  const reserved = names.reservedReason?.(name)
  if (reserved?._tag === "Some") {
    return { reason: "Reserved", detail: reserved.value }
  }
  if (InUse.mayBeOurs(entry.path)) {
    if (InUse.isUpload(entry) && (isAnyNative || TemporaryName.isUsual(name))) {
      return { reason: "Reserved", detail: "the temporary name of an upload" }
    }
    if (InUse.isTemporaryDirectory(entry)) {
      return { reason: "Reserved", detail: "the temporary name of a directory" }
    }
  }
  const unlinked =
    entry.type === "SymbolicLink"
      ? whyNoLink(entry, { filter, links, names })
      : entry.realPath === undefined
        ? undefined
        : whyNotFollowed(entry.realPath, entry.type, filter)
  if (unlinked !== undefined) {
    return { reason: "Link", detail: unlinked }
  }
  if (entry.type !== "Other") {
    return undefined
  }
  return entry.detail === undefined
    ? { reason: "Unknown", detail: "the server does not say whether it is a file" }
    : { reason: "Special", detail: entry.detail }
}

/** What its filter leaves out of a tree is not published under the name of a link, nor named by a new one. */
const exclusionOf = (path: string, type: Tree.TreeEntry["type"], filter: Rules["filter"]): string | undefined => {
  const rule = path === "" ? undefined : Option.getOrUndefined(filter.excludedBy(Tree.entry(path, type)))
  return rule?._tag === "Pattern" ? `which ${rule.pattern} excludes` : undefined
}

/** Why what a local link leads to is not copied under its name. */
const whyNotFollowed = (
  realPath: string,
  type: Tree.TreeEntry["type"],
  filter: Rules["filter"]
): string | undefined => {
  const excluded = exclusionOf(realPath, type, filter)
  return excluded === undefined ? undefined : `a link to ${realPath}, ${excluded}`
}

/** Why a link is not copied as one. */
const whyNoLink = (
  { detail, leadsTo, linkTarget, path }: Tree.TreeEntry,
  { filter, links, names }: Pick<Rules, "filter" | "links" | "names">
): string | undefined => {
  const what = Option.match(linkTarget, { onNone: () => detail ?? "a link", onSome: (target) => `a link to ${target}` })
  if (links._tag === "Leave") {
    return what
  }
  if (leadsTo === undefined) {
    return Option.isSome(linkTarget) ? `${what}, which may be outside the tree` : `${what} whose target is not told`
  }
  for (const name of leadsTo === "" ? [] : leadsTo.split("/")) {
    const unsafe = names.unsafeReason(name)
    if (Option.isSome(unsafe)) {
      return `${what}, a path with a name that ${unsafe.value}`
    }
  }
  // What it leads to may be a directory, which more patterns match.
  const excluded = exclusionOf(leadsTo, "Directory", filter)
  if (excluded !== undefined) {
    return `${what}, ${excluded}`
  }
  const whyNot = links.whyNot(path, leadsTo)
  return whyNot === undefined ? undefined : `${what}: ${whyNot}`
}

/** Why what the target has stays as it is. */
export const reasonToLeave = (
  entry: Tree.TreeEntry,
  there: Tree.TreeEntry | undefined,
  unread: ReadonlySet<string>,
  { conflict, filter, links, only }: Rules,
  { isFiltered, isTargetNative }: Sides
): WhyLeft | undefined => {
  if (there === undefined) {
    if (only !== "All" && entry.type !== "Directory" && Tree.isWithin(entry.path, unread)) {
      return { reason: "Unread", detail: "whether the target has it could not be read" }
    }
    return only === "Existing" ? { reason: "Missing", detail: "the target does not have it" } : undefined
  }
  if (isFiltered && Option.isSome(filter.excludedBy(there))) {
    return { reason: "Excluded", detail: "what the target has there is excluded" }
  }
  if (there.type !== entry.type) {
    const isReplaceable =
      there.type === "File" || there.type === "Directory" || (there.type === "SymbolicLink" && links._tag === "Copy")
    // What the target has stays, of whatever type it is; and what can't have another name for a time can't be replaced.
    return conflict === "Replace" && isReplaceable && only !== "Missing" && !isTargetNative
      ? undefined
      : { reason: "Conflict", detail: `${WORDS[entry.type]} in the source, ${WORDS[there.type]} in the target` }
  }
  if (entry.type === "Directory") {
    return undefined
  }
  if (entry.type === "SymbolicLink" && there.leadsTo === undefined && Option.isNone(there.linkTarget)) {
    return { reason: "Link", detail: "where the target's link leads is not told" }
  }
  return only === "Missing"
    ? { reason: "Existing", detail: "the target has it" }
    : only === "Newer" && !isNewer(entry, there)
      ? NOT_NEWER
      : undefined
}

const WORDS: { readonly [T in Tree.TreeEntry["type"]]: string } = {
  File: "a file",
  Directory: "a directory",
  SymbolicLink: "a link",
  Other: "something else"
}

export const NOT_NEWER = { reason: "Newer", detail: "not newer in the source" } as const

export const isNewer = (source: Pick<Tree.TreeEntry, "modified">, target: Pick<Tree.TreeEntry, "modified">): boolean =>
  Option.isSome(source.modified) &&
  Option.isSome(target.modified) &&
  compareTimes(source.modified.value, target.modified.value) === "Older"
