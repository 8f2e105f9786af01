/**
 * Descriptors in a worker thread that a socket will close.
 *
 *     fs.open in a worker ──► on the worker's list ──fs.close──► off the list
 *                                    └──the worker ends──► every number that is still on the list is closed
 *
 * A socket that has taken a descriptor over closes it without the list, so the worker would close the number again when
 * it ends. By then it is that of another thread's file or connection. What a `FileHandle` has opened is not on the list.
 */
import * as FsPromises from "node:fs/promises"
import * as Effect from "effect/Effect"

/** A descriptor that is open. */
export interface Descriptor {
  readonly number: number
  readonly close: (done: (error: NodeJS.ErrnoException | null) => void) => void
  /** From now on it is closed by someone else alone. */
  readonly release: () => void
}

/** As `Descriptor.open`: to be run where it can't be interrupted. */
export const open = (path: string, flags: number, mode: number): Effect.Effect<Descriptor, NodeJS.ErrnoException> =>
  Effect.map(
    Effect.tryPromise({
      try: () => FsPromises.open(path, flags, mode),
      catch: (error) => error as NodeJS.ErrnoException
    }),
    (handle) => ({
      number: handle.fd,
      close: (done) => void handle.close().then(() => done(null), done),
      release: () => release(handle)
    })
  )

/** A handle that is collected closes its descriptor. Those that can't release theirs are kept. */
const kept = new Set<FsPromises.FileHandle>()

/** Node's own HTTP/2 gives a descriptor back in this way; there is no other one, and none that is documented. */
const release = (handle: FsPromises.FileHandle): void => {
  const symbol = Object.getOwnPropertySymbols(handle).find(({ description }) => description === "kHandle")
  const inner = symbol === undefined ? undefined : Reflect.get(handle, symbol)
  if (typeof inner?.releaseFD === "function") {
    inner.releaseFD()
  } else {
    kept.add(handle)
  }
}
