/** The disk of a server, whose operations are counted: so that something can happen between any two of them. */
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"

export interface Counted {
  readonly store: FtpTestServer.FileStore
  readonly count: () => number
  /** Called after each operation, with their number. */
  onOperation: (count: number) => Effect.Effect<void>
}

export const counting = (inner: FtpTestServer.FileStore): Counted => {
  let count = 0
  const counted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.tap(effect, () =>
      Effect.suspend(() => {
        count++
        return counts.onOperation(count)
      })
    )
  const counts: Counted = {
    count: () => count,
    onOperation: () => Effect.void,
    store: {
      ...inner,
      list: (path) => counted(inner.list(path)),
      lstat: (path) => counted(inner.lstat(path)),
      openReader: (path, offset) => counted(inner.openReader(path, offset)),
      openWriter: (path, from) => counted(inner.openWriter(path, from)),
      makeDirectory: (path) => counted(inner.makeDirectory(path)),
      removeFile: (path) => counted(inner.removeFile(path)),
      removeDirectory: (path) => counted(inner.removeDirectory(path)),
      rename: (from, to) => counted(inner.rename(from, to))
    }
  }
  return counts
}
