/** A tree in which some paths, with all below them, are elsewhere for a time. */
import * as MappedTree from "./mappedTree.ts"
import * as Tree from "./Tree.ts"
import type { MirrorTree } from "./trees.ts"

/** `places` says where a path is, and may change meanwhile: both are paths of the tree. */
export const make = <T extends MirrorTree>(tree: T, places: ReadonlyMap<string, string>): T => {
  const at = (path: string): string => {
    if (places.size === 0) {
      return path
    }
    for (let above = path; above !== ""; above = Tree.parent(above)) {
      const place = places.get(above)
      if (place !== undefined) {
        return place + path.slice(above.length)
      }
    }
    return path
  }
  // A link leads to where things are in the end.
  return MappedTree.make(tree, at)
}
