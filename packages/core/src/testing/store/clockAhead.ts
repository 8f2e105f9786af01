/**
 * A store whose times are ahead of UTC, or behind it: that of a server whose clock is wrong, or that reports local
 * times in the place of UTC (vsftpd with `use_localtime=YES`). A time that a client sets is read in the same way.
 */
import * as Effect from "effect/Effect"
import type { FileInfo, FileStore } from "./FileStore.ts"

export const clockAhead = (store: FileStore, millis: number): FileStore => {
  const shift = (info: FileInfo): FileInfo =>
    info.modified === undefined ? info : { ...info, modified: info.modified + millis }
  return {
    ...store,
    stat: (path) => Effect.map(store.stat(path), shift),
    lstat: (path) => Effect.map(store.lstat(path), shift),
    list: (path) =>
      Effect.map(store.list(path), (entries) => entries.map(({ info, name }) => ({ name, info: shift(info) }))),
    setModified: (path, at) => store.setModified(path, at - millis)
  }
}
