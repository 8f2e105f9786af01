/**
 * Names that source and target write in different Unicode forms. `é` is one character in NFC and two in NFD (as old
 * Macintosh disks have it): both are one name to people, and two to most file systems. They are compared, and never
 * rewritten:
 *
 *     source  caf\u00e9 (NFC) ──┐
 *                          ├─ one file: planned under the source's spelling, addressed under the target's
 *     target  cafe\u0301 (NFD) ─┘
 *
 * Where a directory of one side has both forms, they are two files there, and each is compared with its like alone. Nothing
 * but that directory decides, so that a tree read as a whole and one read directory by directory agree.
 */
import * as Effect from "effect/Effect"
import * as MappedTree from "./mappedTree.ts"
import type { Spelling } from "./planFields.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, MirrorTree } from "./trees.ts"

export type { Spelling } from "./planFields.ts"

const NO_ASCII = /[^\x00-\x7f]/

/** One form of all that are equal. */
export const fold = (text: string): string => (NO_ASCII.test(text) ? text.normalize("NFC") : text)

/** The target under the source's spelling, and what it calls its entries itself where that differs. */
export const align = (
  source: Tree.Snapshot,
  target: Tree.Snapshot
): { readonly target: Tree.Snapshot; readonly spellings: ReadonlyArray<Spelling> } => {
  const isForeign = (path: string) => NO_ASCII.test(path) && !source.entries.has(path)
  if (!hasAny(target.entries.keys(), isForeign)) {
    return { target, spellings: [] }
  }
  const inSource = grouped(source.entries.keys())
  const inTarget = grouped(target.entries.keys())
  const spellings: Array<Spelling> = []
  const keys = new Map<string, string>()
  const keyOf = (path: string): string => {
    const known = path === "" ? "" : keys.get(path)
    return known ?? Tree.join(keyOf(Tree.parent(path)), Tree.nameOf(path))
  }
  const entries = new Map<string, Tree.TreeEntry>()
  // Each after its parent, as it was read.
  for (const [path, entry] of target.entries) {
    const directory = keyOf(Tree.parent(path))
    const same = Tree.join(directory, Tree.nameOf(path))
    const [found, ...others] = isForeign(same) ? (inSource.get(folded(same)) ?? []) : []
    const isOne = others.length === 0 && inTarget.get(folded(path))?.length === 1
    const key = found !== undefined && isOne ? found : same
    keys.set(path, key)
    entries.set(key, key === path ? entry : { ...entry, path: key })
    if (key !== same) {
      spellings.push({ path: key, inTarget: path })
    }
  }
  const gaps = target.gaps.map((gap) => ({ ...gap, path: keyOf(gap.path) }))
  const refused = target.refused?.map((name) => ({
    ...name,
    path: Tree.join(keyOf(Tree.parent(name.path)), Tree.nameOf(name.path))
  }))
  return spellings.length === 0 ? { target, spellings } : { target: { ...target, entries, gaps, refused }, spellings }
}

const hasAny = (paths: Iterable<string>, is: (path: string) => boolean): boolean => {
  for (const path of paths) {
    if (is(path)) {
      return true
    }
  }
  return false
}

/** The path with one form of its name; the directory is as it is written. */
const folded = (path: string): string => Tree.join(Tree.parent(path), fold(Tree.nameOf(path)))

const grouped = (paths: Iterable<string>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const groups = new Map<string, Array<string>>()
  for (const path of paths) {
    if (NO_ASCII.test(path)) {
      const group = groups.get(folded(path))
      if (group === undefined) {
        groups.set(folded(path), [path])
      } else {
        group.push(path)
      }
    }
  }
  return groups
}

/** The target, whose entries are asked for and listed under the source's spelling. */
export const respelled = <T extends MirrorTree>(tree: T, spellings: ReadonlyArray<Spelling>): T => {
  if (spellings.length === 0) {
    return tree
  }
  const growing = make(tree)
  growing.add(spellings)
  return growing.tree
}

/** A target whose spellings are found while it is read. */
export interface Respelled<T> {
  readonly tree: T
  readonly add: (spellings: ReadonlyArray<Spelling>) => void
  /** What the target calls a path itself. */
  readonly spell: (path: string) => string
}

export const make = <T extends MirrorTree>(tree: T): Respelled<T> => {
  const actual = new Map<string, string>()
  const keys = new Map<string, string>()
  const spell = (path: string): string =>
    path === "" || actual.size === 0
      ? path
      : (actual.get(path) ?? Tree.join(spell(Tree.parent(path)), Tree.nameOf(path)))
  const keyed = (directory: string, listing: DirectoryListing): DirectoryListing => {
    if (actual.size === 0) {
      return listing
    }
    const keyOf = (path: string) =>
      path === spell(directory) ? directory : (keys.get(path) ?? Tree.join(directory, Tree.nameOf(path)))
    return {
      ...listing,
      found: listing.found.map((one) => ({ ...one, entry: { ...one.entry, path: keyOf(one.entry.path) } })),
      gaps: listing.gaps.map((gap) => ({ ...gap, path: keyOf(gap.path) })),
      refused: listing.refused.map((name) => ({ ...name, path: keyOf(name.path) }))
    }
  }
  const methods: Pick<MirrorTree, "links" | "list" | "makeLink"> = {
    list: (path, descent, options) =>
      Effect.map(tree.list(spell(path), descent, options), (listing) => keyed(path, listing)),
    links: Effect.map(tree.links, ({ whyNot, ...ability }) => ({
      ...ability,
      whyNot: (path, to) => whyNot(spell(path), spell(to))
    })),
    makeLink: (path, to, existing) => tree.makeLink(spell(path), spell(to), existing)
  }
  return {
    tree: { ...MappedTree.make(tree, spell), ...methods },
    spell,
    add: (spellings) => {
      for (const { inTarget, path } of spellings) {
        actual.set(path, inTarget)
        keys.set(inTarget, path)
      }
    }
  }
}
