/**
 * Reads and changes the files of a test server directly, without its clients. Symbolic links are not followed.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Bytes from "../../base/bytes.ts"
import * as RemotePath from "../../protocol/RemotePath.ts"
import type { FileInfo, FileStore, StoreError } from "./FileStore.ts"

/**
 * A name with its absolute path.
 *
 * @since 0.1.0
 * @category models
 */
export interface TreeNode extends FileInfo {
  readonly path: string
}

const absolute = (path: string): string => RemotePath.normalise(`/${path}`)

/** The whole content of a file. */
export const read = (store: FileStore, path: string): Effect.Effect<Uint8Array, StoreError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const reader = yield* store.openReader(absolute(path), 0)
      const chunks: Array<Uint8Array> = []
      for (let next = yield* reader.pull; Option.isSome(next); next = yield* reader.pull) {
        chunks.push(next.value.slice())
      }
      return Bytes.concat(chunks)
    })
  )

/** Writes a file anew, parents included; a string as UTF-8. */
export const write = (store: FileStore, path: string, content: string | Uint8Array): Effect.Effect<void, StoreError> =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* makeParents(store, RemotePath.parent(absolute(path)))
      const writer = yield* store.openWriter(absolute(path), "Truncate")
      yield* writer.write(typeof content === "string" ? new TextEncoder().encode(content) : content)
    })
  )

const makeParents = (store: FileStore, path: string): Effect.Effect<void, StoreError> =>
  Effect.catchIf(
    Effect.asVoid(store.stat(path)),
    ({ reason }) => reason === "NotFound",
    () => Effect.zipRight(makeParents(store, RemotePath.parent(path)), store.makeDirectory(path))
  )

/** Everything below a directory in the order of the paths. */
export const tree = (store: FileStore, directory: string): Effect.Effect<ReadonlyArray<TreeNode>, StoreError> =>
  Effect.gen(function* () {
    const found: Array<TreeNode> = []
    const entries = yield* store.list(directory)
    for (const { info, name } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = RemotePath.join(directory, name)
      found.push({ ...info, path })
      if (info.type === "Directory") {
        for (const node of yield* tree(store, path)) {
          found.push(node)
        }
      }
    }
    return found
  })
