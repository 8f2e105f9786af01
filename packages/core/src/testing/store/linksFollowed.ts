/**
 * A store that shows each symbolic link as what it leads to, as pyftpdlib does by default, and ProFTPD with
 * `ShowSymlinks off`: a listing calls a link to a directory a directory. Removing a link removes the link. A dangling
 * link stays one.
 */
import * as Effect from "effect/Effect"
import type { FileInfo, FileStore } from "./FileStore.ts"

export const linksFollowed = (store: FileStore): FileStore => {
  const follow = (path: string, info: FileInfo): Effect.Effect<FileInfo> =>
    info.type === "SymbolicLink" ? Effect.orElseSucceed(store.stat(path), () => info) : Effect.succeed(info)
  return {
    ...store,
    lstat: (path) => Effect.flatMap(store.lstat(path), (info) => follow(path, info)),
    list: (path) =>
      Effect.flatMap(store.list(path), (entries) =>
        Effect.forEach(entries, ({ info, name }) =>
          Effect.map(follow(path === "/" ? `/${name}` : `${path}/${name}`, info), (info) => ({ name, info }))
        )
      )
  }
}
