/** A tree that is asked for other paths than those that are given. What it lists has the paths that it has there. */
import type { LocalTree, MirrorTree } from "./trees.ts"

/** `at` says where a path is. A link is made there, and leads to the path that is given. */
export const make = <T extends MirrorTree>(tree: T, at: (path: string) => string): T => {
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
