/** A tree in which some paths, with all below them, are elsewhere for a time. */
import * as Tree from "./Tree.ts"
import type { LocalTree, MirrorTree } from "./trees.ts"

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
  const local: Partial<LocalTree> =
    tree._tag === "Local"
      ? {
          placeOf: (path) => tree.placeOf(at(path)),
          proveFile: (path, opened) => tree.proveFile(at(path), opened)
        }
      : {}
  return {
    ...tree,
    ...local,
    makeDirectories: (paths) => tree.makeDirectories(paths.map(at)),
    makeDirectory: (path) => tree.makeDirectory(at(path)),
    // A link is made where it is for a time, and leads to where things are in the end.
    makeLink: (path, to, existing) => tree.makeLink(at(path), to, existing),
    pathOf: (path) => tree.pathOf(at(path)),
    prove: (path, why) => tree.prove(at(path), why),
    removeDirectory: (path) => tree.removeDirectory(at(path)),
    removeFile: (path) => tree.removeFile(at(path)),
    rename: (from, to) => tree.rename(at(from), at(to)),
    setModified: (path, time) => tree.setModified(at(path), time),
    showsKeepsTimes: (files, client) =>
      tree.showsKeepsTimes(
        files.map((file) => ({ ...file, path: at(file.path) })),
        client
      )
  }
}
